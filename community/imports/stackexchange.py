"""A forum as Stack Exchange dumps it: users, posts, comments, votes, badges, in XML or CSV."""

import re
from collections.abc import Callable
from pathlib import Path

from community.imports import values
from community.imports.entries import (
    ABOVE,
    MEMBER,
    Entry,
    Figure,
    Happening,
    Person,
    Ref,
    Spaces,
    Stage,
    Thing,
)
from community.imports.reading import BadDelivery, Rejected, Row, Source, Values, found
from community.kit import text
from community.ledger.facts import BADGE, MILLION

ENDINGS = (".xml.gz", ".xml", ".csv.gz", ".csv")
COLUMNS = {
    "Users": ("Id", "CreationDate", "DisplayName"),
    "Posts": ("Id", "PostTypeId", "CreationDate"),
    "Comments": ("Id", "PostId", "CreationDate"),
    "Votes": ("Id", "PostId", "VoteTypeId", "CreationDate"),
    "Badges": ("Id", "UserId", "Name", "Date"),
}
NEEDED = ("Users", "Posts")
SPACES = Spaces({"post": ("topic", "answer")}, remembered=("post",), knows_joining=True)
SITE = "-1"
"""The user that is the site itself: a member whom nobody sees and who does nothing."""
QUESTION, ANSWER = "1", "2"

USER_FIGURES = {
    "reputation": "Reputation",
    "views": "Views",
    "up_votes": "UpVotes",
    "down_votes": "DownVotes",
}
POST_FIGURES = {"score": "Score", "views": "ViewCount", "favourites": "FavoriteCount"}
COMMENT_FIGURES = {"score": "Score"}
NOT_HERE = "votes on posts that are not in the dump"
_SITE_NAME = re.compile(
    r"^stack-?exchange-|-?stack-?exchange(-com)?|-com\b|-\d{4}.*$|-(dump|csv|xml)$"
)


def name_of(folder: Path) -> str:
    """The source that a folder's name tells: the dump of a site always gives the same one."""
    plain = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    site = _SITE_NAME.sub("", plain).strip("-")
    if not site or site.isdigit():
        raise BadDelivery(
            f"the folder's name {folder.name!r} does not tell which site it is;"
            " say so with --source stackexchange:NAME"
        )
    return f"stackexchange:{site[:60]}"


def sources(folder: Path) -> dict[str, Source]:
    """The files of a dump that are there, by name; users and posts must be."""
    paths = {name: found(folder, name, ENDINGS) for name in COLUMNS}
    missing = [name for name in NEEDED if paths[name] is None]
    if missing:
        raise BadDelivery(
            f"{folder} has no {' and no '.join(missing)} (.xml or .csv, perhaps with .gz);"
            " give the folder that holds the unpacked dump of one site"
        )
    return {name: Source(path, COLUMNS[name]) for name, path in paths.items() if path}


def stages(sources: dict[str, Source], until: int) -> list[Stage]:
    """The walks through a dump: each speaks only of what the ones before it brought."""
    reader = _Dump(declared_at(sources["Users"], until), until)
    walks: list[tuple[str, str, Callable[[Row], Entry]]] = [
        ("users", "Users", reader.user),
        ("questions", "Posts", reader.question),
        ("answers", "Posts", reader.answer),
        ("comments", "Comments", reader.comment),
        ("votes", "Votes", reader.vote),
        ("accepted answers", "Posts", reader.accepted),
        ("badges", "Badges", reader.badge),
    ]
    return [Stage(name, sources[file], read) for name, file, read in walks if file in sources]


def declared_at(users: Source, until: int) -> int:
    """The moment of the dump: the last one at which any of its users was seen."""
    latest = 0
    for row in users.rows():
        seen = row.values.get("LastAccessDate") or row.values.get("CreationDate") or ""
        try:
            latest = max(latest, values.moment(seen, "LastAccessDate", until))
        except Rejected:
            continue
    if not latest:
        raise BadDelivery(f"{users.name}: no row has a date, so the dump's figures have none")
    return latest


