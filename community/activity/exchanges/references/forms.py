"""What is asked of who says how they know somebody, and of staff who take that off."""

from typing import Any

from wtforms import RadioField, SelectChoice, StringField, TextAreaField, ValidationError

from community.activity.exchanges.references import rules
from community.kit.languages import translate
from community.kit.pages import Form
from community.kit.text import clean, line
from community.kit.words import N_, Words


def _complain(words: Words | None) -> None:
    if words is not None:
        raise ValidationError(translate(words))


class ReferenceForm(Form):
    """How two know each other, and what the one says of the other."""

    how = RadioField(
        N_("How do you know each other?"),
        choices=[SelectChoice(way.name, way.label) for way in rules.WAYS.values()],
        validate_choice=False,
    )
    text = TextAreaField(
        N_("What should others know of them?"),
        filters=[lambda typed: clean(str(typed or "")).strip()],
        description=N_(
            "What you know from your own experience. **bold**, *italic*, lists and"
            " [links](https://example.org) work."
        ),
    )

    def validate_how(self, field: Any) -> None:
        """It is one of the ways that there are."""
        _complain(rules.why_not_way(field.data or ""))

    def validate_text(self, field: Any) -> None:
        """It is neither too short nor too long."""
        _complain(rules.why_not_words(field.data))


class ReasonForm(Form):
    """Why staff take a reference off, or put it back."""

    reason = StringField(
        N_("Reason"),
        filters=[lambda typed: line(str(typed or ""), rules.LONGEST_REASON + 1)],
        description=N_("Both sides can read it. Written down with your name, and never edited."),
    )

    def validate_reason(self, field: Any) -> None:
        """It says why, and not at length."""
        if len(field.data) < 5:
            _complain(N_("Say why."))
        if len(field.data) > rules.LONGEST_REASON:
            _complain(N_("Use at most %(most)d characters.", most=rules.LONGEST_REASON))


class PlainForm(Form):
    """A button that asks for nothing."""
