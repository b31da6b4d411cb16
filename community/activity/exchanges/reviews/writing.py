"""The pages on which a side says how an exchange was: stars, words, photos, or closing without a comment."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers.models import Offer, OfferKind
from community.activity.exchanges.reviews import actions, forms, queries, rules
from community.activity.exchanges.reviews.actions import Changed
from community.activity.exchanges.reviews.models import Review
from community.activity.exchanges.reviews.routes import bp, my_id
from community.activity.members.models import Member
from community.activity.members.queries import present_viewer
from community.kit import clock, db, pictures
from community.kit.languages import gettext, translate
from community.kit.limits import limiter
from community.kit.pages import found
from community.kit.refusal import refuse_if
from community.kit.words import N_


@bp.route("/exchanges/<int:id>/review", methods=["GET", "POST"])
def write(id):
    """Say how an exchange was; read both sides once they are open."""
    me = present_viewer()
    exchange, told = _dealt(id)
    if exchange.opened_at is not None and request.method == "GET":
        return _opened(exchange, told)
    own = actions.own_review(id, me.id)
    form = forms.review_form(told.scores, None if own is None or own.is_closed else own)
    if form.sent_and_valid():
        try:
            actions.write(id, me.id, form.told(), form.version)
        except Changed as changed:
            # From here on they have seen what stands now: to save again is to mean it.
            form.seen.data = str(changed.now.version)
            return _write_page(exchange, told, changed.now, form, standing=changed.now), 409
        return _done(exchange, N_("What you said is kept."))
    return _write_page(exchange, told, own, form), form.status


@bp.route("/exchanges/<int:id>/review/close", methods=["GET", "POST"])
def close(id):
    """Close without a comment."""
    me = present_viewer()
    exchange, told = _dealt(id)
    form = forms.PlainForm()
    why_not = rules.why_not_close(exchange, me.id, actions.own_review(id, me.id), clock.now())
    if form.sent_and_valid():
        actions.close_without_comment(id, me.id)
        return _done(exchange, N_("It is closed without a comment."))
    return render_template(
        "reviews/close.html", form=form, exchange=exchange, told=told, why_not=translate(why_not)
    ), form.status


@bp.route(
    "/exchanges/<int:id>/review/photos",
    methods=["GET", "POST"],
    body_limit=pictures.LARGEST_FILE + 100_000,
)
@limiter.limit("30 per hour", key_func=lambda: f"member:{my_id()}", methods=["POST"])
def photos(id):
    """Put photos to what one said."""
    me = present_viewer()
    exchange, told = _dealt(id)
    own = found(actions.own_review(id, me.id))
    form = forms.PhotoForm()
    if form.sent_and_valid():
        # To read a large picture is much work: none is read that can't be kept.
        why_not = rules.why_not_edit(exchange, me.id, own, clock.now())
        refuse_if(why_not or rules.why_not_photo(own))
        # Whoever waits to write must not wait while a large picture is read.
        db.db.session.rollback()
        squares = _squares(form)
        if squares:
            actions.add_photo(id, me.id, squares, form.words.data)
            flash(gettext("The photo is added."), "done")
            return redirect(url_for(".photos", id=id), 303)
        exchange, told = _dealt(id)
        own = found(actions.own_review(id, me.id))
    return render_template(
        "reviews/photos.html",
        form=form,
        exchange=exchange,
        told=told,
        own=own,
        most=rules.MOST_PHOTOS,
        why_not=translate(rules.why_not_edit(exchange, me.id, own, clock.now())),
    ), form.status


@bp.route("/exchanges/<int:id>/review/photos/remove", methods=["POST"])
def remove_photo(id):
    """Take a photo away."""
    _dealt(id)
    actions.remove_photo(id, present_viewer().id, request.form.get("photo", ""))
    flash(gettext("The photo is gone."), "done")
    return redirect(url_for(".photos", id=id), 303)


def _dealt(id):
    """An exchange that the reader is a side of, and what its page says of it; else 404."""
    me = present_viewer()
    exchange = db.db.session.get(Exchange, id)
    found(exchange if exchange is not None and rules.side_of(exchange, me.id) else None)
    other = rules.other_side(exchange, me.id)
    told = db.db.session.execute(
        select(
            Offer.title,
            OfferKind.label,
            OfferKind.scores,
            Member.name,
            Member.handle,
            Member.photo,
            Member.erased_at,
        )
        .join_from(Offer, OfferKind, OfferKind.id == Offer.kind_id)
        .join(Member, Member.id == other)
        .where(Offer.id == exchange.offer_id)
    ).one()
    return exchange, told


def _write_page(exchange, told, own, form, standing=None):
    me, now = present_viewer(), clock.now()
    can = rules.why_not_review if own is None or own.is_closed else rules.why_not_edit
    return render_template(
        "reviews/write.html",
        form=form,
        exchange=exchange,
        told=told,
        own=own,
        standing=standing,
        why_not=translate(can(exchange, me.id, own, now)),
        can_close=rules.why_not_close(exchange, me.id, own, now) is None,
        days=rules.days_left(exchange.review_until, now) if exchange.review_until else 0,
    )


def _opened(exchange, told):
    """Both sides, with what the other wrote for this reader alone."""
    me = present_viewer()
    shown = queries.of_exchange(exchange.id, me)
    rows = db.db.session.scalars(select(Review).where(Review.exchange_id == exchange.id)).all()
    return render_template(
        "reviews/opened.html",
        exchange=exchange,
        told=told,
        own=next((row for row in rows if row.author_id == me.id), None),
        other=next((row for row in rows if row.about_id == me.id and not row.removed_at), None),
        mine=next((each for each in shown if each.is_own), None),
        theirs=next((each for each in shown if each.is_about_me), None),
        expected=rules.EXPECTED,
    )


def _done(exchange, words):
    flash(translate(words), "done")
    return redirect(url_for(".write", id=exchange.id), 303)


def _squares(form):
    try:
        return pictures.squares(form.photo.data.read()) if form.photo.data else _missing(form)
    except pictures.Unusable as error:
        form.photo.errors = [*form.photo.errors, translate(error.reason)]
        return None


def _missing(form):
    form.photo.errors = [*form.photo.errors, gettext("Choose a photo first.")]
