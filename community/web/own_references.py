"""What a member said of others whom they know, and what those said, among everything known of them."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from community.activity.exchanges.references.models import Reference
from community.activity.exchanges.references.rules import WAYS
from community.activity.settings.own_data import Column, Group, Row
from community.kit.words import N_, Words


def _written(row: Reference, names: Mapping[int, str]) -> list[Row]:
    return [{"when": row.at, "of": names.get(row.about_id, N_("a member")), **_told(row)}]


def _received(row: Reference, names: Mapping[int, str]) -> list[Row]:
    return [{"when": row.at, "by": names.get(row.author_id, N_("a member")), **_told(row)}]


def _told(row: Reference) -> Row:
    return {
        "how": WAYS[row.how].label if row.how in WAYS else row.how,
        "text": row.text,
        "hidden": row.hidden_at,
        "removed": row.removed_for,
    }


def _sides(row: Reference) -> Iterable[int]:
    return (row.author_id, row.about_id)


def _columns(name: str, label: Words) -> tuple[Column, ...]:
    return (
        Column("when", N_("When")),
        Column(name, label),
        Column("how", N_("How")),
        Column("text", N_("Text")),
        Column("hidden", N_("Hidden since"), is_on_page=False),
        Column("removed", N_("Why it was taken off"), is_on_page=False),
    )


GROUPS = (
    Group(
        "references_written",
        N_("How you know others"),
        N_("What you said of members whom you know from outside of exchanges."),
        "quote",
        _columns("of", N_("Of whom")),
        lambda id: select(Reference).where(Reference.author_id == id),
        (Reference.at, Reference.id),
        _written,
        _sides,
    ),
    Group(
        "references_received",
        N_("How others know you"),
        N_("What members said of you whom you know from outside of exchanges, hidden ones too."),
        "quote",
        _columns("by", N_("By whom")),
        lambda id: select(Reference).where(Reference.about_id == id),
        (Reference.at, Reference.id),
        _received,
        _sides,
    ),
)
