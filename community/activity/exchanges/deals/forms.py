"""What the two sides of an exchange are asked."""

import secrets
from datetime import time
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    HiddenField,
    IntegerField,
    RadioField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import Length, Optional, ValidationError

from community.activity.exchanges.deals import rules, terms
from community.activity.exchanges.deals.queries import Deal, OfferSeen
from community.activity.exchanges.deals.terms import Terms
from community.kit.languages import gettext, translate
from community.kit.pages import Form
from community.kit.words import N_

WRONG_DAY = N_("That is no day. It looks like 2026-06-30.")
WRONG_NUMBER = N_("That is no whole number.")
MOST_DIGITS = 15
YEARS = {str(year) for year in range(2000, 2200)}
"""Of other years no zone could say when their days begin."""


class _Day(DateField):
    def process_formdata(self, valuelist: list[str]) -> None:
        is_known = not valuelist or not valuelist[0] or valuelist[0][:4] in YEARS
        try:
            super().process_formdata(valuelist if is_known else ["-"])
        except ValueError:
            raise ValueError(translate(WRONG_DAY)) from None


class _Whole(IntegerField):
    def process_formdata(self, valuelist: list[str]) -> None:
        is_short = not valuelist or len(valuelist[0]) <= MOST_DIGITS
        try:
            super().process_formdata(valuelist if is_short else ["-"])
        except ValueError:
            raise ValueError(translate(WRONG_NUMBER)) from None


