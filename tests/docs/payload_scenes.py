"""The scenes in which a team of six makes the bot send everything that it can send."""

from bot.playground.world import Message
from tests.docs.payloads import Collector
from tests.ledger.scenes import BOARD, TRAINING
from tests.team import SCHEDULE

TRY = {
    "what": "Ship the docs without the board",
    "feels": "The two who sign",
    "stops": "One reader who is misled",
    "look": "2026-10-02",
}
PROFILE = {
    "system": "The night trains' booking desk",
    "serves": "Everybody who would rather sleep than fly",
    "goal": "A seat in three minutes, though we can't release without the change board",
    "motion": "fixing",
}


async def push(seen: Collector, name: str, message: Message, action: str, value: str | None = None) -> None:
    """Press a button of a message and wait for what comes of it."""
    await (await seen.team[name].click(seen.team.channel, message.ts, action, value)).something()


async def press(seen: Collector, name: str, *actions: str) -> None:
    """Press buttons of the modal on top, one after the other."""
    for action in actions:
        await (await seen.team[name].press(action)).something()


async def type_in(seen: Collector, name: str, words: str) -> None:
    """Use a command; no modal stays open from before."""
    await seen.team[name].close()
    await seen.team[name].slash(seen.team.channel, words)


async def before_anything(seen: Collector) -> None:
    team = seen.team
    await type_in(seen, "ada", "/opshat")
    await seen.take("told-not-invited")
    await team["ada"].open_home()
    await seen.take("home-without-channels")
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    await seen.take("introduction")
    await type_in(seen, "ada", "/opshat")
    await seen.take("overview")
    await type_in(seen, "ada", "/opshat constraints")
    await seen.take("told-not-set-up")
    await type_in(seen, "ada", "/opshat anser")
    await seen.take("told-wrong-word")
    await team["ada"].open_home()
    await seen.take("home-before-set-up")


async def setting_up(seen: Collector) -> None:
    team = seen.team
    await push(seen, "ada", team.last, "set_up")
    await seen.take("schedule")
    await team["ada"].submit(SCHEDULE)
    await seen.take("schedule-saved")
    await type_in(seen, "ada", "/opshat constraints")
    await seen.take("constraints-none")
    await type_in(seen, "ada", "/opshat digest")
    await seen.take("told-no-digest")
    await type_in(seen, "ada", "/opshat answer")
    await seen.take("told-nothing-asked")


async def the_first_week(seen: Collector) -> None:
    team = seen.team
    await team.walk.to_next("nudge")
    await seen.take("announcement-of-schedule", "nudge")
    nudge = team.last
    for name, told in (("eva", "told-watching"), ("finn", "told-watching-too"), ("finn", "told-watched-already")):
        await push(seen, name, nudge, "watch")
        await seen.take(told)
    await push(seen, "cleo", nudge, "answer")
    await seen.take("answer")
    await team["cleo"].submit({"answer": BOARD[2]})
    await seen.take("answer-kept")
    for name, words in (("ada", BOARD[0]), ("ben", BOARD[1]), ("ada", TRAINING[0]), ("ben", TRAINING[1])):
        await team.reply(name, nudge, words)
    await team.reply("dov", nudge, "It is not true that releases have to wait for the change board.")
    await team.walk.to_next("digest")
    await seen.take("digest-first")


async def the_second_week(seen: Collector) -> None:
    team = seen.team
    await team.walk.to_next("nudge")
    for name, words in (("ada", BOARD[1]), ("cleo", BOARD[0]), ("ben", TRAINING[2]), ("dov", TRAINING[0])):
        await team.reply(name, team.last, words)
    for name in ("dov", "eva", "finn"):
        await team.answer(name, BOARD[2])
    await seen.pass_over()
    await team.walk.to_next("digest")
    await seen.take("digest")
    await type_in(seen, "ada", "/opshat digest")
    await seen.take("digest-again")


async def hiding(seen: Collector) -> None:
    team, digest = seen.team, seen.team.last
    await push(seen, "ada", digest, "digest_dismiss")
    await seen.take("told-hidden")
    await push(seen, "ada", team["ada"].ephemerals(team.channel)[-1], "ledger_take_back")
    await seen.take("told-shown-again")
    await type_in(seen, "ada", "/opshat constraints")
    await seen.take("constraints")
    await press(seen, "ada", "ledger_open")
    await seen.take("constraint")
    await press(seen, "ada", "ledger_dismiss")
    await seen.take("constraint-hidden")
    await press(seen, "ada", "ledger_take_back")
    await seen.take("constraint-shown-again")
    menu = next(block["accessory"] for block in digest.blocks if "accessory" in block)
    for name, told in (("ada", ""), ("ben", "told-hidden-for-all")):
        await push(seen, name, digest, "digest_more", menu["options"][1]["value"])
        await (seen.take(told) if told else seen.pass_over())
    await push(seen, "ben", team["ben"].ephemerals(team.channel)[-1], "ledger_take_back")
    await push(seen, "ada", team["ada"].ephemerals(team.channel)[-1], "ledger_take_back")
    await seen.pass_over()


