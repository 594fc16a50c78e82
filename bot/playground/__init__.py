"""A local stand-in for Slack, and a page to try the bot on."""
