"""The page where offers and wishes are found, and the one that says how they are ranked."""

from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import render_template, request
from sqlalchemy import func, or_, select, union
from sqlalchemy.orm import aliased

from community.activity.exchanges.deals.models import Exchange, Hold
from community.activity.exchanges.offers import arranging, finding, ranking
from community.activity.exchanges.offers.arranging import Placed
from community.activity.exchanges.offers.finding import Condition, Found, Wish
from community.activity.exchanges.offers.hits import Hit, Reader
from community.activity.exchanges.offers.kinds import words
from community.activity.exchanges.offers.models import Offer, OfferKind, RankingRule
from community.activity.exchanges.offers.ranking import FACTORS, Rule
from community.activity.exchanges.offers.wording import price
from community.activity.members.queries import present_viewer
from community.activity.members.rules import HasId
from community.kit import languages
from community.kit.cache import cache
from community.kit.db import db
from community.kit.faces import small_photo
from community.kit.fragments import fragment
from community.kit.languages import translate
from community.kit.limits import SEARCHES, limiter
from community.kit.pages import Pages
from community.kit.text import line
from community.kit.words import N_
from community.standing import rulebook
from community.standing.models import Award
from community.web.rank_offers import rule_now
from community.web.ranking_told import Why, why_of
from community.web.recognised import Face, said

bp = Pages("offers_found", __name__)

SEARCHED = {"q", "place", "kind", "first", "last", "price", "free", "badge", "rating"}
"""Questions that cost a search; they are counted."""
SORTS = {"best": N_("Best for you"), "new": N_("New first"), "price": N_("Price")}
WHAT = {"": N_("Offers"), "wish": N_("Wishes")}
LONGEST = timedelta(days=365)
STARS = (3, 4)
MOST = 10**9


