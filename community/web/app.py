"""Putting the application together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_compress import Compress
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

import config as settings
from community.activity.accounts import security as accounts
from community.activity.exchanges import forgetting
from community.activity.exchanges.deals import roles
from community.activity.exchanges.references import actions as references_done
from community.activity.exchanges.references import queries as references_read
from community.activity.exchanges.references import routes as references
from community.activity.members.profile import MORE
from community.activity.members.routes import BELOW, SIDE
from community.activity.settings.actions import FORGETTING
from community.activity.settings.queries import OWN_DATA
from community.kit import additions, languages
from community.kit.cache import cache
from community.kit.db import db
from community.kit.limits import limiter
from community.standing import queries
from community.standing.awarding import DECIDED
from community.standing.noticing import ENDING
from community.web import (
    badge_letters,
    commands,
    errors,
    frame,
    offer_figures,
    own_references,
    own_standing,
    recognition,
    reference_letters,
    relations,
    safety,
    together,
    vouching,
)
from community.web.blueprints import BLUEPRINTS
from community.web.log import configure_log

ROOT = Path(__file__).resolve().parent.parent.parent

csrf = CSRFProtect()
migrate = Migrate(directory=str(ROOT / "community" / "migrations"))
babel = Babel()
compress = Compress()


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """The application, with its settings from the environment and then from ``overrides``.

    Neither migrates nor seeds: that is the command line's. Raises ``config.Misconfigured``
    when a secret is missing or weak.
    """
    app = Flask(
        "community",
        root_path=str(ROOT / "community"),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.config.update(settings.load() | dict(overrides or {}))
    settings.refuse_weak(app.config)
    app.config.update(frame.flask_settings(app.config))
    configure_log(app)
    frame.install(app)
    db.init_app(app)
    migrate.init_app(app, db)
    babel.init_app(
        app,
        locale_selector=languages.language,
        timezone_selector=lambda: str(languages.reader_zone()),
    )
    languages.install(app)
    cache.init_app(app)
    limiter.init_app(app)
    csrf.init_app(app)
    accounts.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    additions.add(app, SIDE, together.beside, relations.beside, recognition.beside, vouching.beside)
    additions.add(app, SIDE, offer_figures.beside)
    additions.add(app, "below an exchange", together.below_exchange)
    additions.add(app, FORGETTING, queries.forget, forgetting.forget)
    additions.add(app, DECIDED, badge_letters.tell_decided)
    additions.add(app, ENDING, badge_letters.tell_ending)
    additions.add(app, OWN_DATA, *own_standing.GROUPS, *own_references.GROUPS)
    additions.add(app, MORE, references_read.newest, roles.asked)
    additions.add(app, BELOW, references.below_member)
    additions.add(app, references_done.TOLD, reference_letters.tell)
    errors.install(app)
    # What is done to an answer is done in the reverse order: tag, compress, head.
    safety.install(app)
    compress.init_app(app)
    app.after_request(frame.remember)
    commands.install(app)
    return app
