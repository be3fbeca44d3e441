"""Captions that are owed, so that a killed process's are made by the next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "captions_owed",
        sa.Column("meeting_id", sa.Text(), nullable=False),
        sa.Column("room_id", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "meeting_id", "room_id", "what", name=op.f("pk_captions_owed")
        ),
    )


def downgrade() -> None:
    raise NotImplementedError("A backup is the way back.")
