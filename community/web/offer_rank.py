"""What an offer's owner sees of its rank: its parts beside others of its kind, and what would move it up."""

from dataclasses import dataclass

from flask import render_template
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from community.activity.exchanges.offers import advice, ranking
from community.activity.exchanges.offers.models import Offer, OfferKind
from community.activity.exchanges.offers.ranking import FACTORS, Rule, Shared
from community.activity.members.models import MemberTag
from community.activity.members.queries import present_viewer
from community.kit.db import db
from community.kit.fragments import fragment
from community.kit.languages import translate
from community.kit.pages import Pages, found
from community.web.rank_offers import rule_now
from community.web.ranking_told import around_of, facts_of, points, sentences

bp = Pages("offer_rank", __name__)

MOST = 1_000
"""An offer is compared with at most so many of its kind, the newest."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an offer's score beside the middle of its kind, in points."""

    label: str
    points: str
    share: float
    middle: str
    mark: float
    out_of: int
    why: str


@bp.route("/offers/<int:id>/rank")
def show(id):
    """The rank of one's own offer."""
    offer, viewer = found(db.session.get(Offer, id)), present_viewer()
    if viewer.id != offer.owner_id and not viewer.is_staff:
        raise NotFound
    told = offer.ranked if offer.state == "published" else None
    if not told:
        return render_template("offers/rank.html", offer=offer, parts=None)
    rule, facts = rule_now(), facts_of(told)
    others = _others(offer)
    return render_template(
        "offers/rank.html",
        offer=offer,
        kind=db.session.get(OfferKind, offer.kind_id),
        parts=_parts(told, others, rule),
        total=points(offer.score),
        middle=points(sum(advice.middle(others).values())),
        fit=rule.weights["fit"],
        many=len(others),
        most=MOST,
        advice=[
            (translate(each.says), points(each.points))
            for each in advice.advice(facts, around_of(told), rule, _tells(offer))
        ],
    )


def beside(offer, viewer):
    """What stands beside an offer for its owner and for staff: the way to its rank."""
    if viewer is None or (viewer.id != offer.owner_id and not viewer.is_staff):
        return ""
    return fragment("offers/_rank.html", id=offer.id)


def _others(offer: Offer) -> list[dict[str, int]]:
    """The points of the newest offers of its kind, its own among them."""
    asked = (
        select(Offer.ranked)
        .where(
            Offer.state == "published",
            Offer.is_wish == offer.is_wish,
            Offer.kind_id == offer.kind_id,
        )
        .order_by(Offer.id.desc())
        .limit(MOST)
    )
    return [told["points"] for told in db.session.scalars(asked) if told]


def _parts(told, others, rule: Rule) -> list[Part]:
    middle, why = advice.middle(others), sentences(facts_of(told))
    return [
        Part(
            translate(factor.label),
            points(told["points"][name]),
            told["points"][name] / ranking.WHOLE * 100,
            points(middle.get(name, 0)),
            middle.get(name, 0) / ranking.WHOLE * 100,
            rule.weights[name],
            why[name],
        )
        for name, factor in FACTORS.items()
        if not factor.is_of_reader
    ]


def _tells(offer: Offer) -> Shared:
    """What its owner tells by which it could fit somebody."""
    asked = select(MemberTag.kind).where(MemberTag.member_id == offer.owner_id).distinct()
    kinds = set(db.session.scalars(asked))
    return Shared(
        languages=0 if "language" in kinds else None,
        interests=0 if "interest" in kinds else None,
        place=False if offer.place else None,
    )
