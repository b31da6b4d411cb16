"""Health, behaviours and repeat purchases on the command line, for anyone with a table: no database is asked."""

import re
from datetime import date
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from community.standing import health_fit, tables
from community.standing import repeat as buying
from community.standing.behaviours import Comparison, compare, stratum
from community.standing.health import DEFAULT, Coefficients, probability
from community.standing.health_features import SEASON, Acts, features
from community.standing.past import NOBODY
from community.standing.tables import DIGITS, BadTable, Names, file_argument, told_plainly

EPOCH = date(1970, 1, 1).toordinal()
DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


@click.command("health", epilog="Example: flask score health events.csv 17348 members.csv out.csv")
@file_argument("events")
@click.argument("cutoff", type=float)
@file_argument("candidates")
@file_argument("out")
@click.option(
    "--learn", is_flag=True, help="Fit to the table's own past, where that foretells better."
)
def health(events: Path, cutoff: float, candidates: Path, out: Path, learn: bool) -> None:
    """How likely each member is to do anything in the 90 days after CUTOFF, a day.

    EVENTS has the columns member, day (a decimal number, from 1970 on), kind, and other: the
    member whom it was done to, or blank. Each row is an act of its member, whatever its kind,
    and makes the other their peer; what two do together has a row for each. Rows after CUTOFF
    are passed over. CANDIDATES has the column member. OUT gets member and prob, a row for each
    candidate in their order.
    """
    if not np.isfinite(cutoff):
        raise click.BadParameter("it must be a day", param_hint="CUTOFF")
    with told_plainly():
        acts, names = _acts(events, cutoff)
        wanted = tables.read(candidates, {"member": "text"})[0]["member"].tolist()
        coefficients = _learned(acts, cutoff, len(names)) if learn else DEFAULT
        p = _chances(acts, names, cutoff, [names.place(name) for name in wanted], coefficients)
        rows = zip(wanted, np.round(p, DIGITS).tolist(), strict=True)
        many = tables.write(out, ("member", "prob"), rows)
    click.echo(f"{out}: {many:,} members, of whom {p.sum():,.0f} are expected to return")


@click.command("behaviours", epilog="Example: flask score behaviours newcomers.csv findings.csv")
@click.argument("given", metavar="IN", type=click.Path(path_type=Path))
@file_argument("out")
def behaviours(given: Path, out: Path) -> None:
    """Which behaviours go with staying, among members of one cohort who did about as much.

    IN has a row for each member: member, cohort (such as 2026H1; add the role to it, where
    there are several), acts (how many, while behaviours counted), for each behaviour a column
    whose name begins with b_ (0 or 1), and outcome (0 or 1). OUT gets behaviour, log_or with
    its 95 % interval lo and hi (blank where members are too few), and significant (0 or 1).
    Nothing is told where a coin, or an odd number in the name, seems to matter as well.
    """
    with told_plainly():
        table = _compared(given)
        if table.why_withheld is not None:
            raise BadTable(f"{given.name}: nothing is told. {table.why_withheld}")
        many = tables.write(
            out,
            ("behaviour", "log_or", "lo", "hi", "significant"),
            (
                (
                    one.behaviour,
                    *map(_or_blank, (one.log_or, one.lo, one.hi)),
                    int(one.is_significant),
                )
                for one in table.findings
            ),
        )
    click.echo(
        f"{out}: {many} behaviours, {sum(f.is_significant for f in table.findings)} significant"
    )
    for one in table.findings:
        click.echo(f"  {one.behaviour}: {one.says()}")


@click.command("repeat", epilog="Example: flask score repeat orders.csv 1997-09-30 out.csv")
@file_argument("transactions")
@click.argument("cutoff")
@file_argument("out")
@click.option(
    "--days", type=click.IntRange(1), default=SEASON, show_default=True, help="How far ahead."
)
def repeat(transactions: Path, cutoff: str, out: Path, days: int) -> None:
    """Who buys again after CUTOFF, where only purchases are known (BG/NBD).

    TRANSACTIONS has the columns customer and date; dates, and CUTOFF, are like 1997-09-30 or
    19970930. What one buys on a day is one purchase; rows after CUTOFF are passed over. OUT
    gets customer, p_any (the chance of any purchase in the days ahead) and expected (how many),
    a row for each who bought by then. The parameters are printed, in weeks.
    """
    with told_plainly():
        until = _day(cutoff, "CUTOFF")
        customers, told = _purchases(transactions, until)
        try:
            model = buying.fit(told)
        except ValueError as why:
            raise BadTable(f"{transactions.name}: {why}") from None
        weeks = days / buying.DAYS
        p, expected = (tell(model, told, weeks) for tell in (buying.p_any, buying.expected))
        rows = zip(customers, *(np.round(x, DIGITS).tolist() for x in (p, expected)), strict=True)
        many = tables.write(out, ("customer", "p_any", "expected"), rows)
    click.echo(f"r {model.r:.4f}, alpha {model.alpha:.4f}, a {model.a:.4f}, b {model.b:.4f}")
    click.echo(f"log-likelihood {model.log_likelihood:.2f}")
    click.echo(
        f"{out}: {many:,} customers, {expected.sum():,.0f} purchases expected in {days} days"
    )


