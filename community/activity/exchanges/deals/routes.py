"""Pages about exchanges: asking, one's own, one of them with all that can be done in it."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from community.activity.exchanges.deals import (
    actions,
    forms,
    queries,
    recaps,
    rules,
    saying,
)
from community.activity.exchanges.deals import terms as what
from community.activity.members import profile
from community.activity.members.queries import present_viewer
from community.activity.members.rules import can_see
from community.kit import additions, clock, db, marks
from community.kit.fragments import fragment
from community.kit.languages import translate
from community.kit.limits import limiter
from community.kit.pages import Pages, found
from community.kit.refusal import refuse_if
from community.kit.text import line as one_line
from community.kit.words import N_
from community.ledger import audit

bp = Pages("deals", __name__)

BELOW = "below an exchange"
"""Where rooms further up add to an exchange: called with the exchange and its reader."""
ASKS = "40 per hour"
"""How often one member may ask, whatever becomes of it: each request is a letter to somebody."""
YOU = N_("You")
LOOKERS = ("manager", "admin")
TABS = {"waits": N_("Waits for you"), "open": N_("Open"), "past": N_("Past")}
EMPTY = {
    "waits": (N_("Nothing waits for you"), N_("Requests to answer and exchanges to settle will stand here.")),
    "open": (N_("Nothing is open"), N_("What you ask for, and what others ask of you, will stand here.")),
    "past": (N_("Nothing yet"), N_("Exchanges that have ended will stand here.")),
}  # fmt: skip
PLAIN = ("accept", "agree", "withdraw", "confirm", "finish")
"""Moves that are made by one button."""
SPOKEN = (*PLAIN, "decline", "cancel", "miss", "complain")
KINDS = {"accept": "primary", "agree": "primary", "confirm": "primary", "finish": "primary"}


@dataclass(frozen=True)
class Option:
    """Something that can be done now: a button, or a link to where more is asked."""

    name: str
    label: str
    kind: str
    is_plain: bool


@bp.route("/offers/<int:offer_id>/ask", methods=["GET", "POST"])
@limiter.limit(ASKS, key_func=lambda: f"member:{_me()}", methods=["POST"])
def ask(offer_id):
    """Ask for an offer, or offer what a wish asks for."""
    viewer, offer = found(present_viewer()), _offer(offer_id)
    if request.method == "GET" and offer.is_closed_by_staff:
        raise NotFound
    form = forms.AskForm(offer, data=_asked(offer) if request.method == "GET" else None)
    if form.sent_and_valid():
        exchange = actions.ask(
            offer.id, viewer.id, form.terms(), form.words.data or "", form.key.data
        )
        return _done(N_("Your request is on its way."), exchange.id)
    waiting, with_owner = queries.waiting_of(viewer.id, offer.owner_id)
    why_not = rules.why_not_ask_at_all(
        offer, viewer.id, waiting=waiting, waiting_with_owner=with_owner
    )
    return render_template(
        "deals/ask.html",
        form=form,
        offer=offer,
        why_not=why_not,
        price=saying.price_said(offer),
        total=_total(form, offer),
        shortest=saying.units_said(offer.shortest or 1, offer.unit),
        longest=saying.units_said(offer.longest, offer.unit) if offer.longest else "",
        answer_days=rules.ANSWER_WITHIN.days,
    ), form.status


@bp.route("/exchanges")
def index():
    """One's own exchanges."""
    viewer, now = found(present_viewer()), clock.now()
    tab = request.args.get("tab", "waits")
    found(TABS.get(tab))
    before = marks.read(request.args.get("before", ""))
    lines, mark = queries.page(viewer.id, tab, now, before)
    return render_template(
        "deals/index.html",
        main=fragment(
            "deals/_index.html",
            tabs=tuple((name, label, name == tab) for name, label in TABS.items()),
            lines=lines,
            empty=EMPTY[tab],
            is_continued=before is not None,
            tab=tab,
            older=url_for(".index", tab=tab, before=marks.written(mark)) if mark else None,
            states=_labels(),
        ),
    )


@bp.route("/exchanges/<int:id>")
def show(id):
    """One exchange: where it stands, what was said, what can be done now."""
    viewer, now = found(present_viewer()), clock.now()
    deal = queries.of_side(id, viewer.id)
    if deal is None:
        return _look(id, viewer)
    return _page(deal, viewer, now, forms.MessageForm(formdata=None))


@bp.route("/exchanges/<int:id>/look", methods=["POST"])
def look(id):
    """A manager reads an exchange in which something went wrong; that is written down."""
    viewer = found(present_viewer())
    deal = _complained(id, viewer)
    reason = one_line(request.form.get("reason", ""), 300)
    refuse_if(None if len(reason) >= 5 else N_("Say why you read it."))
    audit.note(viewer.id, "exchange.read", deal.ended_by, reason, exchange=deal.id)
    return _page(deal, viewer, clock.now(), None)


