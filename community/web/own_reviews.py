"""What members said in reviews, and what came of it, among everything that Kith knows of a member.

Of what others said of them only what is open: a sealed review of them is not known here.
"""

import json
from collections.abc import Mapping

from sqlalchemy import Select, select

from community.activity.exchanges.reviews import rules
from community.activity.exchanges.reviews.models import (
    Review,
    ReviewAppeal,
    ReviewDecision,
    ReviewHelped,
    ReviewReport,
)
from community.activity.settings.own_data import Column, Group, Row
from community.kit.words import N_

VERDICTS = {"keep": N_("kept"), "remove": N_("removed"), "reinstate": N_("reinstated")}


def _written(row: Review, names: Mapping[int, str]) -> list[Row]:
    is_sealed = row.published_at is None
    return [
        {
            "when": row.made_at,
            "exchange": row.exchange_id,
            "of": names.get(row.about_id, N_("a member")),
            "stars": row.stars,
            "text": row.text,
            "opened": row.published_at,
            "state": N_("closed without a comment")
            if row.is_closed
            else (N_("sealed") if is_sealed else (N_("removed") if row.removed_at else N_("open"))),
            "parts": json.dumps(row.scores, ensure_ascii=False, sort_keys=True),
            "expected": row.expected,
            "got": row.got,
            "note": row.private_note,
            "safety": json.dumps(row.safety, ensure_ascii=False) if row.safety else None,
            "again": row.would_again,
            "photos": ", ".join(f"/media/{each['photo']}-320.webp" for each in row.photos),
            "number": None if is_sealed else row.id,
        }
    ]


def _received(row: Review, names: Mapping[int, str]) -> list[Row]:
    is_gone = row.removed_at is not None
    return [
        {
            "when": row.published_at,
            "by": names.get(row.author_id, N_("a member")),
            "stars": None if is_gone else row.stars,
            "text": None if is_gone else row.text,
            "removed": row.removed_at,
            "parts": None
            if is_gone
            else json.dumps(row.scores, ensure_ascii=False, sort_keys=True),
            "expected": None if is_gone else row.expected,
            "got": None if is_gone else row.got,
            "note": None if is_gone else row.private_note,
            "answer": row.response,
            "number": row.id,
        }
    ]


def _report(row: ReviewReport, names: Mapping[int, str]) -> list[Row]:
    return [
        {
            "when": row.at,
            "review": row.review_id,
            "reason": rules.GROUNDS[row.reason].label
            if row.reason in rules.GROUNDS
            else row.reason,
            "words": row.words,
            "decided": row.decided_at,
        }
    ]


def _appeal(row: ReviewAppeal, names: Mapping[int, str]) -> list[Row]:
    return [
        {"when": row.at, "review": row.review_id, "words": row.words, "decided": row.decided_at}
    ]


def _decision(row: ReviewDecision, names: Mapping[int, str]) -> list[Row]:
    return [
        {
            "when": row.at,
            "review": row.review_id,
            "verdict": VERDICTS[row.verdict],
            "ground": rules.GROUNDS[row.ground].label
            if row.ground in rules.GROUNDS
            else row.ground,
            "words": row.words,
            "until": row.appeal_until,
        }
    ]


def _decided(member_id: int) -> Select[tuple[ReviewDecision]]:
    sides = (Review.author_id == member_id) | (Review.about_id == member_id)
    mine = select(Review.id).where(sides)
    return select(ReviewDecision).where(ReviewDecision.review_id.in_(mine))


GROUPS = (
    Group(
        "reviews_written",
        N_("Reviews you wrote"),
        N_("All that you said of exchanges, the sealed parts and the ones for staff among it."),
        "star",
        (
            Column("when", N_("When")),
            Column("exchange", N_("Exchange"), is_on_page=False),
            Column("of", N_("Of whom")),
            Column("stars", N_("Stars")),
            Column("text", N_("Text")),
            Column("state", N_("State")),
            Column("opened", N_("Opened")),
            Column("parts", N_("Parts"), is_on_page=False),
            Column("expected", N_("Expected"), is_on_page=False),
            Column("got", N_("Got"), is_on_page=False),
            Column("note", N_("Private note"), is_on_page=False),
            Column("safety", N_("About safety"), is_on_page=False),
            Column("again", N_("Would deal again"), is_on_page=False),
            Column("photos", N_("Photos"), is_on_page=False),
            Column("number", N_("Number"), is_on_page=False),
        ),
        lambda id: select(Review).where(Review.author_id == id),
        (Review.made_at, Review.id),
        _written,
        lambda row: (row.about_id,),
    ),
    Group(
        "reviews_received",
        N_("Reviews of you"),
        N_("What others said of you, once it was open."),
        "star",
        (
            Column("when", N_("When")),
            Column("by", N_("By")),
            Column("stars", N_("Stars")),
            Column("text", N_("Text")),
            Column("removed", N_("Removed")),
            Column("parts", N_("Parts"), is_on_page=False),
            Column("expected", N_("Expected"), is_on_page=False),
            Column("got", N_("Got"), is_on_page=False),
            Column("note", N_("Private note"), is_on_page=False),
            Column("answer", N_("Your answer"), is_on_page=False),
            Column("number", N_("Number"), is_on_page=False),
        ),
        lambda id: select(Review).where(Review.about_id == id, Review.published_at.is_not(None)),
        (Review.published_at, Review.id),
        _received,
        lambda row: (row.author_id,),
    ),
    Group(
        "reviews_helped",
        N_("Reviews that helped you"),
        N_("Where you said that a review helped you."),
        "heart",
        (Column("when", N_("When")), Column("review", N_("Review"))),
        lambda id: select(ReviewHelped).where(ReviewHelped.member_id == id),
        (ReviewHelped.at, ReviewHelped.review_id),
        lambda row, names: [{"when": row.at, "review": row.review_id}],
    ),
    Group(
        "review_reports",
        N_("Reviews you reported"),
        N_("What you asked to look at, and when it was decided."),
        "flag",
        (
            Column("when", N_("When")),
            Column("review", N_("Review")),
            Column("reason", N_("Reason")),
            Column("words", N_("Words")),
            Column("decided", N_("Decided")),
        ),
        lambda id: select(ReviewReport).where(ReviewReport.by == id),
        (ReviewReport.at, ReviewReport.id),
        _report,
    ),
    Group(
        "review_decisions",
        N_("Decisions about reviews"),
        N_("What was decided about reviews by you and of you, with the reasons."),
        "scale",
        (
            Column("when", N_("When")),
            Column("review", N_("Review")),
            Column("verdict", N_("Verdict")),
            Column("ground", N_("Ground")),
            Column("words", N_("Words")),
            Column("until", N_("Can be appealed until"), is_on_page=False),
        ),
        _decided,
        (ReviewDecision.at, ReviewDecision.id),
        _decision,
    ),
    Group(
        "review_appeals",
        N_("Appeals"),
        N_("Decisions about reviews that you asked to look at again."),
        "scale",
        (
            Column("when", N_("When")),
            Column("review", N_("Review")),
            Column("words", N_("Words")),
            Column("decided", N_("Decided")),
        ),
        lambda id: select(ReviewAppeal).where(ReviewAppeal.by == id),
        (ReviewAppeal.at, ReviewAppeal.id),
        _appeal,
    ),
)
