"""Pages on which offers and wishes are read and kept."""

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup

from community.activity.exchanges.offers import (
    actions,
    cards,
    decisions,
    forms,
    kinds,
    queries,
    rules,
    views,
    wording,
)
from community.activity.exchanges.offers.models import Offer, OfferKind
from community.activity.members import profile
from community.activity.members.queries import present_viewer
from community.kit import additions, marks, text
from community.kit.db import db
from community.kit.fragments import fragment
from community.kit.languages import gettext, number, translate
from community.kit.limits import caller
from community.kit.pages import Pages, found
from community.kit.words import N_

bp = Pages("offers", __name__, url_prefix="/offers")

DOING = "what can be done with an offer"
"""Where rooms further up add what its reader can do with an offer: called with the offer as shown and the reader."""
BESIDE = "beside an offer"
"""Where rooms further up add to what stands beside an offer: called with the offer as shown and the reader."""
BELOW = "below an offer"
"""Where rooms further up add to what stands below an offer: called with the offer as shown and the reader."""

PARTS = {
    "title": N_("Title"),
    "text": N_("Description"),
    "rules": N_("Rules"),
    "place": N_("Where"),
    "price": N_("Price"),
    "quantity": N_("How many at the same time"),
    "shortest": N_("At least"),
    "longest": N_("At most"),
    "reply_hours": N_("Usually answers"),
    "time_zone": N_("Time zone"),
}
"""What a promise is made of, as its versions tell it."""


def per_member():
    """Who is counted where members do something: they themselves, wherever they are."""
    viewer = present_viewer()
    return f"member:{viewer.id}" if viewer else caller()


@bp.app_template_filter("kind_words")
def kind_words(label):
    """What a kind, its unit or a field of it is called, in the reader's words."""
    return translate(kinds.words(label))


@bp.app_template_filter("grain_words")
def grain_words(grain):
    """How a kind takes time, in the reader's words."""
    return translate(kinds.GRAINS[grain])


@bp.route("/<int:id>", public=True)
def show(id):
    """One offer or wish."""
    viewer = present_viewer()
    offer = found(queries.offer_for(id, viewer))
    _count(offer)
    return render_template(
        "offers/show.html",
        offer=offer,
        head=fragment(
            "offers/_head.html",
            offer=offer,
            closed=_closed(offer) if offer.is_closed_by_staff else None,
        ),
        doing=_added(DOING, offer, viewer),
        main=fragment(
            "offers/_main.html",
            offer=offer,
            facts=tuple(facts(offer)),
            weekdays=wording.weekdays(),
            weeks=wording.weeks(offer.days),
            stretches=stretches(offer.days),
        ),
        form=forms.DoForm() if viewer else None,
        beside=_added(BESIDE, offer, viewer),
        below=_added(BELOW, offer, viewer),
    )


@bp.route("/<int:id>/keep", methods=["POST"])
def keep(id):
    """Keep an offer to come back to it, or keep it no more."""
    viewer, form = present_viewer(), forms.DoForm()
    offer = found(queries.offer_for(id, viewer))
    if form.sent_and_valid():
        if request.form.get("do") == "let-go":
            actions.let_go(offer.id, viewer.id)
            flash(gettext("You keep it no more."), "done")
        else:
            actions.keep(offer.id, viewer.id)
            flash(gettext("Kept. You find it under what you keep."), "done")
        return redirect(url_for(".show", id=id), 303)
    return render_template("offers/refused.html", form=form, offer=offer), form.status


@bp.route("/kept")
def kept():
    """What a member keeps."""
    rows = cards.kept_by(present_viewer(), marks.read(request.args.get("before", "")))
    older = None
    if len(rows) > cards.A_PAGE:
        at, card = rows[cards.A_PAGE - 1]
        older = url_for(".kept", before=marks.written((at, card.id)))
    return render_template(
        "offers/kept.html", cards=[card for _, card in rows[: cards.A_PAGE]], older=older
    )


