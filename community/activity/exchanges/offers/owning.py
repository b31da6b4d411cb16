"""Pages on which members tell what they offer: begin, change, show, close days, publish, put away."""

import secrets
from datetime import timedelta

from flask import current_app, flash, redirect, render_template, request, url_for

from community.activity.exchanges.offers import (
    actions,
    appeals,
    cards,
    days,
    decisions,
    forms,
    kindbook,
    queries,
    rules,
    wording,
)
from community.activity.exchanges.offers.actions import Changed
from community.activity.exchanges.offers.models import OfferKind
from community.activity.exchanges.offers.routes import bp, per_member, stretches
from community.activity.members.queries import present_viewer
from community.kit import clock, pictures, text
from community.kit.db import db
from community.kit.languages import gettext, translate
from community.kit.limits import limiter
from community.kit.pages import found
from community.kit.words import N_

CALENDAR_WEEKS = 13
"""How many weeks owners see of their calendar."""
DONE = {
    "publish": N_("It is published: others can find it now."),
    "pause": N_("It is paused: nobody can ask for it until you publish it again."),
    "archive": N_("It is put away. You find it under what you offer."),
    "restore": N_("It is back. Publish it when you are ready."),
}


@bp.route("/mine")
def mine():
    """What a member offers and asks for, with how it does."""
    viewer = present_viewer()
    owned = cards.own(viewer)
    groups = [
        (translate(label), [each for each in owned if each.card.state == state])
        for state, label in rules.STATES.items()
    ]
    return render_template(
        "offers/mine.html",
        groups=[(label, rows) for label, rows in groups if rows],
        advice=rules.ADVICE,
    )


@bp.route("/new", methods=["GET", "POST"])
@limiter.limit("60 per hour", key_func=per_member, methods=["POST"])
def new():
    """Begin an offer or a wish: choose its kind, then tell of it."""
    is_wish = request.values.get("wish") == "1"
    kind = kindbook.of_name(request.values.get("kind", "")[:40])
    if kind is None or kind.retired_at is not None:
        return render_template("offers/choose.html", kinds=kindbook.offered(), is_wish=is_wish)
    viewer = present_viewer()
    zone = viewer.time_zone or current_app.config["TIME_ZONE"]
    form = forms.form_of(kind, {"key": secrets.token_hex(16), "time_zone": zone})
    if _wants("preview"):
        return _offer_page(form, is_wish=is_wish, text_html=_previewed(form))
    if form.sent_and_valid():
        offer = actions.begin(
            viewer.id, kind, form.terms(), is_wish=is_wish, key=form.key.data or None
        )
        if _wants("publish") and offer.state == "draft":
            actions.publish(offer.id, viewer.id)
            flash(translate(DONE["publish"]), "done")
            return redirect(url_for(".show", id=offer.id), 303)
        flash(gettext("It is kept as a draft. Add photos, then publish it."), "done")
        return redirect(url_for(".photos", id=offer.id), 303)
    return _offer_page(form, is_wish=is_wish), form.status


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@limiter.limit("120 per hour", key_func=per_member, methods=["POST"])
def edit(id):
    """Change what is promised. Of two who do so at once, the second is told."""
    viewer, offer = present_viewer(), _own(id)
    kind = db.session.get_one(OfferKind, offer.kind_id)
    why_not = rules.why_not_edit(offer, viewer.id)
    now = queries.terms_of(offer)
    form = forms.form_of(kind, None if request.method == "POST" else forms.data_of(now))
    if _wants("preview"):
        return _offer_page(form, offer, text_html=_previewed(form))
    if form.sent_and_valid():
        try:
            actions.change(id, viewer.id, form.terms(), form.seen.data or "")
        except Changed as changed:
            # From here on they have seen what stands now: to save again is to mean it.
            form.seen.data = changed.now.mark
            differ = form.terms().differs_in(changed.now)
            return _offer_page(form, offer, standing=changed.now, differ=differ), 409
        if _wants("publish") and offer.state != "published":
            actions.publish(id, viewer.id)
            flash(translate(DONE["publish"]), "done")
        else:
            flash(gettext("Your changes are saved."), "done")
        return redirect(url_for(".show", id=id), 303)
    return _offer_page(form, offer, why_not=translate(why_not)), form.status


@bp.route("/<int:id>/do/<do>", methods=["POST"])
def turn(id, do):
    """Publish an offer, pause it, put it away, or take it out again."""
    viewer, offer, form = present_viewer(), _own(id), forms.DoForm()
    found(DONE.get(do))
    if form.sent_and_valid():
        getattr(actions, do)(id, viewer.id)
        flash(translate(DONE[do]), "done")
        return redirect(url_for(".show", id=id), 303)
    return render_template("offers/refused.html", form=form, offer=offer), form.status


