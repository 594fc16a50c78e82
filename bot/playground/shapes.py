"""How Slack writes down what there is: messages, users, channels and views as JSON. No I/O."""

from bot.playground.world import JSON, Channel, Message, Team, User, View


def message(team: Team, it: Message, *, metadata: bool = True) -> JSON:
    """Return a message as events and histories carry it, without its channel."""
    shape: JSON = {"type": "message", "user": it.user, "ts": it.ts, "text": it.text, "team": it.team}
    optional = {
        "subtype": it.subtype,
        "client_msg_id": it.client_msg_id,
        "blocks": it.blocks,
        "files": [file.as_json() for file in it.files],
        "edited": it.edited,
        "metadata": it.metadata if metadata else None,
        "inviter": it.inviter,
        "user_team": it.team if it.team != team.id else None,
        "source_team": it.team if it.team != team.id else None,
        "thread_ts": it.thread_ts,
        "parent_user_id": it.parent_user if it.is_reply else None,
        **(it.bot or {}),
    }
    shape |= {name: value for name, value in optional.items() if value}
    return shape | _thread_facts(team, it)


def _thread_facts(team: Team, it: Message) -> JSON:
    channel = team.channels.get(it.channel)
    if channel is None or it.is_ephemeral:
        return {}
    if it.subtype == "thread_broadcast" and it.thread_ts in channel.messages:
        return {"root": message(team, channel.messages[it.thread_ts])}
    replies = channel.thread(it.ts) if it.thread_ts == it.ts else []
    if not replies:
        return {}
    people = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "reply_count": len(replies),
        "reply_users_count": len(people),
        "latest_reply": replies[-1].ts,
        "reply_users": people[:5],
        "is_locked": False,
        "subscribed": False,
    }


def user(it: User, home_team: str) -> JSON:
    """Return a user as users.info does; one of another team is a stranger, and not all have a zone."""
    zone = {"tz": it.tz, "tz_label": it.tz} if it.tz else {}
    return {
        "id": it.id,
        "team_id": it.team_id,
        "name": it.name,
        "deleted": it.deleted,
        "real_name": it.name.title(),
        "is_admin": it.is_admin,
        "is_owner": it.is_owner,
        "is_primary_owner": it.is_owner,
        "is_restricted": it.is_restricted,
        "is_ultra_restricted": False,
        "is_bot": it.is_bot,
        "is_app_user": False,
        "is_email_confirmed": not it.is_bot,
        "profile": {"real_name": it.name.title(), "display_name": it.name, "team": it.team_id},
        **zone,
    } | ({"is_stranger": True} if it.team_id != home_team else {})


def channel(team: Team, it: Channel) -> JSON:
    """Return a channel as conversations.info does."""
    if it.kind == "im":
        other = next((member for member in it.members if member != team.bot.id), team.bot.id)
        return {"id": it.id, "created": it.created, "is_im": True, "is_archived": False, "user": other}
    return {
        "id": it.id,
        "name": it.name,
        "name_normalized": it.name,
        "is_channel": it.kind == "channel",
        "is_group": it.kind == "group",
        "is_im": False,
        "is_mpim": False,
        "is_private": it.is_private,
        "created": it.created,
        "is_archived": it.is_archived,
        "is_general": it.is_general,
        "is_shared": bool(it.shared_with),
        "is_ext_shared": bool(it.shared_with),
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "shared_team_ids": [team.id, *it.shared_with],
        "context_team_id": team.id,
        "is_member": team.has_bot(it),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def view(team: Team, it: View) -> JSON:
    """Return a view as payloads and the views methods carry it."""
    return {
        "id": it.id,
        "team_id": team.id,
        "callback_id": "",
        "private_metadata": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "submit": None,
        "close": None,
        **it.body,
        "state": {"values": it.values},
        "hash": it.hash,
        "previous_view_id": it.previous,
        "root_view_id": it.root,
        "app_id": team.app.id,
        "app_installed_team_id": team.id,
        "bot_id": team.bot_id,
    }


def actor(team: Team, it: User) -> JSON:
    """Return the fields that say who acted, as interactive payloads carry them."""
    return {
        "team": {"id": team.id, "domain": team.domain}
        | ({"enterprise_id": team.enterprise_id} if team.enterprise_id else {}),
        "user": {"id": it.id, "username": it.name, "name": it.name, "team_id": it.team_id},
        "enterprise": {"id": team.enterprise_id, "name": team.enterprise_id} if team.enterprise_id else None,
        "is_enterprise_install": team.of_org,
        "api_app_id": team.app.id,
        "token": team.app.verification_token,
    }
