"""What a member offers, offered and keeps, among everything that Kith knows of them."""

import json
from collections.abc import Mapping

from sqlalchemy import select

from community.activity.exchanges.offers import rules
from community.activity.exchanges.offers.models import (
    Offer,
    OfferClosure,
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


def _kept(row: OfferKept, names: Mapping[int, str]) -> list[Row]:
    offer = db.session.get(Offer, row.offer_id)
    is_open = offer is not None and offer.state in ("published", "paused")
    title = offer.title if offer is not None and is_open else None
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
