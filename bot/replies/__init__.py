"""A reply, an edit, a deletion, a private answer: stored once, then read for constraint language."""
