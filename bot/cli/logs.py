"""What is logged, and how: events and ids, never a message's text and never a token."""

import logging
import re
import sys

import structlog

_TICKET = re.compile(r"(?<=ticket=)[^&\s'\"]+")
"""In the address of Slack's socket, which aiohttp names where it is refused: whoever has it may open the socket."""


def configure_logs(style: str) -> None:
    """Write logs to stderr as `text` for people or `json` for machines.

    The SDK logs whole payloads at DEBUG and the body of a badly signed request at WARNING: it is held to
    ERROR, so that no message's text ends up in a log.
    """
    render = structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            render,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_is_ours_or_grave)
    handler.setFormatter(_WithoutTickets())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _is_ours_or_grave(record: logging.LogRecord) -> bool:
    # On the handler: the SDK and Bolt give loggers of their own making a level each.
    return record.levelno >= logging.ERROR or not record.name.startswith(("slack_bolt", "slack_sdk", "apscheduler"))


class _WithoutTickets(logging.Formatter):
    """Leaves tickets out, also of tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        return _TICKET.sub("...", super().format(record))
