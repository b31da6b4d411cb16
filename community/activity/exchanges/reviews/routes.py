"""The pages of reviews: reading what was said, answering and reporting it."""

from dataclasses import fields, replace
from typing import NamedTuple
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select

from community.activity.exchanges.deals.rules import REVIEW_FOR
from community.activity.exchanges.reviews import (
    answers,
    decisions,
    forms,
    queries,
    rules,
    showing,
)
from community.activity.exchanges.reviews.models import Review, ReviewAppeal
from community.activity.exchanges.reviews.rating import on_show
from community.activity.members import profile
from community.activity.members.queries import present_viewer
from community.kit import clock, db
from community.kit.fragments import fragment
from community.kit.languages import gettext, translate
from community.kit.limits import SEARCHES, limiter
from community.kit.pages import Pages, found
from community.kit.text import line
from community.kit.words import N_

bp = Pages("reviews", __name__)

SORTS = {
    "new": N_("Newest first"),
    "helpful": N_("Most helpful"),
    "high": N_("Most stars"),
    "low": N_("Fewest stars"),
}
ROLES = {"provider": N_("By who provided"), "receiver": N_("By who received")}
BACK = ("/reviews", "/members/", "/offers/", "/exchanges/")


class Choice(NamedTuple):
    """One way to narrow or order the list: its words, its address, and whether it is chosen."""

    label: str
    url: str
    is_current: bool


class Stars(NamedTuple):
    """How many reviews have so many stars, and the way to them."""

    stars: int
    count: int
    url: str
    is_current: bool


@bp.route("/reviews", public=True)
@limiter.limit(SEARCHES, exempt_when=lambda: not request.args.get("q"))
def index():
    """All reviews that are open."""
    wish = _wish()
    tally = queries.tally("all")
    shown = showing.said(on_show(tally.by_stars, tally.usual))
    return _list(wish, tally, shown, url_for(".index"), "reviews/index.html")


@bp.route("/reviews/how", public=True)
def how():
    """How reviews come about here, how they are checked, and what is removed."""
    return render_template(
        "reviews/how.html",
        days=REVIEW_FOR.days,
        reminders=rules.REMINDERS,
        respond=rules.RESPOND_WITHIN.days,
        editable=rules.RESPONSE_EDITABLE.total_seconds() // 3600,
        decide=rules.DECIDE_WITHIN.days,
        grounds=[rules.GROUNDS[name] for name in rules.REPORTED],
        safety=rules.SAFETY.values(),
        stars=rules.STARS,
    )


@bp.route("/members/<handle>/reviews", public=True)
@limiter.limit(SEARCHES, exempt_when=lambda: not request.args.get("q"))
def of_member(handle):
    """What was said of a member, and what they said of others."""
    viewer = present_viewer()
    member = found(profile.of_handle(handle.lower(), viewer))
    is_given = request.args.get("tab") == "given"
    base = url_for(".of_member", handle=member.handle)
    tabs = [
        {"label": gettext("Received"), "url": base, "is_current": not is_given},
        {"label": gettext("Written"), "url": f"{base}?tab=given", "is_current": is_given},
    ]
    wish = replace(_wish(), scope="author" if is_given else "about", of=member.id)
    return _list(
        wish,
        queries.tally(wish.scope, wish.of),
        None if is_given else showing.of_member(member.id),
        base,
        "reviews/of_member.html",
        keep={"tab": "given"} if is_given else {},
        member=member,
        tabs=tabs,
        is_given=is_given,
    )


@bp.route("/offers/<int:id>/reviews", public=True)
@limiter.limit(SEARCHES, exempt_when=lambda: not request.args.get("q"))
def of_offer(id):
    """What was said about an offer, by both sides."""
    title, owner, is_wish = found(queries.offer_of(id, present_viewer()))
    wish, tally = replace(_wish(), scope="offer", of=id), queries.tally("offer", id)
    of_owner = tally.said_by("provider" if is_wish else "receiver")
    shown = showing.said(on_show(of_owner, tally.usual), is_of_offer=True)
    base = url_for(".of_offer", id=id)
    return _list(wish, tally, shown, base, "reviews/of_offer.html", id=id, title=title, owner=owner)


