from bot.slack.refusals import Refusals


def refused(reason: str = "missing_scope", method: str = "conversations.info") -> Refusals:
    refusals = Refusals()
    refusals.note(1, method, {"channel": "C1"}, reason, "channels:read")
    return refusals


def test_what_was_refused_for_want_of_a_scope_is_known_with_the_scope() -> None:
    assert refused().needed(1, "conversations.info", {"channel": "C1"}) == "channels:read"


def test_another_channel_method_or_workspace_is_asked_about_itself() -> None:
    refusals = refused()
    assert refusals.needed(1, "conversations.info", {"channel": "C2"}) is None
    assert refusals.needed(1, "conversations.history", {"channel": "C1"}) is None
    assert refusals.needed(2, "conversations.info", {"channel": "C1"}) is None


def test_other_reasons_and_postings_are_tried_every_time() -> None:
    assert refused("not_in_channel").needed(1, "conversations.info", {"channel": "C1"}) is None
    assert refused(method="chat.postMessage").needed(1, "chat.postMessage", {"channel": "C1"}) is None
