"""Whoever asks first writes first, among threads and among processes."""

import subprocess
import sys
import threading
import time
from pathlib import Path

from community.kit.turns import STRETCH, Turn, turn_at

ROOT = Path(__file__).resolve().parent.parent.parent
HOLD = """
import sys, time
from community.kit.turns import turn_at
turn = turn_at(sys.argv[1])
assert turn.take(5)
print("mine", flush=True)
time.sleep(float(sys.argv[2]))
turn.give()
"""
WITHOUT_PAUSE = """
import sys, time
from community.kit.turns import turn_at
turn = turn_at(sys.argv[1])
print("on", flush=True)
end = time.monotonic() + 3
while time.monotonic() < end:
    turn.take(5)
    time.sleep(0.01)
    turn.give()
"""


def held_elsewhere(path, seconds):
    """Another process that has the turn for some seconds."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), str(seconds)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"mine\n"
    process.stdout.close()
    return process


def test_threads_have_it_in_the_order_in_which_they_asked(tmp_path):
    turn, order, crew = Turn(str(tmp_path / "turn")), [], []
    assert turn.take(1)

    def work(number):
        assert turn.take(5)
        order.append(number)
        turn.give()

    for number in range(20):
        crew.append(threading.Thread(target=work, args=(number,)))
        crew[-1].start()
        while len(turn._queue) <= number:
            time.sleep(0.001)
    turn.give()
    for thread in crew:
        thread.join()
    assert order == list(range(20))


def test_only_one_has_it_at_a_time(tmp_path):
    turn, inside, most, crew = Turn(str(tmp_path / "turn")), [0], [0], []

    def work():
        for _ in range(50):
            assert turn.take(10)
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1
            turn.give()

    crew = [threading.Thread(target=work) for _ in range(8)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert most == [1]


def test_patience_ends_and_nothing_stays_behind(tmp_path):
    turn = Turn(str(tmp_path / "turn"))
    assert turn.take(1)
    began = time.monotonic()
    taken = []
    thread = threading.Thread(target=lambda: taken.append(turn.take(0.1)))
    thread.start()
    thread.join()
    assert taken == [False]
    assert time.monotonic() - began < 1
    turn.give()
    assert turn.take(0)
    turn.give()


def test_another_process_keeps_us_out_until_it_is_done(tmp_path):
    path = tmp_path / "turn"
    process = held_elsewhere(path, 0.4)
    turn = Turn(str(path))
    assert not turn.take(0.05)
    assert turn.take(5)
    turn.give()
    assert process.wait() == 0


def test_a_process_that_dies_gives_it_back(tmp_path):
    process = held_elsewhere(tmp_path / "turn", 60)
    process.kill()
    process.wait()
    turn = Turn(str(tmp_path / "turn"))
    assert turn.take(1)
    turn.give()


def test_a_process_that_writes_without_pause_lets_others_in(tmp_path):
    """Two hundred takings in a row by one process; the other gets in after one stretch of them."""
    busy = subprocess.Popen(
        [sys.executable, "-c", WITHOUT_PAUSE, str(tmp_path / "turn")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert busy.stdout.readline() == b"on\n"
    busy.stdout.close()
    turn, waits = Turn(str(tmp_path / "turn")), []
    for _ in range(20):
        began = time.monotonic()
        assert turn.take(5)
        waits.append(time.monotonic() - began)
        turn.give()
    assert busy.wait() == 0
    assert max(waits) < 5 * STRETCH


def test_a_folder_that_takes_no_file_leaves_threads_their_order(tmp_path):
    turn = Turn(str(tmp_path / "no folder" / "turn"))
    assert turn.take(1)
    turn.give()
    assert turn.take(1)
    turn.give()


def test_one_file_is_one_turn(tmp_path):
    assert turn_at(str(tmp_path / "a")) is turn_at(str(tmp_path / "." / "a"))
    assert turn_at(str(tmp_path / "a")) is not turn_at(str(tmp_path / "b"))