@bp.route("/reviews/<int:id>", public=True)
def show(id):
    """One review; of one that was removed, its sides and staff still read why."""
    viewer = present_viewer()
    review = queries.one(id, viewer)
    if review is None:
        return _removed(id, viewer)
    decision = None
    if viewer and (review.is_own or review.is_about_me):
        decision = decisions.latest_decision(id)
    now = clock.now()
    row = db.db.session.get(Review, id) if review.is_about_me else None
    return render_template(
        "reviews/show.html",
        review=review,
        main=fragment("reviews/_one.html", review=review, is_member=viewer is not None),
        can_answer=row is not None and rules.why_not_respond(row, viewer.id, now) is None,
        decision=decision,
        can_appeal=_can_appeal(decision, viewer),
    )


# ---- what comes of it ----


@bp.route("/reviews/<int:id>/helpful", methods=["POST"])
def helpful(id):
    """Say that a review helped, or take it back."""
    change = answers.take_back_helpful if request.form.get("do") == "no" else answers.mark_helpful
    change(id, present_viewer().id)
    back = request.form.get("back", "")
    # Back to where they came from on this site, never to another one.
    is_path = back.isprintable() and "\\" not in back and "//" not in back.partition("?")[0]
    is_here = is_path and back.startswith(BACK)
    return redirect(back if is_here else url_for(".show", id=id), 303)


@bp.route("/reviews/<int:id>/answer", methods=["GET", "POST"])
def answer(id):
    """Answer a review of oneself."""
    me = present_viewer()
    review = found(queries.one(id, me))
    found(review if review.is_about_me else None)
    row = db.db.session.get(Review, id)
    form = forms.ResponseForm(data={"words": row.response or ""})
    if form.sent_and_valid():
        answers.respond(id, me.id, form.words.data)
        flash(gettext("Your answer stands below it."), "done")
        return redirect(url_for(".show", id=id), 303)
    return render_template(
        "reviews/answer.html",
        form=form,
        review=review,
        why_not=translate(rules.why_not_respond(row, me.id, clock.now())),
    ), form.status


@bp.route("/reviews/<int:id>/report", methods=["GET", "POST"])
def report(id):
    """Report a review."""
    me = present_viewer()
    review = found(queries.one(id, me))
    form = forms.ReportForm()
    if form.sent_and_valid():
        answers.report(id, me.id, form.reason.data, form.words.data)
        flash(gettext("It is reported. You get a letter once it is decided."), "done")
        return redirect(url_for(".show", id=id), 303)
    why_not = N_("You wrote it yourself.") if review.is_own else None
    return render_template(
        "reviews/report.html",
        form=form,
        review=review,
        why_not=translate(why_not),
        days=rules.DECIDE_WITHIN.days,
    ), form.status


@bp.route("/reviews/<int:id>/appeal", methods=["GET", "POST"])
def appeal(id):
    """Ask to look at the last decision about a review again."""
    me = present_viewer()
    row = db.db.session.get(Review, id)
    found(row if row is not None and me.id in (row.author_id, row.about_id) else None)
    decision = found(decisions.latest_decision(id))
    form = forms.AppealForm()
    if form.sent_and_valid():
        decisions.appeal(decision.id, me.id, form.words.data)
        flash(gettext("Your appeal is in. You get a letter once it is decided."), "done")
        return redirect(url_for(".show", id=id), 303)
    return render_template(
        "reviews/appeal.html",
        form=form,
        id=id,
        decision=decision,
        ground=rules.GROUNDS[decision.ground],
        why_not=translate(_why_not_appeal(decision, row, me)),
        days=rules.DECIDE_WITHIN.days,
    ), form.status


# ---- helpers of the pages ----


def my_id():
    """Who reads; 0 for a visitor."""
    viewer = present_viewer()
    return viewer.id if viewer else 0


