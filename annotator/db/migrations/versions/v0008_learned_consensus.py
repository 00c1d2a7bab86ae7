"""What classifiers learn where several people labelled a unit."""

from alembic import op

from annotator.db.base import one_of

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In one statement, which both databases know: a check added later would rebuild the table on SQLite.
    permitted = one_of("learns_from", "majority", "dawid-skene", "soft")
    op.execute(
        "ALTER TABLE project ADD COLUMN learns_from VARCHAR DEFAULT 'majority' NOT NULL "
        f"CONSTRAINT ck_project_learns_from CHECK ({permitted})"
    )