async def marking(seen: Collector) -> None:
    team, digest = seen.team, seen.team.last
    for name, mark in (("ada", "real"), ("ben", "perceived"), ("cleo", "keep")):
        await push(seen, name, digest, "digest_mark")
        await seen.pass_over()
        await press(seen, name, f"ledger_mark {mark}")
    await seen.take("constraint-marked")
    await press(seen, "cleo", "ledger_mark unknown", "ledger_why")
    await seen.take("constraint-marked-anew", "why-this")
    await push(seen, "dov", digest, "digest_why")
    await push(seen, "ada", digest, "digest_watch")
    await seen.pass_over()
    await push(seen, "dov", digest, "digest_mark")
    await seen.pass_over()
    await press(seen, "dov", "ledger_watch")
    await seen.take("constraint-watched")
    await press(seen, "dov", "ledger_page")
    await seen.take("constraints-watched")
    await team["dov"].close()


async def trying(seen: Collector) -> None:
    team, digest = seen.team, seen.team.last
    await push(seen, "ada", digest, "digest_try")
    await seen.take("try")
    await team["ada"].submit(TRY)
    await seen.take("try-kept")
    await push(seen, "ben", digest, "digest_mark")
    await seen.take("constraint-tried")
    await press(seen, "ben", "ledger_try")
    await seen.take("three-are-open")
    standing = team["ben"].view
    assert standing is not None
    await team["ben"].submit({"ledger_let_go": standing.blocks[1]["element"]["options"][0]["value"]})
    await seen.take("try-after-room-was-made")
    await type_in(seen, "ben", "/opshat constraints")
    await seen.pass_over()
    await press(seen, "ben", "ledger_open", "ledger_let_go")
    await seen.take("constraint-before-letting-go", "constraints-let-go")


async def joining(seen: Collector) -> None:
    team = seen.team
    await type_in(seen, "eva", "/opshat constraints")
    await seen.pass_over()
    await press(seen, "eva", "ledger_open")
    await seen.pass_over()
    await press(seen, "eva", "ledger_same")
    await seen.take("same-as")
    standing = team["eva"].view
    assert standing is not None
    await team["eva"].submit({"ledger_same": standing.blocks[1]["element"]["options"][0]["value"]})
    await seen.take("joined")
    await team["eva"].close()


async def profile_and_hat(seen: Collector) -> None:
    team = seen.team
    await type_in(seen, "ada", "/opshat hat")
    await seen.take("hat-unworn")
    await press(seen, "ada", "hat_take")
    await seen.take("hat-taken")
    await type_in(seen, "ada", "/opshat hat")
    await seen.take("hat-worn")
    await team["ada"].submit({"hat_ops": "practised"})
    await seen.take("hat-saved")
    await type_in(seen, "ben", "/opshat hat")
    await seen.take("hat-of-somebody-else")
    await type_in(seen, "ada", "/opshat profile")
    await seen.take("profile-empty")
    await team["ada"].submit(PROFILE)
    await seen.take("profile-kept-with-mirror")
    await type_in(seen, "ada", "/opshat profile")
    await seen.take("profile")
    await team["ada"].submit({})
    await seen.take("profile-unchanged")
    guest = team.workspace.add_person("gus", guest=True)
    team.channel.members.append(guest.id)
    await type_in(seen, "gus", "/opshat profile")
    await seen.take("profile-to-read")
    team.channel.members.remove(guest.id)
    await team.walk.to_next("nudge")
    await seen.take("hat-question", "announcement-of-profile", "nudge-of-the-third-week")
    await type_in(seen, "ada", "/opshat hat")
    await seen.pass_over()
    await press(seen, "ada", "hat_pass")
    await seen.take("hat-pass")
    await team["ada"].submit({"to": team["ben"].id})
    await seen.take("hat-offered", "hat-offer")
    await push(seen, "ben", team["ben"].ephemerals(team.channel)[-1], "hat_take")
    await seen.take("hat-taken-from-an-offer")
    await press(seen, "ben", "hat_down")
    await seen.take("hat-put-down")


