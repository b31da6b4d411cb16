"""The built-in server: it answers while others dawdle, says what is wrong, and ends what it began."""

import contextlib
import secrets
import signal
import socket
import subprocess
import time

import pytest

from benchmarks import faults
from community.web.server import BODY_LIMIT, HEADER_LIMIT, adjustments
from config import SECRETS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site that is served, on SQLite."""
    with faults.Site(tmp_path_factory.mktemp("site")) as site:
        site.setup()
        site.port = faults.free_port()
        site.serve(site.port)
        yield site


def say(port, request, patience=5):
    """What the server answers to these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as line:
        line.sendall(request)
        answer = b""
        # Who is refused before all was read may find the line closed in their face.
        with contextlib.suppress(ConnectionResetError):
            while chunk := line.recv(65536):
                answer += chunk
        return answer


@pytest.mark.parametrize(("proxies", "drops"), [(0, True), (1, False), (2, False)])
def test_headers_of_proxies_are_dropped_unless_some_are_trusted(proxies, drops):
    made = adjustments({"WEB_THREADS": 3, "TRUSTED_PROXIES": proxies})
    assert made["clear_untrusted_proxy_headers"] is drops
    assert made["threads"] == 3


def test_sixty_half_open_requests_keep_nobody_waiting(site):
    lines = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(60)]
    for number, line in enumerate(lines):
        line.sendall(b"POST /faults/writes/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n")
        if number % 2:
            line.sendall(b"\r\nhalf")
    waits = []
    for _ in range(20):
        began = time.perf_counter()
        assert faults.ask(site.port, "/faults/reads") == 200
        waits.append(time.perf_counter() - began)
    for line in lines:
        line.close()
    assert max(waits) < 0.2


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * HEADER_LIMIT + b"\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (BODY_LIMIT + 1), b"413"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"\x00\x01\x02\r\n\r\n", b"400"),
    ],
)
def test_what_is_too_large_or_broken_is_refused(site, request_, status):
    assert (say(site.port, request_) or b"HTTP/1.1 431 ").split()[1] == status


def test_the_server_says_nothing_of_itself(site):
    answer = say(site.port, b"GET /faults/reads HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.split()[1] == b"200"
    assert b"\nserver:" not in answer.lower()
    assert b"waitress" not in answer.lower()


def test_nobody_chooses_the_address_they_are_counted_by(site):
    answer = say(
        site.port,
        b"GET /faults/whence HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-For: 6.6.6.6\r\n"
        b"X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n",
    )
    assert b'"address":"127.0.0.1"' in answer
    assert b"evil" not in answer


def test_a_port_that_is_taken_is_said_in_a_sentence(site):
    done = site.flask("serve", "--port", site.port, is_expected=False)
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: Port {site.port} is taken. Stop what uses it, or choose another:"
        f" make run PORT={site.port + 1}\n"
    )


def test_without_a_database_the_server_says_what_to_run(tmp_path):
    with faults.Site(tmp_path) as site:
        assert "flask setup" in site.flask("serve", is_expected=False).stderr
        site.data.mkdir()
        site.environ |= {name: secrets.token_urlsafe(48) for name in SECRETS}
        assert "flask setup" in site.flask("serve", is_expected=False).stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_jobs_end_with_their_server(site, number):
    port = faults.free_port()
    site.serve(port, "--with-jobs")
    [children] = [_children(site.processes[port].pid)]
    assert len(children) == 1
    code = site.end(port, number)
    assert code == (0 if number != signal.SIGKILL else -signal.SIGKILL)
    faults.until(lambda: not _is_alive(children[0]), 20)


def test_jobs_that_die_are_started_again(site):
    port = faults.free_port()
    site.serve(port, "--with-jobs")
    server = site.processes[port].pid
    [first] = _children(server)
    subprocess.run(["kill", "-9", str(first)], check=True)
    faults.until(lambda: _children(server) not in ([], [first]), 20)
    assert site.end(port) == 0


def _children(pid):
    said = subprocess.run(
        ["ps", "-o", "pid=,stat=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    rows = [line.split() for line in said.stdout.splitlines()]
    return [int(child) for child, state in rows if not state.startswith("Z")]


def _is_alive(pid):
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False)
    return bool(said.stdout.strip()) and not said.stdout.startswith(b"Z")
