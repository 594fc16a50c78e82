"""What is kept of somebody, how long, and how it goes."""
