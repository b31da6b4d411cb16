"""The badges of this community: which versions there are, which hold now, and which held then."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select

from community.kit import clock
from community.kit.db import db
from community.kit.words import N_
from community.standing import presets
from community.standing.badge_grammar import digest, read_badge
from community.standing.badges import Badge
from community.standing.metrics import METRICS
from community.standing.models import BadgeRule


@dataclass(frozen=True)
class Version:
    """A version of a badge as it is kept, with the badge that it tells."""

    id: int
    version: int
    badge: Badge
    published_at: datetime | None
    note: str


def holding(as_of: datetime | None = None) -> list[Version]:
    """The badges that hold, each in its newest published version, in their order."""
    newest: dict[str, BadgeRule] = {}
    for rule in db.session.scalars(_published(as_of or clock.now())):
        newest[rule.name] = rule
    kept = sorted(
        (rule for rule in newest.values() if not rule.is_retired), key=lambda r: (r.place, r.name)
    )
    return [_version(rule) for rule in kept]


def find(name: str) -> Version | None:
    """The version of a badge that holds now; None where none does."""
    return next((version for version in holding() if version.badge.name == name), None)


def of_digest(name: str, wanted: str) -> Badge | None:
    """The badge as the version with this digest tells it; None for an unknown one."""
    asked = select(BadgeRule).where(BadgeRule.name == name, BadgeRule.digest == wanted)
    rule = db.session.scalars(asked.order_by(BadgeRule.version.desc())).first()
    return _version(rule).badge if rule else None


def badge_of(told: Mapping[str, Any]) -> Badge:
    """The badge that a rule tells, as it is kept."""
    return _read(json.dumps(told))


SHIPPED_NOTE = N_("Comes with Kith")
"""What is noted with the rules that a community begins with; told in the reader's language."""


def history(name: str) -> Sequence[BadgeRule]:
    """Every version of a badge, the newest first."""
    asked = select(BadgeRule).where(BadgeRule.name == name).order_by(BadgeRule.version.desc())
    return db.session.scalars(asked).all()


def plant() -> int:
    """Publish the presets that a new community begins with, where no badge of their name is; how many."""
    known = set(db.session.scalars(select(BadgeRule.name)))
    new = [name for name in presets.SHIPPED if name not in known]
    for name in new:
        put(dict(presets.told(name)), None, SHIPPED_NOTE.text, is_published=True)
    return len(new)


def draft(name: str) -> BadgeRule | None:
    """The version of a badge that somebody works on; None when nobody does."""
    asked = select(BadgeRule).where(BadgeRule.name == name, BadgeRule.published_at.is_(None))
    return db.session.scalars(asked.order_by(BadgeRule.version.desc())).first()


def drafts() -> Sequence[BadgeRule]:
    """Every version that somebody works on, the latest first."""
    asked = select(BadgeRule).where(BadgeRule.published_at.is_(None))
    return db.session.scalars(asked.order_by(BadgeRule.made_at.desc(), BadgeRule.id.desc())).all()


def ahead(name: str) -> BadgeRule | None:
    """The version of a badge that was published and does not hold yet."""
    asked = select(BadgeRule).where(BadgeRule.name == name, BadgeRule.published_at > clock.now())
    return db.session.scalars(asked.order_by(BadgeRule.published_at)).first()


def put(
    told: dict[str, Any], by: int | None, note: str, *, is_published: bool, is_retired: bool = False
) -> BadgeRule:
    """Keep a new version of a badge, as a draft or published at once. Raises BadRule."""
    badge = read_badge(told, METRICS)
    now = clock.now()
    last = db.session.scalar(
        select(func.max(BadgeRule.version)).where(BadgeRule.name == badge.name)
    )
    place = presets.SHIPPED.index(badge.name) if badge.name in presets.SHIPPED else 100
    rule = BadgeRule(
        name=badge.name,
        version=(last or 0) + 1,
        digest=digest(told),
        told=told,
        place=place,
        made_at=now,
        made_by=by,
        published_at=now if is_published else None,
        published_by=by if is_published else None,
        note=note,
        is_retired=is_retired,
    )
    db.session.add(rule)
    db.session.flush()
    return rule


def save(told: dict[str, Any], by: int) -> BadgeRule:
    """Keep what somebody works on, in place of the draft before; another rule is tested anew. Raises BadRule."""
    badge = read_badge(told, METRICS)
    rule = draft(badge.name)
    if rule is None:
        return put(told, by, "", is_published=False)
    if rule.digest != badge.digest:
        rule.test = None
    rule.told, rule.digest, rule.made_at, rule.made_by = told, badge.digest, clock.now(), by
    db.session.flush()
    return rule


def _published(as_of: datetime) -> Any:
    return (
        select(BadgeRule)
        .where(BadgeRule.published_at.is_not(None), BadgeRule.published_at <= as_of)
        .order_by(BadgeRule.name, BadgeRule.version)
    )


def _version(rule: BadgeRule) -> Version:
    return Version(rule.id, rule.version, badge_of(rule.told), rule.published_at, rule.note)


@lru_cache(maxsize=512)
def _read(told: str) -> Badge:
    return read_badge(json.loads(told), METRICS)
