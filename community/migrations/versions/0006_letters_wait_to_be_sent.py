"""Letters wait to be sent."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0006", "0005"


def upgrade():
    op.create_table(
        "mail",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("queued_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("given_up_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("id", name="mail_key"),
        sa.UniqueConstraint("key", name="one_mail_a_key"),
    )
    op.create_index("mail_by_due", "mail", ["sent_at", "given_up_at", "due_at"], unique=False)


def downgrade():
    op.drop_index("mail_by_due", table_name="mail")
    op.drop_table("mail")
