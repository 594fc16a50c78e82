"""`python -m bot` is `opshat`."""

from bot.cli import main

main()
