"""How codebooks change: a draft for each project, and what was decided when a version was published."""

import sqlalchemy as sa
from alembic import op

from annotator.db.base import BigId, UtcDateTime

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "codebook_draft",
        sa.Column("project_id", BigId, nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_codebook_draft_project_id")),
        sa.ForeignKeyConstraint(
            ["updated_by_id"], ["user_account.id"], name=op.f("fk_codebook_draft_updated_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_codebook_draft")),
    )
    op.create_table(
        "publication",
        sa.Column("version_id", BigId, nullable=False),
        sa.Column("published_by_id", BigId, nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("choices", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["codebook_version.id"], name=op.f("fk_publication_version_id")),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["user_account.id"], name=op.f("fk_publication_published_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_publication")),
    )
