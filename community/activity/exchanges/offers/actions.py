"""What members do with offers and wishes: begin, change, publish, pause, put away, keep."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import date
from pathlib import Path

from flask import current_app
from sqlalchemy import Table, delete, func, select

from community.activity.exchanges.offers import days, queries, rules, wording
from community.activity.exchanges.offers.models import (
    Offer,
    OfferClosure,
    OfferKept,
    OfferKind,
    OfferPhoto,
    OfferVersion,
)
from community.activity.exchanges.offers.rules import Terms
from community.activity.members.models import Member
from community.kit import clock, dialects, pictures, search, text
from community.kit.after import after_commit
from community.kit.cache import cache
from community.kit.db import connection, db
from community.kit.refusal import Refused, refuse_if
from community.kit.words import N_
from community.ledger.models import Event, Subject
from community.ledger.record import record, void

KEPT: Table = OfferKept.__table__  # type: ignore[assignment]


class Changed(Exception):
    """What was to be overwritten is no longer what its writer saw; carries what stands now."""

    def __init__(self, now: Terms) -> None:
        super().__init__("changed meanwhile")
        self.now = now


# ---- telling ----


def begin(owner_id: int, kind: OfferKind, terms: Terms, *, is_wish: bool, key: str | None) -> Offer:
    """Begin an offer or a wish as a draft. Sent twice with the same key, it is begun once."""
    _lock_member(owner_id)
    known = select(Offer).where(Offer.owner_id == owner_id, Offer.key == key)
    again = db.session.scalar(known) if key else None
    if again is not None:
        return again
    refuse_if(N_("Nothing of this kind is published here any more.") if kind.retired_at else None)
    mine = select(func.count()).select_from(Offer).where(Offer.owner_id == owner_id)
    refuse_if(rules.why_not_offer(db.session.scalars(mine).one()))
    now = clock.now()
    offer = Offer(
        owner_id=owner_id,
        kind_id=kind.id,
        is_wish=is_wish,
        state="draft",
        key=key,
        made_at=now,
        changed_at=now,
        title="",
    )
    _tell(offer, terms)
    db.session.add(offer)
    db.session.flush()
    return offer


def change(offer_id: int, by: int, terms: Terms, seen: str) -> Offer:
    """Promise something else, if it replaces what was seen. Raises Changed.

    Once an offer was published, each change of what it promises makes a version.
    """
    offer = locked(offer_id)
    refuse_if(rules.why_not_edit(offer, by))
    now = queries.terms_of(offer)
    if now.mark != seen:
        raise Changed(now)
    if terms.mark == now.mark:
        return offer
    if offer.state == "published":
        refuse_if(rules.why_incomplete(terms, _kind_of(offer)))
    _tell(offer, terms)
    offer.changed_at = clock.now()
    if offer.published_at is not None:
        offer.version += 1
        _keep_version(offer)
        tell_subject(offer)
        wording.index_words(offer)
        after_commit(cache.clear)
    db.session.flush()
    return offer


def _tell(offer: Offer, terms: Terms) -> None:
    offer.title, offer.title_key = terms.title, search.key(terms.title, 200)
    if terms.text != offer.text:
        offer.text, offer.html = terms.text, text.markdown(terms.text) if terms.text else ""
        offer.renderer = text.RENDERER
    offer.rules, offer.details = terms.rules, dict(terms.details)
    offer.place, offer.time_zone = terms.place or None, terms.time_zone
    offer.is_free, offer.amount, offer.currency = terms.is_free, terms.amount, terms.currency
    offer.quantity, offer.shortest, offer.longest = terms.quantity, terms.shortest, terms.longest
    offer.reply_hours = terms.reply_hours


def _keep_version(offer: Offer) -> None:
    kind = _kind_of(offer)
    told = {**asdict(queries.terms_of(offer)), "kind": kind.label, "unit": kind.unit}
    # What the fields were called then is kept with them: a community may rename or drop them.
    told["labels"] = {each["name"]: each["label"] for each in kind.fields}
    db.session.add(
        OfferVersion(offer_id=offer.id, version=offer.version, made_at=offer.changed_at, told=told)
    )


def tell_subject(offer: Offer) -> None:
    """Let the archive of what happened read of an offer what it says now; nothing while staff closed it."""
    subject = db.session.get_one(Subject, offer.subject_id)
    is_shown = not offer.is_closed_by_staff
    subject.title, subject.html = (offer.title, offer.html) if is_shown else (None, None)
    subject.renderer = offer.renderer


# ---- from state to state ----


def publish(offer_id: int, by: int) -> Offer:
    """Let others see an offer: for the first time, or again after a pause."""
    owner = _lock_member(by)
    offer = locked(offer_id)
    refuse_if(
        rules.why_not_publish(
            offer,
            queries.terms_of(offer),
            _kind_of(offer),
            by,
            sees_profile=owner.sees_profile,
        )
    )
    offer.state = "published"
    if offer.published_at is None:
        _publish_first(offer)
    wording.index_words(offer)
    after_commit(cache.clear)
    return offer


def _publish_first(offer: Offer) -> None:
    now = clock.now()
    offer.published_at = offer.changed_at = now
    subject = Subject(
        type=subject_type(offer),
        owner=offer.owner_id,
        made_at=now,
        title=offer.title,
        html=offer.html,
        renderer=offer.renderer,
    )
    db.session.add(subject)
    db.session.flush()
    offer.subject_id = subject.id
    _keep_version(offer)
    record(f"{subject.type}.published", offer.owner_id, subject=(subject.type, subject.id))


def subject_type(offer: Offer) -> str:
    """What events about it call it."""
    return "wish" if offer.is_wish else "offer"


def pause(offer_id: int, by: int) -> Offer:
    """Take no requests for a while; it can still be read."""
    offer = locked(offer_id)
    refuse_if(rules.why_not_pause(offer, by))
    offer.state = "paused"
    after_commit(cache.clear)
    return offer


def archive(offer_id: int, by: int) -> Offer:
    """Put an offer away. Nothing is deleted, and exchanges about it go on."""
    offer = locked(offer_id)
    refuse_if(rules.why_not_archive(offer, by))
    offer.state = "archived"
    after_commit(cache.clear)
    return offer


def restore(offer_id: int, by: int) -> Offer:
    """Take out again what was put away: paused, or a draft where nobody has seen it yet."""
    offer = locked(offer_id)
    refuse_if(rules.why_not_restore(offer, by))
    offer.state = rules.restored(offer)
    return offer


# ---- keeping ----


def keep(offer_id: int, member_id: int) -> bool:
    """Keep an offer to come back to it; whether it was not kept before."""
    offer = db.session.get_one(Offer, offer_id)
    mine = select(func.count()).select_from(OfferKept).where(OfferKept.member_id == member_id)
    refuse_if(rules.why_not_keep(offer, member_id, db.session.scalars(mine).one()))
    row = {"member_id": member_id, "offer_id": offer_id, "at": clock.now()}
    if not dialects.insert_new(connection(), KEPT, [row]):
        return False
    record("subject.saved", member_id, offer.owner_id, _subject(offer))
    return True


def let_go(offer_id: int, member_id: int) -> bool:
    """Keep an offer no more; whether it was kept before."""
    mine = (OfferKept.member_id == member_id, OfferKept.offer_id == offer_id)
    if not db.session.execute(delete(OfferKept).where(*mine)).rowcount:  # type: ignore[attr-defined]
        return False
    type, id = _subject(db.session.get_one(Offer, offer_id))
    saved = select(Event).where(
        Event.actor == member_id,
        Event.kind == "subject.saved",
        Event.subject_type == type,
        Event.subject_id == id,
        Event.voided_at.is_(None),
    )
    for event in db.session.scalars(saved):
        void(event, "kept no more", member_id)
    return True


def _subject(offer: Offer) -> tuple[str, int]:
    if offer.subject_id is None:
        raise Refused(N_("Only what is published can be kept."))
    return subject_type(offer), offer.subject_id


# ---- photos ----


def show_photo(offer_id: int, by: int, scenes: dict[int, bytes], words: str) -> OfferPhoto:
    """Add the photo whose sizes these are, behind those that are there."""
    offer = locked(offer_id)
    refuse_if(rules.why_not_edit(offer, by))
    shown = _photos(offer_id)
    refuse_if(rules.why_not_photo(len(shown)))
    photo = OfferPhoto(
        offer_id=offer_id, photo=pictures.keep(media(), scenes), words=words, place=len(shown)
    )
    db.session.add(photo)
    _in_order(offer, [*shown, photo])
    return photo


def describe_photo(offer_id: int, by: int, photo_id: int, words: str) -> None:
    """Say what a photo shows, for whoever can't see it."""
    offer = locked(offer_id)
    refuse_if(rules.why_not_edit(offer, by))
    _photo(offer_id, photo_id).words = words


