"""What the catalogs of the ledger promise."""

import re
from pathlib import Path

import pytest

from community.ledger.facts import FACTS, MILLION, fact_kind, millionths
from community.ledger.kinds import CODES, KINDS, NAMES, SUBJECT_CODES, SUBJECT_TYPES

ROOT = Path(__file__).resolve().parents[2]
ICONS = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/icons.svg").read_text()))
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
KEPT_FOR_EVER = (
    "1 member.joined, 2 member.claimed, 3 contact.confirmed, 4 letters.declined,"
    " 5 invitation.sent, 6 referral.qualified, 8 member.verified, 10 offer.published, 11 offer.viewed,"
    " 12 subject.saved, 13 search.made, 14 enquiry.made, 15 enquiry.answered, 16 message.sent, 17 wish.published,"
    " 20 exchange.started, 21 exchange.completed, 22 exchange.cancelled, 23 review.published,"
    " 24 rating.given, 25 complaint.made, 26 excuse.granted, 27 reference.written, 30 topic.opened, 31 answer.posted, 32 comment.written,"
    " 33 answer.accepted, 34 thanks.given, 35 vote.cast, 36 reaction.given, 37 bounty.offered,"
    " 38 bounty.awarded, 39 guide.published, 40 flag.raised, 41 flag.upheld,"
    " 50 gathering.promised, 51 gathering.attended, 52 gathering.hosted, 60 survey.answered,"
    " 61 suggestion.made, 62 mention.found, 63 gift.sent, 64 gift.redeemed"
)
SUBJECTS_KEPT_FOR_EVER = (
    "1 member, 2 offer, 3 exchange, 4 review, 5 topic, 6 answer, 7 comment, 8 gathering,"
    " 9 guide, 10 page, 11 wish"
)


def as_codes(told):
    return {name: int(code) for code, name in (part.split() for part in told.split(","))}


def test_codes_never_change():
    """Column files on people's disks hold these numbers: add new ones, move none."""
    assert as_codes(KEPT_FOR_EVER).items() <= CODES.items()
    assert as_codes(SUBJECTS_KEPT_FOR_EVER).items() <= SUBJECT_CODES.items()


@pytest.mark.parametrize("codes", [CODES, SUBJECT_CODES])
def test_codes_fit_their_column_and_zero_is_free(codes):
    assert len(set(codes.values())) == len(codes)
    assert all(0 < code < 2**15 for code in codes.values())


def test_codes_lead_back_to_names():
    assert {name: code for code, name in NAMES.items()} == CODES
    assert {name: code for code, name in SUBJECT_TYPES.items()} == SUBJECT_CODES


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_each_kind_is_whole(kind):
    assert re.fullmatch(r"[a-z]+\.[a-z]+", kind.name), "noun.participle"
    assert len(kind.name) <= 40
    assert kind.noun == kind.name.split(".")[0]
    assert set(PLACEHOLDER.findall(kind.says.text)) <= {"actor", "other"}
    assert not kind.says.values
    if kind.says_of is not None:
        assert "subject" in PLACEHOLDER.findall(kind.says_of.text)
        assert set(PLACEHOLDER.findall(kind.says_of.text)) <= {"actor", "other", "subject"}
    assert kind.tie >= 0
    assert not kind.tie or "other" in f"{kind.says.text}{kind.says_of}" or kind.says_of, (
        "a tie needs another side"
    )
    assert kind.sight in ("everyone", "sides", "staff")
    assert kind.direction in ("both", "forward")
    assert kind.icon in ICONS


@pytest.mark.parametrize("fact", FACTS.values(), ids=lambda fact: fact.name)
def test_each_fact_is_whole(fact):
    assert re.fullmatch(r"[a-z_]+", fact.name)
    assert len(fact.name) <= 80
    assert fact.label.text
    assert fact_kind(fact.name) is fact


def test_badges_of_other_places_are_facts_too():
    assert str(fact_kind("badge:Good Question").label) == "Badge there: Good Question"
    assert fact_kind("nonsense") is None


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("4.83", 4_830_000),
        ("-0.5", -500_000),
        ("+7", 7 * MILLION),
        (" 12 ", 12 * MILLION),
        (".25", 250_000),
        ("3.", 3 * MILLION),
        ("0.000001", 1),
        ("0.0000019", 1),
        ("999999999999.999999", 999_999_999_999_999_999),
        ("", None),
        (".", None),
        ("-", None),
        ("--5", None),
        ("1e5", None),
        ("nan", None),
        ("1,5", None),
        ("1.5.5", None),
        ("1.-5", None),
        ("٣", None),
        ("½", None),
        ("1234567890123", None),
    ],
)
def test_figures_are_read_exactly(text, figure):
    if figure is None:
        with pytest.raises(ValueError):
            millionths(text)
    else:
        assert millionths(text) == figure
