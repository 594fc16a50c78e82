"""conversations.*: what the bot may know of channels, and what was said in them."""

from bot.playground import shapes
from bot.playground.methods.call import Call, Method, missing, page_of
from bot.playground.methods.chat import direct_with
from bot.playground.world import JSON, Channel, Message, Refusal, in_order

_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
_OF_KIND = {"channel": "channels", "group": "groups", "im": "im"}


def _seen(call: Call, channel: Channel, ability: str) -> Channel:
    needed = f"{_OF_KIND[channel.kind]}:{ability}"
    if needed not in call.team.scopes:
        raise Refusal("missing_scope", needed=needed, provided=",".join(sorted(call.team.scopes)))
    return channel


def _info(call: Call) -> JSON:
    channel = _seen(call, call.channel(), "read")
    answer = shapes.channel(call.team, channel)
    if call.flag("include_num_members"):
        answer["num_members"] = len(channel.members)
    return {"channel": answer}


def _list(call: Call) -> JSON:
    return _page_of_channels(call, list(call.team.channels.values()))


def _page_of_channels(call: Call, channels: list[Channel]) -> JSON:
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
    wanted = {kinds.get(kind.strip(), "") for kind in call.text("types", "public_channel").split(",")}
    if "" in wanted:
        raise Refusal("invalid_types")
    visible = [
        shapes.channel(call.team, channel)
        for channel in channels
        if channel.kind in wanted
        and f"{_OF_KIND[channel.kind]}:read" in call.team.scopes
        and (not channel.is_private or call.team.has_bot(channel))
        and not (channel.is_archived and call.flag("exclude_archived"))
    ]
    page, facts = page_of(call, visible, 100, 1000)
    return {"channels": page, **facts}


def _of_user(call: Call) -> JSON:
    user = call.team.user(call.text("user"))
    kinds = {"public_channel": "channel", "private_channel": "group"}
    wanted = [kinds.get(kind.strip(), "") for kind in call.text("types", "public_channel").split(",")]
    if "" in wanted:
        raise Refusal("invalid_types")
    for kind in wanted:
        needed = f"{_OF_KIND[kind]}:read"
        if needed not in call.team.scopes:
            raise Refusal("missing_scope", needed=needed, provided=",".join(sorted(call.team.scopes)))
    theirs = [
        shapes.channel(call.team, channel)
        for channel in call.team.channels.values()
        if channel.kind in wanted
        and user.id in channel.members
        and (not channel.is_private or call.team.has_bot(channel))
    ]
    page, facts = page_of(call, theirs, 100, 999)
    return {"channels": page, **facts}


def _members(call: Call) -> JSON:
    channel = _seen(call, call.channel(), "read")
    page, facts = page_of(call, [{"id": member} for member in channel.members], 100, 1000)
    return {"members": [member["id"] for member in page], **facts}


def _open(call: Call) -> JSON:
    users = call.text("users", "")
    if not users:
        raise missing("users")
    if "," in users:
        raise Refusal("method_not_supported_for_channel_type")
    direct = direct_with(call, users)
    return {"channel": {"id": direct.id}, "no_op": False, "already_open": False}


def _history(call: Call) -> JSON:
    channel = _seen(call, call.joined_channel(), "history")
    shown = [message for message in channel.messages.values() if message.in_channel]
    newest_first = list(reversed(_between(call, in_order(shown))))
    return _told(call, newest_first)


def _replies(call: Call) -> JSON:
    channel = _seen(call, call.joined_channel(), "history")
    parent = channel.messages.get(call.text("ts"))
    if parent is None:
        raise Refusal("thread_not_found")
    root = parent.thread_ts or parent.ts
    return _told(call, [channel.messages[root], *_between(call, channel.thread(root))])


def _between(call: Call, messages: list[Message]) -> list[Message]:
    oldest, latest = call.text("oldest", "0"), call.text("latest", "9999999999.999999")
    inclusive = call.flag("inclusive")

    def is_within(message: Message) -> bool:
        ts = float(message.ts)
        within = float(oldest) < ts < float(latest)
        return within or (inclusive and message.ts in (oldest, latest))

    return [message for message in messages if is_within(message)]


def _told(call: Call, messages: list[Message]) -> JSON:
    with_metadata = call.flag("include_all_metadata")
    shown = [shapes.message(call.team, message, metadata=with_metadata) for message in messages]
    page, facts = page_of(call, shown, 100, 999)
    more = bool(facts["response_metadata"]["next_cursor"])
    return {"messages": page, "has_more": more, **(facts if more else {})}


METHODS = {
    "conversations.info": Method(_info, _READ, forms_only=True),
    "conversations.list": Method(_list, _READ, forms_only=True, per_minute=20),
    "conversations.members": Method(_members, _READ, forms_only=True, per_minute=100),
    "users.conversations": Method(_of_user, _READ, forms_only=True),
    "conversations.open": Method(_open, ("im:write", "mpim:write", "groups:write", "channels:manage")),
    "conversations.history": Method(_history, _HISTORY, forms_only=True),
    "conversations.replies": Method(_replies, _HISTORY, forms_only=True),
}
