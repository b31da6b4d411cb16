"""Members deal with each other: offers, exchanges with all their moves, reviews of both sides."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0011", "0010"


def upgrade():
    op.create_table(
        "offer_kind",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("grain", sa.String(length=5), nullable=False),
        sa.Column("icon", sa.String(length=40), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("grain IN ('day', 'hour', 'once', 'open')", name="grain_is_known"),
        sa.PrimaryKeyConstraint("id", name="offer_kind_key"),
        sa.UniqueConstraint("name", name="one_offer_kind_a_name"),
    )
    op.create_table(
        "views_taken",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="views_taken_key"),
    )
    op.create_table(
        "excuse",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("region", sa.String(length=120), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.Column(
            "withdrawn_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint("first_day <= last_day", name="an_excuse_ends_after"),
        sa.ForeignKeyConstraint(["made_by"], ["member.id"], name="excuse_has_its_made_by"),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["member.id"], name="excuse_has_its_withdrawn_by"
        ),
        sa.PrimaryKeyConstraint("id", name="excuse_key"),
    )
    op.create_table(
        "ranking_rule",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["member.id"], name="ranking_rule_has_its_made_by"),
        sa.PrimaryKeyConstraint("id", name="ranking_rule_key"),
    )
    op.create_table(
        "reference",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("about_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("how", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("hidden_at", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column(
            "removed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("removed_for", sa.String(length=300), nullable=True),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("author_id <> about_id", name="nobody_refers_to_themselves"),
        sa.ForeignKeyConstraint(["about_id"], ["member.id"], name="reference_has_its_about_id"),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name="reference_has_its_author_id"),
        sa.ForeignKeyConstraint(["removed_by"], ["member.id"], name="reference_has_its_removed_by"),
        sa.PrimaryKeyConstraint("id", name="reference_key"),
        sa.UniqueConstraint("author_id", "about_id", name="one_reference_a_pair"),
    )
    op.create_index("reference_by_about", "reference", ["about_id", "at", "id"], unique=False)
    op.create_table(
        "offer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_wish", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "title_key",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("renderer", sa.SmallInteger(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("is_free", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("shortest", sa.SmallInteger(), nullable=False),
        sa.Column("longest", sa.SmallInteger(), nullable=True),
        sa.Column("reply_hours", sa.SmallInteger(), nullable=True),
        sa.Column("photo", sa.String(length=80), nullable=True),
        sa.Column("key", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("is_closed_by_staff", sa.Boolean(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("ranked", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("is_newcomer", sa.Boolean(), nullable=False),
        sa.Column("rated", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'paused', 'archived')", name="offer_state_is_known"
        ),
        sa.CheckConstraint("amount IS NULL OR amount >= 0", name="an_amount_is_not_negative"),
        sa.CheckConstraint("quantity >= 1", name="something_is_offered"),
        sa.ForeignKeyConstraint(["kind_id"], ["offer_kind.id"], name="offer_has_its_kind_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["member.id"], name="offer_has_its_owner_id"),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="offer_has_its_subject_id"),
        sa.PrimaryKeyConstraint("id", name="offer_key"),
        sa.UniqueConstraint("owner_id", "key", name="one_offer_a_form"),
        sa.UniqueConstraint("subject_id", name="one_offer_a_subject_id"),
    )
    op.create_index(
        "offer_by_kind",
        "offer",
        ["state", "is_wish", "kind_id", "is_newcomer", "score", "id"],
        unique=False,
    )
    op.create_index(
        "offer_by_newcomer",
        "offer",
        ["state", "is_wish", "is_newcomer", "score", "id"],
        unique=False,
    )
    op.create_index(
        "offer_by_newness", "offer", ["state", "is_wish", "published_at", "id"], unique=False
    )
    op.create_index("offer_by_owner", "offer", ["owner_id", "state", "id"], unique=False)
    op.create_index("offer_by_price", "offer", ["state", "is_wish", "amount", "id"], unique=False)
    op.create_index("offer_by_rank", "offer", ["state", "is_wish", "score", "id"], unique=False)
    op.create_table(
        "exchange",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("offer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("offer_version", sa.Integer(), nullable=False),
        sa.Column(
            "provider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "receiver_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("is_wish", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("late_at", sa.BigInteger(), nullable=True),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("done_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("review_until", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("reminded", sa.SmallInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "last_day IS NULL OR first_day <= last_day", name="an_exchange_ends_after"
        ),
        sa.CheckConstraint("provider_id <> receiver_id", name="nobody_deals_with_themselves"),
        sa.ForeignKeyConstraint(["done_by"], ["member.id"], name="exchange_has_its_done_by"),
        sa.ForeignKeyConstraint(["ended_by"], ["member.id"], name="exchange_has_its_ended_by"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="exchange_has_its_event_id"),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name="exchange_has_its_offer_id"),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["member.id"], name="exchange_has_its_provider_id"
        ),
        sa.ForeignKeyConstraint(
            ["receiver_id"], ["member.id"], name="exchange_has_its_receiver_id"
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="exchange_has_its_subject_id"),
        sa.PrimaryKeyConstraint("id", name="exchange_key"),
        sa.UniqueConstraint("event_id", name="one_exchange_a_event_id"),
        sa.UniqueConstraint("key", name="one_exchange_a_key"),
        sa.UniqueConstraint("subject_id", name="one_exchange_a_subject_id"),
    )
    op.create_index("exchange_by_due", "exchange", ["due_at", "id"], unique=False)
    op.create_index(
        "exchange_by_offer", "exchange", ["offer_id", "state", "first_day"], unique=False
    )
    op.create_index(
        "exchange_by_pair", "exchange", ["provider_id", "receiver_id", "state", "id"], unique=False
    )
    op.create_index(
        "exchange_by_provider",
        "exchange",
        ["provider_id", "state", "changed_at", "id"],
        unique=False,
    )
    op.create_index(
        "exchange_by_receiver",
        "exchange",
        ["receiver_id", "state", "changed_at", "id"],
        unique=False,
    )
    op.create_index(
        "exchange_by_review", "exchange", ["opened_at", "review_until", "id"], unique=False
    )
    op.create_table(
        "offer_closure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("offer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name="a_closure_ends_after"),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name="offer_closure_has_its_offer_id"),
        sa.PrimaryKeyConstraint("id", name="offer_closure_key"),
    )
    op.create_index(
        "offer_closure_by_day", "offer_closure", ["offer_id", "first_day", "last_day"], unique=False
    )
    op.create_table(
        "offer_kept",
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("offer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="offer_kept_has_its_member_id"),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name="offer_kept_has_its_offer_id"),
        sa.PrimaryKeyConstraint("member_id", "offer_id", name="offer_kept_key"),
    )
    op.create_index("offer_kept_by_offer_id", "offer_kept", ["offer_id"], unique=False)
    op.create_table(
        "offer_photo",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("offer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("photo", sa.String(length=80), nullable=False),
        sa.Column("words", sa.String(length=160), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name="offer_photo_has_its_offer_id"),
        sa.PrimaryKeyConstraint("id", name="offer_photo_key"),
    )
    op.create_index("offer_photo_by_offer_id", "offer_photo", ["offer_id"], unique=False)
    op.create_table(
        "offer_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("offer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name="offer_version_has_its_offer_id"),
        sa.PrimaryKeyConstraint("id", name="offer_version_key"),
        sa.UniqueConstraint("offer_id", "version", name="one_row_an_offer_version"),
    )
    op.create_table(
        "offer_views",
        sa.Column("offer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name="offer_views_has_its_offer_id"),
        sa.PrimaryKeyConstraint("offer_id", "day", name="offer_views_key"),
    )
    op.create_table(
        "offer_word",
        sa.Column(
            "word",
            sa.String(length=60).with_variant(sa.String(length=60, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("offer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name="offer_word_has_its_offer_id"),
        sa.PrimaryKeyConstraint("word", "offer_id", name="offer_word_key"),
    )
    op.create_index("offer_word_by_offer_id", "offer_word", ["offer_id"], unique=False)
    op.create_table(
        "exchange_move",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "exchange_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("move", sa.String(length=12), nullable=False),
        sa.Column("before", sa.String(length=12), nullable=True),
        sa.Column("after", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("told", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["member.id"], name="exchange_move_has_its_by"),
        sa.ForeignKeyConstraint(
            ["exchange_id"], ["exchange.id"], name="exchange_move_has_its_exchange_id"
        ),
        sa.PrimaryKeyConstraint("id", name="exchange_move_key"),
        sa.UniqueConstraint("exchange_id", "n", name="one_move_at_a_time"),
    )
    op.create_index("exchange_move_by_member", "exchange_move", ["by", "at", "id"], unique=False)
    op.create_table(
        "excused",
        sa.Column(
            "excuse_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "exchange_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="excused_has_its_event_id"),
        sa.ForeignKeyConstraint(
            ["exchange_id"], ["exchange.id"], name="excused_has_its_exchange_id"
        ),
        sa.ForeignKeyConstraint(["excuse_id"], ["excuse.id"], name="excused_has_its_excuse_id"),
        sa.PrimaryKeyConstraint("excuse_id", "exchange_id", name="excused_key"),
    )
    op.create_index("excused_by_exchange_id", "excused", ["exchange_id"], unique=False)
    op.create_table(
        "hold",
        sa.Column("offer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column(
            "exchange_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(["exchange_id"], ["exchange.id"], name="hold_has_its_exchange_id"),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name="hold_has_its_offer_id"),
        sa.PrimaryKeyConstraint("offer_id", "slot", "place", name="hold_key"),
    )
    op.create_index("hold_by_exchange_id", "hold", ["exchange_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "exchange_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name="message_has_its_author_id"),
        sa.ForeignKeyConstraint(
            ["exchange_id"], ["exchange.id"], name="message_has_its_exchange_id"
        ),
        sa.PrimaryKeyConstraint("id", name="message_key"),
        sa.UniqueConstraint("exchange_id", "key", name="one_message_a_key"),
    )
    op.create_index("message_by_author_id", "message", ["author_id"], unique=False)
    op.create_index("message_by_exchange", "message", ["exchange_id", "at", "id"], unique=False)
    op.create_table(
        "recap",
        sa.Column(
            "exchange_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["exchange_id"], ["exchange.id"], name="recap_has_its_exchange_id"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="recap_has_its_member_id"),
        sa.PrimaryKeyConstraint("exchange_id", "member_id", name="recap_key"),
    )
    op.create_index(
        "recap_by_member", "recap", ["member_id", "made_at", "exchange_id"], unique=False
    )
    op.create_table(
        "review",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "exchange_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column(
            "author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("about_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("offer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("stars", sa.SmallInteger(), nullable=True),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("expected", sa.SmallInteger(), nullable=True),
        sa.Column("got", sa.SmallInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text_key", sa.Text(), nullable=False),
        sa.Column("private_note", sa.Text(), nullable=False),
        sa.Column("safety", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("is_worry", sa.Boolean(), nullable=False),
        sa.Column("would_again", sa.Boolean(), nullable=True),
        sa.Column("photos", sa.JSON(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("is_incentivised", sa.Boolean(), nullable=False),
        sa.Column("is_late_cancel", sa.Boolean(), nullable=False),
        sa.Column("helpful", sa.Integer(), nullable=False),
        sa.Column("response", sa.Text(), nullable=True),
        sa.Column("response_html", sa.Text(), nullable=True),
        sa.Column("responded_at", sa.BigInteger(), nullable=True),
        sa.Column(
            "subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("side IN ('provider', 'receiver')", name="side_is_known"),
        sa.CheckConstraint(
            "NOT is_closed OR published_at IS NULL", name="silence_is_not_published"
        ),
        sa.CheckConstraint("stars IS NULL OR stars BETWEEN 1 AND 5", name="stars_are_one_to_five"),
        sa.ForeignKeyConstraint(["about_id"], ["member.id"], name="review_has_its_about_id"),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name="review_has_its_author_id"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="review_has_its_event_id"),
        sa.ForeignKeyConstraint(
            ["exchange_id"], ["exchange.id"], name="review_has_its_exchange_id"
        ),
        sa.ForeignKeyConstraint(["kind_id"], ["offer_kind.id"], name="review_has_its_kind_id"),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name="review_has_its_offer_id"),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="review_has_its_subject_id"),
        sa.PrimaryKeyConstraint("id", name="review_key"),
        sa.UniqueConstraint("exchange_id", "side", name="one_review_a_side"),
        sa.UniqueConstraint("subject_id", name="one_review_a_subject_id"),
    )
    op.create_index("review_by_about", "review", ["about_id", "published_at", "id"], unique=False)
    op.create_index("review_by_author", "review", ["author_id", "published_at", "id"], unique=False)
    op.create_index("review_by_help", "review", ["helpful", "published_at", "id"], unique=False)
    op.create_index("review_by_offer", "review", ["offer_id", "published_at", "id"], unique=False)
    op.create_index(
        "review_by_removal",
        "review",
        ["removed_at", "stars", "side", "kind_id", "published_at"],
        unique=False,
    )
    op.create_index("review_by_stars", "review", ["stars", "published_at", "id"], unique=False)
    op.create_index("review_by_time", "review", ["published_at", "id"], unique=False)
    op.create_index("review_by_worry", "review", ["is_worry", "published_at", "id"], unique=False)
    op.create_table(
        "review_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("appeal_until", sa.BigInteger(), nullable=False),
        sa.Column("appeal_of", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("verdict IN ('keep', 'remove', 'reinstate')", name="verdict_is_known"),
        sa.ForeignKeyConstraint(
            ["appeal_of"], ["review_decision.id"], name="review_decision_has_its_appeal_of"
        ),
        sa.ForeignKeyConstraint(["by"], ["member.id"], name="review_decision_has_its_by"),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name="review_decision_has_its_review_id"
        ),
        sa.PrimaryKeyConstraint("id", name="review_decision_key"),
    )
    op.create_index("review_decision_by_review_id", "review_decision", ["review_id"], unique=False)
    op.create_table(
        "review_helped",
        sa.Column(
            "review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name="review_helped_has_its_member_id"
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name="review_helped_has_its_review_id"
        ),
        sa.PrimaryKeyConstraint("review_id", "member_id", name="review_helped_key"),
    )
    op.create_index("review_helped_by_member_id", "review_helped", ["member_id"], unique=False)
    op.create_table(
        "review_report",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["member.id"], name="review_report_has_its_by"),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name="review_report_has_its_review_id"
        ),
        sa.PrimaryKeyConstraint("id", name="review_report_key"),
        sa.UniqueConstraint("review_id", "by", "reason", name="one_report_a_reason"),
    )
    op.create_index("review_report_by_by", "review_report", ["by"], unique=False)
    op.create_index(
        "review_report_by_time", "review_report", ["decided_at", "at", "id"], unique=False
    )
    op.create_table(
        "review_appeal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["member.id"], name="review_appeal_has_its_by"),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["review_decision.id"], name="review_appeal_has_its_decision_id"
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name="review_appeal_has_its_review_id"
        ),
        sa.PrimaryKeyConstraint("id", name="review_appeal_key"),
        sa.UniqueConstraint("decision_id", "by", name="one_appeal_a_side"),
    )
    op.create_index("review_appeal_by_by", "review_appeal", ["by"], unique=False)
    op.create_index("review_appeal_by_review_id", "review_appeal", ["review_id"], unique=False)
    op.create_index(
        "review_appeal_by_time", "review_appeal", ["decided_at", "at", "id"], unique=False
    )


def downgrade():
    op.drop_index("review_appeal_by_time", table_name="review_appeal")
    op.drop_index("review_appeal_by_review_id", table_name="review_appeal")
    op.drop_index("review_appeal_by_by", table_name="review_appeal")
    op.drop_table("review_appeal")
    op.drop_index("review_report_by_time", table_name="review_report")
    op.drop_index("review_report_by_by", table_name="review_report")
    op.drop_table("review_report")
    op.drop_index("review_helped_by_member_id", table_name="review_helped")
    op.drop_table("review_helped")
    op.drop_index("review_decision_by_review_id", table_name="review_decision")
    op.drop_table("review_decision")
    op.drop_index("review_by_worry", table_name="review")
    op.drop_index("review_by_time", table_name="review")
    op.drop_index("review_by_stars", table_name="review")
    op.drop_index("review_by_removal", table_name="review")
    op.drop_index("review_by_offer", table_name="review")
    op.drop_index("review_by_help", table_name="review")
    op.drop_index("review_by_author", table_name="review")
    op.drop_index("review_by_about", table_name="review")
    op.drop_table("review")
    op.drop_index("recap_by_member", table_name="recap")
    op.drop_table("recap")
    op.drop_index("message_by_exchange", table_name="message")
    op.drop_index("message_by_author_id", table_name="message")
    op.drop_table("message")
    op.drop_index("hold_by_exchange_id", table_name="hold")
    op.drop_table("hold")
    op.drop_index("excused_by_exchange_id", table_name="excused")
    op.drop_table("excused")
    op.drop_index("exchange_move_by_member", table_name="exchange_move")
    op.drop_table("exchange_move")
    op.drop_index("offer_word_by_offer_id", table_name="offer_word")
    op.drop_table("offer_word")
    op.drop_table("offer_views")
    op.drop_table("offer_version")
    op.drop_index("offer_photo_by_offer_id", table_name="offer_photo")
    op.drop_table("offer_photo")
    op.drop_index("offer_kept_by_offer_id", table_name="offer_kept")
    op.drop_table("offer_kept")
    op.drop_index("offer_closure_by_day", table_name="offer_closure")
    op.drop_table("offer_closure")
    op.drop_index("exchange_by_review", table_name="exchange")
    op.drop_index("exchange_by_receiver", table_name="exchange")
    op.drop_index("exchange_by_provider", table_name="exchange")
    op.drop_index("exchange_by_pair", table_name="exchange")
    op.drop_index("exchange_by_offer", table_name="exchange")
    op.drop_index("exchange_by_due", table_name="exchange")
    op.drop_table("exchange")
    op.drop_index("offer_by_rank", table_name="offer")
    op.drop_index("offer_by_price", table_name="offer")
    op.drop_index("offer_by_owner", table_name="offer")
    op.drop_index("offer_by_newness", table_name="offer")
    op.drop_index("offer_by_newcomer", table_name="offer")
    op.drop_index("offer_by_kind", table_name="offer")
    op.drop_table("offer")
    op.drop_index("reference_by_about", table_name="reference")
    op.drop_table("reference")
    op.drop_table("ranking_rule")
    op.drop_table("excuse")
    op.drop_table("views_taken")
    op.drop_table("offer_kind")
