"""The kinds of offers of this community: planted, read, added, changed, retired."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, select

from community.activity.exchanges.offers import kinds, rules
from community.activity.exchanges.offers.models import Offer, OfferKind
from community.kit import clock, dialects
from community.kit.db import connection, db
from community.kit.refusal import refuse_if
from community.kit.words import N_

TOLD = ("label", "unit", "grain", "icon", "fields", "scores")
"""What is told of a kind."""
KINDS: Table = OfferKind.__table__  # type: ignore[assignment]


class Changed(Exception):
    """A kind is no longer what its writer saw; carries what is told of it now."""

    def __init__(self, now: dict[str, Any]) -> None:
        super().__init__("changed meanwhile")
        self.now = now


def plant(into: Connection | None = None) -> int:
    """Keep the kinds that come with Kith where none of their name is; how many are new."""
    rows = [
        {
            "name": kind.name,
            "label": kind.label.text,
            "unit": kind.unit.text,
            "grain": kind.grain,
            "icon": kind.icon,
            "fields": [each.told() for each in kind.fields],
            "scores": [each.told() for each in kind.scores],
            "place": place,
        }
        for place, kind in enumerate(kinds.SHIPPED.values())
    ]
    return dialects.insert_new(into or connection(), KINDS, rows)


def id_of(at: Connection, name: str) -> int:
    """The id of a kind that comes with Kith, which is planted where nobody did so yet."""
    asked = select(KINDS.c.id).where(KINDS.c.name == name)
    found = at.scalar(asked)
    if found is None:
        plant(at)
        found = at.scalars(asked).one()
    return int(found)


def every() -> Sequence[OfferKind]:
    """All kinds, those that are retired too, in their order."""
    return db.session.scalars(select(OfferKind).order_by(OfferKind.place, OfferKind.id)).all()


def offered() -> Sequence[OfferKind]:
    """The kinds of which something can be offered now, in their order."""
    return [kind for kind in every() if kind.retired_at is None]


def of_name(name: str) -> OfferKind | None:
    """The kind of this name."""
    return db.session.scalar(select(OfferKind).where(OfferKind.name == name))


def has_offers(kind_id: int) -> bool:
    """Whether there is anything of a kind, if only a draft."""
    return bool(db.session.scalar(select(Offer.id).where(Offer.kind_id == kind_id).limit(1)))


def add(name: str, told: dict[str, Any]) -> OfferKind:
    """Add a kind with what is told of it: label, unit, grain, icon, fields, scores."""
    refuse_if(rules.why_not_kind_name(name, [kind.name for kind in every()]))
    refuse_if(rules.why_not_grain(told["grain"], told["grain"], has_offers=False))
    last = db.session.scalar(select(func.max(OfferKind.place)))
    kind = OfferKind(name=name, place=(last or 0) + 1, **told)
    db.session.add(kind)
    db.session.flush()
    return kind


def told_of(kind: OfferKind) -> dict[str, Any]:
    """All that is told of a kind, as ``add`` and ``change`` take it."""
    return {name: getattr(kind, name) for name in TOLD}


def change(kind_id: int, told: dict[str, Any], seen: str) -> bool:
    """Tell a kind anew, if it replaces what was seen; whether anything is new. Raises Changed.

    Its grain stays once there are offers of it.
    """
    kind = _locked(kind_id)
    now = told_of(kind)
    if told == now:
        return False
    if rules.mark_of(now) != seen:
        raise Changed(now)
    refuse_if(rules.why_not_grain(kind.grain, told["grain"], has_offers=has_offers(kind.id)))
    for name, value in told.items():
        setattr(kind, name, value)
    db.session.flush()
    return True


def move(kind_id: int, by: int) -> None:
    """Let a kind stand one place further up (-1) or down (1)."""
    order = list(every())
    here = next((n for n, kind in enumerate(order) if kind.id == kind_id), 0)
    there = min(max(here + by, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    for place, kind in enumerate(order):
        kind.place = place


def retire(kind_id: int) -> OfferKind:
    """Let nothing of a kind be published any more; what there is of it stays."""
    kind = _locked(kind_id)
    refuse_if(N_("It is retired already.") if kind.retired_at else None)
    kind.retired_at = clock.now()
    return kind


def bring_back(kind_id: int) -> OfferKind:
    """Let things of a retired kind be published again."""
    kind = _locked(kind_id)
    refuse_if(None if kind.retired_at else N_("It is not retired."))
    kind.retired_at = None
    return kind


def _locked(kind_id: int) -> OfferKind:
    return db.session.get_one(OfferKind, kind_id, with_for_update=True, populate_existing=True)
