"""Turns to write: whoever asks first goes first, among threads and among processes.

SQLite has one writer at a time and lets those who wait try again at odd moments, so one
that writes without pause can keep the others out for seconds. Here threads queue in order.
Processes pass on a baton: only who holds the waiting place may take the turn, so a process
that has just written can't push in; and the threads of one process have it together for a
short stretch, since changing processes costs more than changing threads.
"""

import fcntl
import os
import time
from collections import deque
from threading import Lock

PAUSE = 0.001
"""Seconds between two looks at a lock that another process holds."""
STRETCH = 0.05
"""Seconds for which the threads of one process may have the turn one after the other."""
_WAITING_PLACE, _TURN = 0, 1


class Turn:
    """The turn to do one thing, for every thread of every process that names the same file."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: int | None = None
        self._is_ours_until: float | None = None
        self._guard = Lock()
        self._is_taken = False
        self._queue: deque[Lock] = deque()

    def take(self, patience: float) -> bool:
        """Wait for the turn at most so many seconds; whether it was had."""
        deadline = time.monotonic() + patience
        if not self._take_among_threads(patience):
            return False
        if self._is_ours_until or self._take_among_processes(deadline):
            return True
        with self._guard:
            self._give_among_threads()
        return False

    def give(self) -> None:
        """Let the next one have the turn."""
        with self._guard:
            if not self._queue or time.monotonic() > (self._is_ours_until or 0):
                self._give_among_processes()
            self._give_among_threads()

    def _take_among_threads(self, patience: float) -> bool:
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            gate = Lock()
            gate.acquire()
            self._queue.append(gate)
        if gate.acquire(timeout=patience):
            return True
        with self._guard:
            if gate in self._queue:
                self._queue.remove(gate)
                return False
            return True

    def _give_among_threads(self) -> None:
        if self._queue:
            self._queue.popleft().release()
        else:
            self._is_taken = False

    def _take_among_processes(self, deadline: float) -> bool:
        file = self._opened()
        if file is None:
            return True
        if not _lock(file, _WAITING_PLACE, deadline):
            return False
        try:
            if not _lock(file, _TURN, deadline):
                return False
        finally:
            fcntl.lockf(file, fcntl.LOCK_UN, 1, _WAITING_PLACE)
        self._is_ours_until = time.monotonic() + STRETCH
        return True

    def _give_among_processes(self) -> None:
        if self._is_ours_until is not None and self._file is not None:
            self._is_ours_until = None
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _TURN)

    def _opened(self) -> int | None:
        """The file of the locks; None where the disk lets none be made: SQLite's own lock remains."""
        if self._file is None:
            try:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError:
                return None
        return self._file


_turns: dict[str, Turn] = {}
_turns_guard = Lock()


def turn_at(path: str) -> Turn:
    """The turn that goes with this file, one a process."""
    with _turns_guard:
        return _turns.setdefault(os.path.realpath(path), Turn(path))


def _lock(file: int, place: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except OSError:
            if time.monotonic() > deadline:
                return False
            time.sleep(PAUSE)
        else:
            return True


def _forget() -> None:
    """A forked child has none of its parent's turns."""
    global _turns_guard  # noqa: PLW0603
    _turns_guard = Lock()
    _turns.clear()


os.register_at_fork(after_in_child=_forget)
