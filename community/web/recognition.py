"""Pages about what is recognised, and what is said of a member: badges, numbers, one's own standing."""

from flask import abort, render_template, request, url_for
from sqlalchemy import or_, select, tuple_

from community.activity.members import profile
from community.activity.members.models import Member
from community.activity.members.queries import present_viewer
from community.activity.members.rules import audience
from community.kit import clock, marks
from community.kit.db import db
from community.kit.fragments import fragment
from community.kit.languages import translate
from community.kit.pages import Pages, found
from community.kit.words import N_
from community.ledger.facts import FACTS
from community.ledger.kinds import KINDS
from community.standing import queries, rulebook
from community.standing.metrics import METRICS
from community.standing.models import Award
from community.standing.saying import window_said
from community.web import answering, dealing_told, explained, recognised, rights, standing_told

bp = Pages("recognition", __name__)
A_PAGE = 24


@bp.route("/badges", public=True)
def badges():
    """Everything that is recognised here, and how many hold it."""
    holders = queries.holders_by_badge()
    told = [
        recognised.Medal.of(version.badge, holders=holders.get(version.badge.name, 0))
        for version in rulebook.holding()
    ]
    return render_template("standing/badges.html", badges=told)


@bp.route("/badges/<name>", public=True)
def badge(name):
    """One badge: what it asks, who holds it, how its rule came about."""
    version = found(rulebook.find(name))
    before = marks.read(request.args.get("before", ""))
    people, mark = _holders(name, before)
    published = [rule for rule in rulebook.history(name) if rule.published_at is not None]
    ahead = [rule for rule in published if rule.published_at > clock.now()]
    return render_template(
        "standing/badge.html",
        badge=explained.Explained.of(version.badge),
        ahead=[(rule, explained.Explained.of(rulebook.badge_of(rule.told))) for rule in ahead],
        people=people,
        older=url_for(".badge", name=name, before=marks.written(mark)) if mark else None,
        versions=published,
        shipped_note=rulebook.SHIPPED_NOTE,
    )


@bp.route("/numbers", public=True)
def metrics():
    """Every number that rules can ask about."""
    rows = [
        {
            "label": translate(metric.label),
            "text": translate(metric.says),
            "url": url_for(".metric", name=metric.name),
        }
        for metric in METRICS.values()
    ]
    return render_template("standing/metrics.html", rows=rows)


@bp.route("/numbers/<name>", public=True)
def metric(name):
    """One number: what it means, how it is made, from which events."""
    wanted = found(METRICS.get(name))
    kinds, facts = explained.sources_of(wanted)
    asked = [
        recognised.Medal.of(version.badge)
        for version in rulebook.holding()
        if any(need.metric == name for need in version.badge.needs())
    ]
    return render_template(
        "standing/metric.html",
        metric=wanted,
        window=window_said(wanted.window) or N_("from the beginning"),
        how=explained.FOLDS[type(wanted.fold).__name__],
        kinds=[{"name": kind, "words": explained.event_said(KINDS[kind])} for kind in kinds],
        facts=[translate(FACTS[fact].label) for fact in facts if fact in FACTS],
        asked_by=asked,
    )


@bp.route("/members/<handle>/standing")
def standing(handle):
    """What is said of a member, made up in parts: for them and for those who look after the place."""
    viewer = present_viewer()
    member = found(profile.of_handle(handle.lower(), viewer))
    is_own = viewer.id == member.id
    if not is_own and rights.why_not_enter(viewer.role):
        abort(404)
    seen = queries.of_member(member.id)
    told = standing_told.of_member(member.id, seen, viewer) if seen is not None else {}
    return render_template(
        "standing/standing.html", member=member, is_own=is_own, seen=seen, **told
    )


def beside(member, viewer):
    """What stands beside a member on their page; their rating stands above what was said of them."""
    return _beside(member, viewer, has_rating=False)


def beside_owner(offer, viewer):
    """What stands of its owner beside an offer."""
    return _beside(offer.owner, viewer)


def _beside(member, viewer, *, has_rating=True):
    seen = recognised.seen(member.id)
    is_own = viewer is not None and viewer.id == member.id
    is_close = is_own or (viewer is not None and viewer.is_staff)
    dealing = dealing_told.dealing(_more_of(member))
    if seen is None:
        return fragment("standing/_beside.html", dealing=dealing) if dealing else ""
    return fragment(
        "standing/_beside.html",
        handle=member.handle,
        is_own=is_own,
        is_close=is_close,
        medals=recognised.medals_of(seen.held),
        stars=recognised.stars_of(seen) if has_rating else None,
        numbers=recognised.numbers_of(seen, without=tuple(_told_otherwise(seen, dealing))),
        dealing=dealing,
        answering=answering.band_of(seen.told.get("shown", {})),
        health=seen.health if is_close else None,
        state=standing_told.STATES[seen.state] if seen.state and is_close else None,
    )


def _told_otherwise(seen, dealing):
    """The numbers of which something better stands on the page: the rating on show, the exchanges of each role."""
    if seen.stars:
        yield "rating_received"
    if any(each.is_role for each in dealing):
        yield "exchanges"


def _more_of(member):
    """What was asked with a member's page; elsewhere than there it is not asked again."""
    return profile.more_of(member.id) if isinstance(member, profile.Profile) else None


def _holders(name, before):
    """Those who hold a badge and may be seen, the newest first, and the mark of those behind them."""
    viewer = present_viewer()
    asked = (
        select(Award.id, Award.begun_at, *recognised.PERSON)
        .join(Member, Member.id == Award.member_id)
        .where(
            Award.badge == name,
            Award.ended_at.is_(None),
            Member.erased_at.is_(None),
            or_(
                Member.sees_profile <= audience(viewer),
                Member.id == (viewer.id if viewer else 0),
            ),
        )
        .order_by(Award.begun_at.desc(), Award.id.desc())
    )
    if before is not None:
        asked = asked.where(tuple_(Award.begun_at, Award.id) < before)
    rows = db.session.execute(asked.limit(A_PAGE + 1)).all()
    last = rows[A_PAGE - 1] if len(rows) > A_PAGE else None
    people = [recognised.holder(row) for row in rows[:A_PAGE]]
    return people, (last.begun_at, last.id) if last else None
