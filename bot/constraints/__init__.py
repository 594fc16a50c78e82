"""What counts as constraint language, and which constraints are one: pure rules over text, no I/O."""
