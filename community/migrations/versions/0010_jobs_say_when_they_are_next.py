"""Jobs say when they are next, and can be wished for."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0010", "0009"


def upgrade():
    op.create_table(
        "job_plan",
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("wished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("job", name="job_plan_key"),
    )


def downgrade():
    op.drop_table("job_plan")
