"""The built-in server: waitress, which reads slow requests whole before a thread has to mind them."""

import contextlib
import errno
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import click
import structlog
from flask import Flask, current_app
from flask.cli import with_appcontext
from waitress.server import create_server

from community.web.keeping import why_not_serve

log = structlog.get_logger()
ROOT = Path(__file__).resolve().parent.parent.parent
CONNECTIONS = 1000
HEADER_LIMIT = 16_384
BODY_LIMIT = 10_000_000
"""Bytes; each page has a lower limit of its own."""
IDLE = 60
"""Seconds that a connection may say nothing."""
RESTART_AFTER = 2.0
"""Seconds between the death of the jobs and their next life."""
PATIENCE = 15
"""Seconds that the jobs have to end before they are made to."""


@click.command("serve", epilog="Example: flask serve --port 8000 --with-jobs")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8000, show_default=True, help="Port to listen at.")
@click.option("--with-jobs", is_flag=True, help="Run the jobs beside it, and stop them with it.")
@with_appcontext
def serve(host: str, port: int, with_jobs: bool) -> None:
    """Serve the site until Ctrl-C or SIGTERM."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if (reason := why_not_serve(app)) is not None:
        raise click.ClickException(reason)
    allow_files(2 * CONNECTIONS)
    try:
        server = create_server(app, listen=f"{_shown(host)}:{port}", **adjustments(app.config))
    except OSError as error:
        raise click.ClickException(_why_not_listen(error, host, port)) from error
    with contextlib.suppress(OSError):
        click.echo(f"Kith is at http://{_shown(host)}:{port}  (stop with Ctrl-C)")
    signal.signal(signal.SIGTERM, _end)
    jobs = Jobs() if with_jobs else None
    try:
        server.run()
    finally:
        server.close()
        if jobs:
            jobs.stop()


COMMANDS = (serve,)


def adjustments(config: Any) -> dict[str, Any]:
    """How waitress is set: room for many slow clients, small requests, no word about itself.

    Headers of proxies are dropped unless TRUSTED_PROXIES counts some; then the frame reads
    the one header it trusts.
    """
    return {
        "threads": config["WEB_THREADS"],
        "connection_limit": CONNECTIONS,
        "backlog": 1024,
        "channel_timeout": IDLE,
        "cleanup_interval": 10,
        "max_request_header_size": HEADER_LIMIT,
        "max_request_body_size": BODY_LIMIT,
        "ident": None,
        "expose_tracebacks": False,
        "log_socket_errors": False,
        "asyncore_use_poll": True,
        "clear_untrusted_proxy_headers": not config["TRUSTED_PROXIES"],
    }


def allow_files(wanted: int) -> None:
    """Raise how many files this process may have open, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class Jobs:
    """The jobs in a process of their own, started again when it dies, ended when this one ends."""

    def __init__(self) -> None:
        self._is_stopping = threading.Event()
        self._process = self._start()
        threading.Thread(target=self._keep, daemon=True).start()

    def stop(self) -> None:
        """End the jobs, gently first."""
        self._is_stopping.set()
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        # Its standard input closes when this process is gone, however that came about.
        return subprocess.Popen(
            [sys.executable, "-m", "jobs", "--beside"],
            stdin=subprocess.PIPE,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"},
        )

    def _keep(self) -> None:
        while True:
            code = self._process.wait()
            if self._is_stopping.wait(RESTART_AFTER):
                return
            log.warning("jobs ended and are started again", code=code)
            self._process = self._start()


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _why_not_listen(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken. Stop what uses it, or choose another: make run PORT={port + 1}"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is for the system's own. Choose one above 1023."
    return f"Can't listen at {_shown(host)}:{port}: {error.strerror}"
