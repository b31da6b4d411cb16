"""The tables of offers: their kinds, their versions, photos, closed days, words, who kept them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from community.kit.db import Base, Instant, Key, bytewise


class OfferKind(Base):
    """A kind of thing that is offered here, in the community's own words.

    ``grain`` says how an exchange of it takes time: by days, by hours, once for all, or not at
    all. ``fields`` are what an offer of it tells beside its text, ``scores`` the aspects that a
    review rates: lists of ``{name, label, ...}``.
    """

    __tablename__ = "offer_kind"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(40), unique=True)
    label: Mapped[str] = mapped_column(String(60))
    unit: Mapped[str] = mapped_column(String(40))
    grain: Mapped[str] = mapped_column(String(5))
    icon: Mapped[str] = mapped_column(String(40), default="tag")
    fields: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    scores: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    place: Mapped[int] = mapped_column(SmallInteger, default=0)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("grain IN ('day', 'hour', 'once', 'open')", name="grain_is_known"),
    )


class Offer(Base):
    """Something that a member offers, or with ``is_wish`` asks for.

    ``subject_id`` is what events about it name: it has one from its first publication on. An
    amount is in the smallest unit of its currency, for one unit of the kind; none is for free
    or by agreement (``is_free``). ``quantity`` is how many may be had at the same time.
    ``key`` is of the form with which it was begun, so that sending that twice begins one offer.

    ``score``, ``ranked``, ``is_newcomer`` and ``rated`` (the owner's rating on show, in hundredths
    of a star) are worked out by the job that ranks offers; ``ranked`` tells the score's parts.
    """

    __tablename__ = "offer"

    id: Mapped[Key]
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"), unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("offer_kind.id"))
    is_wish: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    title: Mapped[str] = mapped_column(String(200))
    title_key: Mapped[str] = mapped_column(bytewise(200), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")
    renderer: Mapped[int] = mapped_column(SmallInteger, default=1)
    rules: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    place: Mapped[str | None] = mapped_column(String(120))
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    is_free: Mapped[bool] = mapped_column(default=True)
    amount: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    quantity: Mapped[int] = mapped_column(SmallInteger, default=1)
    shortest: Mapped[int] = mapped_column(SmallInteger, default=1)
    longest: Mapped[int | None] = mapped_column(SmallInteger)
    reply_hours: Mapped[int | None] = mapped_column(SmallInteger)
    photo: Mapped[str | None] = mapped_column(String(80))
    key: Mapped[str | None] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    is_closed_by_staff: Mapped[bool] = mapped_column(default=False)
    score: Mapped[int] = mapped_column(BigInteger, default=0)
    ranked: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    is_newcomer: Mapped[bool] = mapped_column(default=False)
    rated: Mapped[int | None] = mapped_column(SmallInteger)

    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'published', 'paused', 'archived')", name="offer_state_is_known"
        ),
        UniqueConstraint("owner_id", "key", name="one_offer_a_form"),
        CheckConstraint("quantity >= 1", name="something_is_offered"),
        CheckConstraint("amount IS NULL OR amount >= 0", name="an_amount_is_not_negative"),
        Index("offer_by_owner", "owner_id", "state", "id"),
        Index("offer_by_rank", "state", "is_wish", "score", "id"),
        Index("offer_by_kind", "state", "is_wish", "kind_id", "is_newcomer", "score", "id"),
        Index("offer_by_newness", "state", "is_wish", "published_at", "id"),
        Index("offer_by_price", "state", "is_wish", "amount", "id"),
        Index("offer_by_newcomer", "state", "is_wish", "is_newcomer", "score", "id"),
    )


class OfferVersion(Base):
    """What an offer promised, from when on: a review can be read beside it."""

    __tablename__ = "offer_version"

    id: Mapped[Key]
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    version: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(Instant)
    told: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (UniqueConstraint("offer_id", "version", name="one_row_an_offer_version"),)


class OfferPhoto(Base):
    """A photo of what is offered; ``words`` say what it shows to whoever can't see it."""

    __tablename__ = "offer_photo"

    id: Mapped[Key]
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), index=True)
    photo: Mapped[str] = mapped_column(String(80))
    words: Mapped[str] = mapped_column(String(160), default="")
    place: Mapped[int] = mapped_column(SmallInteger, default=0)


class OfferClosure(Base):
    """Days on which an offer can't be had: its owner said so. Both days belong to it."""

    __tablename__ = "offer_closure"

    id: Mapped[Key]
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)

    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="a_closure_ends_after"),
        Index("offer_closure_by_day", "offer_id", "first_day", "last_day"),
    )


class OfferDecision(Base):
    """What staff decided of an offer: to close it, keep it closed or open it again, with the reason.

    ``n`` counts from 1 for each offer. ``appeal_of`` is the decision that an appeal was about,
    ``appeal_until`` the last moment for one, ``asked_at`` when its owner made one.
    """

    __tablename__ = "offer_decision"

    id: Mapped[Key]
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    n: Mapped[int] = mapped_column(SmallInteger)
    verdict: Mapped[str] = mapped_column(String(10))
    ground: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    appeal_until: Mapped[datetime] = mapped_column(Instant)
    appeal_of: Mapped[int | None] = mapped_column(ForeignKey("offer_decision.id"))
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    asked: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint("verdict IN ('close', 'keep', 'reopen')", name="offer_verdict_is_known"),
        UniqueConstraint("offer_id", "n", name="one_offer_decision_at_a_time"),
    )


class OfferWord(Base):
    """A word by which an offer is found; those of places are marked."""

    __tablename__ = "offer_word"

    word: Mapped[str] = mapped_column(bytewise(60), primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), primary_key=True, index=True)


class OfferKept(Base):
    """That a member keeps an offer to come back to it."""

    __tablename__ = "offer_kept"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(Instant)


class OfferViews(Base):
    """How often an offer was looked at on one day (UTC); who looked is nowhere kept."""

    __tablename__ = "offer_views"

    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    views: Mapped[int] = mapped_column(default=0)


class ViewsTaken(Base):
    """That a file of views was counted, so that one left by a machine that died is not counted again."""

    __tablename__ = "views_taken"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


class RankingRule(Base):
    """A version of how offers are ranked: what each factor weighs.

    The newest holds, from when on the job has ranked all offers by it (``applied_at``).
    """

    __tablename__ = "ranking_rule"

    id: Mapped[Key]
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    weights: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(String(300), default="")
    applied_at: Mapped[datetime | None] = mapped_column(Instant)
