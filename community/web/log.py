"""One line of JSON a thing that is worth knowing, in UTC, without secrets."""

import io
import logging
import sys
import uuid
from contextlib import suppress
from typing import Any

import structlog
from flask import Flask, g, request


class Patient(io.TextIOBase):
    """Standard error that takes no offence: a full disk may lose a line, never an answer."""

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def configure_log(app: Flask) -> None:
    """Set structured logs up and give every request an id."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=False)
            if app.config["IS_DEVELOPMENT"]
            else structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=Patient()),
        cache_logger_on_first_use=False,
    )
    app.before_request(_name_request)
    app.after_request(_tell_request)


def _name_request() -> None:
    g.request_id = uuid.uuid4().hex[:12]
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=g.request_id)


def _tell_request(response: Any) -> Any:
    if "request_id" in g:
        response.headers["X-Request-ID"] = g.request_id
    if request.method not in ("GET", "HEAD") or response.status_code >= 400:
        structlog.get_logger().info(
            "answered", method=request.method, path=request.path, status=response.status_code
        )
    return response
