"""Parts of pages that follow from nothing but what is given to them, written once while that stays the same.

What a page reads is read for each request, with the rights of its reader; only the writing
of the same words is spared. So nothing here can be stale, and nothing can be seen by someone
who might not have read it.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from markupsafe import Markup

from community.kit import clock, languages

MOST_KEPT = 512


def fragment(template: str, **given: Any) -> Markup:
    """A template written with these values and nothing else; each must be hashable.

    Its language, time zone and minute are the reader's. What changes from one answer to the
    next (a token, a nonce, a message) has no place in it.
    """
    minute = clock.now().replace(second=0, microsecond=0)
    write = _written.__wrapped__ if current_app.debug else _written
    return write(
        current_app.jinja_env,
        template,
        languages.language(),
        languages.reader_zone(),
        minute,
        tuple(given.items()),
    )


@lru_cache(maxsize=MOST_KEPT)
def _written(
    environment: Any,
    template: str,
    language: str,
    zone: ZoneInfo,
    minute: datetime,
    given: tuple[tuple[str, Any], ...],
) -> Markup:
    return Markup(environment.get_template(template).render(given))  # noqa: S704 - escaped there
