"""Constraints that people marked, watched or tried something on, beside what was heard; no state, owner or due date."""
