"""What members are asked in their settings."""

from typing import Any

from wtforms import (
    FieldList,
    FileField,
    FormField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)

from community.activity.accounts.rules import why_not_name
from community.activity.members import models
from community.activity.members import rules as members
from community.activity.settings import queries, rules
from community.activity.settings.rules import Told
from community.kit import text, tongues
from community.kit.languages import LANGUAGES, language, translate
from community.kit.pages import Fields, Form
from community.kit.words import N_, Words
from community.kit.zones import zones

TYPED = 2_000
"""Characters that are read of a line, so that what is too long can be shown and told of."""


def one_line(typed: Any) -> str:
    """What was typed as one clean line."""
    return text.line(str(typed or ""), TYPED)


def _complain(words: Words | None) -> None:
    if words is not None:
        raise ValidationError(translate(words))


def _at_most(most: int, typed: str) -> None:
    if len(typed) > most:
        _complain(N_("Use at most %(most)d characters.", most=most))


class LinkFields(Fields):
    """One page elsewhere."""

    url = StringField(filters=[lambda typed: rules.link(one_line(typed))])
    called = StringField(filters=[one_line])

    def validate_url(self, field: StringField) -> None:
        """It has to be an address that can be linked."""
        if field.data:
            _complain(rules.why_not_link(field.data))
        elif self.called.data:
            _complain(N_("Add the address of the page, or take its name away."))

    def validate_called(self, field: StringField) -> None:
        """It may be named, in short."""
        _at_most(rules.LONGEST_LABEL, field.data)


class ProfileForm(Form):
    """What a member tells of themselves."""

    seen = HiddenField()
    name = StringField(N_("Name"), filters=[one_line])
    handle = StringField(
        N_("Handle"),
        filters=[lambda typed: one_line(typed).lower().lstrip("@")],
        description=N_(
            "The end of your page's address: small letters, digits and hyphens."
            " Your former handles keep leading to you."
        ),
    )
    headline = StringField(
        N_("You in one line"),
        filters=[one_line],
        description=N_("It stands beside your name wherever you are seen."),
    )
    background = TextAreaField(
        N_("About you"),
        filters=[lambda typed: text.clean(str(typed or "")).strip()],
        description=N_(
            "What others should know when they deal with you. **bold**, *italic*, lists and"
            " [links](https://example.org) work."
        ),
    )
    languages = StringField(
        N_("Languages you speak"),
        filters=[one_line],
        description=N_(
            "With commas between them, by any of their names: Deutsch, Japanese, 中文. At most twelve."
        ),
    )
    interests = StringField(
        N_("What you care about"),
        filters=[one_line],
        description=N_("A word or two each, with commas between them. At most twenty."),
    )
    place = StringField(
        N_("Where you are"),
        filters=[one_line],
        description=N_("As roughly as you like: a town, a region, a country."),
    )
    links = FieldList(
        FormField(LinkFields),
        N_("Your pages elsewhere"),
        min_entries=rules.MOST_LINKS,
        max_entries=rules.MOST_LINKS,
    )
    member_id: int = 0
    name_before: str = ""
    handle_before: str = ""

    @classmethod
    def of(cls, told: Told) -> "ProfileForm":
        """The form with what a member tells at present."""
        return cls(
            data={
                "seen": told.version,
                "name": told.name,
                "handle": told.handle,
                "headline": told.headline,
                "background": told.background,
                "languages": queries.languages_of(told),
                "interests": queries.interests_of(told),
                "place": told.place,
                "links": [{"called": label, "url": url} for label, url in told.links],
            }
        )

    @property
    def errors(self) -> dict[str | None, Any]:
        """What is wrong, by field; of the links each thing once."""
        found = super().errors
        if "links" in found:
            each = [
                error for row in self.links for errors in row.errors.values() for error in errors
            ]
            found["links"] = list(dict.fromkeys(each))
        return found

    def told(self) -> Told:
        """What is told, once it is valid."""
        return Told(
            name=self.name.data,
            handle=self.handle.data,
            headline=self.headline.data,
            background=self.background.data,
            languages=tuple((code, tongues.own_name(code)[:60]) for code in self._codes()),
            interests=rules.interests(self.interests.data),
            place=self.place.data,
            links=tuple(
                (each.called.data or rules.label_of(each.url.data), each.url.data)
                for each in self.links
                if each.url.data
            ),
        )

    def _codes(self) -> list[str]:
        found = (tongues.find(each, language()) for each in rules.split(self.languages.data))
        return list(dict.fromkeys(code for code in found if code))

    def validate_name(self, field: StringField) -> None:
        """It has to be a name; whoever keeps theirs is not asked again."""
        if field.data != self.name_before:
            _complain(why_not_name(field.data))

    def validate_handle(self, field: StringField) -> None:
        """It has to be a handle that can be had; whoever keeps theirs is not asked again."""
        if field.data != self.handle_before:
            taken = queries.is_handle_taken(field.data, self.member_id)
            _complain(members.why_not_handle(field.data, is_taken=taken))

    def validate_headline(self, field: StringField) -> None:
        """One line."""
        _at_most(rules.LONGEST_HEADLINE, field.data)

    def validate_background(self, field: TextAreaField) -> None:
        """Some paragraphs."""
        _at_most(rules.LONGEST_BACKGROUND, field.data)

    def validate_languages(self, field: StringField) -> None:
        """They have to be known languages, and not too many."""
        for typed in rules.split(field.data):
            if tongues.find(typed, language()) is None:
                near = tongues.nearest(typed, language())
                if near:
                    _complain(
                        N_(
                            "We know no language “%(what)s”. Did you mean %(near)s?",
                            what=typed[:40],
                            near=near,
                        )
                    )
                _complain(N_("We know no language “%(what)s”.", what=typed[:40]))
        if len(self._codes()) > rules.MOST_LANGUAGES:
            _complain(N_("Name at most %(most)d languages.", most=rules.MOST_LANGUAGES))

    def validate_interests(self, field: StringField) -> None:
        """They have to be short, and not too many."""
        _complain(rules.why_not_interests(rules.interests(field.data)))

    def validate_place(self, field: StringField) -> None:
        """A line."""
        _at_most(rules.LONGEST_PLACE, field.data)


