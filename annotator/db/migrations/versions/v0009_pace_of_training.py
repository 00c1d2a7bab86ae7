"""How often classifiers are trained at most."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE project ADD COLUMN retrain_minutes INTEGER DEFAULT 0 NOT NULL")