@bp.route("/<int:id>/versions/<int:version>")
def version(id, version):
    """What an offer promised in a version, beside what it promises now."""
    viewer = present_viewer()
    offer = found(db.session.get(Offer, id))
    found(queries.may_see_versions(offer, viewer) or None)
    row = found(queries.version_of(id, version))
    kind = db.session.get_one(OfferKind, offer.kind_id)
    then, now = rules.terms_told(row.told), queries.terms_of(offer)
    return render_template(
        "offers/version.html",
        offer=offer,
        row=row,
        rows=_compared(then, now, row.told, kind),
        text_html=text.markdown(then.text),
        is_text_changed=then.text != now.text,
        is_readable=queries.offer_for(id, viewer) is not None,
        newer=version + 1 if version < offer.version else None,
        older=version - 1 if version > 1 else None,
    )


def beside_member(member, viewer):
    """What a member offers and asks for, beside their page."""
    added = profile.more_of(member.id).added
    shown = tuple(each for each in added if each.part in (cards.OFFERED, cards.WISHED))
    return fragment("offers/_of_member.html", shown=shown) if shown else ""


def facts(offer):
    """What an offer tells beside its text, as pairs of words."""
    yield gettext("Price"), offer.price
    yield from ((translate(d.label), said(d.value)) for d in offer.details)
    if offer.takes_time:
        yield gettext("At least"), wording.counted(offer.shortest, offer.unit)
        if offer.longest:
            yield gettext("At most"), wording.counted(offer.longest, offer.unit)
    if offer.quantity > 1:
        yield gettext("At the same time"), number(offer.quantity)
    if offer.reply_hours in rules.REPLIES:
        yield gettext("Usually answers"), translate(rules.REPLIES[offer.reply_hours])
    if offer.takes_time and offer.time_zone != "UTC":
        yield gettext("Time zone"), offer.time_zone.replace("_", " ")


def said(value):
    """A detail in the reader's words."""
    if value is True:
        return gettext("yes")
    return number(value) if isinstance(value, int) else translate(value)


def stretches(days):
    """Days of a calendar as stretches of the same state, in words."""
    return tuple(
        (wording.stretch(first, last), translate(wording.DAY_STATES[state]))
        for first, last, state in rules.stretches(days)
    )


def _count(offer):
    is_looked_at = request.method == "GET" and offer.state == "published" and not offer.is_own
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    if is_looked_at and views.is_counted(request.user_agent.string, purpose):
        views.count(offer.id)


def _closed(offer):
    """Why it is closed: the ground, and the words to its owner; None where nothing was written down."""
    decision = decisions.latest(offer.id)
    return (rules.GROUNDS[decision.ground].label, decision.words) if decision else None


def _added(place, offer, viewer):
    return Markup("").join(fill(offer, viewer) for fill in additions.at(place))


def _compared(then, now, told, kind):
    """The parts of a promise as it was, and as it is where that differs."""
    unit, grain = told.get("unit", kind.unit), kind.grain
    for name, label in PARTS.items():
        if name == "text" or (
            name in ("shortest", "longest") and grain not in (kinds.DAY, kinds.HOUR)
        ):
            continue
        was, is_now = _part(name, then, unit, grain), _part(name, now, kind.unit, grain)
        if was or is_now:
            yield translate(label), was, is_now, was != is_now
    labels = {each["name"]: each["label"] for each in kind.fields} | told.get("labels", {})
    for name in dict.fromkeys([*then.details, *now.details]):
        was, is_now = then.details.get(name), now.details.get(name)
        label = translate(kinds.words(labels.get(name, name)))
        yield label, _detail(was), _detail(is_now), was != is_now


def _part(name, terms, unit, grain):
    if name == "price":
        return wording.price(terms.is_free, terms.amount, terms.currency, unit, grain)
    value = getattr(terms, name)
    if name in ("shortest", "longest"):
        return wording.counted(value, unit) if value else ""
    if name == "reply_hours":
        return translate(rules.REPLIES.get(value))
    return number(value) if isinstance(value, int) else value


def _detail(value):
    return "" if value is None else said(kinds.words(value) if isinstance(value, str) else value)
