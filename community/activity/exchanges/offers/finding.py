"""Finding offers and wishes: by words in any script, kind, place, days, price; page by page.

A search may be rare or common. Each condition that an index leads is counted up to a bound,
and those that meet the rarest are checked against the others until too many fit to be
sorted. When few fit they are looked up and sorted; otherwise the list is walked in its order
and each offer is checked, which soon fills a page. Either way no table is scanned.

By rank, offers come in blocks: the 200 that are best by what does not depend on the reader are
put in order with what they share with the reader, and given their places; then the next 200.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    false,
    func,
    or_,
    select,
    true,
    type_coerce,
)

from community.activity.exchanges.offers.hits import Reader, told
from community.activity.exchanges.offers.listing import Listed, Shown, listed, ranked
from community.activity.exchanges.offers.models import Offer, OfferClosure, OfferKind, OfferWord
from community.activity.exchanges.offers.ranking import Rule
from community.activity.members.models import Member
from community.activity.members.rules import PLACE_MARK, HasId, audience, place_word
from community.kit import search
from community.kit.db import BigId, db

FEW = MOST_COUNTED = 1_000
"""Up to so many offers are counted, looked up one by one and sorted."""
RARE = 10 * FEW
"""Up to so many offers are counted to tell which condition is the rarest."""
WITHOUT_CENTS = ("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF")
"""Currencies whose smallest unit is the whole one."""
SORTS = ("best", "new", "price")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the reader looks for, in which order, and where in the list they are.

    ``first`` and ``last`` are the days on which it must be to be had. ``price`` is the most, in
    whole units of its currency. ``rating`` is the least stars of the owner.
    """

    q: str = ""
    kind: int = 0
    is_wish: bool = False
    place: str = ""
    first: date | None = None
    last: date | None = None
    price: int | None = None
    is_free: bool = False
    badge: str = ""
    rating: int = 0
    sort: str = "best"
    mark: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether everything is wished for."""
        asked = (self.q, self.kind, self.place, self.first, self.is_free, self.badge, self.rating)
        return not any(asked) and self.price is None

    @property
    def narrows(self) -> bool:
        """Whether more than words, place and kind is asked for."""
        asked = (self.first, self.is_free, self.badge, self.rating)
        return any(asked) or self.price is not None


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition: the ids that an index knows to meet it, if one does, and whether one offer meets it."""

    holds: ColumnElement[bool]
    ids: Select[Any] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of offers. ``count`` says how many fit where something was looked for.

    It goes no further than one beyond ``MOST_COUNTED``.
    """

    page: Listed
    count: int | None = None


def find(
    wish: Wish,
    viewer: HasId | None,
    rule: Rule,
    others: Sequence[Condition] = (),
    reader: Reader | None = None,
) -> Found:
    """The offers that the reader may see and looks for, one page of them.

    ``others`` are conditions that rooms further up know: badges, what is held.
    """
    shown, count = _search(wish, viewer, others)
    columns = told(viewer, reader)
    if wish.sort == "best":
        return Found(ranked(wish.mark, shown, rule, columns), count)
    return Found(listed(wish.sort, wish.mark, shown, rule, columns), count)


def _search(
    wish: Wish, viewer: HasId | None, others: Sequence[Condition]
) -> tuple[Shown, int | None]:
    """How the wish is looked for, few by their ids and many along the list; and how many fit."""
    is_here = _is_here(wish.is_wish)
    is_seen = (Member.sees_profile <= audience(viewer), Member.erased_at.is_(None))
    is_open = Offer.is_closed_by_staff == false()
    conditions = [*_conditions(wish), *others]
    if not conditions:
        return (*is_here, is_open, *is_seen), None
    leading = [c for c in conditions if c.ids is not None]
    rarest = _rarest(leading)
    others_hold = [c.holds for c in conditions if c is not rarest]
    # Said so that no index of the list or of members answers it: the ids lead.
    checked = (
        _said(Offer.state, "") == "published",
        _said(Offer.is_wish, false()) == _bool(wish.is_wish),
    )
    is_left = _said(type_coerce(Member.erased_at, BigId), 0) == 0
    if rarest is None or rarest.ids is None:
        fit = select(Offer.id).where(*is_here)
    else:
        fit = rarest.ids.where(*checked).distinct()
    fit = fit.join(Member, Member.id == Offer.owner_id)
    fit = fit.where(is_open, is_seen[0], is_left, *others_hold).correlate(None)
    ids = db.session.scalars(fit.limit(FEW + 1)).all()
    if len(ids) > FEW:
        holds = tuple(c.holds for c in conditions)
        return (*is_here, is_open, *is_seen, *holds), len(ids)
    return (Offer.id.in_(ids),), len(ids)


def _is_here(is_wish: bool) -> tuple[ColumnElement[bool], ...]:
    return (Offer.state == "published", Offer.is_wish == _bool(is_wish))


def _bool(value: bool) -> ColumnElement[bool]:
    return true() if value else false()


def _said(column: Any, otherwise: Any) -> ColumnElement[Any]:
    """A column said so that no index answers it."""
    return func.coalesce(column, otherwise)


def _conditions(wish: Wish) -> list[Condition]:
    words = [_word(is_open, word, place_word(word)) for word, is_open in search.sought(wish.q)]
    places = [_word(is_open, place_word(word)) for word, is_open in search.sought(wish.place)]
    if (wish.q and not words) or (wish.place and not places):
        nothing = Offer.id == 0  # What holds no word is nothing's.
        return [Condition(nothing, select(Offer.id).where(nothing))]
    found = words + places
    if wish.kind:
        is_it = Offer.kind_id == wish.kind
        of_kind = select(Offer.id).where(*_is_here(wish.is_wish), is_it)
        # By rank an index leads within a kind; the other orders only check it.
        found.append(
            Condition(
                is_it if wish.sort == "best" else _said(Offer.kind_id, 0) == wish.kind, of_kind
            )
        )
    if wish.first is not None and wish.last is not None:
        found.append(Condition(_is_open_on(wish.first, wish.last)))
    if wish.is_free:
        found.append(Condition(Offer.is_free == true()))
    if wish.price is not None:
        found.append(Condition(_costs_at_most(wish.price)))
    if wish.rating:
        found.append(Condition(Offer.rated >= wish.rating * 100))
    return found


def _word(is_open: bool, *forms: str) -> Condition:
    """That an offer is found under a word, in one of its forms: as such, or as one of a place."""
    is_it = or_(*(_is_form(form, is_open) for form in forms))
    has_it = (
        select(OfferWord.offer_id)
        .where(OfferWord.offer_id == Offer.id, is_it)
        .correlate(Offer)
        .exists()
    )
    ids = select(OfferWord.offer_id).join(Offer, Offer.id == OfferWord.offer_id).where(is_it)
    return Condition(has_it, ids)


def _is_form(word: str, is_open: bool) -> ColumnElement[bool]:
    # A single letter begins too many words; it is looked for as a word of its own.
    if is_open and len(word.lstrip(PLACE_MARK)) > 1:
        return and_(OfferWord.word >= word, OfferWord.word < search.after(word))
    return OfferWord.word == word


def _costs_at_most(price: int) -> ColumnElement[bool]:
    most = case((Offer.currency.in_(WITHOUT_CENTS), price), else_=100 * price)
    return or_(Offer.is_free == true(), Offer.amount <= most)


def _is_open_on(first: date, last: date) -> ColumnElement[bool]:
    """Whether an offer is not closed on any of these days, and can be had for so long."""
    is_closed = (
        select(OfferClosure.id)
        .where(
            OfferClosure.offer_id == Offer.id,
            OfferClosure.first_day <= last,
            OfferClosure.last_day >= first,
        )
        .correlate(Offer)
        .exists()
    )
    days = (last - first).days + 1
    is_long_enough = and_(
        Offer.shortest <= days, or_(Offer.longest.is_(None), Offer.longest >= days)
    )
    return and_(~is_closed, or_(~is_by_days(), is_long_enough))


def is_by_days() -> ColumnElement[bool]:
    """Whether an offer is of a kind that is had by days."""
    return Offer.kind_id.in_(select(OfferKind.id).where(OfferKind.grain == "day"))


def _rarest(conditions: Sequence[Condition]) -> Condition | None:
    """The condition that the fewest offers meet; None where no index leads any."""
    if len(conditions) <= 1:
        return conditions[0] if conditions else None
    counts = [
        select(func.count())
        .select_from(c.ids.correlate(None).limit(RARE + 1).subquery())
        .scalar_subquery()
        for c in conditions
        if c.ids is not None
    ]
    sizes = db.session.execute(select(*counts)).one()
    return conditions[min(range(len(sizes)), key=sizes.__getitem__)]
