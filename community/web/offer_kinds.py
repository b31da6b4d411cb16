"""Pages on which staff say which kinds of offers there are."""

from flask import flash, redirect, render_template, request, url_for
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length

from community.activity.accounts.queries import my_account
from community.activity.exchanges.offers import kindbook, kinds, rules
from community.activity.exchanges.offers.forms import complain, one_line, paragraphs
from community.activity.members.queries import present_viewer
from community.kit import text
from community.kit.languages import translate
from community.kit.pages import Fields, Form, Pages, found
from community.kit.words import N_
from community.ledger import audit
from community.web import rights
from community.web.staff import only_if

bp = Pages("kinds", __name__, url_prefix="/house/kinds")

ICONS = (
    "tag", "house", "tent", "gift", "book-open", "hand-helping", "hand-heart", "handshake",
    "heart", "languages", "camera", "monitor", "smartphone", "sprout", "sun", "globe",
    "compass", "calendar", "trophy", "lightbulb",
)  # fmt: skip


PARTS = {
    "label": N_("What the kind is called"),
    "unit": N_("One of it"),
    "grain": N_("How it takes time"),
    "icon": N_("Icon"),
    "fields": N_("What an offer of it tells"),
    "scores": N_("What its reviews rate"),
}
"""What is told of a kind, as its form calls it."""


