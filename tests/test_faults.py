"""A short look at each of the faults that ``benchmarks/faults.py`` measures at length."""

import pytest

from benchmarks import faults, writers

pytestmark = pytest.mark.slow


def test_writers_at_once_neither_fail_nor_starve(tmp_path):
    result = writers.race(tmp_path, writers=40, processes=2, batches=1, seconds=3)
    assert (result["locked"], result["lost"]) == (0, 0)
    assert len(result["waits"]) > 100
    assert max(result["waits"]) < 3


def test_what_was_acknowledged_outlives_any_kill(tmp_path):
    result = faults.kills(tmp_path, times=3)
    assert result["writes acknowledged"] > 0
    assert (result["lost"], result["twice"]) == (0, 0)
    assert (result["letters lost"], result["letters doubled"]) == (0, 0)
    assert result["check"] == "All is well."


def test_two_of_everything_do_nothing_twice(tmp_path):
    result = faults.twins(tmp_path, rounds=1)
    assert result.pop("sites") == 1
    assert set(result.values()) == {0}


@pytest.mark.parametrize("is_disk", [True, False])
def test_a_full_disk_stops_no_reader_and_breaks_nothing(tmp_path, monkeypatch, is_disk):
    if not is_disk:
        monkeypatch.setattr(faults, "_small_disk", lambda folder: faults.contextlib.nullcontext())
    result = faults.full(tmp_path)
    assert set(result["writes while full"]) <= {503, 507}
    assert result["reads while full"] == {200: 50}
    assert result["reads of a server begun then"] == {200: 20}
    assert result["writes afterwards"] == {200: 20}
    assert result["lost"] == 0
    assert result["check"] == "All is well."


def test_a_backup_under_load_comes_back_whole(tmp_path):
    result = faults.backup(tmp_path, megabytes=5, flips=0)
    assert set(result["answers meanwhile"]) == {200}
    assert result["acknowledged before, missing"] == 0
    assert result["older events missing"] == 0
    assert result["check"] == "All is well."