class PhotoForm(Form):
    """A photo to show."""

    photo = FileField(
        N_("Photo"),
        description=N_(
            "JPEG, PNG, WebP or GIF, at most 8 MB. It is cut to a square, and where and with which"
            " camera it was taken is removed."
        ),
        render_kw={"accept": "image/jpeg,image/png,image/webp,image/gif"},
    )


_AUDIENCES = [
    SelectChoice(str(models.EVERYONE), N_("Everyone")),
    SelectChoice(str(models.MEMBERS), N_("Members who are signed in")),
    SelectChoice(str(models.NOBODY), N_("Only me")),
]


def _sight(label: Words, description: Words | str = "") -> SelectField:
    return SelectField(label, choices=_AUDIENCES, coerce=int, description=description)


class SightForm(Form):
    """Who sees which part of a member's page."""

    profile = _sight(
        N_("My page"),
        N_("Whoever may not see your page sees none of its parts."),
    )
    details = _sight(N_("About me, languages and interests"))
    place = _sight(N_("My place"))
    links = _sight(N_("My links"))
    timeline = _sight(N_("My timeline"), N_("What you did with others, as far as it is open."))


class ReadingForm(Form):
    """How a member wants to read the site."""

    language = SelectField(
        N_("Language"),
        choices=[
            SelectChoice("", N_("As my browser asks")),
            *(SelectChoice(*each) for each in LANGUAGES.items()),
        ],
    )
    time_zone = SelectField(N_("Time zone"))
    scheme = RadioField(
        N_("Colours"),
        choices=[
            SelectChoice("", N_("As my device asks")),
            SelectChoice("light", N_("Light")),
            SelectChoice("dark", N_("Dark")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = translate(N_("The community's own"))
        self.time_zone.choices = [SelectChoice("", here), *zones(language())]


class LettersForm(Form):
    """Which letters a member wants."""

    letters = RadioField(
        N_("Which letters should come?"),
        coerce=int,
        choices=[
            SelectChoice(
                str(models.ALL_LETTERS),
                N_("All: also news of the place and what you may have missed"),
            ),
            SelectChoice(
                str(models.WHAT_WAITS),
                N_("Only what waits for you: answers, requests, reminders you asked for"),
            ),
            SelectChoice(str(models.ONLY_SAFETY), N_("Only what keeps your account safe")),
        ],
    )


class TakeAlongForm(Form):
    """Asking for a copy of everything."""


class LeaveForm(Form):
    """Leaving for good."""

    handle = StringField(N_("Your handle"), filters=[one_line], render_kw={"autocomplete": "off"})
    why = SelectField(
        N_("Why do you go?"), choices=[SelectChoice(*each) for each in rules.WHYS.items()]
    )

    expected: str = ""

    def validate_handle(self, field: StringField) -> None:
        """Typed by hand, so that nobody leaves by a slip."""
        if field.data.lower().lstrip("@") != self.expected:
            _complain(N_("Type %(handle)s, so that we know you mean it.", handle=self.expected))
