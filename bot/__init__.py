"""Ops Hat: a Slack bot that nudges a channel to reflect and shows it its recurring constraint language."""
