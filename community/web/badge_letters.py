"""Letters about badges: that one began, ended, or is about to end."""

from datetime import datetime

from babel.dates import format_date
from flask import current_app
from sqlalchemy import select

from community.activity.accounts import letters
from community.activity.accounts.models import Account
from community.activity.members.models import ALL_LETTERS, WHAT_WAITS, Member
from community.kit import clock
from community.kit.db import db
from community.kit.languages import LANGUAGES
from community.kit.outbox import Mail
from community.standing.badges import Badge
from community.standing.queries import PROGRAMMES
from community.standing.windows import Length

VERDICTS = {"gain": ("badge_gained", ALL_LETTERS), "lose": ("badge_lost", WHAT_WAITS)}


def tell_decided(badge: Badge, member_id: int, verdict: str, tier: int) -> None:
    """Write to a member that a badge began or ended for them, if they want such letters.

    Stages and levels are no badges; and what ends by itself after a time ends without a letter.
    """
    if badge.name in PROGRAMMES or (verdict == "lose" and not badge.is_losable):
        return
    name, asked = VERDICTS[verdict]
    _write(name, asked, badge, member_id, tier)


def tell_corrected(badge: Badge, member_id: int, verdict: str, tier: int, day: datetime) -> None:
    """Write to a member that a badge began or ended because something was corrected, and how it goes on.

    Whoever gets letters about what waits gets these: nobody is to find out by themselves.
    """
    if badge.name in PROGRAMMES:
        return
    again = badge.cadence.next(clock.now())
    name = "badge_restored" if verdict == "gain" else "badge_corrected"
    _write(name, WHAT_WAITS, badge, member_id, tier, day=day, again=again)


def tell_ending(badge: Badge, member_id: int, day: datetime, length: Length) -> None:
    """Write to a member, once for each notice, that a badge ends on a day unless something happens."""
    key = f"ending:{badge.name}:{member_id}:{day:%Y-%m-%d}:{length}"
    if db.session.scalar(select(Mail.id).where(Mail.key == key)) is None:
        _write("badge_ending", WHAT_WAITS, badge, member_id, 0, key=key, day=day)


def _write(
    name: str,
    asked: int,
    badge: Badge,
    member_id: int,
    tier: int,
    *,
    key: str | None = None,
    **days: datetime,
) -> None:
    row = db.session.execute(
        select(Member.handle, Member.language, Member.letters, Account.email)
        .join(Account, Account.member_id == Member.id)
        .where(Member.id == member_id, Member.erased_at.is_(None))
    ).one_or_none()
    if row is None or row.letters < asked:
        return
    spoken = row.language if row.language in LANGUAGES else current_app.config["DEFAULT_LANGUAGE"]
    tongue = str(spoken).partition("_")[0]
    label = badge.label.get(tongue) or badge.label["en"]
    if tier > 0 and badge.tiers:
        step = badge.tiers[min(tier, badge.top) - 1].label
        label = f"{label} · {step.get(tongue) or step['en']}"
    url = letters.address_of("recognition.standing", handle=row.handle) + f"#badge-{badge.name}"
    told = {"badge": label}
    told |= {word: format_date(on, "long", locale=str(spoken)) for word, on in days.items()}
    letters.write(name, row.email, row.language, url, key, **told)
