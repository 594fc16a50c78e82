"""The week ends -> it is counted -> it is told."""
