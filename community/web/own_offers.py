"""What a member offers, offered and keeps, among everything that Kith knows of them."""

import json
from collections.abc import Mapping

from sqlalchemy import select

from community.activity.exchanges.offers import rules
from community.activity.exchanges.offers.models import (
    Offer,
    OfferClosure,
    OfferDecision,
    OfferKept,
    OfferPhoto,
    OfferVersion,
)
from community.activity.settings.own_data import Column, Group, Row
from community.kit.db import db
from community.kit.words import N_


def _offer(row: Offer, names: Mapping[int, str]) -> list[Row]:
    closed = select(OfferClosure.first_day, OfferClosure.last_day)
    shown = select(OfferPhoto.photo, OfferPhoto.words).where(OfferPhoto.offer_id == row.id)
    days = db.session.execute(closed.where(OfferClosure.offer_id == row.id))
    photos = db.session.execute(shown.order_by(OfferPhoto.place))
    return [
        {
            "begun": row.made_at,
            "title": row.title,
            "wish": row.is_wish,
            "state": rules.STATES[row.state],
            "closed_by_staff": row.is_closed_by_staff,
            "text": row.text,
            "rules": row.rules,
            "place": row.place,
            "details": json.dumps(row.details, ensure_ascii=False, sort_keys=True),
            "amount": rules.typed_amount(row.amount, row.currency),
            "currency": row.currency,
            "published": row.published_at,
            "closed": ", ".join(f"{first}/{last}" for first, last in days),
            "photos": ", ".join(f"/media/{key}-1200.webp {words}".strip() for key, words in photos),
        }
    ]


def _version(row: OfferVersion, names: Mapping[int, str]) -> list[Row]:
    return [
        {
            "when": row.made_at,
            "title": str(row.told.get("title", "")),
            "version": row.version,
            "told": json.dumps(row.told, ensure_ascii=False, sort_keys=True),
        }
    ]


def _decision(row: OfferDecision, names: Mapping[int, str]) -> list[Row]:
    ground = rules.GROUNDS.get(row.ground)
    return [
        {
            "when": row.at,
            "title": db.session.scalar(select(Offer.title).where(Offer.id == row.offer_id)),
            "offer": f"/offers/{row.offer_id}",
            "verdict": rules.VERDICTS_SAID[row.verdict],
            "ground": ground.label if ground else row.ground,
            "words": row.words,
            "asked": row.asked_at,
            "asked_words": row.asked,
        }
    ]


def _kept(row: OfferKept, names: Mapping[int, str]) -> list[Row]:
    offer = db.session.get(Offer, row.offer_id)
    is_shown = offer is not None and rules.is_seen(
        offer.state, is_closed=offer.is_closed_by_staff, is_close=False
    )
    title = offer.title if offer is not None and is_shown else None
    return [{"when": row.at, "title": title, "offer": f"/offers/{row.offer_id}"}]


GROUPS = (
    Group(
        "offers",
        N_("Offers and wishes"),
        N_("All that you offer and ask for, drafts and what you put away among them."),
        "hand-helping",
        (
            Column("begun", N_("Begun")),
            Column("title", N_("Title")),
            Column("wish", N_("Is a wish")),
            Column("state", N_("State")),
            Column("closed_by_staff", N_("Closed by those who look after the place")),
            Column("text", N_("Text"), is_on_page=False),
            Column("rules", N_("Rules"), is_on_page=False),
            Column("place", N_("Place"), is_on_page=False),
            Column("details", N_("Details"), is_on_page=False),
            Column("amount", N_("Amount"), is_on_page=False),
            Column("currency", N_("Currency"), is_on_page=False),
            Column("published", N_("Published")),
            Column("closed", N_("Closed days"), is_on_page=False),
            Column("photos", N_("Photos"), is_on_page=False),
        ),
        lambda id: select(Offer).where(Offer.owner_id == id),
        (Offer.made_at, Offer.id),
        _offer,
    ),
    Group(
        "offer_versions",
        N_("What offers promised before"),
        N_("Each version of what you published: reviews are read beside it."),
        "history",
        (
            Column("when", N_("When")),
            Column("title", N_("Title")),
            Column("version", N_("Version")),
            Column("told", N_("Details"), is_on_page=False),
        ),
        lambda id: (
            select(OfferVersion)
            .join(Offer, Offer.id == OfferVersion.offer_id)
            .where(Offer.owner_id == id)
        ),
        (OfferVersion.made_at, OfferVersion.id),
        _version,
    ),
    Group(
        "offer_decisions",
        N_("What was decided about what you offer"),
        N_("Where those who look after the place closed something or opened it again, and why."),
        "lock",
        (
            Column("when", N_("When")),
            Column("title", N_("Title")),
            Column("offer", N_("Address"), is_on_page=False),
            Column("verdict", N_("Decided")),
            Column("ground", N_("Ground")),
            Column("words", N_("In their words"), is_on_page=False),
            Column("asked", N_("Asked for another look")),
            Column("asked_words", N_("In your words"), is_on_page=False),
        ),
        lambda id: (
            select(OfferDecision)
            .join(Offer, Offer.id == OfferDecision.offer_id)
            .where(Offer.owner_id == id)
        ),
        (OfferDecision.at, OfferDecision.id),
        _decision,
    ),
    Group(
        "kept",
        N_("What you keep"),
        N_("Offers that you kept to come back to them."),
        "bookmark",
        (
            Column("when", N_("When")),
            Column("title", N_("Title")),
            Column("offer", N_("Address"), is_on_page=False),
        ),
        lambda id: select(OfferKept).where(OfferKept.member_id == id),
        (OfferKept.at, OfferKept.offer_id),
        _kept,
    ),
)
