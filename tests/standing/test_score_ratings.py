"""The commands read plain tables, write what the functions say, and refuse with the reason."""

import csv
from itertools import combinations

import numpy as np
import pytest
from click.testing import CliRunner

from community.standing.reputation import foretold
from community.standing.score_ratings import COMMANDS, rings, trust
from community.standing.score_ratings import reputation as reputation_command
from community.standing.trust import Ratings, trusted

DAY = 86_400
ROWS = [
    ("ada", "ben", "1", "0"),
    ("ben", "cy", "0.5", str(40 * DAY)),
    ("ada", "dan", "-1", "5"),
    ("cy", "ada", "0.25", "7.5"),
    ("ada", "ben", "0.75", "9"),
]


def table(path, head, rows):
    path.write_text("\n".join([head, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def run(tmp_path):
    def _run(command, rows, seeds=None, *options):
        out = tmp_path / "out.csv"
        files = [table(tmp_path / "r.csv", "rater,ratee,rating,time", rows)]
        if seeds is not None:
            files.append(table(tmp_path / "s.csv", "member", [[seed] for seed in seeds]))
        result = CliRunner().invoke(command, [*files, str(out), *options])
        told = out.read_text(encoding="utf-8").splitlines() if out.exists() else None
        out.unlink(missing_ok=True)
        return result, None if told is None else list(csv.DictReader(told))

    return _run


def as_arrays(rows, names):
    rater, ratee = (np.array([names.index(row[i]) for row in rows]) for i in (0, 1))
    return Ratings(rater, ratee, *(np.array([float(row[i]) for row in rows]) for i in (2, 3)))


@pytest.mark.parametrize("seeds", [["ada"], ["ben", "ben", "cy"], []])
def test_trust_lists_every_member_once_by_score_then_name(run, seeds):
    result, rows = run(trust, ROWS, seeds)
    assert result.exit_code == 0, result.output
    names = ["ada", "ben", "cy", "dan"]
    places = np.array(sorted({names.index(seed) for seed in seeds})) if seeds else None
    score = trusted(4, as_arrays(ROWS, names), places).ranking
    assert {row["member"]: float(row["score"]) for row in rows} == pytest.approx(dict(zip(names, score, strict=True)))  # fmt: skip
    order = [(-float(row["score"]), row["member"]) for row in rows]
    assert order == sorted(order)
    assert len(rows) == 4


def test_equal_scores_are_in_order_of_name_whatever_the_order_of_rows(run):
    circle = [("c", "b", "1", "0"), ("b", "a", "1", "0"), ("a", "c", "1", "0")]
    for rows in (circle, circle[::-1]):
        assert [row["member"] for row in run(trust, rows, [])[1]] == ["a", "b", "c"]


def test_the_order_of_rows_does_not_matter(run):
    first, second = run(trust, ROWS, ["ada"])[1], run(trust, ROWS[::-1], ["ada"])[1]
    assert first == second


def test_made_up_accounts_change_nothing_without_a_link(run):
    made_up = [(f"f{a}", f"f{b}", "1", "0") for a in range(5) for b in range(5) if a != b]
    made_up += [(f"f{a}", "dan", "1", "0") for a in range(5)]
    before = {row["member"]: row["score"] for row in run(trust, ROWS, ["ada"])[1]}
    after = {row["member"]: row["score"] for row in run(trust, ROWS + made_up, ["ada"])[1]}
    assert {name: after[name] for name in before} == before


def test_rings_come_best_first_with_their_members(run):
    def group(names):
        return [(*pair, "1", "0") for a, b in combinations(names, 2) for pair in ((a, b), (b, a))]

    rows = [*ROWS, *group(["p", "q", "r"]), *group(["u", "v", "w", "x"])]
    result, told = run(rings, rows, ["ada"])
    assert result.exit_code == 0, result.output
    assert [(row["block"], row["member"]) for row in told] == [
        *(("1", name) for name in "uvwx"),
        *(("2", name) for name in "pqr"),
    ]
    assert run(rings, ROWS, ["ada"])[1] == []


@pytest.mark.parametrize("options", [(), ("--reverse",)])
def test_reputation_writes_a_row_a_rating_in_the_same_order(run, options):
    result, told = run(reputation_command, ROWS, None, *options)
    assert result.exit_code == 0, result.output
    names = ["ada", "ben", "cy", "dan"]
    expected = foretold(as_arrays(ROWS, names), is_reverse_used=bool(options))
    assert [float(row["pred"]) for row in told] == expected.tolist()


def test_no_ratings_give_empty_tables(run):
    for command, seeds in ((trust, []), (rings, []), (reputation_command, None)):
        result, rows = run(command, [], seeds)
        assert (result.exit_code, rows) == (0, []), result.output


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (("a", "b", "1.5", "0"), "line 7: the rating of b by a is not within -1 and 1: 1.5"),
        (("a", "a", "1", "0"), "line 7: the rating of a by a is of oneself"),
        (("a", "b", "good", "0"), "line 7: rating is no number"),
        (("a", "b", "1"), "line 7: 3 values"),
    ],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_what_can_not_be_used_is_refused_with_its_line(run, command, row, says):
    result, rows = run(command, [*ROWS, row], None if command is reputation_command else ["ada"])
    assert result.exit_code == 1
    assert says in result.output
    assert rows is None


def test_seeds_that_nobody_knows_are_said(run):
    result, rows = run(trust, ROWS, ["zoe"])
    assert result.exit_code == 1
    assert "none of the seeds" in result.output
    result, rows = run(trust, ROWS, ["zoe", "ada"])
    assert result.exit_code == 0
    assert "left out, as they neither rate nor are rated: 1" in result.stderr
    assert rows == run(trust, ROWS, ["ada"])[1]


@pytest.mark.parametrize("content", ["", "\n", "member\n"])
def test_an_empty_seeds_file_means_no_seeds(run, tmp_path, content):
    ratings, seeds, out = tmp_path / "r.csv", tmp_path / "none.csv", tmp_path / "o.csv"
    expected = run(trust, ROWS, [])[1]
    seeds.write_text(content)
    result = CliRunner().invoke(trust, [str(ratings), str(seeds), str(out)])
    assert result.exit_code == 0, result.output
    assert list(csv.DictReader(out.read_text().splitlines())) == expected


def test_a_missing_file_is_said(tmp_path):
    result = CliRunner().invoke(reputation_command, [str(tmp_path / "no.csv"), str(tmp_path / "o")])
    assert (result.exit_code, "No such file" in result.output) == (1, True)
    ratings = table(tmp_path / "r.csv", "rater,ratee,rating,time", ROWS)
    result = CliRunner().invoke(trust, [ratings, str(tmp_path / "no.csv"), str(tmp_path / "o")])
    assert (result.exit_code, "No such file" in result.output) == (1, True)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command):
    result = CliRunner().invoke(command, ["--help"])
    assert f"flask score {command.name} ratings.csv" in " ".join(result.output.split())
