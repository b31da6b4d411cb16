"""Jobs remember their runs."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0007", "0006"


def upgrade():
    op.create_table(
        "job_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="job_run_key"),
    )
    op.create_index("job_run_by_job", "job_run", ["job", "started_at"], unique=False)
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="lease_key"),
    )


def downgrade():
    op.drop_table("lease")
    op.drop_index("job_run_by_job", table_name="job_run")
    op.drop_table("job_run")