class Choice(NamedTuple):
    """One way to narrow or order the list: its words, its address, and whether it is chosen."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Card:
    """An offer as the list shows it."""

    id: int
    title: str
    photo_url: str | None
    kind: str
    place: str | None
    price: str
    owner: Face
    rating: str
    why: Why | None
    is_for_newcomers: bool
    is_moved: bool


@bp.route("/offers", public=True)
@limiter.limit(SEARCHES, exempt_when=lambda: not request.args.keys() & SEARCHED)
def index():
    """What is offered and wished for here."""
    viewer, wish = present_viewer(), wished()
    rule, kinds = _rule_and_kinds()
    found = search(wish, viewer, rule)
    main = fragment(
        "offers/_found.html",
        wish=wish,
        cards=tuple(_card(each, rule, kinds, viewer) for each in found.page.offers),
        newer=_again(wish, mark=found.page.newer) if found.page.newer else None,
        older=_again(wish, mark=found.page.older) if found.page.older else None,
        count=found.count,
        most=finding.MOST_COUNTED,
        sorts=_choices(wish, "sort", SORTS),
        what=_choices(wish, "is_wish", WHAT),
        kinds=tuple(
            (k.id, translate(words(k.label))) for k in kinds.values() if k.retired_at is None
        ),
        badges=tuple((name, said(texts)) for name, texts in _badges()),
        stars=STARS,
        everything=_again(Wish(is_wish=wish.is_wish)),
        is_visitor=viewer is None,
    )
    return render_template("offers/found.html", main=main, is_wish=wish.is_wish)


@bp.route("/offers/ranking", public=True)
def ranked():
    """How offers are ranked: each factor, its weight, and what it means."""
    return render_template(
        "offers/ranking.html",
        rule=rule_now(),
        factors=FACTORS.values(),
        a_block=arranging.A_BLOCK,
        a_page=arranging.A_PAGE,
        few=ranking.FEW_EXCHANGES,
        new_for=ranking.NEW_FOR.days,
        most_of_one=arranging.MOST_OF_ONE,
    )


def search(wish: Wish, viewer: HasId | None, rule: Rule) -> Found:
    """What the reader looks for, one page of it, as the page shows it."""
    reader = Reader(viewer.id, _dealt(viewer.id)) if viewer else None
    return finding.find(wish, viewer, rule, _others(wish), reader)


def _rule_and_kinds() -> tuple[Rule, dict[int, Any]]:
    """The rule that holds and all kinds, in one question."""
    weights = (
        select(RankingRule.weights)
        .where(RankingRule.applied_at.is_not(None))
        .order_by(RankingRule.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    K = OfferKind  # noqa: N806
    asked = select(K.id, K.label, K.unit, K.grain, K.retired_at, weights.label("weights"))
    rows = db.session.execute(asked.order_by(K.place, K.id)).all()
    return ranking.read(rows[0].weights if rows else None), {row.id: row for row in rows}


@cache.cached(timeout=60, key_prefix="badges sought by")
def _badges():
    """The badges by which owners can be sought, with their labels in all languages."""
    return [(v.badge.name, dict(v.badge.label)) for v in rulebook.holding()]


def _dealt(member_id: int) -> Any:
    """Asks for the kinds in which a member has dealt."""
    sides = (Exchange.provider_id, Exchange.receiver_id)
    offer = aliased(Offer)
    asked = [
        select(offer.kind_id)
        .join(Exchange, Exchange.offer_id == offer.id)
        .where(side == member_id, Exchange.state == "completed")
        for side in sides
    ]
    return union(*asked)


def _others(wish: Wish) -> list[Condition]:
    """The conditions that other rooms know: what is held on these days, and who holds a badge."""
    found = []
    if wish.first and wish.last:
        slots = Hold.slot.between(wish.first.toordinal(), wish.last.toordinal())
        is_full = (
            select(Hold.slot)
            .where(Hold.offer_id == Offer.id, slots)
            .group_by(Hold.slot)
            .having(func.count() >= Offer.quantity)
            .correlate(Offer)
            .exists()
        )
        found.append(Condition(or_(~finding.is_by_days(), ~is_full)))
    if wish.badge:
        is_it = (Award.badge == wish.badge, Award.ended_at.is_(None))
        holds = select(Award.id).where(Award.member_id == Offer.owner_id, *is_it).correlate(Offer)
        ids = select(Offer.id).join(Award, Award.member_id == Offer.owner_id).where(*is_it)
        found.append(Condition(holds.exists(), ids))
    return found


def _card(placed: Placed[Hit], rule: Rule, kinds: dict[int, Any], viewer: Any) -> Card:
    hit, kind = placed.what, kinds[placed.what.kind_id]
    ranked = hit.ranked
    return Card(
        hit.id,
        hit.title,
        f"/media/{hit.photo}-480.webp" if hit.photo else None,
        translate(words(kind.label)),
        hit.place,
        price(hit.is_free, hit.amount, hit.currency, kind.unit, kind.grain),
        Face(hit.handle, hit.name, small_photo(hit.face)),
        _rating(ranked),
        why_of(hit, ranked, rule, is_known=viewer is not None),
        placed.is_for_newcomers,
        placed.is_moved,
    )


def _rating(ranked: Any) -> str:
    stars = ranked["facts"]["stars"] if ranked else None
    if not stars:
        return ""
    text = languages.ngettext(
        "%(value)s from %(num)d review", "%(value)s from %(num)d reviews", int(stars[3])
    )
    return text % {"value": languages.number(round(stars[0], 1)), "num": int(stars[3])}


def wished() -> Wish:
    """What the address asks for; what can't be understood is left out."""
    first, last = (_day(request.args.get(name, "")) for name in ("first", "last"))
    first, last = first or last, last or first
    if first and last:
        first, last = min(first, last), max(first, last)
        last = min(last, first + LONGEST)
    sort = request.args.get("sort", "")
    return Wish(
        q=line(request.args.get("q", "")[:400], 100),
        kind=_whole("kind") or 0,
        is_wish=request.args.get("what") == "wish",
        place=line(request.args.get("place", "")[:400], 120),
        first=first,
        last=last,
        price=_whole("price"),
        is_free=bool(request.args.get("free")),
        badge=line(request.args.get("badge", "")[:200], 60),
        rating=min(_whole("rating") or 0, 5),
        sort=sort if sort in SORTS else "best",
        mark=request.args.get("at", "")[:200],
    )


def _whole(name: str) -> int | None:
    given = request.args.get(name, "").strip()[:12]
    return min(int(given), MOST) if given.isascii() and given.isdigit() else None


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return found if 1970 <= found.year <= 2200 else None


NAMES = {"is_wish": "what", "is_free": "free", "mark": "at"}
"""What a part of the wish is called in the address, where that is not its name."""


def _again(wish: Wish, **changed: Any) -> str:
    """The address of the same search with something changed; what is empty is left out."""
    given = {"mark": ""} | changed
    if "is_wish" in given:
        given["is_wish"] = given["is_wish"] == "wish"
    wish = replace(wish, **given)
    told = {f.name: getattr(wish, f.name) for f in fields(wish)}
    told |= {"is_wish": "wish" if wish.is_wish else "", "is_free": "1" if wish.is_free else ""}
    asked = urlencode(
        [
            (NAMES.get(name, name), value)
            for name, value in told.items()
            if value not in ("", None) and (name, value) not in _USUAL
        ]
    )
    return f"/offers?{asked}" if asked else "/offers"


_USUAL = (("sort", "best"), ("kind", 0), ("rating", 0))


def _choices(wish: Wish, name: str, labels: Any) -> tuple[Choice, ...]:
    chosen = ("wish" if wish.is_wish else "") if name == "is_wish" else getattr(wish, name)
    return tuple(
        Choice(languages.translate(label), _again(wish, **{name: value}), chosen == value)
        for value, label in labels.items()
    )
