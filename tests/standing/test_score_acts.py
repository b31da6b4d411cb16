"""The commands read plain tables, write what the functions say, and refuse with the reason."""

import csv

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import behaviours as bench
from community.standing.behaviours import finding
from community.standing.health import probability
from community.standing.health_features import Features
from community.standing.repeat import expected, fit, p_any, purchases
from community.standing.score_acts import COMMANDS, behaviours, health, repeat

EVENTS = [
    ("ada", "99.5", "topic", ""), ("ada", "17000.2", "answer", "ben"), ("ben", "16990", "deal", "cy"),
    ("ada", "17000.9", "answer", "cy"), ("dan", "17001.5", "topic", "ada"), ("ada", "17001.25", "x", "李"),
]  # fmt: skip


def table(path, head, rows):
    path.write_text(
        "\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8"
    )
    return str(path)


@pytest.fixture
def run(tmp_path):
    def _run(command, *arguments):
        out = tmp_path / "out.csv"
        out.unlink(missing_ok=True)
        given = [
            table(tmp_path / f"{place}.csv", *argument) if isinstance(argument, tuple) else argument
            for place, argument in enumerate(arguments)
        ]
        place = next((i for i, one in enumerate(given) if one.startswith("--")), len(given))
        result = CliRunner().invoke(command, [*given[:place], str(out), *given[place:]])
        told = out.read_text(encoding="utf-8").splitlines() if out.exists() else None
        return result, None if told is None else list(csv.DictReader(told))

    return _run


def events(rows):
    return "member,day,kind,other", rows


def members(*names):
    return "member", [[name] for name in names]


def test_health_is_the_chance_of_each_candidate_in_their_order(run):
    result, told = run(health, events(EVENTS), "17001", members("ben", "ada", "nobody", "ben"))
    assert result.exit_code == 0
    # Ben's peer is cy; ada met ben and cy, in the week of the cutoff; nobody came with the table.
    known = Features(*np.array([[11, 1, 11, 1], [1, 2, 16902, 2], [16902, 0, 16902, 0.0]]).T)
    known.weeks[1] = 1
    ben, ada, nobody = (round(value, 12) for value in probability(known).tolist())
    assert [row["member"] for row in told] == ["ben", "ada", "nobody", "ben"]
    assert [float(row["prob"]) for row in told] == [ben, ada, nobody, ben]
    assert "4 members" in result.output


def test_health_looks_at_nothing_after_the_cutoff(run):
    _, told = run(health, events(EVENTS), "17001", members("ada", "dan", "ben"))
    _, early = run(health, events(EVENTS[:4]), "17001", members("ada", "dan", "ben"))
    assert told == early
    _, at_once = run(health, events(EVENTS), "17001.5", members("dan"))
    assert float(at_once[0]["prob"]) > float(told[1]["prob"])


def test_health_counts_acts_of_any_kind_and_never_oneself_as_a_peer(run):
    rows = [("ada", "100", "x", "ada"), ("ben", "100", "x", "")]
    _, told = run(health, events(rows), "110", members("ada", "ben"))
    assert told[0]["prob"] == told[1]["prob"]
    _, reverse = run(health, events([*rows, ("cy", "100", "x", "ben")]), "110", members("ben"))
    assert reverse[0]["prob"] == told[1]["prob"]


def test_health_learns_from_the_past_of_the_table_only_if_that_is_better(run):
    rng = np.random.default_rng(1)
    stays = rng.random(400) < 0.3
    rows = [
        (f"m{who}", round(day, 3), "x", "")
        for who in range(400)
        for day in np.arange(1000 + who / 4, 1600, 3.0 if stays[who] else 45.0)
    ]
    candidates = members(*(f"m{who}" for who in range(400)))
    result, told = run(health, events(rows), "1600", candidates, "--learn")
    assert "Learned from" in result.output
    assert told != run(health, events(rows), "1600", candidates)[1]
    few, as_shipped = run(health, events(EVENTS), "17001", members("ada"), "--learn")
    assert "Not learned: They rest on" in few.output
    assert as_shipped == run(health, events(EVENTS), "17001", members("ada"))[1]
    nothing, _ = run(health, events([]), "17001", members("ada"), "--learn")
    assert nothing.exit_code == 0


def test_behaviours_are_those_of_the_function(run, tmp_path):
    names, strata, did, has_stayed = bench.made_up(1)
    head = f"member,cohort,acts,{','.join(did)},outcome"
    # A stratum as a cohort of its own, so that both compare the same members.
    rows = [
        (name, f"s{strata[i]}", 1, *(int(row[i]) for row in did.values()), int(has_stayed[i]))
        for i, name in enumerate(names)
    ]
    result, told = run(behaviours, (head, rows))
    assert result.exit_code == 0
    for row, (name, who) in zip(told, did.items(), strict=True):
        one = finding(name, who, strata, has_stayed)
        assert row["behaviour"] == name
        assert [float(row[k]) for k in ("log_or", "lo", "hi")] == pytest.approx(
            [one.log_or, one.lo, one.hi], abs=1e-11
        )
    assert [row["significant"] for row in told[:5]] == ["1"] * 5
    assert "more often than equally active members" in result.output


