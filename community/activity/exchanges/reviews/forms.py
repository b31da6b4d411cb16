"""What the two sides are asked about an exchange, and what others say of a review."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    FileField,
    HiddenField,
    RadioField,
    SelectChoice,
    StringField,
    TextAreaField,
    ValidationError,
)

from community.activity.exchanges.offers import appeals
from community.activity.exchanges.offers.kinds import words
from community.activity.exchanges.reviews import rules
from community.activity.exchanges.reviews.models import Review
from community.activity.exchanges.reviews.rules import Told
from community.kit import text
from community.kit.languages import translate
from community.kit.pages import Form
from community.kit.words import N_, Words

MANY_WORDS = {"rows": "6"}
FEW_WORDS = {"rows": "4"}
ASPECT = "aspect_"
SAFE = "safety_"


def clean(typed: Any) -> str:
    """What was typed over several lines."""
    return text.clean(str(typed or "")).strip()


def _at_most(most: int, typed: str) -> None:
    if len(typed) > most:
        raise ValidationError(translate(N_("Use at most %(most)d characters.", most=most)))


def _marks(labels: Mapping[int, Words], none: Words) -> list[SelectChoice]:
    return [
        *(
            SelectChoice(str(n), N_("%(number)d · %(words)s", number=n, words=words))
            for n, words in labels.items()
        ),
        SelectChoice("", none),
    ]


UNSAID = N_("I'd rather not say")
YES_OR_NO = [
    SelectChoice("yes", N_("Yes")),
    SelectChoice("no", N_("No")),
    SelectChoice("", UNSAID),
]


class ReviewForm(Form):
    """How it was, in parts of which each says who will see it."""

    seen = HiddenField(default="0")
    stars = RadioField(
        N_("How was it on the whole?"), default="", choices=_marks(rules.STARS, N_("No stars"))
    )
    expected = RadioField(
        N_("How much did you expect?"), default="", choices=_marks(rules.EXPECTED, UNSAID)
    )
    got = RadioField(
        N_("How much did you get?"), default="", choices=_marks(rules.EXPECTED, UNSAID)
    )
    text = TextAreaField(N_("In your words"), filters=[clean], render_kw=MANY_WORDS)
    private_note = TextAreaField(N_("Only for them"), filters=[clean], render_kw=FEW_WORDS)
    safety_words = TextAreaField(
        N_("What happened, if you like to tell"), filters=[clean], render_kw=FEW_WORDS
    )
    would_again = RadioField(N_("Would you deal with them again?"), default="", choices=YES_OR_NO)
    is_incentivised = BooleanField(
        N_("I was given or promised something for this review"),
    )
    aspects: tuple[str, ...] = ()

    def validate_text(self, field: TextAreaField) -> None:
        """Some paragraphs."""
        _at_most(rules.LONGEST_TEXT, field.data)
        if not field.data and not self.stars.data:
            raise ValidationError(translate(N_("Give stars, or say in words how it was.")))

    def validate_private_note(self, field: TextAreaField) -> None:
        """Some lines."""
        _at_most(rules.LONGEST_NOTE, field.data)

    def validate_safety_words(self, field: TextAreaField) -> None:
        """Some lines."""
        _at_most(rules.LONGEST_NOTE, field.data)

    @property
    def version(self) -> int:
        """The version that was seen; 0 for none, and for what is no number."""
        typed = self.seen.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0

    @property
    def aspect_fields(self) -> list[Any]:
        """The fields of what is rated about exchanges of this kind."""
        return [self[f"{ASPECT}{name}"] for name in self.aspects]

    @property
    def safety_fields(self) -> list[Any]:
        """The fields of what only staff read."""
        return [self[f"{SAFE}{name}"] for name in rules.SAFETY]

    def told(self) -> Told:
        """What is told, once it is valid."""
        answers = {n: _yes_or_no(self[f"{SAFE}{n}"].data) for n in rules.SAFETY}
        safety: dict[str, Any] = {n: said for n, said in answers.items() if said is not None}
        if self.safety_words.data:
            safety["words"] = self.safety_words.data
        scores = {name: _mark(self[f"{ASPECT}{name}"].data) for name in self.aspects}
        return Told(
            stars=_mark(self.stars.data),
            scores={name: score for name, score in scores.items() if score is not None},
            expected=_mark(self.expected.data),
            got=_mark(self.got.data),
            text=self.text.data,
            private_note=self.private_note.data,
            safety=safety,
            would_again=_yes_or_no(self.would_again.data),
            is_incentivised=self.is_incentivised.data,
        )


def review_form(aspects: Sequence[Mapping[str, Any]], own: Review | None) -> ReviewForm:
    """The form for exchanges of a kind, with what was said so far."""
    fields: dict[str, Any] = {
        "aspects": tuple(each["name"] for each in aspects),
    }
    short = [*(SelectChoice(str(n), str(n)) for n in rules.STARS), SelectChoice("", "–")]
    for each in aspects:
        label = translate(words(str(each.get("label") or each["name"])))
        fields[f"{ASPECT}{each['name']}"] = RadioField(label, default="", choices=short)
    for name, asked in rules.SAFETY.items():
        fields[f"{SAFE}{name}"] = RadioField(asked.label, default="", choices=YES_OR_NO)
    made: type[ReviewForm] = type("ReviewFormOfKind", (ReviewForm,), fields)
    return made(data=_said(own) if own else None)


def _said(own: Review) -> dict[str, Any]:
    safety = own.safety or {}
    return {
        "seen": str(own.version),
        "stars": _typed(own.stars),
        "expected": _typed(own.expected),
        "got": _typed(own.got),
        "text": own.text,
        "private_note": own.private_note,
        "safety_words": safety.get("words", ""),
        "would_again": _said_yes(own.would_again),
        "is_incentivised": own.is_incentivised,
        **{f"{ASPECT}{name}": _typed(score) for name, score in own.scores.items()},
        **{f"{SAFE}{name}": _said_yes(safety.get(name)) for name in rules.SAFETY},
    }


def _mark(typed: str | None) -> int | None:
    return int(typed) if typed and typed in "12345" else None


def _typed(mark: int | None) -> str:
    return "" if mark is None else str(mark)


def _yes_or_no(typed: str | None) -> bool | None:
    return {"yes": True, "no": False}.get(typed or "")


def _said_yes(answer: bool | None) -> str:
    return "" if answer is None else ("yes" if answer else "no")


class PhotoForm(Form):
    """A photo for one's own review."""

    photo = FileField(
        N_("Photo"),
        description=N_(
            "JPEG, PNG, WebP or GIF, at most 8 MB. Where and with which camera it was taken is"
            " removed."
        ),
        render_kw={"accept": "image/jpeg,image/png,image/webp,image/gif"},
    )
    words = StringField(
        N_("What it shows"), filters=[lambda typed: text.line(str(typed or ""), 500)]
    )

    def validate_words(self, field: StringField) -> None:
        """One line."""
        _at_most(rules.LONGEST_PHOTO_WORDS, field.data)


