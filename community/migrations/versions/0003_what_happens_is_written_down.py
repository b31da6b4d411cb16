"""What happens is written down."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0003", "0002"


def upgrade():
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.BigInteger(), nullable=True),
        sa.Column("other", sa.BigInteger(), nullable=True),
        sa.Column("subject_type", sa.String(length=20), nullable=True),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("circle", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(length=80), nullable=True),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("voided_at", sa.BigInteger(), nullable=True),
        sa.Column("void_reason", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name="event_key"),
        sa.UniqueConstraint("source", "external_id", name="one_event_an_external_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("event_by_actor", "event", ["actor", "happened_at", "id"], unique=False)
    op.create_index("event_by_other", "event", ["other", "happened_at", "id"], unique=False)
    op.create_index(
        "event_by_subject", "event", ["subject_type", "subject_id", "happened_at"], unique=False
    )
    op.create_index("event_by_time", "event", ["happened_at", "id"], unique=False)
    op.create_table(
        "fact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("about_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("declared_at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="fact_key"),
        sa.UniqueConstraint(
            "about", "about_id", "name", "declared_at", "source", name="one_fact_a_date"
        ),
    )
    op.create_table(
        "subject",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("parent", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("renderer", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=True),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["owner"], ["member.id"], name="subject_has_its_owner"),
        sa.ForeignKeyConstraint(["parent"], ["subject.id"], name="subject_has_its_parent"),
        sa.PrimaryKeyConstraint("id", name="subject_key"),
        sa.UniqueConstraint("source", "type", "external_id", name="one_subject_an_external_id"),
    )
    op.create_index("subject_by_owner", "subject", ["owner", "type", "made_at", "id"], unique=False)
    op.create_index("subject_by_parent", "subject", ["parent", "made_at", "id"], unique=False)
    op.create_index("subject_by_type", "subject", ["type", "made_at", "id"], unique=False)
    op.create_table(
        "voiding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("voided_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="voiding_has_its_event_id"),
        sa.PrimaryKeyConstraint("id", name="voiding_key"),
        sa.UniqueConstraint("event_id", name="one_voiding_a_event_id"),
        sqlite_autoincrement=True,
    )


def downgrade():
    op.drop_table("voiding")
    op.drop_index("subject_by_type", table_name="subject")
    op.drop_index("subject_by_parent", table_name="subject")
    op.drop_index("subject_by_owner", table_name="subject")
    op.drop_table("subject")
    op.drop_table("fact")
    op.drop_index("event_by_time", table_name="event")
    op.drop_index("event_by_subject", table_name="event")
    op.drop_index("event_by_other", table_name="event")
    op.drop_index("event_by_actor", table_name="event")
    op.drop_table("event")
