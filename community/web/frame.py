"""What every request goes through: settings, who is reading, navigation, caching."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, g, render_template, request, url_for
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response

from community.activity.members.queries import present_viewer
from community.kit import clock, db, dialects, languages, pages
from community.web import drawings
from community.web.navigation import bottom, main
from community.web.safety import PublicAddress, nonce


def flask_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Flask's own settings and those of its extensions, from ours."""
    is_secure = str(config["PUBLIC_URL"]).startswith("https:")
    redis = config["REDIS_URL"]
    return {
        "SQLALCHEMY_DATABASE_URI": config["DATABASE_URL"],
        "SQLALCHEMY_ENGINE_OPTIONS": dialects.engine_options(
            str(config["DATABASE_URL"]), config["WEB_THREADS"]
        ),
        "SESSION_COOKIE_NAME": "__Host-kith" if is_secure else "kith",
        "SESSION_COOKIE_SECURE": is_secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),
        "MAX_CONTENT_LENGTH": 10_000_000,
        "MAX_FORM_MEMORY_SIZE": 500_000,
        "MAX_FORM_PARTS": 200,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": True,
        "RATELIMIT_STORAGE_URI": redis or "memory://",
        "RATELIMIT_ENABLED": True,
        "CACHE_TYPE": "RedisCache" if redis else "SimpleCache",
        "CACHE_REDIS_URL": redis,
        "CACHE_KEY_PREFIX": "kith:",
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_BR_LEVEL": 4,
        "COMPRESS_LEVEL": 5,
        "COMPRESS_MIN_SIZE": 600,
        "COMPRESS_STREAMS": False,
    } | {key: value for key, value in config.items() if key.startswith(("RATELIMIT_", "WTF_"))}


def install(app: Flask) -> None:
    """Hang the frame's steps on the application."""
    app.url_map.strict_slashes = False
    app.url_map.converters["int"] = Id
    proxies = app.config["TRUSTED_PROXIES"]
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    app.wsgi_app = PublicAddress(app.wsgi_app, app.config["PUBLIC_URL"])  # type: ignore[method-assign]
    app.before_request(_begin)
    app.context_processor(_context)
    app.jinja_env.trim_blocks = True
    # No template here has globals of its own. Jinja's chain of maps for them makes each import
    # of a macro compare two dozen names, which is a tenth of what a page costs.
    app.jinja_env.make_globals = lambda given: given or app.jinja_env.globals  # type: ignore[method-assign, assignment, return-value]
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        asset=asset,
        chrome=chrome,
        csp_nonce=nonce,
        draw_icon=draw_icon,
        drawings=drawings,
        now=clock.now,
        url_for=address,
    )


class Id(IntegerConverter):
    """An id in an address, as databases can hold it: of a longer number there is no page."""

    regex = "[0-9]{1,18}"


def _begin() -> None:
    page = _page()
    request.max_content_length = getattr(page, "body_limit", pages.BODY_LIMIT)
    if request.method in pages.READING and not getattr(page, "writes_on_get", False):
        db.only_reading()
    if request.endpoint != "static":
        present_viewer()


def _page() -> Any:
    return current_app.view_functions.get(request.endpoint or "")


def _context() -> dict[str, Any]:
    viewer = present_viewer()
    return {
        "site": site(),
        "me": viewer,
        "places": main,
        "places_below": bottom,
        "icon_url": asset("icons.svg"),
        "locale": languages.language(),
        "languages": list(languages.LANGUAGES.items()),
        "scheme": (viewer.scheme if viewer else request.cookies.get("kith_scheme")) or "",
    }


def chrome(part: str) -> Markup:
    """What stands round every page, kept for each reader and place: it is the same each time."""
    told = _chrome.__wrapped__ if current_app.debug else _chrome
    return told(part, languages.language(), present_viewer(), request.endpoint, site())  # type: ignore[no-any-return]


@lru_cache(maxsize=2048)
def _chrome(part: str, language: str, viewer: Any, endpoint: str | None, site: Any) -> Markup:
    return Markup(render_template(f"chrome/{part}.html"))  # noqa: S704 - rendered with escaping


@dataclass(frozen=True)
class Site:
    """The community: its name, its sentence, its address."""

    name: str
    tagline: str
    url: str

    @property
    def host(self) -> str:
        """The host of its address."""
        return urlsplit(self.url).netloc


def site() -> Site:
    """The community that this is."""
    config = current_app.config
    return Site(config["SITE_NAME"], config["SITE_TAGLINE"], config["PUBLIC_URL"])


def asset(name: str) -> str:
    """The address of a static file, which changes when the file does."""
    return _asset(name, current_app.static_folder or "", current_app.debug)


@lru_cache
def _asset(name: str, folder: str, is_debug: bool) -> str:
    path = Path(folder) / name
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.exists() else "missing"
    return url_for("static", filename=name, v=digest)


def draw_icon(name: str, label: str | None = None, size: str = "") -> Markup:
    """An icon of the sprite."""
    return drawings.icon(asset("icons.svg"), name, label, size)


def address(endpoint: str, **values: Any) -> str:
    """The address of a page, worked out once for all who link to it."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return _address(app, endpoint, tuple(values.items()))


@lru_cache(maxsize=8192)
def _address(app: Flask, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
    return url_for(endpoint, **dict(values))


def remember(response: Response) -> Response:
    """Let visitors' browsers keep pages and ask whether they changed; keep members' private.

    The tag leaves the nonce out, and an unchanged page is answered without a policy of its
    own, so that the stored page keeps the nonce it was written with.
    """
    response.headers.setdefault("Vary", "Cookie, Accept-Language")
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif "Cache-Control" in response.headers:
        pass
    elif g.get("viewer") is not None or "kith" in str(response.headers.get("Set-Cookie")):
        response.headers["Cache-Control"] = "private, no-store"
    elif (
        request.method in ("GET", "HEAD")
        and response.status_code == 200
        and not response.is_streamed
    ):
        response.headers["Cache-Control"] = "public, no-cache"
        body = response.get_data()
        used = nonce.used()
        if used:
            body = body.replace(used.encode(), b"")
        response.set_etag(hashlib.blake2b(body, digest_size=16).hexdigest(), weak=True)
        response.make_conditional(request)
    else:
        response.headers["Cache-Control"] = "no-store"
    return response