COMMANDS = (health, behaviours, repeat)


def _acts(path: Path, cutoff: float) -> tuple[Acts, Names]:
    """The acts up to the cutoff, and everybody's name."""
    columns, names = tables.read(
        path, {"member": "name", "day": "number", "kind": "text", "other": "text"}
    )
    other = [names.place(name) if name else NOBODY for name in columns["other"].tolist()]
    acts = Acts(columns["member"], columns["day"], np.array(other, np.int64))
    return acts.take(acts.day <= cutoff), names


def _learned(acts: Acts, cutoff: float, many: int) -> Coefficients:
    """Coefficients fitted to the table's past, if they foretell its newest season better."""
    days = health_fit.cutoffs(float(acts.day.min(initial=cutoff)), cutoff)
    rows = health_fit.labelled(acts, days, many)
    newest = rows.take(rows.cutoff == rows.cutoff.max(initial=-np.inf))
    fit = health_fit.refit(rows)
    why_not = health_fit.why_not_adopt(fit, DEFAULT, newest)
    click.echo(f"Not learned: {why_not}" if why_not else f"Learned from {fit.outcomes:,} outcomes")
    return health_fit.adopted(fit, DEFAULT, newest)


def _chances(
    acts: Acts, names: Names, cutoff: float, wanted: list[int], coefficients: Coefficients
) -> NDArray[np.float64]:
    """The chance of each who is wanted; who never did anything has been silent since the table began."""
    began = np.full(len(names), np.nan)
    began[np.bincount(acts.member, minlength=len(names)) == 0] = acts.day.min(initial=cutoff)
    found = features([acts], cutoff, len(names), began)
    return probability(found.take(np.array(wanted, np.int64)), coefficients)


def _compared(path: Path) -> Comparison:
    columns, _ = tables.read(
        path,
        {"member": "text", "cohort": "text", "acts": "number", "outcome": "flag"},
        prefix="b_",
    )
    members, acts = columns["member"].tolist(), columns["acts"]
    if len(set(members)) != len(members):
        raise BadTable(f"{path.name}: a member has more than one row")
    if (acts < 0).any():
        raise BadTable(f"{path.name}: acts can't be fewer than 0")
    did = {name: column == 1 for name, column in columns.items() if name.startswith("b_")}
    if not did:
        raise BadTable(f"{path.name}: no column begins with b_: there is no behaviour to compare")
    cohort = np.unique(columns["cohort"].astype(str), return_inverse=True)[1].astype(np.int64)
    return compare(members, stratum(cohort, acts), did, columns["outcome"] == 1)


def _or_blank(value: float) -> float | str:
    return "" if np.isnan(value) else round(value, DIGITS)


def _purchases(path: Path, until: int) -> tuple[list[str], buying.Purchases]:
    """Who bought by a day, in the order in which they first came, and what is known of them."""
    columns, _ = tables.read(path, {"customer": "text", "date": "text"})
    day = np.array(
        [_day(text, f"{path.name}: date") for text in columns["date"].tolist()], np.int64
    )
    known = Names()
    customer = [known.place(name) for name in columns["customer"][day <= until].tolist()]
    if not customer:
        raise BadTable(f"{path.name}: nobody bought by the cutoff")
    told = buying.purchases(np.array(customer, np.int64), day[day <= until], until, len(known))
    return known.all, told


def _day(text: str, what: str) -> int:
    """A date as days since 1970. Raises BadTable, saying what is none."""
    found = DATE.fullmatch(text)
    try:
        year, month, day = (int(part) for part in found.groups()) if found else (0, 0, 0)
        return date(year, month, day).toordinal() - EPOCH
    except ValueError:
        raise BadTable(f"{what} {text!r} is no day such as 1997-09-30 or 19970930") from None
