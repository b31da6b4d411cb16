"""Headers that keep browsers safe, and the one address by which the site is known."""

import secrets
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, g, has_request_context, request
from flask_talisman import Talisman
from werkzeug.wrappers import Response

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
PERMISSIONS = {
    "accelerometer": "()",
    "camera": "()",
    "geolocation": "()",
    "microphone": "()",
    "payment": "()",
    "usb": "()",
    "publickey-credentials-get": "(self)",
    "publickey-credentials-create": "(self)",
}


class PublicAddress:
    """Lets the application see the address of ``PUBLIC_URL`` whatever Host a request names."""

    def __init__(self, app: Callable[..., Iterable[bytes]], public_url: str) -> None:
        parts = urlsplit(public_url)
        self.app, self.host, self.scheme = app, parts.netloc, parts.scheme

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Pass the request on under the public address."""
        environ["HTTP_HOST"] = self.host
        environ["wsgi.url_scheme"] = self.scheme
        return self.app(environ, start_response)


class Nonce:
    """The word that lets the scripts of this one answer run: made when a page first asks for it."""

    def __call__(self) -> str:
        """The word of this answer."""
        if "nonce" not in g:
            g.nonce = secrets.token_urlsafe(18)
        return str(g.nonce)

    def used(self) -> str | None:
        """The word of this answer, or None when no page asked for one."""
        return g.get("nonce") if has_request_context() else None


nonce = Nonce()


def install(app: Flask) -> None:
    """Hang the headers on every answer."""
    is_secure = str(app.config["PUBLIC_URL"]).startswith("https:")
    Talisman(
        app,
        force_https=False,
        strict_transport_security=is_secure,
        strict_transport_security_max_age=31_536_000,
        session_cookie_secure=is_secure,
        session_cookie_http_only=True,
        session_cookie_samesite="Lax",
        content_security_policy=None,
        permissions_policy=PERMISSIONS,
        referrer_policy="same-origin",
        frame_options="DENY",
        x_xss_protection=False,
    )
    app.jinja_env.globals["csp_nonce"] = nonce  # Talisman's own stands for a policy of its own
    app.after_request(_head)


def _head(response: Response) -> Response:
    headers = response.headers
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if response.status_code == 304:
        headers.pop("Content-Security-Policy", None)
    else:
        headers["Content-Security-Policy"] = policy(nonce.used())
    if request.endpoint == "security.logout":
        headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def policy(nonce: str | None) -> str:
    """The content policy of an answer: scripts of ours that carry its nonce, and nothing inline."""
    script = f"'nonce-{nonce}'" if nonce else "'none'"
    return "; ".join(f"{k} {script if k == 'script-src' else v}" for k, v in POLICY.items())