def move_photo(offer_id: int, by: int, photo_id: int, place: int) -> None:
    """Let a photo stand at a place; the one at place 0 is the cover."""
    offer = locked(offer_id)
    refuse_if(rules.why_not_edit(offer, by))
    photo = _photo(offer_id, photo_id)
    shown = [each for each in _photos(offer_id) if each.id != photo_id]
    shown.insert(min(max(place, 0), len(shown)), photo)
    _in_order(offer, shown)


def hide_photo(offer_id: int, by: int, photo_id: int) -> None:
    """Take a photo away."""
    offer = locked(offer_id)
    refuse_if(rules.why_not_edit(offer, by))
    photo = _photo(offer_id, photo_id)
    folder, key = media(), photo.photo
    after_commit(lambda: pictures.remove(folder, key))
    db.session.delete(photo)
    db.session.flush()
    _in_order(offer, _photos(offer_id))


def media() -> Path:
    """The folder of photos."""
    return Path(current_app.config["DATA_DIR"]) / "media"


def _photos(offer_id: int) -> list[OfferPhoto]:
    asked = select(OfferPhoto).where(OfferPhoto.offer_id == offer_id)
    return list(db.session.scalars(asked.order_by(OfferPhoto.place, OfferPhoto.id)))


def _photo(offer_id: int, photo_id: int) -> OfferPhoto:
    photo = db.session.get(OfferPhoto, photo_id)
    if photo is None or photo.offer_id != offer_id:
        raise Refused(N_("That photo is gone already."))
    return photo


