"""What is done only once the present transaction is kept: files go, caches are emptied."""

from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session

from community.kit.db import db

log = structlog.get_logger()

_WAITING = "after_commit"


def after_commit(do: Callable[[], Any]) -> None:
    """Do this when the present transaction is kept; never when it is given up.

    It may not use the session, and what goes wrong in it is logged, not raised: what was
    kept stays kept.
    """
    db.session().info.setdefault(_WAITING, []).append(do)


@event.listens_for(Session, "after_commit")
def _kept(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for do in session.info.pop(_WAITING, []):
        try:
            do()
        except Exception:
            log.exception("not done after commit")


@event.listens_for(Session, "after_rollback")
def _given_up(session: Session) -> None:
    session.info.pop(_WAITING, None)