async def asking_and_pausing(seen: Collector) -> None:
    team = seen.team
    await push(seen, "finn", team.last, "not_this_week")
    await seen.take("told-not-this-week")
    await push(seen, "eva", team.last, "not_this_week")
    await seen.take("told-not-this-week-already")
    await type_in(seen, "ada", "/opshat nudge")
    await seen.take("told-no-room")
    for words, told in (
        ("pause", "told-paused"),
        ("pause", "told-paused-already"),
        ("", "overview-while-paused"),
        ("resume", "told-resumed"),
        ("resume", "told-running-already"),
        ("answer The coffee is fine.", "answer-begun"),
    ):
        await type_in(seen, "ada", f"/opshat {words}")
        await seen.take(told)


_LOSE = """UPDATE postings SET state = 'uncertain', payload = '{}'
WHERE kind = 'digest' AND due_at = (SELECT max(due_at) FROM postings WHERE kind = 'digest')"""
_FIND = "UPDATE postings SET state = 'posted', payload = NULL WHERE state = 'uncertain'"


async def privacy(seen: Collector) -> None:
    team = seen.team
    await type_in(seen, "ada", "/opshat privacy")
    await seen.take("privacy")
    await press(seen, "ada", "privacy_export")
    await seen.take("privacy-export")
    await type_in(seen, "finn", "/opshat privacy")
    await seen.take("privacy-little")
    await press(seen, "finn", "privacy_delete", "privacy_surely", "privacy_out", "privacy_in")
    await seen.take("privacy-delete", "privacy-deleted", "privacy-opted-out", "privacy-opted-in")
    await team["ada"].open_home()
    await seen.take("home")
    await team.change(_LOSE)
    await team["ada"].open_home()
    await seen.take("home-with-a-lost-digest")
    await team.change(_FIND)
    granted = set(team.workspace.scopes)
    team.workspace.scopes.difference_update({"channels:read", "groups:read"})
    await team["ada"].open_home()
    await seen.take("home-without-scope")
    team.workspace.scopes.update(granted)


async def later_digests(seen: Collector) -> None:
    """Live on: the look back, the questions about the bot itself, and what came of them."""
    team = seen.team
    await team.walk.to_next("digest")
    await seen.take("digest-of-a-quiet-week")
    await type_in(seen, "ada", "/opshat nudge")
    await team.serve()
    await seen.take("told-on-its-way", "nudge-on-request")
    await team.reply("ada", team.last, BOARD[0])
    await team.walk.to_next("nudge")
    await seen.pass_over()
    await team.walk.to_next("digest")
    await seen.take("digest-fixing-with-look-back")
    await push(seen, "dov", team.last, "digest_look taught")
    await seen.take("told-looked-back")
    await push(seen, "eva", team.last, "digest_look stopped early")
    await seen.take("told-looked-back-already")


async def the_bot_as_a_try(seen: Collector) -> None:
    team = seen.team
    for _ in range(2):
        await team.walk.to_next("digest")
    await seen.pass_over()
    await team.walk.to_next("digest")
    await seen.take("nudge-of-the-seventh-week", "digest-keep-less-stop")
    for choice in ("keep", "less", "stop"):
        await push(seen, "ada", team.last, f"digest_keep {choice}")
        await seen.take(f"told-{choice}")
    await team.walk.forward(1)
    await seen.take("announcement-of-stop")
    for name in ("ben", "cleo"):
        await team[name].leave(team.channel)
    await type_in(seen, "ada", "/opshat answer")
    await seen.take("answer-where-privacy-is-thin")


async def least_scopes(seen: Collector) -> None:
    """Set up with the two required scopes alone: the bot then reads no channel, and knows of no invitation."""
    team = seen.team
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    await type_in(seen, "ada", "/opshat schedule")
    await seen.take("told-that-it-is-here", "schedule-with-least-scopes")
    await team["ada"].submit(SCHEDULE)
    for _ in range(3):
        await team.walk.to_next("digest")
    await seen.pass_over()
    await team.walk.to_next("digest")
    await seen.take("nudge-of-the-fourth-week", "digest-offering-less")
    for _ in range(2):
        await team.walk.to_next("digest")
    await seen.pass_over()
    await team.walk.to_next("digest")
    await team.walk.to_next("nudge")
    await seen.pass_over()
    await team.walk.to_next("digest")
    await seen.take("digest-after-no-answer")
    for word in ("pause", "resume"):
        await type_in(seen, "ada", f"/opshat {word}")
        await seen.pass_over()
        await team.walk.forward(1)
        await seen.take(f"announcement-of-{word}")
        await team.walk.forward(24 * 10)
        await seen.pass_over()
