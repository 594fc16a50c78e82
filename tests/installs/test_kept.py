"""What is kept for seconds is looked up once, however many ask; what changed meanwhile is not kept."""

import asyncio
from collections import Counter

import pytest

from bot.installs.kept import KEPT_SECONDS, Kept


class Store:
    """A place to look that answers when it is let."""

    def __init__(self, most: int = 2) -> None:
        self.values = {"a": "first", "b": "other"}
        self.asked: Counter[str] = Counter()
        self.open = asyncio.Event()
        self.at = 0.0
        self.kept: Kept[str, str] = Kept(self._look, most, seconds=lambda: self.at)

    async def _look(self, key: str) -> str | None:
        self.asked[key] += 1
        found = self.values.get(key)
        await self.open.wait()
        if key == "broken":
            raise ConnectionError(key)
        return found


async def begun(store: Store, *keys: str) -> list[asyncio.Task[str | None]]:
    """Ask for keys at the same time, and return when all wait."""
    tasks = [asyncio.create_task(store.kept.find(key)) for key in keys]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_many_who_ask_at_once_look_once() -> None:
    store = Store()
    waiting = await begun(store, *"aaaaab")
    store.open.set()
    assert await asyncio.gather(*waiting) == ["first"] * 5 + ["other"]
    assert store.asked == {"a": 1, "b": 1}
    assert await store.kept.find("a") == "first" == store.kept.get("a")
    assert store.asked["a"] == 1


async def test_it_is_looked_up_again_when_its_time_is_over() -> None:
    store = Store()
    store.open.set()
    await store.kept.find("a")
    store.values["a"], store.at = "second", KEPT_SECONDS
    assert store.kept.get("a") is None
    assert await store.kept.find("a") == "second"


async def test_what_is_not_there_is_asked_for_each_time() -> None:
    store = Store()
    store.open.set()
    assert [await store.kept.find("c"), await store.kept.find("c")] == [None, None]
    assert store.asked["c"] == 2


async def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    for forget in (Kept.clear, lambda kept: kept.drop("a")):
        store = Store()
        waiting = await begun(store, "a")
        store.values["a"] = "second"
        forget(store.kept)
        store.open.set()
        assert await store.kept.find("a") == "second"
        assert await asyncio.gather(*waiting) == ["first"]
        assert store.kept.get("a") == "second"


async def test_who_gives_up_takes_nothing_from_the_others() -> None:
    store = Store()
    first, second = await begun(store, "a", "a")
    first.cancel()
    store.open.set()
    assert await second == "first"
    assert store.asked["a"] == 1


async def test_an_error_is_told_to_all_and_not_kept() -> None:
    store = Store()
    waiting = await begun(store, "broken", "broken")
    store.open.set()
    for one in waiting:
        with pytest.raises(ConnectionError):
            await one
    with pytest.raises(ConnectionError):
        await store.kept.find("broken")
    assert store.asked["broken"] == 2


async def test_the_oldest_make_room() -> None:
    store = Store()
    store.values["c"] = "third"
    store.open.set()
    for key in "abc":
        await store.kept.find(key)
    assert [store.kept.get(key) for key in "abc"] == [None, "other", "third"]


async def test_what_was_looked_up_again_is_not_the_oldest() -> None:
    store = Store(most=3)
    store.values |= {"c": "third", "d": "fourth"}
    store.open.set()
    await store.kept.find("a")
    await store.kept.find("b")
    store.at = KEPT_SECONDS
    for key in "acd":
        await store.kept.find(key)
    assert [store.kept.get(key) for key in "acd"] == ["first", "third", "fourth"]
