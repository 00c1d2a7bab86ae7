"""Run by Alembic; the connection is handed over by ``annotator.db.upgrading``."""

from alembic import context

import annotator.db

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=annotator.db.Base.metadata,
    render_as_batch=False,
)
context.run_migrations()
