"""What the labelling page keeps: people's preferences, why a sentence was skipped, rounds that a search chose."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns are added, no table is rebuilt: the triggers of append-only tables stay.
    op.add_column("user_account", sa.Column("preferences", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("annotation", sa.Column("reason", sa.String(), nullable=True))
    op.add_column("round", sa.Column("query", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("annotator", sa.Column("round_id", sa.BigInteger(), nullable=True))