class TermsForm(Form):
    """When, how much, for what amount: each kind of offer is asked for what it needs only."""

    first_day = _Day(N_("First day"), validators=[Optional()])
    last_day = _Day(N_("Last day"), validators=[Optional()])
    begins = TimeField(N_("From what time"), validators=[Optional()])
    hours = _Whole(N_("How many hours"), validators=[Optional()])
    units = _Whole(N_("How much"), validators=[Optional()])
    amount = DecimalField(N_("Amount for the whole"), validators=[Optional()])
    words = TextAreaField(N_("Your words"))
    is_rules_read = BooleanField(N_("I have read the rules of this offer."))
    key = HiddenField()

    NEEDED = {
        "day": ("first_day", "last_day"),
        "hour": ("first_day", "begins", "hours"),
        "open": ("units",),
    }

    def __init__(
        self, offer: OfferSeen, *args: Any, sets_amount: bool = False, **kwargs: Any
    ) -> None:
        self.offer, self.sets_amount = offer, sets_amount
        super().__init__(*args, **kwargs)
        self.key.data = (self.key.data or secrets.token_urlsafe(12))[:40]
        if offer.grain == "hour":
            self.first_day.label.text = gettext("Day")

    @property
    def asked(self) -> tuple[str, ...]:
        """The fields that stand on the page, but for words and rules."""
        named = ("amount",) if self.may_name_amount else ()
        return (*self.NEEDED.get(self.offer.grain, ()), *named)

    @property
    def may_name_amount(self) -> bool:
        """Whether an amount can be said here: by its owner, or where the offer has only a currency."""
        has_none = self.offer.amount is None and not self.offer.is_free
        return bool(self.offer.currency) and (has_none or self.sets_amount)

    @property
    def most_words(self) -> int:
        """How long the words may be."""
        return rules.LONGEST_MESSAGE

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether everything that this kind needs was said."""
        is_valid = bool(super().validate(extra_validators))
        for name in self.NEEDED.get(self.offer.grain, ()):
            if self[name].data is None and not self[name].errors:
                self[name].errors = [gettext("Say this too.")]
                is_valid = False
        if len(self.words.data or "") > self.most_words:
            said = gettext("At most %(most)d characters.") % {"most": self.most_words}
            self.words.errors = [said]
            is_valid = False
        return self._has_a_time() and self._has_read() and is_valid

    def _has_a_time(self) -> bool:
        if self.offer.grain != "hour" or not self.begins.data or not self.first_day.data:
            return True
        if terms.is_time_there(self.first_day.data, self.begins.data, self.offer.zone):
            return True
        self.begins.errors = [
            gettext("Clocks go forward that night: this time is left out. Take another one.")
        ]
        return False

    def _has_read(self) -> bool:
        return True

    def terms(self) -> Terms:
        """What was asked for."""
        grain, zone = self.offer.grain, self.offer.zone
        if grain == "day":
            if self.last_day.data < self.first_day.data:
                return Terms(first_day=self.first_day.data, last_day=self.last_day.data,
                             starts_at=terms.midnight(self.first_day.data, zone),
                             ends_at=terms.midnight(self.last_day.data, zone))  # fmt: skip
            made = terms.of_days(self.first_day.data, self.last_day.data, zone)
        elif grain == "hour":
            begins: time = self.begins.data.replace(second=0, microsecond=0)
            hours = max(0, min(self.hours.data, terms.MOST_HOURS + 1))
            made = terms.of_hours(self.first_day.data, begins, hours, zone)
        else:
            made = Terms(units=self.units.data or 1 if grain == "open" else 1)
        return self._priced(made)

    def _priced(self, made: Terms) -> Terms:
        amount = terms.cost(self.offer.amount, made.units)
        if self.may_name_amount and self.amount.data is not None:
            amount = in_smallest(self.amount.data, self.offer.currency)
        currency = self.offer.currency if amount is not None else None
        return Terms(**{**_fields(made), "amount": amount, "currency": currency})


class AskForm(TermsForm):
    """A request."""

    def _has_read(self) -> bool:
        if not self.offer.rules or self.is_rules_read.data:
            return True
        self.is_rules_read.errors = [gettext("Read them first, please, and tick this.")]
        return False


class ProposeForm(TermsForm):
    """Other terms, with words; the owner may name another amount for the whole."""

    @property
    def most_words(self) -> int:
        """How long the words may be."""
        return rules.LONGEST_WORDS

    @classmethod
    def of(cls, offer: OfferSeen, deal: Deal, *, is_owner: bool) -> "ProposeForm":
        """The form as it stands at first: with the present terms."""
        starts = deal.starts_at.astimezone(deal.zone) if deal.starts_at else None
        present = {
            "first_day": deal.first_day,
            "last_day": deal.last_day,
            "begins": starts.time().replace(tzinfo=None) if starts else None,
            "hours": deal.units,
            "units": deal.units,
        }
        return cls(offer, sets_amount=is_owner, data=present)


class MoveForm(Form):
    """A move with its reason and words."""

    seen = HiddenField()
    reason = RadioField(N_("Why"), validate_choice=False)
    words = TextAreaField(
        N_("Words to them"),
        validators=[Length(max=rules.LONGEST_WORDS)],
    )

    def __init__(self, line: rules.Move, *args: Any, is_owner: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line, self.is_owner = line, is_owner
        self.reason.choices = [
            (reason.name, translate(reason.label))
            for reason in rules.reasons_for(line, is_owner=is_owner)
        ]

    def validate_reason(self, field: Any) -> None:
        """One of the reasons that fit the move."""
        why_not = rules.why_not_reason(field.data or "", self.line, is_owner=self.is_owner)
        if why_not is not None:
            raise ValidationError(translate(why_not))


class MessageForm(Form):
    """A message to the other side."""

    text = TextAreaField(N_("Message"), validators=[Length(max=rules.LONGEST_MESSAGE)])
    key = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key.data = (self.key.data or secrets.token_urlsafe(12))[:40]


class RecapForm(Form):
    """What an exchange did for one side, in their words."""

    text = TextAreaField(N_("What it was"), validators=[Length(min=1, max=rules.LONGEST_RECAP)])
    is_public = BooleanField(N_("Show it on my page"))


def in_smallest(value: Decimal, currency: str | None) -> int:
    """An amount as it was typed, in the smallest unit of its currency; one that is none is -1."""
    if not value.is_finite() or abs(value) > terms.MOST_AMOUNT:
        return -1
    return int((value * 10 ** get_currency_precision(currency or "EUR")).to_integral_value())


def _fields(made: Terms) -> dict[str, Any]:
    return {name: getattr(made, name) for name in Terms.__dataclass_fields__}
