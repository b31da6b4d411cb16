"""What runs by itself, and when. Times of day are UTC, which has no summer time to trip over."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from community.activity.exchanges.deals import clockwork as exchanges
from community.activity.exchanges.offers import views
from community.activity.exchanges.reviews import decisions, opening
from community.kit import outbox
from community.kit.catalog import catalog
from community.kit.words import N_, Words
from community.ledger import audit, columns
from community.standing import drafts, learning, refresh, stars, watching
from community.web import clearing, rank_offers


@dataclass(frozen=True)
class Job:
    """Something that runs by itself: its name, what it is called, what it does, when.

    ``run`` answers how many rows it touched, or yields them batch by batch. ``when`` is what
    APScheduler's cron trigger takes: ``{"minute": "*/5"}`` is every five minutes.
    """

    name: str
    label: Words
    run: Callable[[], int | Iterator[int] | None]
    when: Mapping[str, str | int]


def extend_columns() -> int:
    """Bring the column files of this site up to its ledger."""
    return columns.here().extend()


def keep_audit_head() -> int:
    """Write down outside the database how far the audit chain goes."""
    return int(audit.keep_head(Path(current_app.config["DATA_DIR"])))


JOBS = catalog(
    Job("send-outbox", N_("Send letters"), outbox.send, {"second": "*/10"}),
    Job("move-exchanges", N_("Move exchanges on that are due"), exchanges.move_due, {"second": 20}),
    Job(
        "open-reviews",
        N_("Open reviews, and remind of them"),
        opening.open_and_remind,
        {"second": 15},
    ),
    Job(
        "blank-removed-reviews",
        N_("Delete what was removed long ago"),
        decisions.blank_removed,
        {"hour": 3, "minute": 40},
    ),
    Job("extend-columns", N_("Bring the columns up to date"), extend_columns, {"second": 30}),
    Job(
        "count-views", N_("Count views of offers"), views.take_over, {"minute": "*/5", "second": 15}
    ),
    Job(
        "refresh-tail",
        N_("Bring up to date to whom something happened"),
        refresh.tail,
        {"second": 45},
    ),
    Job(
        "refresh-standing",
        N_("Work out the standing of everyone"),
        refresh.everything,
        {"hour": 2, "minute": 10},
    ),
    Job(
        "reckon-stars", N_("Work out the ratings on show"), stars.reckon, {"hour": 2, "minute": 50}
    ),
    Job("rank-offers", N_("Rank offers"), rank_offers.rank, {"minute": "*/10"}),
    Job(drafts.JOB, N_("Try drafts of badges on the past"), drafts.try_drafts, {"minute": "*/5"}),
    Job(
        "learn",
        N_("Learn the return probability anew"),
        learning.learn,
        {"day": 1, "hour": 1, "minute": 40},
    ),
    Job(
        "find-circles",
        N_("Find who belongs together"),
        watching.find_circles,
        {"day_of_week": 0, "hour": 3},
    ),
    Job(
        "look-for-rings",
        N_("Look for rings"),
        watching.look_for_rings,
        {"day_of_week": 0, "hour": 4},
    ),
    Job("keep-audit-head", N_("Note how far the audit goes"), keep_audit_head, {"minute": 10}),
    Job("clear-expired", N_("Forget what has run out"), clearing.clear, {"hour": 3, "minute": 20}),
    Job("tidy", N_("Keep the database quick"), clearing.tidy, {"hour": 4, "minute": 20}),
)