@bp.route("/exchanges/<int:id>/messages", methods=["POST"])
def say(id):
    """Write to the other side."""
    viewer = found(present_viewer())
    deal = found(queries.of_side(id, viewer.id))
    form = forms.MessageForm()
    if form.sent_and_valid():
        actions.say(deal.id, viewer.id, form.text.data or "", form.key.data)
        return redirect(url_for(".show", id=deal.id, _anchor="write"), 303)
    return _page(deal, viewer, clock.now(), form)


@bp.route("/exchanges/<int:id>/<name>", methods=["GET", "POST"])
def move(id, name):
    """Make a move, with its reason where it has one."""
    found(name in SPOKEN or None)
    viewer, now = found(present_viewer()), clock.now()
    deal = found(queries.of_side(id, viewer.id))
    form = forms.MoveForm(rules.move_named(name), is_owner=viewer.id == deal.owner_id)
    if form.sent_and_valid():
        actions.move(
            deal.id,
            name,
            viewer.id,
            seen=_seen(form.seen.data),
            reason=form.reason.data,
            words=form.words.data or "",
        )
        return _done(None, deal.id)
    form.seen.data = deal.moves
    return render_template(
        "deals/move.html",
        form=form,
        deal=deal,
        line=form.line,
        other=saying.name_of(deal.other(viewer.id)),
        why_not=rules.why_not_move(deal, name, viewer.id, now),
        is_late=name == "cancel" and rules.is_late(deal, now),
        when=saying.when_said(deal),
    ), form.status


@bp.route("/exchanges/<int:id>/counter", methods=["GET", "POST"])
def counter(id):
    """Propose something else than what was asked for."""
    return _propose(id, "counter")


@bp.route("/exchanges/<int:id>/ask_again", methods=["GET", "POST"])
def ask_again(id):
    """Ask for something else than what was proposed."""
    return _propose(id, "ask_again")


@bp.route("/exchanges/<int:id>/recap", methods=["GET", "POST"])
def recap(id):
    """Look back on an exchange, and keep it."""
    viewer = found(present_viewer())
    deal = found(queries.of_side(id, viewer.id))
    found(deal.state == "completed" or None)
    text = recaps.draft(deal, viewer.id) if deal.recap is None else deal.recap
    form = forms.RecapForm(data={"text": text, "is_public": bool(deal.is_recap_public)})
    if form.sent_and_valid():
        recaps.keep(deal, viewer.id, form.text.data, is_public=form.is_public.data)
        return _done(N_("It is kept."), deal.id)
    return render_template(
        "deals/recap.html", form=form, deal=deal, other=saying.name_of(deal.other(viewer.id))
    ), form.status


@bp.route("/members/<handle>/recaps", public=True)
def recaps_of(handle):
    """What exchanges were for a member, in their own words, as far as they show it."""
    viewer = present_viewer()
    member = found(profile.of_handle(handle.lower(), viewer))
    found(can_see(viewer, member, "timeline") or None)
    is_own = viewer is not None and viewer.id == member.id
    before = marks.read(request.args.get("before", ""))
    rows, mark = queries.recaps_of(member.id, before, is_own=is_own)
    return render_template(
        "deals/recaps.html",
        member=member,
        is_own=is_own,
        rows=rows,
        newest=url_for(".recaps_of", handle=member.handle) if before else None,
        older=url_for(".recaps_of", handle=member.handle, before=marks.written(mark))
        if mark
        else None,
    )


def waiting(viewer):
    """What waits for a member, for their front page."""
    lines = queries.waits_for(viewer.id, clock.now())
    return fragment("deals/_waiting.html", lines=lines, states=_labels()) if lines else Markup()


def ask_for(offer, viewer):
    """The way to ask for an offer, from its page."""
    is_own = viewer is not None and viewer.id == offer.owner_id
    if is_own or offer.state != "published" or offer.is_closed_by_staff:
        return Markup()
    return fragment("deals/_ask_for.html", offer_id=offer.id, is_wish=offer.is_wish)


def recaps_beside(member, viewer):
    """The way to what exchanges were for a member, from beside them on their page."""
    if not can_see(viewer, member, "timeline"):
        return Markup()
    is_own = viewer is not None and viewer.id == member.id
    return fragment("deals/_recaps.html", handle=member.handle, is_own=is_own)


