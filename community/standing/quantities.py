"""Numbers, lengths of time, windows and days in plain words, to be translated when they are shown."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

from community.kit.words import N_, Words
from community.standing.metric import Metric
from community.standing.windows import Length, Unit, Window

Said = Words | str
"""A sentence to be translated, or a number that reads the same in every language we speak."""


def window_said(window: Window) -> Words | None:
    """Which time a window looks at; None where it looks back to the beginning."""
    if window.of is not None:
        return UNITS_SAID[window.of]
    if window.until is not None:
        start = UNITS_SAID[window.until]
        if window.length is None:
            return N_("before %(start)s", start=start)
        return N_("in the %(long)s before %(start)s", long=length_said(window.length), start=start)
    if window.length is None:
        return None
    alone = {Length(months=1): N_("in the last month"), Length(days=1): N_("in the last day")}
    return alone.get(window.length) or N_("in the last %(long)s", long=length_said(window.length))


def length_said(length: Length) -> Words:
    """How long a length of time is."""
    if not length.months:
        return many_said(length.days, N_("%(n)s day"), N_("%(n)s days"))
    years, rest = divmod(length.months, 12)
    if years > 1 and not rest:
        months = many_said(years, N_("%(n)s year"), N_("%(n)s years"))
    else:
        months = many_said(length.months, N_("%(n)s month"), N_("%(n)s months"))
    if not length.days:
        return months
    days = many_said(length.days, N_("%(n)s day"), N_("%(n)s days"))
    return N_("%(months)s and %(days)s", months=months, days=days)


def number_said(metric: Metric, number: float | None) -> Said:
    """A number as its metric shows it: exactly the number that is judged."""
    if number is None or math.isnan(number):
        return N_("none yet")
    if math.isinf(number):
        return N_("without end")
    if metric.shown_as == "stars":
        return N_("%(n)s stars", n=f"{number:.2f}")
    if metric.shown_as == "percent":
        return f"{trimmed(number * 100)}%"
    if metric.shown_as == "days":
        return many_said(number, N_("%(n)s day"), N_("%(n)s days"))
    if metric.shown_as == "hours":
        return many_said(number, N_("%(n)s hour"), N_("%(n)s hours"))
    return f"{number:.2f}" if metric.shown_as == "score" else f"{number:,.0f}"


def day_said(moment: datetime) -> Words:
    """A day of the UTC calendar."""
    return Words(MONTHS_SAID[moment.month - 1].text, {"day": moment.day, "year": moment.year})


def many_said(number: float, one: Words, many: Words) -> Words:
    """One of two sentences, as its number asks for."""
    return Words((one if number == 1 else many).text, {"n": trimmed(number)})


def trimmed(number: float) -> str:
    """A number with up to two decimals, none of them zeros at its end."""
    return f"{number:,.2f}".rstrip("0").rstrip(".")


UNITS_SAID: Mapping[Unit, Words] = {
    "day": N_("today"),
    "week": N_("this week"),
    "month": N_("this month"),
    "quarter": N_("this quarter"),
    "year": N_("this year"),
}
MONTHS_SAID: Sequence[Words] = (
    N_("%(day)s January %(year)s"),
    N_("%(day)s February %(year)s"),
    N_("%(day)s March %(year)s"),
    N_("%(day)s April %(year)s"),
    N_("%(day)s May %(year)s"),
    N_("%(day)s June %(year)s"),
    N_("%(day)s July %(year)s"),
    N_("%(day)s August %(year)s"),
    N_("%(day)s September %(year)s"),
    N_("%(day)s October %(year)s"),
    N_("%(day)s November %(year)s"),
    N_("%(day)s December %(year)s"),
)
