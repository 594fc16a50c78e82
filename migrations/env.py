"""Alembic's entry: runs the revisions on the database that `bot.store.migrate` or DATABASE_URL names."""

from alembic import context
from sqlalchemy import create_engine

from bot.settings import Settings
from bot.store.migrate import sync_url
from bot.store.tables import Table


def run() -> None:
    """Run the revisions in one transaction."""
    url = context.config.attributes.get("url") or sync_url(Settings.load().database)
    engine = create_engine(url)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Table.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
