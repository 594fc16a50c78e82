"""Slack knocks, by HTTP or through a socket: verified, told apart, committed, and only then answered."""
