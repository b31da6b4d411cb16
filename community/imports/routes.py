"""Reading what an import brought, until a domain of its own shows it better."""

from flask import redirect, render_template, request, url_for

from community.activity.exchanges.offers.queries import of_subject
from community.activity.members.queries import present_viewer
from community.imports import queries
from community.kit import languages, marks
from community.kit.pages import Pages, found
from community.kit.words import N_

bp = Pages("archive", __name__, url_prefix="/stories")

ANSWERED = ("topic", "offer")
DEEDS = {
    "thanks.given": ("heart", N_("Thanks: %(many)s")),
    "subject.saved": ("bookmark", N_("Kept by %(many)s")),
    "exchange.completed": ("handshake", N_("Exchanges: %(many)s")),
}
HELPED = "answer.accepted"


@bp.route("", public=True)
def index():
    """What people offered and wrote, newest first."""
    types = queries.tabs()
    type = request.args.get("type", types[0] if types else "topic")
    found(type in queries.TABS or None)
    before, after = _place("before"), _place("after")
    stories = queries.newest(type, _is_member(), before, after)
    has_more = len(stories) > queries.A_PAGE
    # Of one story too many the far end is dropped: the first when we came from behind.
    stories = stories[1:] if has_more and after else stories[: queries.A_PAGE]
    return render_template(
        "archive/index.html",
        tabs=[_tab(each, type) for each in types],
        type=type,
        stories=stories,
        newer=_to("after", stories[0], type)
        if stories and (before or (after and has_more))
        else None,
        older=_to("before", stories[-1], type) if stories and (after or has_more) else None,
    )


@bp.route("/<int:id>", public=True)
def show(id):
    """One of them, with what was said to it and what came of it."""
    is_member = _is_member()
    story, above = found(queries.story(id, is_member))
    offer = of_subject(id) if story.type in queries.OFFERED else None
    if offer is not None:
        return redirect(url_for("offers.show", id=offer), 301)
    # Only what can be answered is asked for its answers: fewer queries a page.
    replies = queries.replies(id, is_member, _place("after")) if story.type in ANSWERED else []
    said = [] if story.type in ("offer", "review") else [id, *(r.id for r in replies)]
    has_more = len(replies) > queries.REPLIES_A_PAGE
    replies = replies[: queries.REPLIES_A_PAGE]
    deeds = queries.deeds([story, *replies])
    more = url_for(".show", id=id, after=marks.written(replies[-1].place)) if has_more else None
    return render_template(
        "archive/show.html",
        story=story,
        above=above,
        label=queries.label_of(story.type),
        replies=sorted(replies, key=lambda r: HELPED not in deeds.get(r.id, {})),
        comments=queries.comments(said, is_member) if said else {},
        deeds={id: _said(done) for id, done in deeds.items()},
        helped={id for id, done in deeds.items() if HELPED in done},
        figures=[_figure(f) for f in queries.declared("offer", id)]
        if story.type == "offer"
        else [],
        more=more,
        is_continued="after" in request.args,
    )


def _is_member() -> bool:
    return present_viewer() is not None


def _tab(type, present):
    url = url_for(".index", type=type)
    return {
        "label": languages.translate(queries.TABS[type]),
        "url": url,
        "is_current": type == present,
    }


def _to(way, story, type):
    return url_for(".index", type=type, **{way: marks.written(story.place)})


def _place(name):
    return marks.read(request.args.get(name, ""))


def _said(done):
    """How often something was thanked for, kept or dealt in, each with its icon."""
    return [
        (icon, languages.translate(N_(words.text, many=languages.number(done[kind]))))
        for kind, (icon, words) in DEEDS.items()
        if kind in done
    ]


def _figure(declared):
    """A declared figure in the reader's words."""
    value, shown_as = declared.value, declared.kind.shown_as
    if shown_as == "yes":
        words = languages.gettext("yes") if value else languages.gettext("no")
    elif shown_as == "percent":
        words = languages.percent(value)
    else:
        words = languages.number(value)
    return {"label": declared.kind.label, "words": words, "at": declared.at}
