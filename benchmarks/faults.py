"""What Kith withstands: processes that die, twins, slow clients, a full disk, damaged backups.

    python benchmarks/faults.py                 # everything, with the figures of "safe"
    python benchmarks/faults.py kills --times 20

Each part sets up a site of its own on SQLite in a folder that is removed afterwards, hurts it
while clients use it, and then counts. ``flask check`` has the last word in each.
"""

import argparse
import contextlib
import http.client
import json
import os
import random
import resource
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from aiosmtpd.controller import Controller
from flask import request
from sqlalchemy import create_engine, func, select, text

from community.kit import outbox
from community.kit.db import db
from community.kit.pages import Pages
from community.ledger.models import Event
from community.ledger.record import record
from community.web import backups, create_app
from jobs.commands import jobs

ROOT = Path(__file__).resolve().parent.parent
APP = f"{Path(__file__).resolve()}:site"
pages = Pages("faults", __name__)


@pages.route("/faults/writes/<key>", methods=["POST"], public=True)
def write(key):
    """Record an event under a key of the client's, and queue a letter about it."""
    event = record("search.made", None, source="faults", external_id=key)
    outbox.queue(f"{key}@village.example", key, key, key=key)
    return {"id": event.id}


@pages.route("/faults/reads", public=True)
def read():
    """Read something from the database, as every page does."""
    return {"latest": db.session.scalar(select(func.max(Event.id)))}


@pages.route("/faults/whence", public=True)
def whence():
    """Say from which address, over what, and as which host a request seems to come."""
    return {"address": request.remote_addr, "url": request.url}


def site():
    """The whole site, with three pages more for those who hurt it."""
    app = create_app({"WTF_CSRF_ENABLED": False, "RATELIMIT_ENABLED": False})
    app.register_blueprint(pages)
    app.cli.add_command(jobs)
    return app


