"""Alembic's entry: migrates the connection that `folkmoot.store.migration` gives."""

from __future__ import annotations

from alembic import context

from folkmoot.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can do it, if transactions begin as ours do.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
