"""What members are asked about what they offer."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    FileField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, NumberRange, Optional

from community.activity.exchanges.offers import kinds, rules
from community.activity.exchanges.offers.models import OfferKind
from community.activity.exchanges.offers.rules import Terms
from community.kit import text
from community.kit.languages import language, translate
from community.kit.pages import Form
from community.kit.words import N_, Words
from community.kit.zones import zones

TYPED = 2_000
"""Characters that are read of a line, so that what is too long can be shown and told of."""
FREE, PRICED, AGREED = "free", "priced", "agreed"
_DETAIL = "detail_"
_NOT_WHOLE = N_("Type a whole number.")


def one_line(typed: Any) -> str:
    """What was typed as one clean line."""
    return text.line(str(typed or ""), TYPED)


def paragraphs(typed: Any) -> str:
    """What was typed as clean text of several lines."""
    return text.clean(str(typed or "")).strip()


def complain(words: Words | None) -> None:
    """Let a field show why it can't be so."""
    if words is not None:
        raise ValidationError(translate(words))


def at_most(most: int, typed: str) -> None:
    """Let a field show that it is too long."""
    if len(typed) > most:
        complain(N_("Use at most %(most)d characters.", most=most))


class Whole(IntegerField):
    """A whole number, or nothing; what is no number is said in the reader's language."""

    def __init__(self, label: Any = None, least: int = 0, most: int = 0, **more: Any) -> None:
        super().__init__(label, validators=[Optional()], **more)
        self.least, self.most = least, most
        self.render_kw = {"min": least, "max": most, "inputmode": "numeric", "step": 1}

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        typed = valuelist[0].strip() if valuelist else ""
        if not typed:
            self.data = None
            return
        if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
            self.data = None
            raise ValueError(translate(_NOT_WHOLE))
        self.data = int(typed)

    def pre_validate(self, form: Any) -> None:
        """It has to lie in its range."""
        if self.data is not None and not self.least <= self.data <= self.most:
            complain(
                N_("Between %(least)d and %(most)d, please.", least=self.least, most=self.most)
            )


_REPLIES = [
    SelectChoice("", N_("I'd rather not say")),
    *(SelectChoice(str(hours), words) for hours, words in rules.REPLIES.items()),
]


class OfferForm(Form):
    """What an offer promises. Fields of its kind are added by ``form_of``."""

    seen = HiddenField()
    key = HiddenField(filters=[lambda typed: one_line(typed)[:32]])
    title = StringField(N_("Title"), filters=[one_line])
    text = TextAreaField(
        N_("Description"),
        filters=[paragraphs],
        description=N_(
            "What it is, for whom, what to know before. **bold**, *italic*, lists and [links](https://example.org) work."
        ),
    )
    place = StringField(
        N_("Where"),
        filters=[one_line],
        description=N_(
            "As roughly as you like: a town, a region, a country. Never a house number: everyone sees it."
        ),
    )
    price = RadioField(
        N_("Price"),
        choices=[
            SelectChoice(FREE, N_("For free")),
            SelectChoice(PRICED, N_("A price")),
            SelectChoice(AGREED, N_("By agreement")),
        ],
        default=FREE,
    )
    amount = StringField(
        N_("Amount"), filters=[one_line], render_kw={"inputmode": "decimal", "autocomplete": "off"}
    )
    currency = SelectField(N_("Currency"), choices=list(rules.PRECISIONS), default="EUR")
    quantity = Whole(N_("How many at the same time"), 1, rules.MOST_PIECES, default=1)
    shortest = Whole(N_("At least"), 1, rules.MOST_UNITS, default=1)
    longest = Whole(N_("At most"), 1, rules.MOST_UNITS)
    rules = TextAreaField(
        N_("Rules"),
        filters=[paragraphs],
        description=N_("What you ask of others, one rule a line."),
        render_kw={"rows": 4},
    )
    reply_hours = SelectField(N_("You usually answer"), choices=_REPLIES)
    time_zone = SelectField(
        N_("Time zone"), description=N_("Days and hours of it are meant there.")
    )

    kind: OfferKind

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.time_zone.choices = [SelectChoice("UTC", "UTC"), *zones(language())]
        if not self.takes_time:
            del self.shortest, self.longest
        if self.kind.grain == kinds.OPEN:
            del self.quantity

    @property
    def takes_time(self) -> bool:
        """Whether it is had by days or by hours."""
        return self.kind.grain in (kinds.DAY, kinds.HOUR)

    @property
    def detail_fields(self) -> list[Any]:
        """The fields of the kind, in their order."""
        return [field for field in self if field.name.startswith(_DETAIL)]

    @property
    def needed(self) -> set[str]:
        """The names of those fields of the kind that have to be filled in before others see it."""
        return {_DETAIL + each["name"] for each in self.kind.fields if each["is_needed"]}

    def terms(self) -> Terms:
        """What is promised, once it is valid."""
        is_priced = self.price.data == PRICED
        return Terms(
            title=self.title.data,
            text=self.text.data,
            rules=self.rules.data,
            details=self._details(),
            place=self.place.data,
            time_zone=self.time_zone.data,
            is_free=self.price.data == FREE,
            amount=rules.amount_of(self.amount.data, self.currency.data) if is_priced else None,
            currency=self.currency.data if is_priced else None,
            quantity=(self.quantity.data if "quantity" in self else None) or 1,
            shortest=(self.shortest.data if "shortest" in self else None) or 1,
            longest=self.longest.data if "longest" in self else None,
            reply_hours=int(self.reply_hours.data) if self.reply_hours.data else None,
        )

    def _details(self) -> dict[str, Any]:
        told = {f.name.removeprefix(_DETAIL): f.data for f in self.detail_fields}
        return {name: value for name, value in told.items() if value not in (None, "", False)}

    def validate_title(self, field: StringField) -> None:
        """It needs a name, if only to find the draft again."""
        at_most(rules.LONGEST_TITLE, field.data)
        if not field.data:
            complain(N_("Give it a title."))

    def validate_text(self, field: TextAreaField) -> None:
        """Some paragraphs."""
        at_most(rules.LONGEST_TEXT, field.data)

    def validate_place(self, field: StringField) -> None:
        """A line."""
        at_most(rules.LONGEST_PLACE, field.data)

    def validate_rules(self, field: TextAreaField) -> None:
        """A few lines."""
        at_most(rules.LONGEST_RULES, field.data)

    def validate_amount(self, field: StringField) -> None:
        """It has to be an amount where there is a price."""
        if self.price.data == PRICED:
            complain(rules.why_not_amount(field.data, self.currency.data))

    def validate_longest(self, field: Whole) -> None:
        """It can't be shorter than the shortest."""
        if not self.shortest.errors:
            complain(rules.why_not_lengths(self.kind.grain, self.shortest.data or 1, field.data))


