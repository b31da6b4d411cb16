"""What has run out is forgotten, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from community.activity.accounts import rules
from community.activity.accounts.models import Account, Invitation, SignIn, SignUp
from community.kit import clock
from community.kit.db import db
from community.web import clearing

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)


def clear():
    """Clear as the job does, keeping each batch; how much went."""
    gone = 0
    for batch in clearing.clear():
        gone += batch
        db.session.commit()
    return gone


def is_left(model):
    return db.session.scalar(select(func.count(model.id))) == 1


@pytest.mark.parametrize(
    ("who", "signed_in", "seen", "stays"),
    [
        ("ada", DAY, HOUR, True),
        ("ada", rules.LONGEST - SECOND * 9, SECOND, True),
        ("ada", rules.LONGEST, SECOND, False),
        ("ada", 20 * DAY, rules.IDLE, False),
        ("ada", 20 * DAY, rules.IDLE - SECOND * 9, True),
        ("mia", rules.STAFF_LONGEST, SECOND, False),
        ("mia", DAY, rules.STAFF_IDLE, False),
        ("ann", DAY, rules.STAFF_IDLE - SECOND * 9, True),
    ],
)
def test_which_sign_ins_are_over(village, who, signed_in, seen, stays):
    now, member = clock.now(), getattr(village, who)
    account = db.session.scalar(select(Account.id).where(Account.member_id == member.id))
    times = {"signed_in_at": now - signed_in, "seen_at": now - seen}
    db.session.add(SignIn(account_id=account, token_hash="0" * 64, device="x", **times))
    db.session.commit()
    assert rules.is_over(member.role, now - signed_in, now - seen, now) is not stays
    assert clear() == (0 if stays else 1)
    assert is_left(SignIn) is stays


@pytest.mark.parametrize(("left", "stays"), [(HOUR, True), (-SECOND, False)])
def test_which_sign_ups_and_invitations_have_run_out(village, left, stays):
    now = clock.now()
    until = {"expires_at": now + left, "token_hash": "0" * 64, "email": "eve@village.example"}
    db.session.add(SignUp(name="Eve", password="x", language="en", asked_at=now, **until))
    db.session.add(Invitation(member_id=village.ada.id, invited_at=now, **until))
    db.session.commit()
    assert clear() == (0 if stays else 2)
    assert is_left(SignUp) is stays
    assert is_left(Invitation) is stays


def test_much_goes_in_batches(village, monkeypatch):
    monkeypatch.setattr(clearing, "AT_ONCE", 3)
    now = clock.now()
    db.session.add_all(
        SignUp(
            name="Eve",
            password="x",
            language="en",
            asked_at=now,
            expires_at=now,
            token_hash=f"{number:064}",
            email="eve@village.example",
        )
        for number in range(8)
    )
    db.session.commit()
    batches = []
    for batch in clearing.clear():
        batches.append(batch)
        db.session.commit()
    assert batches[:3] == [3, 3, 2]


def test_tidying_changes_nothing(village):
    for _ in clearing.tidy():
        db.session.commit()
