"""Staff close an offer with a reason, and open it again; its owner may ask for another look."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0012", "0011"


def upgrade():
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "offer_decision",
        sa.Column("id", key, nullable=False),
        sa.Column("offer_id", key, nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by", key, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("appeal_until", sa.BigInteger(), nullable=False),
        sa.Column("appeal_of", key, nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.CheckConstraint("verdict IN ('close', 'keep', 'reopen')", name="offer_verdict_is_known"),
        sa.ForeignKeyConstraint(
            ["appeal_of"], ["offer_decision.id"], name="offer_decision_has_its_appeal_of"
        ),
        sa.ForeignKeyConstraint(["by"], ["member.id"], name="offer_decision_has_its_by"),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name="offer_decision_has_its_offer_id"),
        sa.PrimaryKeyConstraint("id", name="offer_decision_key"),
        sa.UniqueConstraint("offer_id", "n", name="one_offer_decision_at_a_time"),
    )


def downgrade():
    op.drop_table("offer_decision")
