"""Who checked a cue, and what was done to the words of a room."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cues", sa.Column("checked_by", sa.Text(), nullable=True))
    op.add_column("cues", sa.Column("checked_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "cue_edits",
        sa.Column("meeting_id", sa.Text(), nullable=False),
        sa.Column("room_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("edit_id", sa.Text(), nullable=False),
        sa.Column("cue_id", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "meeting_id", "room_id", "number", name=op.f("pk_cue_edits")
        ),
    )
    op.create_index(
        op.f("ix_cue_edits_meeting_id_room_id_cue_id"),
        "cue_edits",
        ["meeting_id", "room_id", "cue_id"],
    )
    op.create_index(
        op.f("ix_cue_edits_meeting_id_room_id_edit_id"),
        "cue_edits",
        ["meeting_id", "room_id", "edit_id"],
    )


def downgrade() -> None:
    raise NotImplementedError("A backup is the way back.")