def _in_order(offer: Offer, photos: list[OfferPhoto]) -> None:
    for place, photo in enumerate(photos):
        photo.place = place
    offer.photo = photos[0].photo if photos else None
    db.session.flush()
    after_commit(cache.clear)


# ---- days ----


def close_days(offer_id: int, by: int, first: date, last: date) -> None:
    """Say that an offer can't be had on these days. Days on which somebody comes stay open.

    The offer's row is locked, as it is where a place is held: of both at once, one waits.
    """
    offer = locked(offer_id)
    refuse_if(rules.why_not_edit(offer, by))
    refuse_if(rules.why_not_days(_kind_of(offer).grain))
    today = days.today_at(offer.time_zone)
    had = _closures(offer_id)
    booked = days.booked_days(offer_id, first, min(last, today + rules.FURTHEST))
    refuse_if(rules.why_not_close(first, last, today, booked, len(had)))
    _replace_closures(offer_id, had, rules.with_closed(had, first, last))


def reopen_days(offer_id: int, by: int, first: date, last: date) -> None:
    """Say that an offer can be had on these days again."""
    offer = locked(offer_id)
    refuse_if(rules.why_not_edit(offer, by))
    refuse_if(rules.why_not_reopen(first, last))
    had = _closures(offer_id)
    _replace_closures(offer_id, had, rules.with_open(had, first, last))


def _closures(offer_id: int) -> list[rules.Days]:
    asked = select(OfferClosure.first_day, OfferClosure.last_day)
    rows = db.session.execute(asked.where(OfferClosure.offer_id == offer_id))
    return [(row.first_day, row.last_day) for row in rows]


def _replace_closures(
    offer_id: int, had: Collection[rules.Days], wanted: Collection[rules.Days]
) -> None:
    mine = OfferClosure.offer_id == offer_id
    for first, last in set(had) - set(wanted):
        gone = (OfferClosure.first_day == first, OfferClosure.last_day == last)
        db.session.execute(delete(OfferClosure).where(mine, *gone))
    db.session.add_all(
        OfferClosure(offer_id=offer_id, first_day=first, last_day=last)
        for first, last in sorted(set(wanted) - set(had))
    )
    db.session.flush()


# ---- shared ----


def locked(offer_id: int) -> Offer:
    """The offer as it stands now, which nobody else changes before this transaction ends."""
    return db.session.get_one(Offer, offer_id, with_for_update=True, populate_existing=True)


def _kind_of(offer: Offer) -> OfferKind:
    return db.session.get_one(OfferKind, offer.kind_id)


def _lock_member(member_id: int) -> Member:
    member = db.session.get(Member, member_id, with_for_update=True, populate_existing=True)
    if member is None or member.erased_at is not None:
        raise Refused(N_("This member has left already."))
    return member
