"""Every setting of Kith: its name in the environment, its default, and what it means.

Secrets come from the environment or from ``secrets.json`` in ``DATA_DIR``, which
``flask setup`` makes with mode 0600; they have no default.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Setting:
    """One setting: the name of its environment variable, its default, one line of meaning."""

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting("KITH_ENV", "production", "development shows outgoing mail to admins; production refuses weak secrets"),
    Setting("DATA_DIR", "data", "folder of the database, photos, column files and secrets"),
    Setting("DATABASE_URL", "", "SQLAlchemy address; empty means SQLite in DATA_DIR; postgresql+psycopg://… for PostgreSQL"),
    Setting("REDIS_URL", "", "Redis for limits and cache when several processes serve; empty keeps them in the process"),
    Setting("PUBLIC_URL", "http://127.0.0.1:8000", "the address people use; links, cookies and HSTS follow it, never a header"),
    Setting("TRUSTED_PROXIES", "0", "how many proxies in front set X-Forwarded-For; 0 trusts none"),
    Setting("SMTP_URL", "", "smtp://user:password@host:587 or smtps://…; empty keeps mail in the outbox"),
    Setting("MAIL_FROM", "", "sender of letters; empty means kith@ the host of PUBLIC_URL"),
    Setting("SITE_NAME", "Kith", "what the community is called"),
    Setting("SITE_TAGLINE", "", "one sentence on the front page; empty uses Kith's own"),
    Setting("DEFAULT_LANGUAGE", "en", "language for those whose browser asks for none that we speak: en or zh_Hans_CN"),
    Setting("TIME_ZONE", "UTC", "time zone of the community, for visitors and members who chose none"),
    Setting("IS_OPEN", "yes", "no closes sign-up: people come by invitation only"),
    Setting("REVIEW_DAYS", "14", "days that both sides of an exchange have for their reviews after it has ended"),
    Setting("STAFF_NEEDS_SECOND_FACTOR", "", "yes asks managers, leaders and admins for a second factor at sign-in; empty means yes in production"),
    Setting("HASHES_AT_ONCE", "2", "how many passwords are hashed at the same time; each takes 64 MiB"),
    Setting("WEB_THREADS", "8", "threads of the built-in server"),
    Setting("METRICS_PORT", "0", "port of 127.0.0.1 at which the jobs serve /metrics for Prometheus; 0 serves none"),
)  # fmt: skip

SECRETS = ("SECRET_KEY", "SECURITY_PASSWORD_SALT", "TOTP_SECRET")
SECRETS_FILE = "secrets.json"
SHORTEST_SECRET = 32
HIGHEST_PORT = 65_535
_KNOWN = (
    "change",
    "secret",
    "default",
    "example",
    "kith",
    "dev",
    "test",
    "password",
    "0000",
    "1234",
)


class Misconfigured(Exception):
    """A setting is missing or can't be used; the message says what to do."""


def load(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The settings as Flask takes them, from the environment and the secrets file."""
    given = {s.name: environ.get(s.name, s.default) for s in SETTINGS}
    data = Path(given["DATA_DIR"]).resolve()
    config: dict[str, Any] = {
        **given,
        "DATA_DIR": data,
        "DATABASE_URL": given["DATABASE_URL"] or f"sqlite:///{data / 'kith.db'}",
        "TRUSTED_PROXIES": _whole(given, "TRUSTED_PROXIES"),
        "HASHES_AT_ONCE": max(1, _whole(given, "HASHES_AT_ONCE")),
        "REVIEW_DAYS": min(365, max(1, _whole(given, "REVIEW_DAYS"))),
        "WEB_THREADS": max(1, _whole(given, "WEB_THREADS")),
        "METRICS_PORT": _port(given, "METRICS_PORT"),
        "IS_OPEN": _is_yes(given["IS_OPEN"]),
        "STAFF_NEEDS_SECOND_FACTOR": _is_yes(given["STAFF_NEEDS_SECOND_FACTOR"])
        if given["STAFF_NEEDS_SECOND_FACTOR"]
        else None,
        "IS_DEVELOPMENT": given["KITH_ENV"] == "development",
    }
    public = urlsplit(given["PUBLIC_URL"])
    if public.scheme not in ("http", "https") or not public.hostname:
        raise Misconfigured("PUBLIC_URL must look like https://community.example")
    config["MAIL_FROM"] = given["MAIL_FROM"] or f"kith@{public.hostname}"
    return config | secrets(data, environ)


def secrets(data: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The secrets that are known: those of the environment before those of the file."""
    path = data / SECRETS_FILE
    stored = json.loads(path.read_text()) if path.exists() else {}
    found = {name: environ.get(name) or stored.get(name) for name in SECRETS}
    return {name: value for name, value in found.items() if value}


def refuse_weak(config: Mapping[str, Any]) -> None:
    """Raise Misconfigured where a secret is missing or, in production, short or well known."""
    for name in SECRETS:
        value = config.get(name)
        if not value:
            raise Misconfigured(
                f"{name} is not set: run `flask setup` once, or set it in the environment"
            )
        is_known = len(set(value)) < 10 or any(value.lower().startswith(word) for word in _KNOWN)
        if config["KITH_ENV"] == "production" and (len(value) < SHORTEST_SECRET or is_known):
            raise Misconfigured(
                f"{name} is too short or well known for production:"
                " run `python -c 'import secrets; print(secrets.token_urlsafe(48))'` and set it"
            )


def _is_yes(value: str) -> bool:
    return value.lower() in ("yes", "true", "1", "on")


def _whole(given: Mapping[str, str], name: str) -> int:
    try:
        return int(given[name])
    except ValueError:
        raise Misconfigured(f"{name} must be a whole number, not {given[name]!r}") from None


def _port(given: Mapping[str, str], name: str) -> int:
    port = _whole(given, name)
    if not 0 <= port <= HIGHEST_PORT:
        raise Misconfigured(f"{name} must be a port from 1 to {HIGHEST_PORT}, or 0, not {port}")
    return port
