"""How Alembic finds the database and the models."""

from alembic import context

from community.kit.db import db
from community.migrations.tables import metadata


def migrate() -> None:
    """Bring the database to the wanted step, each step in a transaction of its own."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


migrate()
