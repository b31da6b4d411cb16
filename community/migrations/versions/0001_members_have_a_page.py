"""Members have a page."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None


def upgrade():
    op.create_table(
        "member",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("handle", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "name_key",
            sa.String(length=120).with_variant(sa.String(length=120, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.Column("active_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
        sa.Column("photo", sa.String(length=80), nullable=True),
        sa.Column("headline", sa.String(length=160), nullable=True),
        sa.Column("background", sa.Text(), nullable=True),
        sa.Column("background_html", sa.Text(), nullable=True),
        sa.Column("place", sa.String(length=120), nullable=True),
        sa.Column("language", sa.String(length=12), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("scheme", sa.String(length=5), nullable=True),
        sa.Column("sees_profile", sa.SmallInteger(), nullable=False),
        sa.Column("sees_place", sa.SmallInteger(), nullable=False),
        sa.Column("sees_details", sa.SmallInteger(), nullable=False),
        sa.Column("sees_links", sa.SmallInteger(), nullable=False),
        sa.Column("sees_timeline", sa.SmallInteger(), nullable=False),
        sa.Column("letters", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "role IN ('member', 'manager', 'leader', 'admin')", name="role_is_known"
        ),
        sa.PrimaryKeyConstraint("id", name="member_key"),
        sa.UniqueConstraint("handle", name="one_member_a_handle"),
    )
    op.create_index("member_by_active", "member", ["erased_at", "active_at", "id"], unique=False)
    op.create_index("member_by_joined", "member", ["erased_at", "joined_at", "id"], unique=False)
    op.create_index("member_by_name", "member", ["erased_at", "name_key", "id"], unique=False)
    op.create_index("member_by_role", "member", ["role", "id"], unique=False)
    op.create_table(
        "former_handle",
        sa.Column("handle", sa.String(length=60), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("left_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name="former_handle_has_its_member_id"
        ),
        sa.PrimaryKeyConstraint("handle", name="former_handle_key"),
    )
    op.create_index("former_handle_by_member_id", "former_handle", ["member_id"], unique=False)
    op.create_table(
        "identity",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="identity_has_its_member_id"),
        sa.PrimaryKeyConstraint("id", name="identity_key"),
        sa.UniqueConstraint("source", "external_id", name="one_identity_an_external_id"),
    )
    op.create_index("identity_by_email", "identity", ["email"], unique=False)
    op.create_index("identity_by_member_id", "identity", ["member_id"], unique=False)
    op.create_table(
        "member_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="member_link_has_its_member_id"),
        sa.PrimaryKeyConstraint("id", name="member_link_key"),
    )
    op.create_index("member_link_by_member_id", "member_link", ["member_id"], unique=False)
    op.create_table(
        "member_tag",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.CheckConstraint("kind IN ('language', 'interest')", name="tag_kind_is_known"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="member_tag_has_its_member_id"),
        sa.PrimaryKeyConstraint("id", name="member_tag_key"),
        sa.UniqueConstraint("member_id", "kind", "value", name="one_tag_a_member"),
    )
    op.create_index(
        "member_tag_by_value", "member_tag", ["kind", "value", "member_id"], unique=False
    )
    op.create_table(
        "member_word",
        sa.Column(
            "word",
            sa.String(length=60).with_variant(sa.String(length=60, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="member_word_has_its_member_id"),
        sa.PrimaryKeyConstraint("word", "member_id", name="member_word_key"),
    )
    op.create_index("member_word_by_member_id", "member_word", ["member_id"], unique=False)


def downgrade():
    op.drop_index("member_word_by_member_id", table_name="member_word")
    op.drop_table("member_word")
    op.drop_index("member_tag_by_value", table_name="member_tag")
    op.drop_table("member_tag")
    op.drop_index("member_link_by_member_id", table_name="member_link")
    op.drop_table("member_link")
    op.drop_index("identity_by_member_id", table_name="identity")
    op.drop_index("identity_by_email", table_name="identity")
    op.drop_table("identity")
    op.drop_index("former_handle_by_member_id", table_name="former_handle")
    op.drop_table("former_handle")
    op.drop_index("member_by_role", table_name="member")
    op.drop_index("member_by_name", table_name="member")
    op.drop_index("member_by_joined", table_name="member")
    op.drop_index("member_by_active", table_name="member")
    op.drop_table("member")
