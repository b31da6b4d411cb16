"""The page about what holds the community together."""

from dataclasses import asdict
from typing import Any

from flask import current_app, render_template

from community.activity.members.queries import present_viewer
from community.graph import kept
from community.graph.holding import AT_ONCE, CORE, holding
from community.kit import clock
from community.kit.cache import cache
from community.kit.db import db
from community.kit.languages import number, percent
from community.kit.pages import Pages
from community.standing import queries
from community.standing.models import Community
from community.web import rights
from community.web.staff import faces, only_if

bp = Pages("network", __name__, url_prefix="/house/network")
AN_HOUR = 3600


@bp.route("")
def show():
    """Who bridges circles, whom the community would miss, how deep and mutual its ties are."""
    only_if(rights.why_not_see_network(present_viewer().role))
    community = db.session.get(Community, 1)
    kept_of_it = community.told if community else {}
    seen, as_of = _seen(kept_of_it)
    people = faces(_named(seen)) if seen else {}
    return render_template(
        "house/network.html",
        seen=seen,
        as_of=as_of,
        depths=_depths(seen["depths"]) if seen else (),
        core=sum(seen["depths"][CORE:]) if seen else 0,
        bridges=[(people[b["member"]], b) for b in seen["bridges"] if b["member"] in people]
        if seen
        else (),
        missed=[_missed(people[m["member"]], m) for m in seen["missed"] if m["member"] in people]
        if seen
        else (),
        circles=_circles(kept_of_it.get("circles", ())),
        modularity=kept_of_it.get("modularity"),
        circles_as_of=_moment(kept_of_it.get("circles_as_of")),
    )


def _seen(told: dict[str, Any]) -> tuple[dict[str, Any] | None, Any]:
    """What holds those together who have ties, and as of when; what is large is the weekly job's to find."""
    ties = kept.kept(current_app.config["DATA_DIR"] / kept.FOLDER)
    if ties is None or not len(ties):
        return None, None
    if len(ties) > AT_ONCE:
        return told.get("holding"), _moment(told.get("circles_as_of"))
    key = f"holding {clock.to_micros(ties.as_of)} {told.get('circles_as_of')}"
    seen = cache.get(key)
    if seen is None:
        seen = asdict(holding(ties, queries.circles_of(ties.members)))
        cache.set(key, seen, timeout=AN_HOUR)
    return seen, ties.as_of


def _moment(micros: int | None) -> Any:
    return None if micros is None else clock.from_micros(micros)


def _named(seen: dict[str, Any]) -> set[int]:
    return {told["member"] for told in (*seen["bridges"], *seen["missed"])}


def _missed(person: Any, told: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Somebody, and what goes with them: with those whom they alone connect."""
    loss = told["loss"]
    return person, {**loss, "parted": loss["largest_before"] - loss["largest_after"] - 1}


def _depths(depths: list[int]) -> list[tuple[str, int, str]]:
    """How many stand at each depth, as rows of a chart: 0, 1, 2, 3–4, 5–8, twice as many each time."""
    rows, low = [], 0
    while low < len(depths):
        high = low if low < 3 else 2 * (low - 1)
        many = sum(depths[low : high + 1])
        label = number(low) if low == high else f"{number(low)}–{number(high)}"
        rows.append((label, many, number(many)))
        low = high + 1
    return rows


def _circles(sizes: list[int]) -> list[tuple[str, int, str]]:
    total = sum(sizes)
    return [
        (number(place), many, f"{number(many)} ({percent(many / total)})")
        for place, many in enumerate(sizes, 1)
    ]
