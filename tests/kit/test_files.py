"""Files that are written once, by whoever comes first."""

import stat
import threading

import pytest

from community.kit import files


def test_the_first_one_wins_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "key.pem"
    start = threading.Barrier(8)

    def make(n):
        start.wait()
        files.make_once(path, f"of {n}\n".encode() * 1000)

    threads = [threading.Thread(target=make, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(path.read_text().splitlines())) == 1
    assert len(path.read_text().splitlines()) == 1000
    assert list(tmp_path.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_there_stays(tmp_path):
    path = tmp_path / "key.pem"
    path.write_bytes(b"the old one")
    files.make_once(path, b"the new one")
    assert path.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_without_the_folder_nothing_is_made(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.make_once(tmp_path / "nowhere" / "key.pem", b"x")
