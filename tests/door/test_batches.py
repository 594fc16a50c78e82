"""One statement for what queued up; nothing is lost, and no bad row takes a good one with it."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.door.batches import Batches, Overloaded
from bot.door.threads import OURS_SECONDS, Threads


class Kept:
    """Notes what is stored together and says how long each row is; refuses the row "bad"."""

    def __init__(self) -> None:
        self.kept: list[list[str]] = []
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def store(self, rows: Sequence[str]) -> list[int]:
        await self.goes_on.wait()
        if "bad" in rows:
            raise ValueError("bad")
        self.kept.append(list(rows))
        return list(map(len, rows))


@pytest.fixture
def store() -> Kept:
    return Kept()


async def test_what_queued_up_while_a_commit_ran_is_one_commit(store: Kept) -> None:
    batches: Batches[str, int] = Batches(store.store)
    store.goes_on.clear()
    first = asyncio.create_task(batches.add("first"))
    await asyncio.sleep(0.05)
    others = [asyncio.create_task(batches.add(f"row {number}")) for number in range(20)]
    await asyncio.sleep(0)
    store.goes_on.set()
    assert await asyncio.gather(first, *others) == [5, *(len(f"row {number}") for number in range(20))]
    assert [len(batch) for batch in store.kept] == [1, 20]


async def test_what_arrives_while_the_loop_goes_round_a_few_times_is_one_commit(store: Kept) -> None:
    batches: Batches[str, int] = Batches(store.store)
    waiting = []
    for number in range(3):
        waiting.append(asyncio.create_task(batches.add(f"row {number}")))
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert [len(batch) for batch in store.kept] == [3]


async def test_a_bad_row_is_refused_alone(store: Kept) -> None:
    batches: Batches[str, int] = Batches(store.store)
    written = await asyncio.gather(*(batches.add(row) for row in ("a", "bad", "b")), return_exceptions=True)
    assert [type(one) for one in written] == [int, ValueError, int]
    assert sorted(row for batch in store.kept for row in batch) == ["a", "b"]


async def test_more_than_may_wait_is_refused_at_once_and_taken_again_later(store: Kept) -> None:
    batches: Batches[str, int] = Batches(store.store, most=5)
    store.goes_on.clear()
    waiting = [asyncio.create_task(batches.add(str(number))) for number in range(5)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await batches.add("one too many")
    store.goes_on.set()
    await asyncio.gather(*waiting)
    await batches.add("again")
    assert sum(map(len, store.kept)) == 6


async def test_somebody_who_gives_up_waiting_holds_up_nobody(store: Kept) -> None:
    batches: Batches[str, int] = Batches(store.store)
    store.goes_on.clear()
    gone = asyncio.create_task(batches.add("gone"))
    stays = asyncio.create_task(batches.add("stays"))
    await asyncio.sleep(0)
    gone.cancel()
    store.goes_on.set()
    await stays
    assert sorted(row for batch in store.kept for row in batch) == ["gone", "stays"]


async def test_stopping_waits_for_what_was_taken_in(store: Kept) -> None:
    batches: Batches[str, int] = Batches(store.store)
    waiting = [asyncio.create_task(batches.add(str(number))) for number in range(300)]
    await asyncio.sleep(0)
    await batches.drain()
    assert sum(map(len, store.kept)) == 300
    await asyncio.gather(*waiting)
    assert batches.waiting == 0


def test_what_is_known_of_threads_stays_within_bounds() -> None:
    threads: Threads[str] = Threads(most=10)
    for number in range(50):
        threads.keep_other(number)
    assert [number for number in range(50) if threads.is_other(number)] == list(range(40, 50))


def test_a_thread_where_many_speak_is_looked_up_by_one_of_them() -> None:
    at = 0.0
    threads: Threads[str] = Threads(seconds=lambda: at)
    threads.keep_ours("thread", "ours")
    assert [threads.ours("thread") for _ in range(3)] == ["ours"] * 3
    at = OURS_SECONDS - 0.5
    assert [threads.ours("thread") for _ in range(3)] == [None, "ours", "ours"]
    at = OURS_SECONDS  # nobody has found it again
    assert [threads.ours("thread") for _ in range(3)] == [None] * 3
    threads.keep_ours("thread", "found again")
    assert threads.ours("thread") == "found again"
