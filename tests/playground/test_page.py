"""The page in a real browser: a newcomer's two minutes, the keyboard, and what must never show."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from bot.playground.standin import StandIn
from tests.browser import launch
from tests.playground.lantern import Lantern, lantern
from tests.slack import TestClock, running_slack

# One browser for all tests here: starting it takes longer than a test.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest.fixture
def clock() -> TestClock:
    return TestClock(datetime(2026, 3, 5, 15, 20, tzinfo=UTC))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def slack(clock: TestClock) -> AsyncIterator[StandIn]:
    async with running_slack(clock) as standin:
        yield standin


@pytest_asyncio.fixture(loop_scope="module")
async def bot(slack: StandIn, clock: TestClock) -> AsyncIterator[Lantern]:
    async with lantern(slack, clock) as (_, bot):
        yield bot


@pytest_asyncio.fixture(loop_scope="module")
async def page(slack: StandIn, bot: Lantern, browser: Browser) -> AsyncIterator[Page]:
    assert bot.client
    complaints: list[str] = []
    page = await browser.new_page(viewport={"width": 1360, "height": 860})
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    await page.goto(slack.url)
    await expect(page.locator(".message").first).to_be_visible()
    yield page
    await page.close()
    assert [it for it in complaints if "409" not in it and "422" not in it] == []


async def send(page: Page, text: str, field: str = "#words") -> None:
    await page.locator(field).fill(text)
    await page.locator(field).press("Enter")


def last_message(page: Page) -> Any:
    return page.locator("#messages .message").last


async def test_a_newcomer_sees_the_whole_loop(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Lighthouse Post Office")).to_be_visible()
    await expect(last_message(page)).to_contain_text("Answer in the thread")

    await page.get_by_role("button", name="To the next nudge").click()
    await expect(page.locator("#clock")).to_contain_text("Tuesday, 10 March 2026 10:00")
    await expect(page.locator("#said")).to_have_text("A question was asked.")

    for person, words in (("otto", "The board again."), ("pim", "Nothing from me.")):
        await page.get_by_label("Act as").select_option(label=person)
        await last_message(page).locator(".replies").click()
        await expect(page.locator("#thread-words")).to_be_focused()
        await send(page, words, "#thread-words")
        await expect(page.locator("#thread .message").last).to_contain_text(words)
    await expect(last_message(page).locator(".replies")).to_have_text("2 replies")

    for person in ("juniper", "bramble", "ferris"):
        await page.get_by_label("Act as").select_option(label=person)
        await last_message(page).get_by_role("button", name="Answer privately").click()
        await page.get_by_label("Your answer").fill("A quiet word.")
        await page.get_by_role("button", name="Send", exact=True).last.click()
        await expect(page.get_by_role("dialog")).to_contain_text("Kept, privately.")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_be_hidden()

    await page.get_by_role("button", name="To the digest").click()
    await expect(last_message(page)).to_contain_text("2 people answered in the thread, 3 privately.")
    await expect(page.locator("#messages")).not_to_contain_text("A quiet word.")


async def test_each_message_says_whose_it_is_and_when(page: Page) -> None:
    await expect(page.get_by_role("article", name="Ops Hat, 10:00").last).to_contain_text("Answer in the thread")


async def test_a_digests_link_opens_the_thread_beside_it(page: Page) -> None:
    await page.get_by_role("link", name="The thread").last.click()
    await expect(page.locator("#thread .message").first).to_contain_text("Answer in the thread")
    await expect(page.locator("#thread .message")).to_have_count(6)
    assert len(page.context.pages) == 1


async def test_a_menu_opens_by_keyboard_and_says_what_was_chosen(page: Page) -> None:
    summary = page.get_by_label("More").last
    await summary.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Why this?").last).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Why this?")).to_have_count(0)
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(last_message(page)).to_contain_text("chosen: why")


async def test_the_list_stays_at_its_end_while_the_room_changes(page: Page) -> None:
    await page.set_viewport_size({"width": 1360, "height": 500})
    await expect(last_message(page)).to_be_in_viewport()
    await last_message(page).locator(".replies").click()
    await expect(page.locator("#thread-words")).to_be_focused()
    await page.wait_for_function(AT_END)
    await page.locator("#messages").evaluate("(it) => it.scrollTo(0, 0)")
    await expect(page.locator("#messages")).to_have_attribute("data-away", "true")
    await send(page, "below", "#thread-words")
    await expect(page.locator("#thread .message").last).to_contain_text("below")
    assert not await page.evaluate(AT_END)
    await send(page, "at the end")
    await expect(last_message(page)).to_contain_text("at the end")
    await page.wait_for_function(AT_END)


async def test_commands_answer_for_the_person_alone(page: Page) -> None:
    await send(page, "/opshat anser")
    await expect(last_message(page)).to_contain_text("Did you mean")
    await expect(last_message(page)).to_contain_text("Only marigold can see this")
    await expect(last_message(page).locator("code").first).to_have_text("/opshat anser")
    await page.get_by_label("Act as").select_option(label="otto")
    await expect(page.locator("#messages")).not_to_contain_text("Did you mean")
    await page.get_by_label("Act as").select_option(label="marigold · admin")
    await last_message(page).hover()
    await page.get_by_role("button", name="Dismiss").click()
    await expect(page.locator("#messages")).not_to_contain_text("Did you mean")


async def test_no_command_runs_in_a_thread_and_unknown_ones_are_named(page: Page) -> None:
    await last_message(page).locator(".replies").click()
    await send(page, "/opshat answer", "#thread-words")
    await expect(page.locator("#thread-notice")).to_contain_text("do not work in threads")
    await expect(page.locator("#thread-words")).to_have_value("/opshat answer")
    await send(page, "/dance")
    await expect(page.locator("#notice")).to_contain_text("/dance is not a valid command")


async def test_a_modal_keeps_the_focus_and_shows_what_is_wrong(page: Page, bot: Lantern) -> None:
    await send(page, "/opshat answer")
    dialog = page.get_by_role("dialog", name="Answer privately")
    field = dialog.get_by_label("Your answer")
    await expect(field).to_be_focused()
    for _ in range(5):
        await page.keyboard.press("Tab")
        assert await page.evaluate("!document.activeElement.closest('.time, .rail, .stage')")

    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog).to_contain_text("Please complete this required field.")
    await expect(field).to_be_focused()
    await expect(field).to_have_attribute("aria-invalid", "true")

    await field.fill("?")
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog.get_by_text("Write a few words.")).to_be_visible()
    await expect(field).to_have_value("?")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    assert bot.private == 0


async def test_a_modal_that_shows_something_else_takes_the_focus(page: Page) -> None:
    await send(page, "/opshat answer")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Your answer").fill("A quiet word.")
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog).to_contain_text("Kept, privately.")
    await expect(dialog.get_by_role("heading")).to_be_focused()


async def test_every_kind_of_field_says_what_was_entered(page: Page, bot: Lantern) -> None:
    await send(page, "/opshat form")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Text", exact=True).fill("words")
    await dialog.get_by_label("Select", exact=True).select_option(label="Friday")
    await dialog.get_by_role("group", name="Several").get_by_label("Monday").check()
    await dialog.get_by_role("group", name="Boxes").get_by_label("Tuesday").check()
    await dialog.get_by_role("group", name="Radio").get_by_label("Thursday").check()
    await dialog.get_by_label("Clock").fill("09:30")
    await dialog.get_by_label("Date").fill("2026-03-09")
    await dialog.get_by_label("Number").fill("11")
    await dialog.get_by_label("Somebody").select_option(label="pim")
    await dialog.get_by_label("Somewhere").select_option(label="#lantern-rounds")
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog).to_contain_text("out of range")
    await dialog.get_by_label("Number").fill("2.5")
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog).to_be_hidden()

    (values,) = bot.submitted[-1:]
    told = {block: next(iter(elements.values())) for block, elements in values.items()}
    assert told["text"]["value"] == "words"
    assert told["select"]["selected_option"]["value"] == "5"
    assert [option["value"] for option in told["several"]["selected_options"]] == ["1"]
    assert [option["value"] for option in told["boxes"]["selected_options"]] == ["2"]
    assert told["radio"]["selected_option"]["value"] == "4"
    assert (told["clock"]["selected_time"], told["date"]["selected_date"]) == ("09:30", "2026-03-09")
    assert told["number"]["value"] == "2.5"
    assert told["user"]["selected_user"].startswith("U")
    assert told["place"]["selected_conversation"].startswith("C")


async def test_slack_is_made_to_misbehave_and_calmed(page: Page, slack: StandIn) -> None:
    panel = page.locator("#trouble")
    await panel.locator("summary").click()
    await panel.get_by_label("Send every event twice").check()
    await panel.get_by_label("Revoke the token").check()
    await expect(panel.locator("summary")).to_have_text("Make Slack misbehave (2 on)")
    assert slack.mischief.duplicate_events == 1.0
    await page.reload()
    await panel.locator("summary").click()
    await expect(panel.get_by_label("Revoke the token")).to_be_checked()
    await panel.get_by_role("button", name="All well again").click()
    await expect(panel.locator("summary")).to_have_text("Make Slack misbehave")
    await expect(panel.get_by_label("Send every event twice")).not_to_be_checked()
    assert slack.workspaces[0].team.token_error is None


async def test_own_messages_are_edited_and_deleted(page: Page) -> None:
    await send(page, "Good morning, @otto & all <of you>")
    await expect(last_message(page)).to_contain_text("Good morning, @otto & all <of you>")
    await last_message(page).hover()
    await last_message(page).get_by_role("button", name="Edit").click()
    editor = page.get_by_label("Edit the message")
    await expect(editor).to_have_value("Good morning, @otto & all <of you>")
    await editor.fill("Good evening")
    await editor.press("Enter")
    await expect(last_message(page)).to_contain_text("Good evening")
    await expect(last_message(page)).to_contain_text("edited")
    await last_message(page).hover()
    await last_message(page).get_by_role("button", name="Delete").click()
    await expect(page.locator("#messages")).not_to_contain_text("Good evening")


async def test_nobody_can_touch_what_others_said(page: Page) -> None:
    await send(page, "Mine")
    await page.get_by_label("Act as").select_option(label="otto")
    await expect(last_message(page)).to_contain_text("Mine")
    await last_message(page).hover()
    await expect(last_message(page).get_by_role("button", name="Reply")).to_be_visible()
    # Waited for: the message stands there as its author's until the page has been drawn for the other person.
    await expect(last_message(page).get_by_role("button", name="Edit")).to_have_count(0)
    await expect(last_message(page).get_by_role("button", name="Delete")).to_have_count(0)


async def test_whoever_is_chosen_acts_and_no_late_answer_calls_them_back(page: Page) -> None:
    asked, may_come = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        asked.set()
        await may_come.wait()
        await route.continue_()

    await page.route("**/state?*", late, times=1)
    await send(page, "Mine")
    await asked.wait()
    await page.get_by_label("Act as").select_option(label="otto")
    await send(page, "Mine, too")  # otto is who is chosen, whatever is still shown
    may_come.set()
    await expect(last_message(page)).to_have_attribute("aria-label", re.compile("^otto, "))
    await last_message(page).hover()
    await last_message(page).get_by_role("button", name="Delete").click()
    await expect(last_message(page)).to_contain_text("Mine")
    await expect(page.locator("#words-label")).to_have_text("Message #lantern-rounds as otto")
    await expect(last_message(page).get_by_role("button", name="Edit")).to_have_count(0)


async def test_words_never_become_markup(page: Page) -> None:
    await send(page, "<img src=x onerror=alert(1)> *bold* _it_ ~gone~ `code` https://example.com/a?b=1&c=2")
    message = last_message(page)
    await expect(message).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(message.locator("img")).to_have_count(0)
    for tag, words in (("strong", "bold"), ("em", "it"), ("s", "gone"), ("code", "code")):
        await expect(message.locator(f".words {tag}")).to_have_text(words)
    await expect(message.locator("a")).to_have_attribute("href", "https://example.com/a?b=1&c=2")


async def test_home_shows_what_the_app_published(page: Page) -> None:
    await page.get_by_role("button", name="Ops Hat Home").click()
    await expect(page.get_by_role("heading", name="What is scheduled")).to_be_visible()
    await expect(page.locator("#composer")).to_be_hidden()
    await page.get_by_role("button", name="lantern-rounds").click()
    await expect(page.locator("#composer")).to_be_visible()


async def test_everything_can_be_done_by_keyboard(page: Page) -> None:
    await page.keyboard.press("Tab")
    await expect(page.get_by_text("Skip to the messages")).to_be_focused()
    await page.locator("#words").focus()
    await page.keyboard.type("By keyboard")
    await page.keyboard.press("Enter")
    await expect(last_message(page)).to_contain_text("By keyboard")
    await last_message(page).get_by_role("button", name="Reply").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#thread-words")).to_be_focused()
    await page.keyboard.type("And back")
    await page.keyboard.press("Enter")
    await expect(page.locator("#thread .message").last).to_contain_text("And back")
    await page.keyboard.press("Escape")
    await expect(page.locator("#thread")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_has_enough_contrast(page: Page, scheme: Any) -> None:
    await page.emulate_media(color_scheme=scheme)
    await last_message(page).locator(".replies").click()
    await send(page, "/opshat anser")
    await expect(last_message(page)).to_contain_text("Did you mean")
    poor = await page.evaluate(CONTRAST)
    assert poor == []


async def test_it_fits_a_small_window(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 800})
    await expect(page.locator("#guide")).not_to_have_attribute("open", "")
    room = await page.locator("#messages").evaluate("(it) => it.clientHeight / innerHeight")
    assert room > 0.5
    await expect(page.locator("#words")).to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await last_message(page).locator(".replies").click()
    await expect(page.locator("#thread-words")).to_be_in_viewport()


async def test_nothing_is_loaded_from_elsewhere(page: Page, slack: StandIn) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.reload()
    await expect(page.locator(".message").first).to_be_visible()
    assert asked
    assert [url for url in asked if not re.match(re.escape(slack.url), url)] == []


AT_END = """() => {
  const list = document.getElementById("messages");
  return list.scrollHeight - list.scrollTop - list.clientHeight < 4;
}"""
CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((it) => {
      const part = it / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let it = node; it; it = it.parentElement) {
      const colour = getComputedStyle(it).backgroundColor;
      if (!colour.startsWith("color(") && (parse(colour)[3] ?? 1) === 1) return parse(colour);
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((it) => it.nodeType === 3 && it.textContent.trim());
    if (!own || !node.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const words = node.textContent.trim().slice(0, 30);
    if (ratio < 4.5) poor.push(`${node.className || node.tagName} ${words} ${ratio.toFixed(2)}`);
  }
  return poor;
}"""
