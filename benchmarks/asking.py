"""Asking a site of its own for pages, and what that costs: shared by the benchmarks of pages."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import brotli
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import event
from werkzeug.test import EnvironBuilder, run_wsgi_app

from community.kit.db import db
from community.kit.limits import limiter
from community.web import create_app

PASSWORD = "a quiet evening by the river"


@contextmanager
def a_site() -> Iterator[Flask]:
    """A site without limits and with an empty SQLite database, in a folder that is removed afterwards."""
    with TemporaryDirectory() as folder:
        app = create_app(
            {
                "DATA_DIR": Path(folder),
                "DATABASE_URL": f"sqlite:///{folder}/kith.db",
                "KITH_ENV": "development",
                "WTF_CSRF_ENABLED": False,
                **dict.fromkeys(("SECRET_KEY", "SECURITY_PASSWORD_SALT", "TOTP_SECRET"), "bench" * 10),
            }
        )  # fmt: skip
        limiter.enabled = False
        with app.app_context():
            upgrade()
        yield app


def signed_in(app: Flask, email: str) -> FlaskClient:
    """A browser in which somebody with the one password is signed in."""
    browser = app.test_client()
    answer = browser.post("/sign-in", data={"email": email, "password": PASSWORD})
    assert answer.status_code == 303, answer.status_code
    return browser


def measure(app: Flask, browser: FlaskClient, path: str, rounds: int) -> dict[str, Any]:
    """What one page costs from WSGI to its last byte.

    ``ms`` are processor milliseconds (the median), ``rate`` requests a second of one worker that
    does nothing else, ``queries`` questions to the database, ``html`` and ``packed`` bytes.
    """
    asked: list[str] = []

    def note(*given: Any) -> None:
        asked.append(given[2])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    environment = EnvironBuilder(path=path).get_environ()
    browser._add_cookies_to_wsgi(environment)
    costs = []
    began = time.perf_counter()
    for _ in range(rounds):
        asked.clear()
        begun = time.process_time()
        answer, status, _ = run_wsgi_app(app, dict(environment), buffered=True)
        costs.append((time.process_time() - begun) * 1000)
    rate = rounds / (time.perf_counter() - began)
    event.remove(engine, "before_cursor_execute", note)
    assert status == "200 OK", (path, status)
    html = b"".join(answer)
    return {
        "ms": median(costs),
        "rate": rate,
        "queries": len(asked),
        "html": len(html),
        "packed": len(brotli.compress(html, quality=4)),
    }


HEAD = f"{'page':34} {'reader':8} {'CPU ms':>7} {'per s':>7} {'queries':>8} {'html kB':>8} {'packed kB':>10}"


def line(label: str, reader: str, found: dict[str, Any]) -> str:
    """A page's costs as a line below ``HEAD``."""
    return (
        f"{label:34} {reader:8} {found['ms']:7.2f} {found['rate']:7.0f} {found['queries']:8} "
        f"{found['html'] / 1000:8.1f} {found['packed'] / 1000:10.1f}"
    )
