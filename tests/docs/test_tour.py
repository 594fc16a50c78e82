"""The loop in the playground as a newcomer meets it, step by step, with the pictures of docs/tour.md on the way."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Locator, Page, ViewportSize, async_playwright, expect

from bot.playground.run import playing
from tests.browser import launch
from tests.docs import written

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NOW = datetime(2026, 3, 5, 15, 20, tzinfo=UTC)
SIZE: ViewportSize = {"width": 1280, "height": 800}
HEAVIEST = 150_000
STEPS = (
    *("introduction", "set-up", "nudge", "thread", "private-answer", "digest"),
    *("chart", "constraints", "try", "home", "privacy"),
)
IN_THE_THREAD = {
    "otto": "The bell rota does itself. But we can't start a release without the harbour council's approval.",
    "bramble": "Releases need approval from the harbour council first, this week again.",
}
PRIVATELY = {
    "juniper": "We're not allowed to start a release until the harbour council has approved it.",
    "pim": "We can't start a release without the harbour council's approval.",
    "ferris": "Releases need approval from the harbour council first.",
}


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with playing(tmp_path, 0, NOW) as slack, async_playwright() as playwright:
        browser = await launch(playwright)
        page = await browser.new_page(viewport=SIZE, locale="en-GB", reduced_motion="reduce")
        await page.goto(slack.url)
        await expect(page.locator(".message").first).to_be_visible()
        yield page
        await browser.close()


async def picture(page: Page, name: str) -> None:
    """Take a step's picture, light and dark, where this run writes."""
    assert name in STEPS
    if not written.writes():
        return
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        taken = Image.open(BytesIO(await page.screenshot(caret="hide"))).convert("RGB").quantize(128)
        taken.save(written.DOCS / "tour" / f"{name}-{scheme}.png", optimize=True)
    await page.emulate_media(color_scheme="light")


async def act_as(page: Page, person: str) -> None:
    await page.get_by_label("Act as").select_option(label=person)
    await expect(page.locator("#words-label")).to_contain_text(f"as {person.partition(' ')[0]}")


async def send(page: Page, text: str, field: str = "#words") -> None:
    await page.locator(field).fill(text)
    await page.locator(field).press("Enter")


def last_message(page: Page) -> Locator:
    return page.locator("#messages .message").last


async def close_modal(page: Page) -> None:
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_the_tour(page: Page) -> None:
    await introduction_and_set_up(page)
    await question_and_answers(page)
    await what_the_channel_is_told(page)
    await what_can_be_done_with_it(page)
    await home_and_privacy(page)


async def introduction_and_set_up(page: Page) -> None:
    set_up = page.get_by_role("button", name="Set up", exact=True).first
    await set_up.scroll_into_view_if_needed()
    await expect(page.locator("#messages")).to_contain_text("after six weeks")
    await page.locator("#messages").evaluate("(it) => it.scrollTo(0, 0)")
    await picture(page, "introduction")

    await set_up.click()
    dialog = page.get_by_role("dialog", name="Schedule")
    await expect(dialog).to_contain_text("One day is a good start; two are the most.")
    await picture(page, "set-up")
    await close_modal(page)
    await page.locator("#messages").evaluate("(it) => it.scrollTo(0, it.scrollHeight)")


async def question_and_answers(page: Page) -> None:
    await page.get_by_role("button", name="To the next nudge").click()
    await expect(page.locator("#clock")).to_contain_text("Tuesday, 10 March 2026 10:00")
    await expect(last_message(page)).to_contain_text("Answer in the thread, where all here can read it")
    await expect(last_message(page)).to_be_in_viewport()
    await expect(page.locator("#said")).to_have_text("A question was asked.")
    await picture(page, "nudge")

    for person, words in IN_THE_THREAD.items():
        await act_as(page, person)
        await last_message(page).locator(".replies").click()
        await send(page, words, "#thread-words")
        await expect(page.locator("#thread .message").last).to_contain_text(words)
    await expect(last_message(page).locator(".replies")).to_have_text("2 replies")
    await picture(page, "thread")
    await page.locator("#thread-close").click()

    for person, words in PRIVATELY.items():
        await act_as(page, person)
        await last_message(page).get_by_role("button", name="Answer privately").click()
        await page.get_by_label("Your answer").fill(words)
        await expect(page.get_by_role("dialog")).to_contain_text("Your name is not stored.")
        if person == "juniper":
            await picture(page, "private-answer")
        await page.get_by_role("dialog").get_by_role("button", name="Send").click()
        await expect(page.get_by_role("dialog")).to_contain_text("Kept, privately.")
        await close_modal(page)


async def what_the_channel_is_told(page: Page) -> None:
    await act_as(page, "marigold · admin")
    await page.get_by_role("button", name="To the digest").click()
    digest = last_message(page)
    await expect(digest).to_contain_text("Two people answered in the thread, three privately.")
    await expect(digest).to_contain_text("Releases need a yes from the council")
    await expect(digest).to_contain_text("Heard from two in the thread and three privately")
    await expect(page.get_by_role("button", name="To the digest")).to_be_enabled()
    await expect(digest.locator(".replies")).to_have_text("1 reply")
    await expect(page.locator("#said")).to_have_text("The week was told.")
    await picture(page, "digest")

    await digest.locator(".replies").click()
    drawn = page.locator("#thread img").last
    await expect(drawn).to_have_attribute(
        "alt", re.compile("Releases need a yes from the council: 0, 0, 0, 1, 1, 2, 0, 2")
    )
    await expect(drawn).to_be_visible()
    await picture(page, "chart")
    await page.locator("#thread-close").click()


async def what_can_be_done_with_it(page: Page) -> None:
    await send(page, "/opshat constraints")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Releases need a yes from the council")
    await picture(page, "constraints")

    await dialog.get_by_role("button", name="Open").first.click()
    await dialog.get_by_role("button", name="Try something").click()
    await dialog.get_by_label("What", exact=True).fill("Announce lamp changes instead of asking for approval")
    await dialog.get_by_label("Who would feel it").fill("The council's clerk, who reads every paper")
    await dialog.get_by_label("What would make us stop").fill("One keeper who learns of a change too late")
    await picture(page, "try")
    await dialog.get_by_role("button", name="Try it").click()
    await expect(dialog).to_contain_text("A digest will ask what came of it")
    await close_modal(page)


async def home_and_privacy(page: Page) -> None:
    await page.get_by_role("button", name="Ops Hat Home").click()
    await expect(page.locator("#home")).to_contain_text("Announce lamp changes")
    await expect(page.locator("#home")).to_contain_text("messages in the last seven days.")
    await picture(page, "home")

    await page.get_by_role("button", name="lantern-rounds").click()
    await act_as(page, "otto")
    await send(page, "/opshat privacy")
    await expect(page.get_by_role("dialog")).to_contain_text("Your name stands beside none of it")
    await expect(page.get_by_role("dialog").get_by_role("heading")).to_be_focused()
    await picture(page, "privacy")


@pytest.mark.parametrize("step", STEPS)
def test_each_step_has_its_pictures(step: str) -> None:
    page = (written.DOCS / "tour.md").read_text(encoding="utf-8")
    for scheme in ("light", "dark"):
        path = written.DOCS / "tour" / f"{step}-{scheme}.png"
        assert path.stat().st_size < HEAVIEST
        assert f"tour/{path.name}" in page
