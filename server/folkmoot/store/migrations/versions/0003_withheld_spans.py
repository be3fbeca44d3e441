"""What was cut from recordings, so that nobody gets its words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "withheld_spans",
        sa.Column("meeting_id", sa.Text(), nullable=False),
        sa.Column("room_id", sa.Text(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "meeting_id", "room_id", "from_at", "to_at",
            name=op.f("pk_withheld_spans"),
        ),
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("A backup is the way back.")
