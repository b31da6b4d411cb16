"""Drafts of badges: tested on the ledger, then published, each by a person with a note; badges that end."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache, partial

from community.kit import clock
from community.kit.db import db
from community.kit.db import reading as beside
from community.kit.words import N_, Words
from community.ledger import audit, columns
from community.standing import awards, reading, rulebook, whole
from community.standing.awarding import FACTS
from community.standing.back_test import back_test
from community.standing.badge_grammar import read_badge
from community.standing.metrics import METRICS
from community.standing.models import BadgeRule

SHORTEST_NOTE, LONGEST_NOTE = 10, 300
JOB = "try-drafts"


def why_not_publish(rule: BadgeRule, note: str, holds_from: datetime) -> Words | None:
    """Why a draft can't be published with this note, from that moment on; None when it can."""
    if rule.published_at is not None:
        return N_("This version was published already.")
    if not read_badge(dict(rule.told), METRICS).is_manual and rule.test is None:
        return N_("It has to be tested on what happened before.")
    if not SHORTEST_NOTE <= len(note.strip()) <= LONGEST_NOTE:
        return N_(
            "Say what changes and why, in %(least)d to %(most)d characters.",
            least=SHORTEST_NOTE,
            most=LONGEST_NOTE,
        )
    if holds_from < clock.now().replace(hour=0, minute=0, second=0, microsecond=0):
        return N_("It can't hold from a day that is over.")
    return None


def publish(rule: BadgeRule, by: int, note: str, holds_from: datetime) -> None:
    """Let a draft hold from a moment on; every member can read what changed and why."""
    rule.published_at, rule.published_by = max(holds_from, clock.now()), by
    rule.note = note.strip()
    db.session.flush()
    audit.note(by, "badge.published", None, rule.note, badge=rule.name, version=rule.version)


def retire(name: str, by: int, note: str) -> None:
    """End a badge: nobody gains it any more, and whoever holds it held it until now."""
    known = rulebook.draft(name)
    if known is not None:
        drop(known)
    newest = rulebook.history(name)[0]
    rulebook.put(dict(newest.told), by, note.strip(), is_published=True, is_retired=True)
    awards.end_all(name, clock.now())
    audit.note(by, "badge.retired", None, note.strip(), badge=name)


def drop(rule: BadgeRule) -> None:
    """Throw a draft away."""
    db.session.delete(rule)
    db.session.flush()


def try_drafts() -> Iterator[int]:
    """Replay every draft that was not tested yet; yields one for each."""
    waiting = [rule for rule in rulebook.drafts() if rule.test is None]
    badges = [(rule.id, read_badge(dict(rule.told), METRICS)) for rule in waiting]
    badges = [(id, badge) for id, badge in badges if not badge.is_manual]
    if not badges:
        return
    now, store = clock.now(), columns.here()
    store.extend()
    with beside() as reader:
        past = reading.everyone(reader, store, FACTS)
    known = lru_cache(maxsize=40)(partial(whole.context_of, past))
    for id, badge in badges:
        held = awards.held_by(past, badge.name, now)
        context_at = partial(known, asked=whole.asked_by(badge))
        found = back_test(badge, past, now, context_at, held)
        rule = db.session.get(BadgeRule, id)
        if rule is not None and rule.digest == found.digest:
            rule.test = found.plain()
        yield 1
