"""Members have a standing: numbers, badges with their versions, awards and the decisions behind them."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0009", "0008"


def upgrade():
    op.create_table(
        "assessment",
        sa.Column("badge", sa.String(length=60), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.Column("voiding", sa.BigInteger(), nullable=False),
        sa.Column("bars", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("badge", name="assessment_key"),
    )
    op.create_table(
        "fit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("adopted_at", sa.BigInteger(), nullable=True),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="fit_key"),
    )
    op.create_table(
        "standing_community",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.CheckConstraint("id = 1", name="one_community"),
        sa.PrimaryKeyConstraint("id", name="standing_community_key"),
    )
    op.create_table(
        "badge_rule",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column(
            "published_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.Column("test", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["member.id"], name="badge_rule_has_its_made_by"),
        sa.ForeignKeyConstraint(
            ["published_by"], ["member.id"], name="badge_rule_has_its_published_by"
        ),
        sa.PrimaryKeyConstraint("id", name="badge_rule_key"),
        sa.UniqueConstraint("name", "version", name="one_rule_a_version"),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("badge", sa.String(length=60), nullable=False),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("passes", sa.String(length=200), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="decision_has_its_member_id"),
        sa.PrimaryKeyConstraint("id", name="decision_key"),
        sa.UniqueConstraint(
            "member_id", "badge", "as_of", "digest", name="one_decision_an_assessment"
        ),
    )
    op.create_index("decision_by_badge", "decision", ["badge", "as_of"], unique=False)

    op.create_table(
        "standing",
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("health", sa.SmallInteger(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=True),
        sa.Column("trust", sa.Float(), nullable=True),
        sa.Column("band", sa.String(length=20), nullable=True),
        sa.Column("authority", sa.Float(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("stage", sa.SmallInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("circle", sa.BigInteger(), nullable=True),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("stars", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="standing_has_its_member_id"),
        sa.PrimaryKeyConstraint("member_id", name="standing_key"),
    )
    op.create_index("standing_by_circle", "standing", ["circle", "member_id"], unique=False)
    op.create_index("standing_by_health", "standing", ["health", "member_id"], unique=False)
    op.create_index("standing_by_stage", "standing", ["stage", "member_id"], unique=False)
    op.create_index("standing_by_state", "standing", ["state", "member_id"], unique=False)

    op.create_table(
        "standing_case",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["member.id"], name="standing_case_has_its_closed_by"
        ),
        sa.PrimaryKeyConstraint("id", name="standing_case_key"),
        sa.UniqueConstraint("key", name="one_standing_case_a_key"),
    )
    op.create_index(
        "case_by_kind", "standing_case", ["kind", "closed_at", "found_at"], unique=False
    )

    op.create_table(
        "standing_mark",
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("health", sa.SmallInteger(), nullable=True),
        sa.Column("trust", sa.Float(), nullable=True),
        sa.Column("stage", sa.SmallInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name="standing_mark_has_its_member_id"
        ),
        sa.PrimaryKeyConstraint("member_id", "at", name="standing_mark_key"),
    )
    op.create_table(
        "award",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("badge", sa.String(length=60), nullable=False),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("failed", sa.SmallInteger(), nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.Column("given_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("second", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= begun_at", name="an_award_ends_after"),
        sa.CheckConstraint("tier >= 1", name="an_award_has_a_tier"),
        sa.ForeignKeyConstraint(["given_by"], ["member.id"], name="award_has_its_given_by"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="award_has_its_member_id"),
        sa.ForeignKeyConstraint(["second"], ["member.id"], name="award_has_its_second"),
        sa.PrimaryKeyConstraint("id", name="award_key"),
    )
    op.create_index(
        "award_by_badge", "award", ["badge", "ended_at", "tier", "member_id"], unique=False
    )
    op.create_index("award_by_member", "award", ["member_id", "begun_at"], unique=False)
    op.create_index("award_by_begun", "award", ["badge", "begun_at", "id"], unique=False)
    op.create_index(
        "one_award_at_a_time",
        "award",
        ["member_id", "badge"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade():
    op.drop_index("one_award_at_a_time", table_name="award")
    op.drop_index("award_by_member", table_name="award")
    op.drop_index("award_by_badge", table_name="award")

    op.drop_table("award")
    op.drop_table("standing_mark")
    op.drop_index("case_by_kind", table_name="standing_case")

    op.drop_table("standing_case")
    op.drop_index("standing_by_state", table_name="standing")
    op.drop_index("standing_by_stage", table_name="standing")
    op.drop_index("standing_by_health", table_name="standing")
    op.drop_index("standing_by_circle", table_name="standing")

    op.drop_table("standing")
    op.drop_index("decision_by_badge", table_name="decision")

    op.drop_table("decision")
    op.drop_table("badge_rule")
    op.drop_table("standing_community")
    op.drop_table("fit")
    op.drop_table("assessment")
