"""Labels in doubt: what a classifier finds unlikely, and nearly identical sentences with other labels."""

import sqlalchemy as sa
from alembic import op

from annotator.db.base import BigId

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "doubt",
        sa.Column("id", BigId, nullable=False),
        sa.Column("question_id", BigId, nullable=False),
        sa.Column("annotation_id", BigId, nullable=False),
        sa.Column("target_id", BigId, nullable=True),
        sa.Column("twin_id", BigId, nullable=True),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("instead", sa.String(), nullable=True),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("instead_probability", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_doubt_question_id")),
        sa.ForeignKeyConstraint(["annotation_id"], ["annotation.id"], name=op.f("fk_doubt_annotation_id")),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name=op.f("fk_doubt_target_id")),
        sa.ForeignKeyConstraint(["twin_id"], ["annotation.id"], name=op.f("fk_doubt_twin_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doubt")),
    )
    op.create_index(op.f("ix_doubt_question_id"), "doubt", ["question_id"])