@bp.route("/<int:id>/decided", methods=["GET", "POST"])
@limiter.limit("20 per hour", key_func=per_member, methods=["POST"])
def decided(id):
    """What those who look after the place decided about an offer, and how to ask for another look."""
    viewer, offer, form = present_viewer(), _own(id), forms.AskAgainForm()
    before = decisions.history(id)
    last = found(before[0] if before else None)
    if form.sent_and_valid():
        decisions.ask_again(id, viewer.id, form.words.data)
        flash(gettext("They look at it again. You get a letter once it is decided."), "done")
        return redirect(url_for(".decided", id=id), 303)
    why_not = rules.why_not_ask_again(
        offer,
        viewer.id,
        last,
        "x",
        clock.now(),
        has_asked=last.asked_at is not None,
        is_latest=True,
    )
    return render_template(
        "offers/decided.html",
        form=form,
        offer=offer,
        before=before,
        last=last,
        grounds=rules.GROUNDS,
        verdicts=rules.VERDICTS_SAID,
        why_not=translate(why_not),
        days=appeals.DECIDE_WITHIN.days,
    ), form.status


@bp.route("/<int:id>/photos", methods=["GET", "POST"], body_limit=pictures.LARGEST_FILE + 100_000)
@limiter.limit("60 per hour", key_func=per_member, methods=["POST"])
def photos(id):
    """Show photos of what is offered."""
    viewer, offer = present_viewer(), _own(id)
    form = forms.PhotoForm()
    if form.sent_and_valid():
        shown = len(queries.photos_of(id))
        # Whoever waits to write must not wait while a large picture is read.
        db.session.rollback()
        scenes = _scenes(form, shown)
        if scenes:
            actions.show_photo(id, viewer.id, scenes, form.words.data)
            flash(gettext("The photo is added."), "done")
            return redirect(url_for(".photos", id=id), 303)
        offer = _own(id)
    return _photos_page(offer, form), form.status


@bp.route("/<int:id>/photos/do", methods=["POST"])
@limiter.limit("240 per hour", key_func=per_member)
def arrange(id):
    """Describe, move or remove one of the photos."""
    viewer, offer = present_viewer(), _own(id)
    form = forms.PhotoDoForm()
    if form.sent_and_valid():
        photo_id = form.photo_id.data
        if form.do.data == "remove":
            actions.hide_photo(id, viewer.id, photo_id)
        elif form.do.data == "move":
            actions.move_photo(id, viewer.id, photo_id, form.place.data or 0)
        else:
            actions.describe_photo(id, viewer.id, photo_id, form.words.data)
        flash(gettext("Saved."), "done")
        return redirect(url_for(".photos", id=id), 303)
    return _photos_page(offer, forms.PhotoForm(formdata=None), sent=form), form.status


@bp.route("/<int:id>/calendar", methods=["GET", "POST"])
@limiter.limit("240 per hour", key_func=per_member, methods=["POST"])
def calendar(id):
    """Close days and reopen them."""
    viewer, offer = present_viewer(), _own(id)
    kind = db.session.get_one(OfferKind, offer.kind_id)
    found(None if rules.why_not_days(kind.grain) else kind)
    form = forms.DaysForm()
    if form.sent_and_valid():
        if _wants("reopen"):
            actions.reopen_days(id, viewer.id, *form.days())
            flash(gettext("These days are open again."), "done")
        else:
            actions.close_days(id, viewer.id, *form.days())
            flash(gettext("These days are closed."), "done")
        return redirect(url_for(".calendar", id=id), 303)
    return _calendar_page(offer, form), form.status


def _own(id):
    return found(queries.of_owner(id, present_viewer()))


def _wants(do):
    return request.method == "POST" and request.form.get("do") == do


def _previewed(form):
    """The text as it will look: never more than can be kept, since it is not checked yet."""
    return text.markdown(form.text.data, rules.LONGEST_TEXT)


def _offer_page(form, offer=None, *, is_wish=False, **more):
    return render_template(
        "offers/edit.html",
        form=form,
        offer=offer,
        kind=form.kind,
        is_wish=offer.is_wish if offer else is_wish,
        **more,
    )


def _photos_page(offer, form, sent=None):
    return render_template(
        "offers/photos.html",
        offer=offer,
        form=form,
        sent=sent,
        photos=queries.photos_of(offer.id),
        why_not=translate(rules.why_not_edit(offer, offer.owner_id)),
        most=rules.MOST_PHOTOS,
    )


def _calendar_page(offer, form):
    shown = queries.offer_for(offer.id, present_viewer())
    today = days.today_at(offer.time_zone)
    last = today + timedelta(days=7 * CALENDAR_WEEKS - 1 - today.weekday())
    furthest = today + rules.FURTHEST
    shown_days = days.calendar_of(found(shown), today, last)
    return render_template(
        "offers/calendar.html",
        offer=offer,
        form=form,
        weekdays=wording.weekdays(),
        weeks=wording.weeks(shown_days),
        stretches=stretches(shown_days),
        closures=[
            (first, last, wording.stretch(first, last))
            for first, last in days.closures_of(offer.id, today)
        ],
        today=today,
        furthest=furthest,
        why_not=translate(rules.why_not_edit(offer, offer.owner_id)),
    )


def _scenes(form, shown):
    sent = request.files.get("photo")
    if not sent or not sent.filename:
        form.photo.errors = [gettext("Choose a file first.")]
        return None
    reason = rules.why_not_photo(shown)
    if reason is not None:
        form.photo.errors = [translate(reason)]
        return None
    try:
        return pictures.scenes(sent.read(pictures.LARGEST_FILE + 1))
    except pictures.Unusable as unusable:
        form.photo.errors = [translate(unusable.reason)]
        return None