class Site:
    """A site in a folder: its processes, and clients that remember what was acknowledged."""

    def __init__(self, folder, **environ):
        self.folder = Path(folder)
        self.data = self.folder / "data"
        self.processes = {}
        self.log = (self.folder / "log").open("ab")
        self.environ = os.environ | {
            "KITH_ENV": "production",
            "DATA_DIR": str(self.data),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            **environ,
        }

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for name in list(self.processes):
            self.end(name, signal.SIGKILL)
        self.log.close()

    def flask(self, *arguments, is_expected=True):
        """Run a command of the house to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", APP, *map(str, arguments)],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        if is_expected and done.returncode:
            raise AssertionError(f"flask {arguments}: {done.stdout}{done.stderr}")
        return done

    def setup(self):
        """Set the site up; ``wsgi`` does it, for there are no secrets yet."""
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "setup"],
            cwd=ROOT,
            env=self.environ,
            check=True,
            capture_output=True,
        )

    def serve(self, port, *options, name=None, **more):
        """Start a server and wait until it answers."""
        self.start(name or port, "flask", "--app", APP, "serve", "--port", port, *options, **more)
        wait_for(port)

    def start(self, name, *module, **more):
        """Start a process of the site under a name."""
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", *map(str, module)],
            cwd=ROOT,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            **more,
        )

    def end(self, name, number=signal.SIGTERM):
        """End a process of the site."""
        process = self.processes.pop(name)
        process.send_signal(number)
        return process.wait(30)

    def rows(self, statement):
        """What the database answers."""
        engine = create_engine(self.environ.get("DATABASE_URL") or f"sqlite:///{self.data}/kith.db")
        try:
            with engine.connect() as connection:
                return connection.execute(text(statement)).all()
        finally:
            engine.dispose()

    def change(self, statement):
        """Change rows by hand, as time would."""
        engine = create_engine(self.environ.get("DATABASE_URL") or f"sqlite:///{self.data}/kith.db")
        with engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()


class Clients:
    """Clients that write under keys of their own, and go on with the same key until it is answered."""

    def __init__(self, ports, count=4, pause=0.0):
        self.ports, self.pause = ports, pause
        self.acknowledged, self.answers, self.waits = set(), Counter(), []
        self._stop = threading.Event()
        self._crew = [threading.Thread(target=self._run, args=(n,)) for n in range(count)]

    def __enter__(self):
        for thread in self._crew:
            thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        for thread in self._crew:
            thread.join()

    def _run(self, number):
        place = 0
        while not self._stop.is_set():
            key = f"c{number}-{place}-{secrets.token_hex(3)}"
            while not self._stop.is_set():
                began = time.perf_counter()
                status = ask(random.choice(self.ports), f"/faults/writes/{key}", "POST")
                self.answers[status] += 1
                if status in (200, 409):
                    self.acknowledged.add(key)
                    self.waits.append(time.perf_counter() - began)
                    break
                time.sleep(0.05)
            place += 1
            time.sleep(self.pause)


class Letters:
    """A mail server that keeps count of what it was handed, and may refuse for a while."""

    def __init__(self, port):
        self.got, self.marks, self.refuses = Counter(), Counter(), None
        self._controller = Controller(self, hostname="127.0.0.1", port=port)

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *error):
        self._controller.stop()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        """Count a letter, or refuse it."""
        if self.refuses:
            return self.refuses
        head = envelope.content.decode("utf-8", "replace")
        mark = next(row for row in head.splitlines() if row.lower().startswith("message-id:"))
        self.got[envelope.rcpt_tos[0].partition("@")[0]] += 1
        self.marks[mark] += 1
        return "250 OK"


def kills(folder, times=100, every=0.7):
    """Kill a random process again and again while clients write; nothing acknowledged is lost."""
    ports, post = (free_port(), free_port()), free_port()
    with Letters(post) as letters, Site(folder, SMTP_URL=f"smtp://127.0.0.1:{post}") as site:
        site.setup()
        starts = {
            **{port: ("flask", "--app", APP, "serve", "--port", port) for port in ports},
            "jobs 1": ("jobs",),
            "jobs 2": ("jobs",),
        }
        for name, module in starts.items():
            site.start(name, *module)
        for port in ports:
            wait_for(port)
        with Clients(ports) as clients:
            for _ in range(times):
                time.sleep(random.uniform(0, 2 * every))
                name = random.choice(list(starts))
                site.end(name, signal.SIGKILL)
                site.start(name, *starts[name])
                # One killed before it is up writes nothing that could be lost.
                if name in ports:
                    wait_for(name)
        for name in list(site.processes):
            site.end(name)
        past = f"claimed_at = claimed_at - {11 * 60 * 1_000_000}"
        site.change(f"UPDATE mail SET {past} WHERE claimed_at IS NOT NULL")
        site.change("UPDATE lease SET until = 0")
        while site.rows("SELECT 1 FROM mail WHERE sent_at IS NULL LIMIT 1"):
            site.flask("job", "run", "send-outbox")
        kept = Counter(row[0] for row in site.rows("SELECT external_id FROM event"))
        return {
            "killed": times,
            "writes acknowledged": len(clients.acknowledged),
            "answers": dict(clients.answers),
            "lost": len(clients.acknowledged - set(kept)),
            "twice": sum(n > 1 for n in kept.values()),
            "letters lost": len(set(kept) - set(letters.got)),
            "letters repeated, same mark": sum(n - 1 for n in letters.marks.values()),
            "letters doubled": len(letters.marks) - len(letters.got),
            "check": site.flask("check").stdout.strip(),
        }


def twins(folder, rounds=5):
    """Start everything twice at once, on an empty and on a full database; nothing happens twice."""
    done = Counter()
    for number in range(rounds):
        post = free_port()
        place = Path(folder) / str(number)
        place.mkdir()
        with Letters(post) as letters, Site(place, SMTP_URL=f"smtp://127.0.0.1:{post}") as site:
            setups = [_popen(site, "flask", "--app", "wsgi", "setup") for _ in range(2)]
            done["setups that failed"] += sum(process.wait(60) != 0 for process in setups)
            ports = (free_port(), free_port())
            for is_full in (False, True):
                for port in ports:
                    site.start(port, "flask", "--app", APP, "serve", "--port", port, "--with-jobs")
                for port in ports:
                    wait_for(port)
                if not is_full:
                    for key in range(20):
                        assert ask(ports[key % 2], f"/faults/writes/k{key}", "POST") == 200
                until(lambda letters=letters: len(letters.got) == 20, 30)
                for port in ports:
                    done["servers that ended badly"] += site.end(port) != 0
            done["sites"] += 1
            done["letters lost"] += 20 - len(letters.got)
            done["letters doubled"] += sum(letters.got.values()) - len(letters.got)
            overlaps = site.rows(
                "SELECT 1 FROM job_run a JOIN job_run b ON a.job = b.job AND a.id < b.id"
                " AND b.started_at < a.ended_at AND a.started_at < b.ended_at"
            )
            done["runs at the same time"] += len(overlaps)
            done["checks that failed"] += site.flask("check", is_expected=False).returncode != 0
    return dict(done)


def takeover(folder):
    """Kill who runs the jobs; the other has them within 30 seconds."""
    with Site(folder) as site:
        site.setup()
        site.start("first", "jobs")
        until(lambda: site.rows("SELECT owner FROM lease WHERE name = 'jobs'"), 20)
        [[first]] = site.rows("SELECT owner FROM lease WHERE name = 'jobs'")
        site.start("second", "jobs")
        time.sleep(3)
        site.end("first", signal.SIGKILL)
        began = time.monotonic()
        owner = "SELECT owner FROM lease WHERE name = 'jobs'"
        until(lambda: site.rows(owner)[0][0] != first, 40)
        return {"seconds until another had them": round(time.monotonic() - began, 1)}


def slow(folder, connections=60):
    """Open requests that are never finished; everybody else is answered as if they were not there."""
    port = free_port()
    with Site(folder) as site, contextlib.ExitStack() as open_ones:
        site.setup()
        site.serve(port)
        ask(port, "/faults/reads")
        for number in range(connections):
            line = open_ones.enter_context(socket.create_connection(("127.0.0.1", port)))
            head = b"POST /faults/writes/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
            line.sendall(head + (b"\r\nhalf" if number % 2 else b""))
        waits = []
        for _ in range(50):
            began = time.perf_counter()
            assert ask(port, "/faults/reads") == 200
            waits.append(time.perf_counter() - began)
        return {"half-open": connections, "slowest other answer, s": round(max(waits), 3)}


def full(folder):
    """Fill the disk: reading goes on, for newcomers too, writing is refused and then goes on."""
    with _small_disk(folder) as is_disk:
        port, other = free_port(), free_port()
        with Site(folder) as site:
            site.setup()
            site.serve(port)
            assert ask(port, "/faults/writes/before", "POST") == 200
            _run_out(site, is_disk)
            writes = Counter(ask(port, f"/faults/writes/full{n}", "POST") for n in range(200))
            reads = Counter(ask(port, "/faults/reads") for _ in range(50))
            site.serve(other)
            newcomers = Counter(ask(other, "/faults/reads") for _ in range(20))
            _make_room(site, is_disk)
            after = Counter(ask(port, f"/faults/writes/after{n}", "POST") for n in range(20))
            acknowledged = 1 + writes[200] + after[200]
            [[kept]] = site.rows("SELECT count(*) FROM event")
            return {
                "disk": "tmpfs of 8 MB" if is_disk else "files may not grow",
                "writes while full": dict(writes),
                "reads while full": dict(reads),
                "reads of a server begun then": dict(newcomers),
                "writes afterwards": dict(after),
                "lost": acknowledged - kept,
                "check": site.flask("check").stdout.strip(),
            }


def backup(folder, megabytes=200, flips=20):
    """Back up under load, restore on an empty machine, and refuse damaged copies."""
    port, folder = free_port(), Path(folder)
    (folder / "old").mkdir()
    (folder / "new").mkdir()
    with Site(folder / "old") as site:
        site.setup()
        _grow(site, megabytes)
        size = (site.data / "kith.db").stat().st_size / 1e6
        site.serve(port)
        with Clients([port], pause=0.1) as clients:
            time.sleep(1)
            sure = set(clients.acknowledged)
            began = time.monotonic()
            site.flask("backup", folder / "kith.zip", "--with-secrets")
            seconds = time.monotonic() - began
        [[events]] = site.rows("SELECT count(*) FROM event WHERE source IS NULL")
    with Site(folder / "new") as site:
        began = time.monotonic()
        site.environ["DATA_DIR"] = str(site.data)
        restored = _run(site, "restore", folder / "kith.zip")
        assert restored.returncode == 0, restored.stdout + restored.stderr
        back = time.monotonic() - began
        kept = {
            row[0] for row in site.rows("SELECT external_id FROM event WHERE source = 'faults'")
        }
        [[same]] = site.rows("SELECT count(*) FROM event WHERE source IS NULL")
        refused = sum(_is_refused(folder / "kith.zip") for _ in range(flips))
        return {
            "database, MB": round(size),
            "backup, s": round(seconds, 1),
            "answers meanwhile": dict(clients.answers),
            "slowest answer, s": round(max(clients.waits), 3),
            "restore, s": round(back, 1),
            "acknowledged before, missing": len(sure - kept),
            "older events missing": events - same,
            "damaged copies refused": f"{refused} of {flips}",
            "check": site.flask("check").stdout.strip(),
        }


def mail(folder, letters=60, refusals=5):
    """Let the mail server refuse, vanish and return: every letter comes, once."""
    port, post = free_port(), free_port()
    with Site(folder, SMTP_URL=f"smtp://127.0.0.1:{post}") as site:
        site.setup()
        site.serve(port)
        for number in range(letters):
            assert ask(port, f"/faults/writes/k{number}", "POST") == 200
        gone = sum(
            site.flask("job", "run", "send-outbox", is_expected=False).returncode != 0
            for _ in range(refusals)
        )
        with Letters(post) as server:
            server.refuses = "451 not now"
            for _ in range(refusals):
                site.change("UPDATE mail SET due_at = 0")
                site.flask("job", "run", "send-outbox")
            server.refuses = None
            site.change("UPDATE mail SET due_at = 0")
            site.flask("job", "run", "send-outbox")
            return {
                "letters": letters,
                "runs without a server": gone,
                "runs refused": refusals,
                "lost": letters - len(server.got),
                "doubled": sum(server.got.values()) - len(server.got),
            }


PARTS = {f.__name__: f for f in (kills, twins, takeover, slow, full, backup, mail)}


def ask(port, path, method="GET", timeout=40):
    """The status that the server answers with; 0 where it could not be had."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body=b"" if method == "POST" else None)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def wait_for(port, seconds=60):
    """Wait until a server answers at a port."""
    until(lambda: ask(port, "/faults/reads") == 200, seconds)


