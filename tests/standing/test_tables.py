"""Plain tables are read exactly, or refused with the line and the reason."""

import gzip

import click
import numpy as np
import pytest
from click.testing import CliRunner

from community.standing.tables import BadTable, Names, file_argument, read, told_plainly, write

RATINGS = {"rater": "name", "ratee": "name", "rating": "number", "time": "number"}


def test_columns_come_as_arrays_in_any_order_with_names_numbered(tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes(
        "﻿time,extra,rating,ratee,rater\r\n5,x,-1,李,9007199254740993\n6,,0.5,b,李\n".encode()
    )
    told, names = read(path, RATINGS)
    assert names.all == ["9007199254740993", "李", "b"]
    assert told["rater"].tolist() == [0, 1]
    assert told["ratee"].tolist() == [1, 2]
    assert told["rating"].tolist() == [-1.0, 0.5]
    assert told["rater"].dtype == np.int64


def test_a_packed_file_is_read_whatever_its_name(tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes(gzip.compress(b"member\na\nb\n"))
    told, names = read(path, {"member": "name"}, names=Names(["b"]))
    assert told["member"].tolist() == [1, 0]
    assert (names.find("a"), names.find("c"), len(names)) == (1, None, 2)


def test_a_table_without_rows_has_empty_columns(tmp_path):
    path = tmp_path / "seeds.csv"
    path.write_text("member\n")
    assert read(path, {"member": "name"})[0]["member"].size == 0


def test_flags_are_found_by_their_prefix(tmp_path):
    path = tmp_path / "b.csv"
    path.write_text("member,outcome,b_met,b_asked\nm,1,0,1\n")
    told, _ = read(path, {"member": "text", "outcome": "flag"}, prefix="b_")
    assert list(told) == ["member", "outcome", "b_met", "b_asked"]
    assert told["b_asked"].tolist() == [1]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "no column rater, ratee"),
        (b"rater,rater,ratee,rating,time\n", "twice"),
        (b"rater,ratee,rating,time\na,b,1\n", "line 2: 3 values, expected 4"),
        (b"rater,ratee,rating,time\na,b,1,2\n\na,b,x,2\n", "line 4: rating is no number: 'x'"),
        (b"rater,ratee,rating,time\na,b,nan,2\n", "not finite"),
        (b"rater,ratee,rating,time\na,,1,2\n", "line 2: ratee is empty"),
        (b"rater,ratee,rating,time\na,\xff,1,2\n", "UTF-8"),
        (
            gzip.compress(b"rater,ratee,rating,time\n" * 900, mtime=0)[:40],
            "damaged or ends too early",
        ),
        (b"rater,ratee,rating,time\na,b,1,2\x00\n", "line 2"),
    ],
)
def test_what_can_not_be_read_is_said_with_its_line(tmp_path, content, says):
    path = tmp_path / "r.csv"
    path.write_bytes(content)
    with pytest.raises(BadTable, match=says):
        read(path, RATINGS)


@pytest.mark.parametrize(("kind", "given"), [("whole", "1.5"), ("flag", "2"), ("flag", "yes")])
def test_kinds_of_values_are_held(tmp_path, kind, given):
    path = tmp_path / "r.csv"
    path.write_text(f"x\n{given}\n")
    with pytest.raises(BadTable, match="line 2: x is"):
        read(path, {"x": kind})


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(BadTable, match="No such file"):
        read(tmp_path / "nothing.csv", RATINGS)


def test_a_table_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "out.csv"
    assert write(path, ("a", "b"), [(1, "x,y"), (2, "z")]) == 2
    assert path.read_text() == 'a,b\n1,"x,y"\n2,z\n'

    def dies():
        yield (3, "w")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(path, ("a", "b"), dies())
    assert path.read_text() == 'a,b\n1,"x,y"\n2,z\n'
    assert [p.name for p in tmp_path.iterdir()] == ["out.csv"]
    with pytest.raises(BadTable, match="can't be written"):
        write(tmp_path / "no" / "out.csv", ("a",), [])


def test_a_command_ends_with_what_is_wrong_with_its_table(tmp_path):
    path = tmp_path / "r.csv"

    @click.command()
    @file_argument("given")
    def count(given):
        with told_plainly():
            click.echo(len(read(given, {"member": "name"})[1]))

    path.write_text("member\na\nb\n")
    assert CliRunner().invoke(count, [str(path)]).output == "2\n"
    path.write_text("")
    said = CliRunner().invoke(count, [str(path)])
    assert said.exit_code == 1
    assert said.output == "Error: r.csv: it is empty; the first line must name the columns\n"
