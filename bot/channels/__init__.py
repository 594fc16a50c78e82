"""A channel is joined, set up, paused, left."""
