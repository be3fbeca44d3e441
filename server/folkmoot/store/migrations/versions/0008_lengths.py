"""How long a room's parts and segments are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("part_seconds", "segment_seconds"):
        op.add_column("rooms", sa.Column(name, sa.Float(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("A backup is the way back.")
