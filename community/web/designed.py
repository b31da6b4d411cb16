"""What the designer of badges shows and reads: the parts of its form, a test in words, what-if."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from community.activity.members.models import Member
from community.kit import clock
from community.kit.db import db
from community.kit.languages import translate
from community.kit.pages import Form
from community.kit.text import line
from community.kit.words import N_, Words
from community.standing import awarding, keeping, rulebook
from community.standing.badge_grammar import NAME, SHAPES, read_badge
from community.standing.badges import Badge
from community.standing.categories import CATEGORIES
from community.standing.metrics import METRICS
from community.standing.models import BadgeRule
from community.web import explained, recognised

OPS = {
    "at_least": N_("at least"),
    "more_than": N_("more than"),
    "at_most": N_("at most"),
    "less_than": N_("less than"),
    "exactly": N_("exactly"),
    "top": N_("among the first per cent"),
}
WINDOWS = {
    "": N_("as the badge says"),
    "ever": N_("ever"),
    "P7D": N_("the last 7 days"),
    "P30D": N_("the last 30 days"),
    "P90D": N_("the last 90 days"),
    "P100D": N_("the last 100 days"),
    "P6M": N_("the last 6 months"),
    "P12M": N_("the last 12 months"),
    "P24M": N_("the last 24 months"),
    "of-month": N_("this month"),
    "of-quarter": N_("this quarter"),
    "of-year": N_("this year"),
}
NONE_YET = {"": N_("as usual"), "pass": N_("is enough"), "fail": N_("is not enough")}
UNITS = {
    "day": N_("days"),
    "week": N_("weeks"),
    "month": N_("months"),
    "quarter": N_("quarters"),
    "year": N_("years"),
}
EVERY = {
    "day": N_("every day"),
    "week": N_("every week"),
    "month": N_("every month"),
    "quarter": N_("every quarter"),
    "year": N_("every year"),
}
GROUPS = {
    "all": N_("must hold"),
    "a": N_("one of A"),
    "b": N_("one of B"),
    "c": N_("one of C"),
}
ICONS = (
    "award", "badge-check", "book-open", "calendar-check", "compass", "hand-heart", "hand-helping",
    "handshake", "heart", "house", "lightbulb", "map-pin", "messages-square", "scale", "shield-check",
    "sprout", "star", "tent", "trophy", "user-plus", "users",
)  # fmt: skip
MOST_NAMED = 40


class NewForm(Form):
    """What a new badge is called, and what it begins as."""

    label = StringField(N_("What it is called"), validators=[DataRequired(), Length(max=60)])
    name = StringField(
        N_("Name in addresses and exports"), validators=[DataRequired(), Length(max=60)]
    )
    like = SelectField(N_("Begins as a copy of"))


@dataclass(frozen=True, slots=True)
class Tested:
    """What a replay found, as the page shows it."""

    made_at: datetime
    since: datetime
    assessments: int
    members: int
    hold_now: int
    quarters: tuple[dict[str, Any], ...]
    gain: tuple[recognised.Face, ...]
    lose: tuple[recognised.Face, ...]
    many_gain: int
    many_lose: int

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Tested":
        """A replay that was kept."""
        quarters = tuple(
            {**quarter, "begins": clock.from_micros(quarter["begins"])}
            for quarter in told["quarters"]
        )
        return cls(
            clock.from_micros(told["made_at"]),
            clock.from_micros(told["since"]),
            told["assessments"],
            told["members"],
            told["hold_now"],
            quarters,
            _faces(told["gain"]),
            _faces(told["lose"]),
            told["many_gain"],
            told["many_lose"],
        )


def badge_of(rule: BadgeRule) -> Badge:
    """The badge that a kept version tells."""
    return read_badge(dict(rule.told), METRICS)


def why_not_name(name: str) -> Words | None:
    """Why a new badge can't have a name; None when it can."""
    if not NAME.fullmatch(name):
        return N_("A name has small letters, digits and single hyphens.")
    return N_("There is a badge of that name.") if rulebook.history(name) else None


def empty() -> dict[str, Any]:
    """A badge with one need, to begin from."""
    return {
        "label": {"en": ""},
        "says": {"en": "Say in one line what it stands for."},
        "window": "P12M",
        "rule": {"metric": "exchanges", "at_least": 10},
    }


def choices(told: Mapping[str, Any]) -> dict[str, Any]:
    """What can be chosen in the rows of the form."""
    metrics = sorted(
        ((name, translate(metric.label)) for name, metric in METRICS.items()), key=lambda m: m[1]
    )
    everyone = ("", translate(N_("everyone")))
    within = [(name, translate(category.label)) for name, category in CATEGORIES.items()]
    tiers = [
        (tier["name"], recognised.said(_texts(tier["label"]))) for tier in told.get("tiers", ())
    ]
    return {
        "metrics": metrics,
        "tiers": [everyone, *tiers] if tiers else [],
        "ops": _words(OPS),
        "windows": _words(WINDOWS),
        "none_yet": _words(NONE_YET),
        "units": _words(UNITS),
        "within": [everyone, *within],
        "every": _words(EVERY),
        "groups": _words(GROUPS),
        "shapes": SHAPES,
        "icons": ICONS,
    }


def parts_of(form: Mapping[str, str], told: Mapping[str, Any]) -> dict[str, Any]:
    """A badge without its needs, as a form tells it; what the form does not hold stays."""
    kept = dict(told)
    for name in ("label", "says"):
        texts = {tongue: line(form.get(f"{name}_{tongue}", ""), 400) for tongue in ("en", "zh")}
        kept[name] = {tongue: text for tongue, text in texts.items() if text or tongue == "en"}
    for name in ("shape", "icon", "category"):
        kept[name] = line(form.get(name, ""), 60) or kept.get(name, "")
        if not kept[name]:
            del kept[name]
    kept["cadence"] = {"every": form.get("every", "month"), "day": _count(form.get("day"), 1)}
    kept["grace"] = _count(form.get("grace"), 0)
    kept["losable"] = form.get("losable") == "1"
    for name in ("window", "hold", "expires"):
        kept[name] = line(form.get(name, ""), 20).upper()
        if not kept[name]:
            del kept[name]
    kept["notice"] = line(form.get("notice", ""), 100).upper().replace(",", " ").split()
    return kept


def what_if(badge: Badge, member: Member, viewer: Any) -> dict[str, Any]:
    """What a badge would say of one member today."""
    now = clock.now()
    past = keeping.alone(member.id, now)
    decision = awarding.decided(badge, past, now)
    return {
        "is_held": decision.is_held,
        "verdict": decision.verdict,
        "needs": explained.asked_of(badge, decision, viewer),
    }


def _words(texts: Mapping[str, Words]) -> list[tuple[str, str]]:
    return [(value, translate(words)) for value, words in texts.items()]


def _texts(label: Any) -> dict[str, str]:
    return {"en": label} if isinstance(label, str) else dict(label)


def _count(text: str | None, otherwise: int) -> Any:
    """The whole number that a field holds; what it is not is left to the grammar to refuse."""
    text = (text or "").strip()
    return int(text) if text.isdigit() and len(text) < 6 else text or otherwise


def _faces(ids: list[int]) -> tuple[recognised.Face, ...]:
    rows = db.session.execute(
        select(*recognised.PERSON)
        .where(Member.id.in_(ids[:MOST_NAMED]), Member.erased_at.is_(None))
        .order_by(Member.name, Member.id)
    ).all()
    return tuple(recognised.Face.of(row) for row in rows)
