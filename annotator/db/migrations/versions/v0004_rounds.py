"""Rounds for several annotators: who takes part, how units were drawn, trainings, checks, quotas."""

import sqlalchemy as sa
from alembic import op

from annotator.db.base import BigId, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns are added, no table is rebuilt: the triggers of append-only tables stay.
    for column in (
        sa.Column("plan", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("is_ready", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("is_by_invitation", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("quota", sa.Integer(), nullable=True),
        sa.Column("pass_mark", sa.Double(), nullable=True),
        sa.Column("after_id", sa.BigInteger(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("retest_share", sa.Double(), nullable=False, server_default="0"),
        sa.Column("check_share", sa.Double(), nullable=False, server_default="0"),
    ):
        op.add_column("round", column)
    op.create_index("ix_round_parent_id", "round", ["parent_id"])
    op.add_column("assignment", sa.Column("is_personal", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "round_member",
        sa.Column("round_id", BigId, nullable=False),
        sa.Column("annotator_id", BigId, nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("passed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_member_round_id")),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotator.id"], name=op.f("fk_round_member_annotator_id")),
        sa.PrimaryKeyConstraint("round_id", "annotator_id", name=op.f("pk_round_member")),
    )