def until(is_so, seconds):
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError("waited too long")
        time.sleep(0.1)


def free_port():
    """A port that nobody uses now."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


def _popen(site, *module):
    return subprocess.Popen(
        [sys.executable, "-m", *module],
        cwd=ROOT,
        env=site.environ,
        stdout=subprocess.DEVNULL,
        stderr=site.log,
    )


def _run(site, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *map(str, arguments)],
        cwd=ROOT,
        env=site.environ,
        capture_output=True,
        text=True,
        check=False,
    )


@contextlib.contextmanager
def _small_disk(folder):
    """Make the folder a disk of 8 MB; whether that was allowed."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    is_disk = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield is_disk
    finally:
        if is_disk:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def _run_out(site, is_disk):
    """Leave no room: fill the disk, or else forbid the servers' files to grow."""
    if not is_disk:
        size = (site.data / "kith.db-wal").stat().st_size
        for process in site.processes.values():
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, -1))
        return
    with (site.folder / "filler").open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while file.write(b"x" * size):
                    pass


def _make_room(site, is_disk):
    if is_disk:
        (site.folder / "filler").unlink()
        return
    for process in site.processes.values():
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (-1, -1))


def _grow(site, megabytes):
    """Fill the ledger with events until the database is about so large."""
    engine = create_engine(f"sqlite:///{site.data}/kith.db")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO event (happened_at, kind, actor, other, void_reason)"
                " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most)"
                " SELECT i * 1000000, 'search.made', NULL, NULL, hex(randomblob(40)) FROM n"
            ),
            {"most": int(megabytes * 1e6 / 250)},
        )
    engine.dispose()


def _is_refused(path):
    damaged = path.with_name("damaged.zip")
    content = bytearray(path.read_bytes())
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    damaged.write_bytes(content)
    try:
        backups.opened(damaged)
    except backups.Unusable:
        return True
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []])
    parser.add_argument("--times", type=int, default=100, help="how many kills")
    parser.add_argument(
        "--megabytes", type=int, default=200, help="how large a database to back up"
    )
    options = parser.parse_args()
    more = {"kills": {"times": options.times}, "backup": {"megabytes": options.megabytes}}
    for name in options.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            result = PARTS[name](folder, **more.get(name, {}))
        print(f"\n{name} ({time.monotonic() - began:.0f} s)")
        for label, value in result.items():
            print(
                f"  {label:32}{value if isinstance(value, str) else json.dumps(value)}", flush=True
            )


if __name__ == "__main__":
    main()
