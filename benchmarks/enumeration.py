"""Whether the time of an answer tells if an address has an account.

    python benchmarks/enumeration.py --rounds 60

Known and unknown addresses take turns at each form, with real argon2 and every letter
committed to disk. The gap between the medians is set beside the scatter of one answer;
``tells`` is how often a guess from the time alone is right (50 % is a coin).
"""

import argparse
import os
import random
import secrets
import statistics
import tempfile
import time
from pathlib import Path

from flask_migrate import upgrade

from community.activity.accounts import actions
from community.kit.db import db
from community.kit.limits import limiter
from community.web import create_app

PASSWORD = "seven quiet herons wade"
FORMS = {
    "sign in": ("/sign-in", {"password": "not the right one"}),
    "join": ("/join", {"name": "Eve", "password": PASSWORD}),
    "letter again": ("/join/confirm", {}),
    "recover": ("/recover", {}),
    "new address": ("/settings/email", {}),
}


def main() -> None:
    rounds = _rounds()
    print(f"{rounds} answers each, milliseconds\n")
    print(f"{'':16}{'known':>10}{'unknown':>10}{'gap':>8}{'scatter':>9}{'tells':>8}")
    with tempfile.TemporaryDirectory() as folder:
        app = _app(Path(folder))
        for label, (path, form) in FORMS.items():
            known, unknown = _measure(app, path, form, rounds)
            _tell(label, known, unknown)


def _measure(app, path, form, rounds):
    times = {"known": [], "unknown": []}
    for number in range(rounds + 5):
        turns = ["known", "unknown"]
        random.shuffle(turns)
        for who in turns:
            # Each address is asked for once, as a guesser would, so that nothing is warm.
            data = {"email": f"{who}{number}@town.example", **form}
            took = _ask(app, path, data)
            if number >= 5:
                times[who].append(took)
    return times["known"], times["unknown"]


def _ask(app, path, data):
    browser = app.test_client()
    if path.startswith("/settings"):
        browser.post("/sign-in", data={"email": "known0@town.example", "password": PASSWORD})
    began = time.perf_counter()
    answer = browser.post(path, data=data)
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code in (303, 422), answer.text
    return took


def _tell(label, known, unknown):
    a, b = statistics.median(known), statistics.median(unknown)
    scatter = statistics.quantiles(known + unknown, n=4)
    line = statistics.median(known + unknown)
    right = sum(t > line for t in known) + sum(t <= line for t in unknown)
    share = right / (len(known) + len(unknown))
    print(
        f"{label:16}{a:10.2f}{b:10.2f}{a - b:8.2f}{scatter[2] - scatter[0]:9.2f}"
        f"{max(share, 1 - share):8.0%}"
    )


def _app(folder):
    os.environ.update(
        DATA_DIR=str(folder),
        DATABASE_URL="",
        SECRET_KEY=secrets.token_urlsafe(48),
        SECURITY_PASSWORD_SALT=secrets.token_urlsafe(48),
        TOTP_SECRET=secrets.token_urlsafe(48),
    )
    app = create_app({"WTF_CSRF_ENABLED": False, "RATELIMIT_ENABLED": False})
    limiter.enabled = False
    with app.app_context():
        upgrade()
        kept = actions.hashed_password(PASSWORD)
        for number in range(300):
            member = actions.new_member(f"Known {number}")
            actions.new_account(member, f"known{number}@town.example", kept)
        db.session.commit()
    return app


def _rounds() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=60)
    return min(parser.parse_args().rounds, 290)


if __name__ == "__main__":
    main()
