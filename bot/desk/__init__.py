"""Which journey serves what a person did, and how their request reaches it."""