class ResponseForm(Form):
    """An answer to a review."""

    words = TextAreaField(N_("Your answer"), filters=[clean], render_kw=MANY_WORDS)

    def validate_words(self, field: TextAreaField) -> None:
        """Some paragraphs."""
        _complain(rules.why_not_response(field.data))


class ReportForm(Form):
    """What is wrong with a review."""

    reason = RadioField(N_("What is wrong with it?"), default="")
    words = TextAreaField(N_("In your words"), filters=[clean], render_kw=FEW_WORDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = [
            (name, f"{translate(rules.GROUNDS[name].label)}: {translate(rules.GROUNDS[name].says)}")
            for name in rules.REPORTED
        ]

    def validate_words(self, field: TextAreaField) -> None:
        """Some lines."""
        _at_most(appeals.LONGEST_WORDS, field.data)


class AppealForm(Form):
    """What should be looked at again."""

    words = TextAreaField(
        N_("What should be looked at again?"), filters=[clean], render_kw=MANY_WORDS
    )

    def validate_words(self, field: TextAreaField) -> None:
        """Some lines, and at least one word."""
        if not field.data:
            raise ValidationError(translate(N_("Say what should be looked at again.")))
        _at_most(appeals.LONGEST_WORDS, field.data)


class PlainForm(Form):
    """Doing one thing."""


def _complain(words: Words | None) -> None:
    if words is not None:
        raise ValidationError(translate(words))
