"""One statement straight to the driver: committed when it returns, all or nothing, also after a connection was cut."""

import asyncio

import pytest
from sqlalchemy import text

from bot.store.engine import Database

ADD = "INSERT INTO workspaces (enterprise_id, team_id, bot_user_id, bot_id, url, scopes, installed_at) VALUES {rows}"


def add(db: Database, *teams: str) -> str:
    mark = "?" if db.direct.is_sqlite else "${}"
    rows = (
        f"('', '{team}', 'U0BOT', {mark.format(n)}, '', '', '2026-01-01 00:00:00+00:00')"
        for n, team in enumerate(teams, 1)
    )
    return ADD.format(rows=", ".join(rows))


async def teams(db: Database) -> list[str]:
    async with db.read() as session:
        return sorted(await session.scalars(text("SELECT team_id FROM workspaces")))


async def cut_the_others(db: Database) -> None:
    """Let PostgreSQL end every connection but the one that says so."""
    async with db.write() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


async def test_what_has_run_is_committed(db: Database) -> None:
    await db.direct.run(add(db, "T1"), "B1")
    assert await teams(db) == ["T1"]


async def test_a_statement_that_fails_leaves_nothing_and_the_next_one_works(db: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)unique"):
        await db.direct.run(add(db, "T1", "T2", "T1"), "B1", "B2", "B1")
    assert await teams(db) == []
    await db.direct.run(add(db, "T3"), "B3")
    assert await teams(db) == ["T3"]


async def test_many_at_once_take_turns(db: Database) -> None:
    await asyncio.gather(*(db.direct.run(add(db, f"T{number}"), "B1") for number in range(20)))
    assert len(await teams(db)) == 20


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_connection_that_was_cut_is_opened_anew(db: Database) -> None:
    await db.direct.run(add(db, "T1"), "B1")
    await cut_the_others(db)
    await db.direct.run(add(db, "T2"), "B2")
    assert await teams(db) == ["T1", "T2"]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_connection_that_was_cut_while_nobody_asked_leaves_its_sockets_number_alone(db: Database) -> None:
    await db.direct.run(add(db, "T1"), "B1")
    await cut_the_others(db)
    await asyncio.sleep(0.2)  # it is noticed
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)  # gets the lowest free number
    async with server:
        await db.direct.run(add(db, "T2"), "B2")
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        assert await asyncio.wait_for(reader.read(), 5) == b"", "the server still hears"
        writer.close()
        await writer.wait_closed()
    assert await teams(db) == ["T1", "T2"]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_an_error_leaves_out_the_row(db: Database) -> None:
    with pytest.raises(Exception, match="null value") as caught:
        await db.direct.run(add(db, "T1").replace("'U0BOT'", "NULL"), "words of somebody")
    assert "words of somebody" not in str(caught.value)


async def test_it_opens_again_after_it_was_closed(db: Database) -> None:
    await db.direct.run(add(db, "T1"), "B1")
    await db.direct.close()
    await db.direct.run(add(db, "T2"), "B2")
    assert await teams(db) == ["T1", "T2"]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_more_than_a_socket_takes_at_once_arrives_whole(db: Database) -> None:
    words = "a" * 20_000_000
    [[length]] = await db.direct.run("SELECT length($1::text)", words)
    assert int(length or 0) == len(words)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_whoever_is_cancelled_leaves_no_answer_to_the_next(db: Database) -> None:
    asked = asyncio.create_task(db.direct.run("SELECT pg_sleep(5)"))
    await asyncio.sleep(0.1)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    assert [list(row) for row in await db.direct.run("SELECT $1::text", "mine")] == [[b"mine"]]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_commit_that_fails_is_no_success(db: Database) -> None:
    async with db.write() as session:
        await session.execute(text("CREATE TABLE parents (id int PRIMARY KEY)"))
        reference = "int REFERENCES parents DEFERRABLE INITIALLY DEFERRED"
        await session.execute(text(f"CREATE TABLE children (id {reference})"))
    with pytest.raises(Exception, match="foreign key"):
        await db.direct.run("INSERT INTO children VALUES ($1::int)", "1")
    assert [*await db.direct.run("SELECT id FROM children")] == []
