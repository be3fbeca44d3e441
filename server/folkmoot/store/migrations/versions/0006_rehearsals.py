"""Which meetings are rehearsals, to be deleted whole."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rehearsals",
        sa.Column("meeting_id", sa.Text(), nullable=False),
        sa.Column("of_meeting_id", sa.Text(), nullable=False),
        sa.Column("borrows", sa.Boolean(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ending", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_rehearsals")),
        sa.UniqueConstraint("of_meeting_id", name=op.f("uq_rehearsals_of_meeting_id")),
    )


def downgrade() -> None:
    raise NotImplementedError("A backup is the way back.")