def _propose(id, name):
    """Propose other terms."""
    viewer, now = found(present_viewer()), clock.now()
    deal = found(queries.of_side(id, viewer.id))
    offer = _offer(deal.offer_id)
    form = forms.ProposeForm.of(offer, deal, is_owner=viewer.id == offer.owner_id)
    seen = _seen(request.form.get("seen"))
    if form.sent_and_valid():
        actions.move(
            deal.id, name, viewer.id, seen=seen, words=form.words.data or "", terms=form.terms()
        )
        return _done(None, deal.id)
    return render_template(
        "deals/propose.html",
        form=form,
        deal=deal,
        offer=offer,
        line=rules.move_named(name),
        other=saying.name_of(deal.other(viewer.id)),
        why_not=rules.why_not_move(deal, name, viewer.id, now)
        or rules.why_not_agree(name, is_offer_closed=deal.is_offer_closed),
        price=saying.price_said(offer),
        seen=deal.moves,
    ), form.status


def _me():
    viewer = present_viewer()
    return viewer.id if viewer else 0


def _page(deal, viewer, now, form):
    """The page of an exchange; without a form for those who only read it."""
    is_side = viewer.id in (deal.asker_id, deal.owner_id)
    said = queries.said_in(deal.id, viewer.id if is_side else None)
    unseen = is_side and any(each.is_unseen for each in said)
    below = [show(deal, viewer) for show in additions.at(BELOW)] if is_side else []
    if unseen and request.method == "GET":
        with db.writing():
            actions.mark_seen(deal.id, viewer.id)
    may_write = is_side and rules.why_not_say(deal, viewer.id, "x", now) is None
    return render_template(
        "deals/show.html",
        deal=deal,
        form=form if may_write else None,
        is_side=is_side,
        other=deal.other(viewer.id) if is_side else None,
        other_name=saying.name_of(deal.other(viewer.id)) if is_side else "",
        sides=(deal.asker, deal.owner),
        is_my_turn=viewer.id in rules.whose_turn(deal, now),
        stands=saying.stands_said(deal, viewer.id, now) if is_side else "",
        next=saying.next_said(deal, now),
        options=_options(deal, viewer, now) if is_side else (),
        facts=_facts(deal),
        steps=saying.steps(deal),
        said=fragment(
            "deals/_said.html", said=saying.spoken(said, deal, viewer.id), is_side=is_side
        ),
        reason=translate(rules.REASONS[deal.reason].label) if deal.reason in rules.REASONS else "",
        reason_by=_said_by(deal, viewer.id),
        has_ended=rules.STATES[deal.state].is_end,
        has_recap=is_side and deal.state == "completed",
        below=Markup().join(below),
    ), form.status if form is not None else 200


def _said_by(deal, reader_id):
    """Who ended an exchange, as its reader says it; empty where nobody did."""
    sides = {side.id: side for side in (deal.asker, deal.owner)}
    if deal.ended_by not in sides:
        return ""
    return translate(YOU) if deal.ended_by == reader_id else saying.name_of(sides[deal.ended_by])


def _look(id, viewer):
    deal = _complained(id, viewer)
    return render_template("deals/look.html", deal=deal)


def _complained(id, viewer):
    """An exchange in which something went wrong, for those who look after the place; else 404."""
    found(viewer.role in LOOKERS or None)
    deal = found(queries.of_side(id, None))
    found(deal.state == "went_wrong" or None)
    return deal


def _options(deal, viewer, now):
    """What can be done now; what brings it forward stands first."""
    found = (
        Option(
            each.name,
            translate(each.label),
            KINDS.get(each.name, "quiet"),
            each.name in PLAIN and each.name != "withdraw",
        )
        for each in rules.moves_of(deal, viewer.id, now)
        if rules.why_not_agree(each.name, is_offer_closed=deal.is_offer_closed) is None
    )
    return tuple(sorted(found, key=lambda each: each.kind != "primary"))


def _facts(deal):
    rows = [
        (N_("When"), saying.when_said(deal), saying.elsewhere_said(deal)),
        (N_("How much"), saying.units_said(deal.units, deal.unit), ""),
        (N_("Amount"), saying.amount_said(deal.amount, deal.currency), ""),
    ]
    return [(translate(label), value, more) for label, value, more in rows if value]


def _labels():
    return tuple((state.name, state.label) for state in rules.STATES.values())


def _offer(id):
    """An offer that was published once, or 404."""
    offer = found(queries.offered(id))
    if offer.owner.is_gone:
        raise NotFound
    return offer


def _asked(offer):
    """What the address already says of the days that are wanted."""
    return {
        "first_day": what.day_of(request.args.get("from", "")),
        "last_day": what.day_of(request.args.get("to", "")),
        "hours": offer.shortest,
        "units": offer.shortest,
    }


def _total(form, offer):
    """What it will cost as far as that can be said by now."""
    if offer.amount is None or (form.is_submitted() and not form.validate()):
        return ""
    if not form.is_submitted() and offer.grain not in ("once", "open"):
        return ""
    asked = form.terms()
    return saying.amount_said(asked.amount, asked.currency)


def _seen(text):
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else None


def _done(words, id):
    if words is not None:
        flash(translate(words), "done")
    return redirect(url_for(".show", id=id), 303)
