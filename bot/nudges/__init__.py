"""A nudge is due, or asked for: a question is chosen and written down to be said."""