def test_behaviours_of_too_few_members_are_blank(run):
    rows = [(f"m{i}", "2026H1", i % 5, i % 2, i % 3 == 0) for i in range(40)]
    rows = [(*row[:4], int(row[4])) for row in rows]
    result, told = run(behaviours, ("member,cohort,acts,b_x,outcome", rows))
    assert result.exit_code == 0
    assert told == [{"behaviour": "b_x", "log_or": "", "lo": "", "hi": "", "significant": "0"}]
    assert "Too few" in result.output


def test_behaviours_are_withheld_when_a_placebo_speaks(run):
    rng = np.random.default_rng(1)
    rows = [
        (i, "a", 1, int(rng.random() < 0.5), int(rng.random() < (0.4 if i % 2 else 0.2)))
        for i in range(3000)
    ]
    result, told = run(behaviours, ("member,cohort,acts,b_x,outcome", rows))
    assert result.exit_code == 1
    assert told is None
    assert "an odd number can't matter" in result.output


def orders():
    rng = np.random.default_rng(2)
    first = rng.integers(0, 80, 200)
    return [
        (f"c{who}", day)
        for who in range(200)
        for day in [first[who], *(first[who] + rng.integers(1, 300, rng.integers(0, 5)))]
    ]


def test_repeat_is_that_of_the_function_whatever_the_form_of_the_dates(run):
    rows = orders()
    dates = np.datetime64("1997-01-01") + np.array([day for _, day in rows])
    plain = [(who, str(day)) for (who, _), day in zip(rows, dates, strict=True)]
    packed = [(who, day.replace("-", "")) for who, day in plain]
    result, told = run(repeat, ("customer,date", plain), "1997-09-30", "--days", "63")
    assert result.exit_code == 0
    assert run(repeat, ("customer,date", packed), "19970930", "--days", "63")[1] == told
    names = list(dict.fromkeys(who for who, day in plain if day <= "1997-09-30"))
    number = np.array([names.index(who) if who in names else -1 for who, _ in rows])
    day = dates.astype(np.int64)
    until = int(np.datetime64("1997-09-30").astype(np.int64))
    known = purchases(number[number >= 0], day[number >= 0], until, len(names))
    model = fit(known)
    assert [row["customer"] for row in told] == names
    assert [float(row["p_any"]) for row in told] == pytest.approx(p_any(model, known, 9))
    assert [float(row["expected"]) for row in told] == pytest.approx(expected(model, known, 9))
    assert (
        f"r {model.r:.4f}, alpha {model.alpha:.4f}, a {model.a:.4f}, b {model.b:.4f}"
        in result.output
    )
    assert f"{model.log_likelihood:.2f}" in result.output
    ninety = run(repeat, ("customer,date", plain), "1997-09-30")[1]
    assert float(ninety[0]["p_any"]) > float(told[0]["p_any"])


@pytest.mark.parametrize(
    ("command", "arguments", "says"),
    [
        (health, [events([("a", "x", "k", "")]), "5", members("a")], "line 2: day is no number"),
        (health, [events([("a", "1", "k")]), "5", members("a")], "line 2: 3 values"),
        (health, [("member,day,kind", []), "5", members("a")], "no column other"),
        (health, [events(EVENTS), "nan", members("a")], "must be a day"),
        (health, [events(EVENTS), "soon", members("a")], "not a valid float"),
        (behaviours, [("member,cohort,acts,outcome", [])], "no behaviour"),
        (behaviours, [("member,cohort,acts,b_x,outcome", [("a", 1, 1, 0, 0)] * 2)], "more than one row"),
        (behaviours, [("member,cohort,acts,b_x,outcome", [("a", 1, -1, 0, 0)])], "fewer than 0"),
        (behaviours, [("member,cohort,acts,b_x,outcome", [("a", 1, 1, 2, 0)])], "b_x is neither 0 nor 1"),
        (repeat, [("customer,date", [("a", "1997-02-30")]), "1997-09-30"], "'1997-02-30' is no day"),
        (repeat, [("customer,date", [("a", "1997-02-03")]), "September"], "CUTOFF 'September' is no day"),
        (repeat, [("customer,date", [("a", "1997-02-03")]), "1997-01-01"], "nobody bought by"),
        (repeat, [("customer,date", [("a", "1997-02-03")]), "1997-09-30"], "nobody bought again"),
    ],
)  # fmt: skip
def test_what_can_not_be_scored_is_said_and_nothing_is_written(run, command, arguments, says):
    result, told = run(command, *arguments)
    assert result.exit_code in (1, 2)
    assert says in result.output
    assert told is None


def test_each_says_how_it_is_used():
    assert [command.name for command in COMMANDS] == ["health", "behaviours", "repeat"]
    for command in COMMANDS:
        told = CliRunner().invoke(command, ["--help"]).output
        assert f"flask score {command.name} " in told
