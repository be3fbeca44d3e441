"""How meetings are captioned, what is known of each word, and drafts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cues", sa.Column("words", sa.Text(), nullable=True))
    op.add_column(
        "cues",
        sa.Column("draft", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "captioning",
        sa.Column("meeting_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_captioning")),
    )


def downgrade() -> None:
    raise NotImplementedError("A backup is the way back.")