def _wish():
    given = {f.name: line(request.args.get(f.name, "")[:400], 100) for f in fields(queries.Wish)}
    return queries.Wish(
        stars=_whole(given["stars"], 5),
        role=given["role"] if given["role"] in ROLES else "",
        kind=_whole(given["kind"], 2**31),
        q=given["q"],
        sort=given["sort"] if given["sort"] in SORTS else "new",
        after=given["after"],
    )


def _whole(typed, most):
    value = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 11 else 0
    return value if value <= most else 0


def _list(wish, tally, shown, base, template, keep=None, **told):
    viewer = present_viewer()
    keep = keep or {}
    page = queries.find(wish, viewer)
    head = fragment(
        "reviews/_head.html",
        tally=tally,
        shown=shown,
        base=base,
        keep=tuple(keep.items()),
        wish=wish,
        spread=tuple(
            Stars(
                s,
                many,
                _again(base, keep, wish, stars=0 if wish.stars == s else s),
                wish.stars == s,
            )
            for s, many in tally.by_stars
        ),
        roles=_choices(base, keep, wish, "role", ROLES, tally.roles),
        kinds=_choices(base, keep, wish, "kind", {i: n for i, n, _ in tally.kinds}, tally.kinds),
        sorts=tuple(
            Choice(translate(words), _again(base, keep, wish, sort=name), wish.sort == name)
            for name, words in SORTS.items()
        ),
    )
    main = fragment(
        "reviews/_reviews.html",
        reviews=page.reviews,
        is_member=viewer is not None,
        is_narrowed=bool(wish.stars or wish.role or wish.kind or wish.q),
        all=_again(base, keep, queries.Wish()),
        newest=_again(base, keep, wish) if wish.after else None,
        older=_again(base, keep, wish, after=page.next) if page.next else None,
    )
    return render_template(template, head=head, main=main, here=_again(base, keep, wish), **told)


def _again(base, keep, wish, **changed):
    """The address of the same list with something changed; what is empty is left out."""
    kept = {name: getattr(wish, name) for name in ("stars", "role", "kind", "q", "sort")} | changed
    asked = urlencode([*keep.items(), *((k, v) for k, v in kept.items() if v and (k, v) != ("sort", "new"))])  # fmt: skip
    return f"{base}?{asked}" if asked else base


def _choices(base, keep, wish, name, labels, there):
    """What can be chosen among what there is; nothing where there is only one."""
    known = [each[0] for each in there]
    if len(known) < 2:
        return ()
    present = getattr(wish, name)
    return (
        Choice(gettext("All"), _again(base, keep, wish, **{name: type(known[0])()}), not present),
        *(
            Choice(
                translate(labels[value]),
                _again(base, keep, wish, **{name: value}),
                present == value,
            )
            for value in known
        ),
    )


def _removed(id, viewer):
    """The page of a review that was removed: for its sides and for staff; nobody else finds it."""
    row = db.db.session.get(Review, id)
    is_gone = row is None or row.removed_at is None or viewer is None
    is_side = not is_gone and viewer.id in (row.author_id, row.about_id)
    found(row if is_side or (not is_gone and viewer.is_staff) else None)
    decision = decisions.latest_decision(id)
    return render_template(
        "reviews/removed.html",
        row=row,
        is_about_me=viewer.id == row.about_id,
        decision=decision,
        ground=rules.GROUNDS[decision.ground] if decision else None,
        can_appeal=_can_appeal(decision, viewer),
    )


def _can_appeal(decision, viewer):
    if decision is None or viewer is None:
        return False
    return _why_not_appeal(decision, db.db.session.get(Review, decision.review_id), viewer) is None


def _why_not_appeal(decision, row, viewer):
    mine = (ReviewAppeal.decision_id == decision.id, ReviewAppeal.by == viewer.id)
    has_appealed = db.db.session.scalar(select(ReviewAppeal.id).where(*mine)) is not None
    return rules.why_not_appeal(
        row, decision, viewer.id, clock.now(), has_appealed=has_appealed, is_latest=True
    )
