"""Where the bot is installed: one workspace by its token, or many by OAuth."""
