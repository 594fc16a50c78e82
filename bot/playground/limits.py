"""What Slack refuses of Block Kit: pure checks that return what is wrong, each with its JSON pointer.

Sizes are those of docs.slack.dev (reference/block-kit/blocks and block-elements) and slack_sdk's models.
"""

from bot.playground.elements import check_element, in_actions, in_inputs, in_sections
from bot.playground.faults import Faults, Fields, check_fields, check_text
from bot.playground.world import JSON

BLOCKS_OF_MESSAGE = 50
BLOCKS_OF_VIEW = 100
VIEW_BYTES = 250_000
TITLE = 24
ID = 255
PRIVATE_METADATA = 3000
METADATA_BYTES = 8000
"""Slack does not publish its limit; this one is ours."""

_SECTION_TEXT, _SECTION_FIELDS, _FIELD_TEXT = 3000, 10, 2000
_HEADER, _LABEL, _ALT, _URL, _MARKDOWN = 150, 2000, 2000, 3000, 12_000
_CONTEXT_ELEMENTS, _ACTIONS_ELEMENTS = 10, 25

_BLOCKS = {
    "section": Fields(required=(), optional=("text", "fields", "accessory", "expand")),
    "header": Fields(required=("text",), optional=("level",)),
    "divider": Fields(),
    "context": Fields(required=("elements",)),
    "actions": Fields(required=("elements",)),
    "image": Fields(required=("alt_text",), optional=("image_url", "slack_file", "title")),
    "input": Fields(required=("label", "element"), optional=("hint", "optional", "dispatch_action")),
    "markdown": Fields(required=("text",)),
    "rich_text": Fields(required=("elements",)),
}


def check_message(blocks: object) -> list[str]:
    """Return what is wrong with a message's blocks; nothing when all is well."""
    faults = Faults()
    _check_blocks(blocks, "/blocks", BLOCKS_OF_MESSAGE, faults)
    return faults.found


def check_view(view: JSON) -> list[str]:
    """Return what is wrong with a modal or a Home tab."""
    faults = Faults()
    kind = str(view.get("type"))
    if kind not in ("modal", "home"):
        faults.add("/view/type", f"unsupported type: {kind}")
        return faults.found
    common = ("private_metadata", "callback_id", "external_id")
    modal = ("submit", "close", "clear_on_close", "notify_on_close", "submit_disabled")
    title = ("title",) if kind == "modal" else ()
    fields = Fields(required=("blocks", *title), optional=common + (modal if kind == "modal" else ()))
    check_fields(view, fields, "/view", faults)
    for name in ("title", "submit", "close"):
        if view.get(name) is not None:
            check_text(view[name], f"/view/{name}", TITLE, faults, plain=True)
    for name, most in (("private_metadata", PRIVATE_METADATA), ("callback_id", ID), ("external_id", ID)):
        faults.longer(view.get(name), most, f"/view/{name}")
    _check_blocks(view.get("blocks"), "/view/blocks", BLOCKS_OF_VIEW, faults)
    _check_submit(view, faults)
    return faults.found


def _check_submit(view: JSON, faults: Faults) -> None:
    blocks = view.get("blocks")
    inputs = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if view["type"] == "modal" and inputs and not view.get("submit"):
        faults.add("/view", "`submit` is required when an `input` block is within `blocks`")


def _check_blocks(blocks: object, at: str, most: int, faults: Faults) -> None:
    if not isinstance(blocks, list):
        faults.add(at, "must provide an array")
        return
    if len(blocks) > most:
        faults.add(at, f"no more than {most} items allowed [{len(blocks)}]")
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        _check_block(block, f"{at}/{number}", faults)
        block_id = faults.name_of(block, "block_id")
        if block_id in seen:
            faults.add(f"{at}/{number}/block_id", f"`block_id` {block_id} already exists")
        seen |= {block_id} if block_id else set()


def _check_block(block: object, at: str, faults: Faults) -> None:
    if not isinstance(block, dict):
        faults.add(at, "must be an object")
        return
    kind = str(block.get("type"))
    if kind not in _BLOCKS:
        faults.add(f"{at}/type", f"unsupported type: {kind}")
        return
    faults.longer(block.get("block_id"), ID, f"{at}/block_id")
    if check_fields(block, _BLOCKS[kind], at, faults, allowed=("block_id",)):
        _CHECKS[kind](block, at, faults)


def _section(block: JSON, at: str, faults: Faults) -> None:
    if "text" not in block and "fields" not in block:
        faults.add(at, "must define either `text` or `fields`")
    if "text" in block:
        check_text(block["text"], f"{at}/text", _SECTION_TEXT, faults)
    for number, text in enumerate(faults.listed(block.get("fields", []), f"{at}/fields", _SECTION_FIELDS)):
        check_text(text, f"{at}/fields/{number}", _FIELD_TEXT, faults)
    if "accessory" in block:
        check_element(block["accessory"], f"{at}/accessory", in_sections, faults)


def _header(block: JSON, at: str, faults: Faults) -> None:
    check_text(block["text"], f"{at}/text", _HEADER, faults, plain=True)


def _context(block: JSON, at: str, faults: Faults) -> None:
    elements = faults.listed(block["elements"], f"{at}/elements", _CONTEXT_ELEMENTS, least=1)
    for number, element in enumerate(elements):
        here = f"{at}/elements/{number}"
        if isinstance(element, dict) and element.get("type") == "image":
            check_element(element, here, {"image"}, faults)
        else:
            check_text(element, here, _SECTION_TEXT, faults)


def _actions(block: JSON, at: str, faults: Faults) -> None:
    elements = faults.listed(block["elements"], f"{at}/elements", _ACTIONS_ELEMENTS, least=1)
    seen: set[str] = set()
    for number, element in enumerate(elements):
        here = f"{at}/elements/{number}"
        check_element(element, here, in_actions, faults)
        action_id = faults.name_of(element, "action_id")
        if action_id in seen:
            faults.add(f"{here}/action_id", f"`action_id` {action_id} already exists in this block")
        seen |= {action_id} if action_id else set()


def _image(block: JSON, at: str, faults: Faults) -> None:
    if ("image_url" in block) == ("slack_file" in block):
        faults.add(at, "must define either `image_url` or `slack_file`")
    faults.longer(block.get("image_url"), _URL, f"{at}/image_url")
    faults.text(block["alt_text"], f"{at}/alt_text", _ALT)
    if "title" in block:
        check_text(block["title"], f"{at}/title", _LABEL, faults, plain=True)


def _input(block: JSON, at: str, faults: Faults) -> None:
    check_text(block["label"], f"{at}/label", _LABEL, faults, plain=True)
    if "hint" in block:
        check_text(block["hint"], f"{at}/hint", _LABEL, faults, plain=True)
    check_element(block["element"], f"{at}/element", in_inputs, faults)


def _markdown(block: JSON, at: str, faults: Faults) -> None:
    faults.text(block["text"], f"{at}/text", _MARKDOWN)


def _nothing(block: JSON, at: str, faults: Faults) -> None:
    """Accept a block whose inside is not looked at here."""


_CHECKS = {
    "section": _section,
    "header": _header,
    "divider": _nothing,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "input": _input,
    "markdown": _markdown,
    "rich_text": _nothing,
}
