"""Invitations, limits on signing in, what is known of a session, and what annotators tell about themselves."""

import sqlalchemy as sa
from alembic import op

from annotator.db.base import BigId, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns and tables are added, no table is rebuilt: the triggers of append-only tables stay.
    op.add_column("user_session", sa.Column("seen_at", UtcDateTime(), nullable=True))
    op.add_column("user_session", sa.Column("browser", sa.String(), nullable=True))
    op.create_table(
        "sign_in_limit",
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("attempts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_sign_in_limit")),
    )
    op.create_index("ix_sign_in_limit_last_at", "sign_in_limit", ["last_at"], unique=False)
    _invitations()
    _background()


def _invitations() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", BigId, nullable=False),
        sa.Column("uuid", sa.String(), nullable=False),
        sa.Column("project_id", BigId, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("max_uses", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("made_by_id", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("role IN ('owner', 'adjudicator', 'annotator', 'reader')", name=op.f("ck_invitation_role")),
        sa.CheckConstraint("0 <= uses AND uses <= max_uses", name=op.f("ck_invitation_uses")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_invitation_project_id")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_invitation_made_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("uuid", name=op.f("uq_invitation_uuid")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_invitation_secret_hash")),
    )
    op.create_index("ix_invitation_project_id", "invitation", ["project_id"], unique=False)


def _background() -> None:
    op.create_table(
        "background_question",
        sa.Column("id", BigId, nullable=False),
        sa.Column("uuid", sa.String(), nullable=False),
        sa.Column("project_id", BigId, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("options", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_background_question_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_background_question")),
        sa.UniqueConstraint("uuid", name=op.f("uq_background_question_uuid")),
    )
    op.create_index("ix_background_question_project_id", "background_question", ["project_id"], unique=False)
    op.create_table(
        "background_answer",
        sa.Column("annotator_id", BigId, nullable=False),
        sa.Column("question_id", BigId, nullable=False),
        sa.Column("option", sa.String(), nullable=False),
        sa.Column("consented_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotator.id"], name=op.f("fk_background_answer_annotator_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["background_question.id"],
            name=op.f("fk_background_answer_question_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("annotator_id", "question_id", name=op.f("pk_background_answer")),
    )
    op.create_index("ix_background_answer_question_id", "background_answer", ["question_id"], unique=False)
