"""What the two sides do with their reviews while they are sealed: write, change, close."""

from pathlib import Path

from flask import current_app
from sqlalchemy import select

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers.models import Offer, OfferKind
from community.activity.exchanges.reviews import opening, rules
from community.activity.exchanges.reviews.models import Review
from community.activity.exchanges.reviews.rules import Told
from community.kit import clock, pictures, search, text
from community.kit.after import after_commit
from community.kit.db import db
from community.kit.refusal import refuse_if


class Changed(Exception):
    """The review is no longer what its author saw in this tab; carries it as it stands now."""

    def __init__(self, now: Review) -> None:
        super().__init__("changed meanwhile")
        self.now = now


def write(exchange_id: int, author_id: int, told: Told, seen: int) -> Review:
    """Keep what one side says, sealed; if the other is done too, both are opened. Raises Changed.

    ``seen`` is the version that the author had before their eyes, 0 where there was none.
    """
    exchange = opening.locked(exchange_id)
    own, now = own_review(exchange.id, author_id), clock.now()
    if own is not None and not own.is_closed and own.version != seen:
        refuse_if(rules.why_not_edit(exchange, author_id, own, now))
        raise Changed(own)
    why_not = rules.why_not_review if own is None or own.is_closed else rules.why_not_edit
    refuse_if(why_not(exchange, author_id, own, now))
    refuse_if(rules.why_not_told(told, aspects_of(exchange)))
    if own is None:
        own = _begun(exchange, author_id)
    else:
        own.version += 1
    _tell(own, told)
    opening.open_if_due(exchange, now)
    return own


def close_without_comment(exchange_id: int, author_id: int) -> Review:
    """Say nothing, on purpose: what the other side says, or said, need not wait any longer."""
    exchange = opening.locked(exchange_id)
    own, now = own_review(exchange.id, author_id), clock.now()
    refuse_if(rules.why_not_close(exchange, author_id, own, now))
    own = _begun(exchange, author_id)
    own.is_closed = True
    db.session.flush()
    opening.open_if_due(exchange, now)
    return own


def add_photo(exchange_id: int, author_id: int, photo: dict[int, bytes], words: str) -> None:
    """Put a photo to one's own review, with words for whoever can't see it."""
    own = _editable(exchange_id, author_id)
    refuse_if(rules.why_not_photo(own))
    key = pictures.keep(media(), photo)
    own.photos = [*own.photos, {"photo": key, "words": words[: rules.LONGEST_PHOTO_WORDS]}]
    own.changed_at = clock.now()


def remove_photo(exchange_id: int, author_id: int, key: str) -> None:
    """Take a photo away from one's own review; it is no mistake when it is not there."""
    own = _editable(exchange_id, author_id)
    gone = [each["photo"] for each in own.photos if each["photo"] == key]
    own.photos = [each for each in own.photos if each["photo"] != key]
    own.changed_at = clock.now()
    drop_files(gone)


def own_review(exchange_id: int, author_id: int) -> Review | None:
    """What one side said of an exchange. What the other said is never read beside it."""
    asked = select(Review).where(Review.exchange_id == exchange_id, Review.author_id == author_id)
    return db.session.scalar(asked.execution_options(populate_existing=True))


def aspects_of(exchange: Exchange) -> tuple[str, ...]:
    """The names of what is rated about exchanges of this kind."""
    asked = (
        select(OfferKind.scores)
        .join(Offer, Offer.kind_id == OfferKind.id)
        .where(Offer.id == exchange.offer_id)
    )
    return tuple(score["name"] for score in db.session.scalar(asked) or ())


def media() -> Path:
    """The folder of photos."""
    return Path(current_app.config["DATA_DIR"]) / "media"


def drop_files(keys: list[str]) -> None:
    """Take the files of photos away once the present transaction is kept."""
    folder = media()
    for key in keys:
        after_commit(lambda key=key: pictures.remove(folder, key))


def _editable(exchange_id: int, author_id: int) -> Review:
    exchange = opening.locked(exchange_id)
    own = own_review(exchange.id, author_id)
    refuse_if(rules.why_not_edit(exchange, author_id, own, clock.now()))
    if own is None:
        raise LookupError("refused above")
    return own


def _begun(exchange: Exchange, author_id: int) -> Review:
    now = clock.now()
    asked = select(Offer.kind_id).where(Offer.id == exchange.offer_id)
    own = Review(
        exchange_id=exchange.id,
        side=rules.side_of(exchange, author_id),
        author_id=author_id,
        about_id=rules.other_side(exchange, author_id),
        offer_id=exchange.offer_id,
        kind_id=db.session.scalars(asked).one(),
        made_at=now,
        changed_at=now,
        version=1,
        is_late_cancel=exchange.state == "cancelled",
    )
    db.session.add(own)
    return own


def _tell(own: Review, told: Told) -> None:
    own.stars, own.scores = told.stars, dict(told.scores)
    own.expected, own.got = told.expected, told.got
    own.text = told.text.strip()
    own.html = text.markdown(own.text) if own.text else ""
    own.text_key = search.fold(own.text)
    own.private_note = told.private_note.strip()
    own.safety, own.is_worry = dict(told.safety) or None, told.is_worry
    own.would_again, own.is_incentivised = told.would_again, told.is_incentivised
    own.changed_at = clock.now()
    db.session.flush()
