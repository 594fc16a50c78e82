"""Two workspaces that share every id Slack gives: neither ever reads or changes what is the other's."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.door.events import TryAgain
from bot.errors import Problem
from bot.installs.tenants import place_of
from bot.playground.workspace import Workspace
from bot.slack.client import Refused
from bot.slack.knock import Knock
from bot.store.tables import Posting, Table
from bot.store.tables import Workspace as Row
from tests.host import Host, a_host
from tests.installs.test_install import set_up

if TYPE_CHECKING:
    from bot.slack.faces import Message, Modal

PEOPLE = {"ada": "U0SHAREDA", "ben": "U0SHAREDB", "cleo": "U0SHAREDC"}
CHANNEL = "C0SHARED"
TS = "1788768000.000100"
REPLY_TS = "1788768060.000100"
CANARIES = ("harbour", "board")


@dataclass(frozen=True, slots=True)
class Two:
    """A workspace with secrets, and a curious one that has all of its ids."""

    host: Host
    mine: Workspace
    curious: Workspace
    ids: dict[str, list[str]]


async def set_up_in(host: Host, name: str) -> Workspace:
    workspace = host.workspace(name)
    for person, user_id in PEOPLE.items():
        workspace.give_id(workspace.person(person), user_id)
    await host.install(workspace.team.id)
    workspace.change_id(await set_up(host, workspace), CHANNEL)
    await host.serve()
    return workspace


async def answered(workspace: Workspace, words: str) -> None:
    channel = workspace.team.channels[CHANNEL]
    nudge = [post for post in workspace.from_bot(channel) if "Answer in the thread" in post.text][-1]
    for person in ("ada", "ben"):
        await workspace.person(person).say(channel, words, thread_ts=nudge.ts)
    await workspace.person("cleo").slash(channel, "/opshat answer")
    await workspace.person("cleo").submit({"answer": words})


@pytest.fixture
async def two(database_url: str) -> AsyncIterator[Two]:
    async with a_host(database_url) as host:
        mine, curious = await set_up_in(host, "Mine"), await set_up_in(host, "Curious")
        for _ in range(2):
            await host.walk.to_next("nudge")
            await answered(mine, "We can't release before the harbour board has signed.")
            await answered(curious, "We don't have the time to test anything.")
            await host.serve()
            await host.walk.to_next("digest")
        # Both were asked at the same ts, as Slack's clock allows.
        async with host.bot.db.write() as session:
            for workspace in (mine, curious):
                [latest] = await session.scalars(_nudges(workspace).order_by(Posting.due_at.desc()).limit(1))
                latest.ts = TS
            [first] = await session.scalars(_nudges(mine).order_by(Posting.due_at).limit(1))
            first.ts, first.state = None, "uncertain"  # an echo could still settle it
        yield Two(host, mine, curious, {name: await _ids(host, name) for name in ("channels", "themes", "postings")})


async def _ids(host: Host, table: str) -> list[str]:
    return [str(row_id) for (row_id,) in await host.rows(f"SELECT id FROM {table} ORDER BY id")]  # noqa: S608 - ours


def _nudges(workspace: Workspace) -> Any:
    channels = Table.metadata.tables["channels"]
    theirs = select(channels.c.id).join(Row, Row.id == channels.c.workspace_id).where(Row.team_id == workspace.team.id)
    return select(Posting).where(Posting.kind == "nudge", Posting.channel_id.in_(theirs))


async def snapshot(two: Two, workspace: Workspace) -> dict[str, list[Any]]:
    """Return every row of a workspace."""
    rows: dict[str, list[Any]] = {}
    [(own,)] = await two.host.rows(f"SELECT id FROM workspaces WHERE team_id = '{workspace.team.id}'")  # noqa: S608 - ours
    keys: dict[str, list[Any]] = {"workspaces": [own]}
    for table in Table.metadata.sorted_tables:
        parents = [(key.parent, key.column.table.name) for key in table.foreign_keys if key.column.table.name in keys]
        if table.name == "workspaces":
            where = table.c.id == own
        elif parents:
            column, parent = parents[0]
            where = column.in_(keys[parent])
        else:
            continue
        async with two.host.bot.db.read() as session:
            found = (await session.execute(select(table).where(where))).all()
        rows[table.name] = sorted(map(repr, found))
        if "id" in table.c:
            keys[table.name] = [row.id for row in found]
    return rows


def reply(workspace: Workspace, text: str, **more: Any) -> dict[str, Any]:
    event = {
        "type": "message",
        "channel": CHANNEL,
        "user": PEOPLE["ada"],
        "team": workspace.team.id,
        "ts": REPLY_TS,
        "thread_ts": TS,
        "text": text,
        **more,
    }
    return {"type": "event_callback", "team_id": workspace.team.id, "event": event}


async def test_the_same_ids_are_stored_apart(two: Two) -> None:
    for workspace, text in ((two.mine, "in mine"), (two.curious, "in the other")):
        await two.host.bot.events.take(reply(workspace, text))
    stored = await two.host.rows(f"SELECT text, person, channel_id FROM replies WHERE ts = '{REPLY_TS}'")  # noqa: S608 - ours
    assert {text for text, _, _ in stored} == {"in mine", "in the other"}
    assert len({person for _, person, _ in stored}) == 2
    assert len({channel for _, _, channel in stored}) == 2


async def test_a_deletion_in_one_erases_nothing_in_the_other(two: Two) -> None:
    for workspace in (two.mine, two.curious):
        await two.host.bot.events.take(reply(workspace, "kept"))
    deletion = {"subtype": "message_deleted", "deleted_ts": REPLY_TS, "user": None, "thread_ts": None}
    await two.host.bot.events.take(reply(two.curious, "", **deletion))
    texts = await two.host.rows(f"SELECT text FROM replies WHERE ts = '{REPLY_TS}' ORDER BY channel_id")  # noqa: S608 - ours
    assert [text for (text,) in texts] == ["kept", None]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_echo_settles_no_posting_of_another_workspace(two: Two) -> None:
    [(uncertain,)] = await two.host.rows("SELECT id FROM postings WHERE state = 'uncertain'")
    metadata = {"event_type": "opshat_posting", "event_payload": {"posting_id": uncertain}}
    for workspace, settled in ((two.curious, 0), (two.mine, 1)):
        echo = reply(workspace, "", bot_id=workspace.team.bot_id, metadata=metadata)
        await two.host.bot.events.take(echo)
        assert await two.host.count("postings", f"id = '{uncertain}' AND state = 'posted'") == settled


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_private_answer_names_no_question_of_another_workspace(two: Two) -> None:
    [(nudge,)] = await two.host.rows("SELECT id FROM postings WHERE state = 'uncertain'")
    memo = {"nudge": nudge, "answer": "f" * 32}
    knock = Knock("", two.curious.team.id, PEOPLE["ada"], two.curious.team.id, CHANNEL, memo=memo, fields=FIELDS)
    await two.host.bot.routes.modals["answer"](knock)
    [(posting,)] = await two.host.rows(f"SELECT posting_id FROM private_answers WHERE id = '{'f' * 32}'")  # noqa: S608 - ours
    assert posting is None


async def test_digests_tell_only_their_own(two: Two) -> None:
    [told] = [post.text for post in two.curious.from_bot(two.curious.team.channels[CHANNEL])][-1:]
    assert not any(canary in told for canary in CANARIES)


FIELDS = {
    "answer": "words of the curious",
    "what": "look around",
    "look": (date(2026, 9, 21) + timedelta(days=14)).isoformat(),
    "to": PEOPLE["ben"],
    "days": ["2"],
    "time": "10:00",
    "zone": "UTC",
    "digest_day": "1",
    "digest_time": "10:00",
    "system": "ours",
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(max_examples=120)
@given(data=st.data())
async def test_no_command_button_or_modal_reaches_across(two: Two, data: st.DataObject) -> None:
    before = await snapshot(two, two.mine)
    routes = two.host.bot.routes
    handlers = [
        *routes.commands.values(),
        *routes.buttons.values(),
        *routes.modals.values(),
        *routes.shortcuts.values(),
    ]
    themes, postings = two.ids["themes"], two.ids["postings"]
    named = [
        *("", *themes),
        *(f"{kind}:{one}" for kind in ("theme", "try", "watch", "why", "dismiss") for one in themes),
        *(f"nudge:{one}" for one in postings),
        *(f"{one}:taught" for one in themes),
    ]
    memo = data.draw(
        st.fixed_dictionaries(
            {
                "nudge": st.sampled_from(postings),
                "answer": st.sampled_from([*postings, "0" * 32]),
                "theme": st.sampled_from(themes),
                "then": st.sampled_from(named),
            },
            optional={"channel": st.sampled_from(two.ids["channels"])},
        )
    )
    fields = {
        **FIELDS,
        "same": data.draw(st.sampled_from(themes)),
        "let go": data.draw(st.sampled_from(named)),
    }
    knock = Knock(
        enterprise="",
        team=two.curious.team.id,
        user=data.draw(st.sampled_from(list(PEOPLE.values()))),
        user_team=two.curious.team.id,
        channel=CHANNEL,
        text=data.draw(st.sampled_from(named)),
        message_ts=data.draw(st.sampled_from([TS, REPLY_TS, ""])),
        memo=memo,
        fields=fields,
    )
    handler = data.draw(st.sampled_from(handlers))
    shown = await _shown(handler, knock)
    assert not any(canary in shown.lower() for canary in CANARIES)
    assert await snapshot(two, two.mine) == before


async def _shown(handler: Any, knock: Knock) -> str:
    try:
        answer: Message | Modal | None = await handler(knock)
    except (Problem, KeyError, ValueError, TypeError, AttributeError, AssertionError) as refused:
        return str(refused)
    return repr(answer.payload()) if answer else ""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(max_examples=80)
@given(data=st.data())
async def test_no_event_of_another_team_reaches_across(two: Two, data: st.DataObject) -> None:
    before = await snapshot(two, two.mine)
    kind = data.draw(
        st.sampled_from(
            [
                "message",
                "channel_left",
                "channel_archive",
                "channel_deleted",
                "channel_id_changed",
                "member_joined_channel",
                "app_uninstalled",
                "tokens_revoked",
                "team_access_revoked",
                "app_home_opened",
            ]
        )
    )
    event = {
        "type": kind,
        "channel": CHANNEL,
        "old_channel_id": CHANNEL,
        "new_channel_id": "C0MOVED",
        "user": data.draw(st.sampled_from([*PEOPLE.values(), two.mine.team.bot.id])),
        "team": data.draw(st.sampled_from([two.mine.team.id, two.curious.team.id])),
        "ts": data.draw(st.sampled_from([REPLY_TS, TS])),
        "thread_ts": TS,
        "deleted_ts": REPLY_TS,
        "text": "words",
        "tokens": {"bot": [two.mine.team.bot.id]},
        "metadata": {
            "event_type": "opshat_posting",
            "event_payload": {"posting_id": data.draw(st.sampled_from(two.ids["postings"]))},
        },
    }
    optional = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "subtype": st.sampled_from(["message_changed", "message_deleted"]),
                "bot_id": st.sampled_from([two.mine.team.bot_id, two.curious.team.bot_id]),
                "parent_user_id": st.sampled_from([two.mine.team.bot.id, two.curious.team.bot.id]),
            },
        )
    )
    body = {"team_id": data.draw(st.sampled_from([two.curious.team.id, "T0NOBODY"])), "event": {**event, **optional}}
    with suppress(Refused, TryAgain):  # Slack is told to send it again
        await two.host.bot.events.take(body)
    assert await snapshot(two, two.mine) == before
    await two.host.install(two.curious.team.id)  # whatever happened: the next event finds it at work again


def test_the_install_that_an_event_was_sent_to_is_not_the_team_that_wrote_it() -> None:
    sent_to = {"enterprise_id": None, "team_id": "T0OURS", "is_enterprise_install": False}
    assert place_of({"team_id": "T0THEIRS", "authorizations": [sent_to]}) == ("", "T0OURS")
    of_org = {"enterprise_id": "E0ORG", "team_id": None, "is_enterprise_install": True}
    assert place_of({"team_id": "T0ONE", "authorizations": [of_org]}) == ("E0ORG", "T0ONE")