class _Dump:
    """How the rows of one dump are read."""

    def __init__(self, declared_at: int, until: int) -> None:
        self._declared_at, self._until = declared_at, until

    def user(self, row: Row) -> Entry:
        told = row.values
        id = values.number_id(told["Id"], "Id")
        joined = self._at(told)
        is_site = id == SITE
        name = text.line(told.get("DisplayName", ""), 120) or f"Member {id}"
        return Entry(
            key=(MEMBER, id),
            people=(Person(id, name, joined, is_hidden=is_site),),
            happenings=()
            if is_site
            else (Happening(f"user:{id}:joined", "member.joined", joined, id),),
            figures=() if is_site else self._figures((MEMBER, id), USER_FIGURES, told),
        )

    def question(self, row: Row) -> Entry:
        told = row.values
        kind = values.whole(told["PostTypeId"])
        if kind == ANSWER:
            return Entry()
        if kind != QUESTION:
            return Entry(left_out="wiki and tag posts")
        id, at = values.number_id(told["Id"], "Id"), self._at(told)
        owner = _user(told.get("OwnerUserId"), "OwnerUserId")
        about = ("post", id)
        title = text.line(told.get("Title", ""), 500) or None
        return Entry(
            key=about,
            things=(Thing("topic", id, owner, None, at, title, _body(told)),),
            happenings=(Happening(f"post:{id}", "topic.opened", at, owner, about=about),),
            figures=self._figures_of_post(about, told),
        )

    def answer(self, row: Row) -> Entry:
        told = row.values
        if values.whole(told["PostTypeId"]) != ANSWER:
            return Entry()
        id, at = values.number_id(told["Id"], "Id"), self._at(told)
        owner = _user(told.get("OwnerUserId"), "OwnerUserId")
        asked = values.id_or_none(told.get("ParentId"), "ParentId")
        above = ("post", asked) if asked else None
        about = ("post", id)
        return Entry(
            key=about,
            things=(Thing("answer", id, owner, above, at, None, _body(told)),),
            happenings=(Happening(f"post:{id}", "answer.posted", at, owner, above, about),),
            figures=self._figures_of_post(about, told),
        )

    def comment(self, row: Row) -> Entry:
        told = row.values
        id, at = values.number_id(told["Id"], "Id"), self._at(told)
        owner = _user(told.get("UserId"), "UserId")
        post = ("post", values.number_id(told["PostId"], "PostId"))
        about = ("comment", id)
        said = told.get("Text", "")
        return Entry(
            key=about,
            things=(
                Thing("comment", id, owner, post, at, None, text.markdown(said) if said else None),
            ),
            happenings=(Happening(f"comment:{id}", "comment.written", at, owner, post, about),),
            figures=tuple(f for f in self._figures(about, COMMENT_FIGURES, told) if f.value),
        )

    def vote(self, row: Row) -> Entry:
        told = row.values
        kind = values.whole(told["VoteTypeId"])
        if kind not in VOTES:
            return Entry(left_out=f"votes of type {kind[:3]}")
        id = values.number_id(told["Id"], "Id")
        post = ("post", values.number_id(told["PostId"], "PostId"))
        return Entry(
            key=None if kind == ACCEPTING else ("event", f"vote:{id}"),
            happenings=(VOTES[kind](id, self._at(told), post, told),),
            needs=post,
            left_out=NOT_HERE,
        )

    def accepted(self, row: Row) -> Entry:
        told = row.values
        answer = values.id_or_none(told.get("AcceptedAnswerId"), "AcceptedAnswerId")
        if answer is None or values.whole(told["PostTypeId"]) != QUESTION:
            return Entry()
        post = ("post", answer)
        return Entry(
            happenings=(_acceptance(answer, None, post),),
            needs=post,
            left_out="accepted answers that are not in the dump",
        )

    def badge(self, row: Row) -> Entry:
        told = row.values
        id = values.number_id(told["Id"], "Id")
        member = values.number_id(told["UserId"], "UserId")
        name = text.line(told["Name"], 60)
        if not name:
            raise Rejected("its Name is empty")
        at = values.moment(told["Date"], "Date", self._until)
        # A badge can be won twice in one millisecond; the dump's dates leave the microseconds free.
        at += int(id) % 1000
        return Entry(figures=(Figure((MEMBER, member), BADGE + name, MILLION, at),))

    def _at(self, told: Values) -> int:
        return values.moment(told["CreationDate"], "CreationDate", self._until)

    def _figures_of_post(self, about: Ref, told: Values) -> tuple[Figure, ...]:
        figures = self._figures(about, POST_FIGURES, told)
        if not told.get("CommunityOwnedDate"):
            return figures
        return (*figures, Figure(about, "is_shared", MILLION, self._declared_at))

    def _figures(self, about: Ref, wanted: dict[str, str], told: Values) -> tuple[Figure, ...]:
        return tuple(
            Figure(about, name, number * MILLION, self._declared_at)
            for name, column in wanted.items()
            if (number := values.count_or_none(told.get(column), column)) is not None
        )


def _acceptance(id: str, at: int | None, post: Ref) -> Happening:
    return Happening(f"post:{id}:accepted", "answer.accepted", at, (*post, ABOVE), post, post)


def _accepting(id: str, at: int, post: Ref, told: Values) -> Happening:
    return _acceptance(post[1], at, post)


def _thanks(id: str, at: int, post: Ref, told: Values) -> Happening:
    return Happening(f"vote:{id}", "thanks.given", at, None, post, post)


def _against(id: str, at: int, post: Ref, told: Values) -> Happening:
    return Happening(f"vote:{id}", "vote.cast", at, None, post, post, -1)


def _saving(id: str, at: int, post: Ref, told: Values) -> Happening:
    return Happening(f"vote:{id}", "subject.saved", at, _voter(told), post, post)


def _offering(id: str, at: int, post: Ref, told: Values) -> Happening:
    return Happening(f"vote:{id}", "bounty.offered", at, _voter(told), None, post, _amount(told))


def _awarding(id: str, at: int, post: Ref, told: Values) -> Happening:
    return Happening(f"vote:{id}", "bounty.awarded", at, _voter(told), post, post, _amount(told))


def _voter(told: Values) -> str | None:
    return _user(told.get("UserId"), "UserId")


def _amount(told: Values) -> int | None:
    return values.count_or_none(told.get("BountyAmount"), "BountyAmount")


ACCEPTING = "1"
VOTES: dict[str, Callable[[str, int, Ref, Values], Happening]] = {
    ACCEPTING: _accepting,
    "2": _thanks,
    "3": _against,
    "5": _saving,
    "8": _offering,
    "9": _awarding,
}
"""What the vote types mean here; others are the site's housekeeping and are only counted."""


def _user(given: str | None, column: str) -> str | None:
    id = values.id_or_none(given, column)
    return None if id == SITE else id


def _body(told: Values) -> str | None:
    body = told.get("Body", "")
    return text.sanitise(body) if body else None