class _Row(Fields):
    """A row of a list in a form, in the reader's language."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self:
            field.label.text = translate(field.label.text)


class FieldRow(_Row):
    """One field of a kind."""

    name = HiddenField(filters=[one_line])
    label = StringField(N_("Label"), filters=[one_line])
    input = SelectField(N_("Filled in as"))
    choices = TextAreaField(N_("Choices, one a line"), filters=[paragraphs])
    is_needed = BooleanField(N_("Needed"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.input.choices = [(name, translate(words)) for name, words in kinds.INPUTS.items()]

    def validate_label(self, field):
        """A word or two."""
        _short(field.data, rules.LONGEST_FIELD_LABEL)

    def validate_choices(self, field):
        """Where one of a few is chosen, there have to be a few."""
        lines = _lines(field.data)
        if self.label.data and self.input.data == "choice" and len(lines) < 2:
            complain(N_("Write at least two choices, one a line."))
        if len(lines) > rules.MOST_CHOICES:
            complain(N_("At most %(most)d choices.", most=rules.MOST_CHOICES))
        for each in lines:
            _short(each, rules.LONGEST_FIELD_LABEL)


class AspectRow(_Row):
    """One aspect that reviews rate."""

    name = HiddenField(filters=[one_line])
    label = StringField(N_("Label"), filters=[one_line])

    def validate_label(self, field):
        """A word or two."""
        _short(field.data, rules.LONGEST_FIELD_LABEL)


class KindForm(Form):
    """What a kind of offers is called, how it takes time, what it tells, what reviews rate."""

    name = StringField(
        N_("Name"),
        filters=[one_line],
        description=N_("For addresses: small letters, digits and hyphens. It never changes."),
    )
    label = StringField(
        N_("What the kind is called"),
        filters=[one_line],
        validators=[DataRequired(), Length(max=rules.LONGEST_KIND_LABEL)],
    )
    unit = StringField(
        N_("One of it"),
        filters=[one_line],
        validators=[DataRequired(), Length(max=rules.LONGEST_UNIT)],
        description=N_("What a price is for: a night, an hour, a piece."),
    )
    grain = SelectField(
        N_("How it takes time"),
        choices=[SelectChoice(*each) for each in kinds.GRAINS.items()],
    )
    icon = RadioField(N_("Icon"), choices=list(ICONS), default="tag")
    fields = FieldList(
        FormField(FieldRow),
        N_("What an offer of it tells"),
        min_entries=rules.MOST_FIELDS,
        max_entries=rules.MOST_FIELDS,
    )
    scores = FieldList(
        FormField(AspectRow),
        N_("What its reviews rate"),
        min_entries=rules.MOST_ASPECTS,
        max_entries=rules.MOST_ASPECTS,
    )

    seen = HiddenField()

    def told(self):
        """What is told of the kind, as it is kept."""
        return {
            "label": _as_kept(self.label.data),
            "unit": _as_kept(self.unit.data),
            "grain": self.grain.data,
            "icon": self.icon.data,
            "fields": [
                {
                    "name": name,
                    "label": _as_kept(row["label"]),
                    "input": row["input"],
                    "choices": [_as_kept(each) for each in _lines(row["choices"])]
                    if row["input"] == "choice"
                    else [],
                    "is_needed": row["is_needed"],
                }
                for name, row in _named(self.fields.data)
            ],
            "scores": [
                {"name": name, "label": _as_kept(row["label"])}
                for name, row in _named(self.scores.data)
            ],
        }


class DoForm(Form):
    """A button: nothing is asked but its token."""


@bp.route("")
def index():
    """The kinds of offers there are."""
    _only_if_may()
    return render_template("house/kinds.html", kinds=kindbook.every(), form=DoForm())


@bp.route("/new", methods=["GET", "POST"])
def new():
    """Add a kind."""
    _only_if_may()
    form = KindForm()
    if form.sent_and_valid():
        kind = kindbook.add(form.name.data, form.told())
        return _done("kind.added", kind, N_("The kind is added."))
    return _page(form, None), form.status


@bp.route("/<name>", methods=["GET", "POST"])
def edit(name):
    """Tell a kind anew."""
    _only_if_may()
    kind = found(kindbook.of_name(name))
    form = KindForm(data=None if request.method == "POST" else _data(kind))
    if form.sent_and_valid():
        try:
            is_new = kindbook.change(kind.id, form.told(), form.seen.data or "")
        except kindbook.Changed as changed:
            # From here on they have seen what stands now: to save again is to mean it.
            form.seen.data = rules.mark_of(changed.now)
            return _page(form, kind, _differs(changed.now, form.told())), 409
        return _done("kind.changed" if is_new else None, kind, N_("The kind is saved."))
    return _page(form, kind), form.status


@bp.route("/<name>/do/<do>", methods=["POST"])
def turn(name, do):
    """Retire a kind or bring it back; let it stand further up or down."""
    _only_if_may()
    kind, form = found(kindbook.of_name(name)), DoForm()
    found(do in ("retire", "back", "up", "down") or None)
    if form.sent_and_valid():
        if do in ("up", "down"):
            kindbook.move(kind.id, -1 if do == "up" else 1)
            return redirect(url_for(".index"), 303)
        if do == "retire":
            kindbook.retire(kind.id)
            return _done(
                "kind.retired", kind, N_("It is retired: nothing of it is published any more.")
            )
        kindbook.bring_back(kind.id)
        return _done("kind.brought_back", kind, N_("It is back."))
    return render_template("house/kinds.html", kinds=kindbook.every(), form=form), form.status


def _only_if_may():
    only_if(rights.why_not_name_kinds(present_viewer().role))


def _done(act, kind, words):
    if act:
        audit.note(my_account().member.id, act, None, "", kind=kind.label)
    flash(translate(words), "done")
    return redirect(url_for(".index"), 303)


def _page(form, kind, standing=()):
    is_fixed = kind is not None and kindbook.has_offers(kind.id)
    return render_template(
        "house/kind.html", form=form, kind=kind, is_fixed=is_fixed, standing=standing
    )


def _differs(now, typed):
    """What is kept of a kind at present, where it differs from what was typed, in words."""
    return [
        (translate(label), _said(name, now[name]))
        for name, label in PARTS.items()
        if now[name] != typed[name]
    ]


def _said(name, value):
    if name == "grain":
        return translate(kinds.GRAINS[value])
    if isinstance(value, str):
        return value if name == "icon" else _shown(value)
    return " · ".join(_row_said(each) for each in value) or "–"


def _row_said(row):
    more = [_shown(choice) for choice in row.get("choices", ())]
    if row.get("is_needed"):
        more.append(translate(N_("Needed")))
    return f"{_shown(row['label'])} ({', '.join(more)})" if more else _shown(row["label"])


def _data(kind):
    return {
        "seen": rules.mark_of(kindbook.told_of(kind)),
        "name": kind.name,
        "label": _shown(kind.label),
        "unit": _shown(kind.unit),
        "grain": kind.grain,
        "icon": kind.icon,
        "fields": [
            each
            | {
                "label": _shown(each["label"]),
                "choices": "\n".join(_shown(choice) for choice in each.get("choices", ())),
            }
            for each in kind.fields
        ],
        "scores": [each | {"label": _shown(each["label"])} for each in kind.scores],
    }


def _shown(label):
    return translate(kinds.words(label))


def _as_kept(typed):
    """A label as it is kept: one that comes with Kith, in the reader's language, stays one."""
    shipped = (label for label, words in kinds.SHIPPED_WORDS.items() if translate(words) == typed)
    return next(shipped, typed)


def _named(rows):
    """The rows that have a label, each with a name of its own: the one it had, else made of the label."""
    taken = set()
    for row in rows:
        if not row["label"]:
            continue
        wanted = row["name"] if rules.KIND_NAME.fullmatch(row["name"]) else ""
        wanted = wanted or text.handle(row["label"], "part").lstrip("0123456789-")[:30] or "part"
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted}-{number}", number + 1
        taken.add(name)
        yield name, row


def _lines(typed):
    return [line for line in (one_line(each) for each in (typed or "").splitlines()) if line]


def _short(typed, most):
    if len(typed) > most:
        complain(N_("Use at most %(most)d characters.", most=most))