def form_of(kind: OfferKind, data: Mapping[str, Any] | None = None) -> OfferForm:
    """The form of an offer of a kind, with the fields of that kind."""
    made = {_DETAIL + each["name"]: _field(each) for each in kind.fields}
    form: OfferForm = type("OfferOfKindForm", (OfferForm,), {**made, "kind": kind})(data=data)
    return form


def data_of(terms: Terms) -> dict[str, Any]:
    """What an offer promises, as the form takes it."""
    price = FREE if terms.is_free else AGREED if terms.amount is None else PRICED
    return {
        "seen": terms.mark,
        "title": terms.title,
        "text": terms.text,
        "place": terms.place,
        "price": price,
        "amount": rules.typed_amount(terms.amount, terms.currency),
        "currency": terms.currency or "EUR",
        "quantity": terms.quantity,
        "shortest": terms.shortest,
        "longest": terms.longest,
        "rules": terms.rules,
        "reply_hours": str(terms.reply_hours or ""),
        "time_zone": terms.time_zone,
        **{_DETAIL + name: value for name, value in terms.details.items()},
    }


def _field(told: Mapping[str, Any]) -> Any:
    label = kinds.words(told["label"])
    if told["input"] == "number":
        return Whole(label, 0, rules.LARGEST_NUMBER)
    if told["input"] == "yes":
        return BooleanField(label)
    if told["input"] == "choice":
        options = [SelectChoice(each, kinds.words(each)) for each in told["choices"]]
        return SelectField(label, choices=[SelectChoice("", N_("Not said")), *options])
    return StringField(label, filters=[one_line], validators=[_short])


def _short(form: Form, field: StringField) -> None:
    at_most(rules.LONGEST_DETAIL, field.data)


class PhotoForm(Form):
    """A photo of what is offered."""

    photo = FileField(
        N_("Photo"),
        description=N_(
            "JPEG, PNG, WebP or GIF, at most 8 MB. Where and with which camera it was taken is removed."
        ),
        render_kw={"accept": "image/jpeg,image/png,image/webp,image/gif"},
    )
    words = StringField(
        N_("What it shows"),
        filters=[one_line],
        description=N_("In a few words, for whoever can't see it."),
    )

    def validate_words(self, field: StringField) -> None:
        """A line."""
        at_most(rules.LONGEST_ALT, field.data)


class PhotoDoForm(Form):
    """Something to be done with a photo."""

    photo_id = IntegerField(validators=[InputRequired(), NumberRange(1)])
    do = HiddenField()
    words = StringField(N_("What it shows"), filters=[one_line])
    place = IntegerField(validators=[Optional()])

    def validate_words(self, field: StringField) -> None:
        """A line."""
        at_most(rules.LONGEST_ALT, field.data)


class DaysForm(Form):
    """Days from a first to a last one."""

    first = DateField(N_("First day"), validators=[Optional()])
    last = DateField(N_("Last day"), validators=[Optional()])

    def validate_on_submit(self, extra_validators: Any = None) -> bool:
        """A first day is needed; that it is missing is said in the reader's language."""
        is_valid: bool = super().validate_on_submit(extra_validators)
        if self.is_submitted() and self.first.data is None and not self.first.errors:
            self.first.errors = [translate(N_("Choose a day."))]
            return False
        return is_valid

    def days(self) -> tuple[date, date]:
        """The first and the last day; without a last one, the first alone."""
        return self.first.data, self.last.data or self.first.data


class AskAgainForm(Form):
    """What should be looked at again."""

    words = TextAreaField(
        N_("What should be looked at again?"), filters=[paragraphs], render_kw={"rows": 5}
    )


class DoForm(Form):
    """A button: nothing is asked but its token."""
