"""One commit for what queued up; nothing is lost, and no bad row takes a good one with it."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.door.threads import Threads
from bot.door.writer import Overloaded, Writer


class Batches:
    """Notes what is stored together; refuses the row "bad"."""

    def __init__(self) -> None:
        self.kept: list[list[str]] = []
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def store(self, rows: Sequence[str]) -> None:
        await self.goes_on.wait()
        if "bad" in rows:
            raise ValueError("bad")
        self.kept.append(list(rows))


@pytest.fixture
def batches() -> Batches:
    return Batches()


async def test_what_queued_up_while_a_commit_ran_is_one_commit(batches: Batches) -> None:
    writer: Writer[str] = Writer(batches.store)
    batches.goes_on.clear()
    first = asyncio.create_task(writer.write("first"))
    await asyncio.sleep(0.05)
    others = [asyncio.create_task(writer.write(f"row {number}")) for number in range(20)]
    await asyncio.sleep(0)
    batches.goes_on.set()
    await asyncio.gather(first, *others)
    assert [len(batch) for batch in batches.kept] == [1, 20]


async def test_a_bad_row_is_refused_alone(batches: Batches) -> None:
    writer: Writer[str] = Writer(batches.store)
    written = await asyncio.gather(*(writer.write(row) for row in ("a", "bad", "b")), return_exceptions=True)
    assert [type(one) for one in written] == [type(None), ValueError, type(None)]
    assert sorted(row for batch in batches.kept for row in batch) == ["a", "b"]


async def test_more_than_may_wait_is_refused_at_once_and_taken_again_later(batches: Batches) -> None:
    writer: Writer[str] = Writer(batches.store, most=5)
    batches.goes_on.clear()
    waiting = [asyncio.create_task(writer.write(str(number))) for number in range(5)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await writer.write("one too many")
    batches.goes_on.set()
    await asyncio.gather(*waiting)
    await writer.write("again")
    assert sum(map(len, batches.kept)) == 6


async def test_somebody_who_gives_up_waiting_holds_up_nobody(batches: Batches) -> None:
    writer: Writer[str] = Writer(batches.store)
    batches.goes_on.clear()
    gone = asyncio.create_task(writer.write("gone"))
    stays = asyncio.create_task(writer.write("stays"))
    await asyncio.sleep(0)
    gone.cancel()
    batches.goes_on.set()
    await stays
    assert sorted(row for batch in batches.kept for row in batch) == ["gone", "stays"]


async def test_stopping_waits_for_what_was_taken_in(batches: Batches) -> None:
    writer: Writer[str] = Writer(batches.store)
    waiting = [asyncio.create_task(writer.write(str(number))) for number in range(300)]
    await asyncio.sleep(0)
    await writer.drain()
    assert sum(map(len, batches.kept)) == 300
    await asyncio.gather(*waiting)
    assert writer.waiting == 0


def test_what_is_known_of_threads_stays_within_bounds() -> None:
    threads: Threads[str] = Threads(most=10)
    for number in range(50):
        threads.keep_other(number)
    assert [number for number in range(50) if threads.is_other(number)] == list(range(40, 50))
