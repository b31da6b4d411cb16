"""Pages: each is one transaction, for those who are signed in unless it is said to be public."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from flask import Blueprint, current_app, g, make_response, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response
from wtforms import Form as _Fields
from wtforms import SelectChoice

from community.kit.db import db
from community.kit.languages import translate
from community.kit.limits import WRITES, account, limiter
from community.kit.refusal import Refused
from community.kit.words import N_, Words

READING = ("GET", "HEAD", "OPTIONS")
BODY_LIMIT = 200_000
"""Bytes that a request may carry unless its page says otherwise."""

View = Callable[..., ResponseReturnValue]


class Pages(Blueprint):
    """A blueprint whose every page is one transaction, for signed-in members unless public.

    ``body_limit`` is the most bytes a request to the page may carry; ``writes_on_get`` marks
    the few pages that must write when they are read, such as a confirmed link.
    """

    def add_url_rule(  # type: ignore[override]
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: View | None = None,
        provide_automatic_options: bool | None = None,
        *,
        public: bool = False,
        body_limit: int = BODY_LIMIT,
        writes_on_get: bool = False,
        **options: Any,
    ) -> None:
        """Add a page; see the class for what its own options mean."""
        if view_func is None:
            raise ValueError("a page needs its function")
        page = one_transaction(view_func if public else signed_in(view_func))
        if any(m not in READING for m in options.get("methods", ())):
            page = limiter.limit(WRITES, methods=["POST"])(page)
            page = limiter.limit(WRITES, key_func=account, methods=["POST"])(page)
        page.is_public = public  # type: ignore[attr-defined]
        page.body_limit = body_limit  # type: ignore[attr-defined]
        page.writes_on_get = writes_on_get  # type: ignore[attr-defined]
        super().add_url_rule(
            rule, endpoint or view_func.__name__, page, provide_automatic_options, **options
        )


def signed_in(view: View) -> View:
    """A page for those who are signed in; others are sent to sign in and brought back."""

    @wraps(view)
    def page(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if not current_user.is_authenticated:
            answer: ResponseReturnValue = current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
            return answer
        return view(*args, **kwargs)

    return page


def one_transaction(view: View) -> View:
    """A page that keeps all it wrote, or nothing. A refusal shows the page again with its reason."""

    @wraps(view)
    def page(*args: Any, **kwargs: Any) -> Response:
        try:
            response = make_response(view(*args, **kwargs))
            db.session.commit()
        except Refused as refused:
            db.session.rollback()
            if request.method in READING or g.get("refusal"):
                raise
            g.refusal = refused.reason
            response = make_response(view(*args, **kwargs))
            db.session.rollback()
        except BaseException:
            db.session.rollback()
            raise
        return response

    return page


def found(thing: Any) -> Any:
    """The thing itself, or 404 where there is none for this person."""
    if thing is None:
        raise NotFound
    return thing


class _InWords:
    """Labels, help and the labels of ``SelectChoice`` may be ``Words``: they stand in the reader's language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:  # type: ignore[attr-defined]
            field.label.text = translate(field.label.text)
            field.description = translate(field.description)
            if isinstance(getattr(field, "choices", None), list):
                field.choices = [
                    replace(c, label=translate(c.label)) if isinstance(c, SelectChoice) else c
                    for c in field.choices
                ]


class Fields(_InWords, _Fields):  # type: ignore[misc]
    """Fields that stand together within a form, some times over."""


class Form(_InWords, FlaskForm):  # type: ignore[misc]
    """A form that knows whether it was sent, what was answered, and why it was refused."""

    @property
    def refusal(self) -> Words | str | None:
        """Why the action refused what was sent, or None."""
        reason: Words | str | None = g.get("refusal")
        return reason

    @property
    def errors(self) -> dict[str | None, Any]:
        """What is wrong with it, by field; what the action refused stands under no field."""
        found: dict[str | None, Any] = dict(super().errors)
        return found | {None: [translate(self.refusal)]} if self.refusal else found

    def sent_and_valid(self) -> bool:
        """Whether it was sent, holds no error and was not refused."""
        return self.refusal is None and self.validate_on_submit()

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered, by field, without the form's own machinery."""
        return {
            name: value for name, value in self.data.items() if name not in ("csrf_token", "submit")
        }

    @property
    def status(self) -> int:
        """What the page answers with: 422 when it shows errors."""
        return 422 if self.refusal or (self.is_submitted() and self.errors) else 200


NOT_YOURS = N_("That is not yours to do.")
