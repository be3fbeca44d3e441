"""The join code that holds again when calm ends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("meetings", sa.Column("earlier_code", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("meetings", "earlier_code")
