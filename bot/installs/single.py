"""One workspace, whose token the operator set: who we are there is asked of Slack once, at the start."""

from datetime import datetime

from bot.errors import Problem
from bot.slack.client import Busy, Refused, Slack, Unclear
from bot.store.engine import Database, insert
from bot.store.tables import Workspace


async def who_are_we(slack: Slack, token: str) -> dict[str, str]:
    """Ask Slack whose token this is; return the columns of a `Workspace` that the answer fills.

    Raises:
        Problem: Slack refuses the token, or cannot be reached.

    """
    try:
        answer, scopes = await slack.who(token)
    except Refused as refusal:
        raise Problem(
            f"SLACK_BOT_TOKEN was refused by Slack ({refusal.reason}): copy the Bot User OAuth Token again, "
            "or reinstall the app."
        ) from None
    except (Busy, Unclear) as cause:
        raise Problem(
            f"Slack did not answer at {slack.api_url} ({cause}): check the network, then try again."
        ) from None
    if not answer.get("team_id") or not answer.get("user_id"):
        raise Problem(
            f"{slack.api_url} does not answer as Slack does: leave SLACK_API_URL out to talk to Slack itself."
        )
    return {
        "enterprise_id": str(answer.get("enterprise_id") or ""),
        "team_id": str(answer["team_id"]),
        "bot_user_id": str(answer["user_id"]),
        "bot_id": str(answer.get("bot_id", "")),
        "url": str(answer.get("url", "")),
        "scopes": scopes,
    }


async def install_from_token(db: Database, slack: Slack, token: str, now: datetime) -> tuple[int, str]:
    """Know the workspace that a bot token belongs to; return its id and the scopes that are granted there.

    Raises:
        Problem: Slack refuses the token, or cannot be reached.

    """
    who = await who_are_we(slack, token)
    # It is installed now, whatever Slack tells of an uninstall before this moment.
    known = {**who, "installed_at": now, "forget_at": None, "dropped_at": None}
    async with db.write() as session:
        added = insert(session, Workspace).values(installed_at=now, **who)
        row = await session.execute(
            added.on_conflict_do_update(index_elements=["enterprise_id", "team_id"], set_=known).returning(Workspace.id)
        )
        return row.scalar_one(), who["scopes"]
