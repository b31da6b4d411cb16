"""Who may come in, for how long, with what, and who may become whom."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from community.activity.accounts import rules
from tests.conftest import NOON


def person(role="member", claimed_at=NOON, erased_at=None):
    return SimpleNamespace(role=role, claimed_at=claimed_at, erased_at=erased_at)


UNCLAIMED = person(claimed_at=None)
ERASED = person(claimed_at=None, erased_at=NOON)


def said(reason, part):
    assert (reason is None) if part is None else (part in str(reason))


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("Ada Lindqvist", None),
        ("李明", None),
        ("Étaf F.", None),
        ("Adminah", None),
        ("admin", "for the house"),
        ("A d m i n", "for the house"),
        ("ADMIN.", "for the house"),
        ("Аdmin", "for the house"),
        ("ｓｔａｆｆ", "for the house"),
        ("Κith", "for the house"),
        ("kith", "for the house"),
        ("", "letter"),
        ("12", "letter"),
        ("me@here.example", "no address"),
    ],
)
def test_under_which_names_one_joins(name, part):
    said(rules.why_not_name(name), part)


OWN = ("Ada Lindqvist", "ada.l@village.example", "Kith")


@pytest.mark.parametrize(
    ("password", "part"),
    [
        ("seven quiet herons wade", None),
        ("x7#Kp2!vQ", None),
        ("长颈鹿在月光下喝蓝色的茶", None),
        ("v" * 7, "at least 8"),
        ("lq8 Zu-v" * 32, None),
        ("lq8 Zu-v" * 33, "at most 256"),
        ("12345678", "easy"),
        ("Passw0rd!", "easy"),
        ("qwertyuiop", "easy"),
        ("aaaaaaaaaaaaaaaa", "easy"),
        ("adalindqvist1", "easy"),
        ("Village.Example", "easy"),
        ("kithkithkith", "easy"),
    ],
)
def test_which_passwords_will_do(password, part):
    said(rules.why_not_password(password, OWN), part)


@pytest.mark.parametrize(
    ("role", "asked", "needs"),
    [
        ("member", True, False),
        ("manager", True, True),
        ("leader", True, True),
        ("admin", True, True),
        ("admin", False, False),
    ],
)
def test_whose_role_needs_a_second_factor(role, asked, needs):
    assert rules.needs_second_factor(role, is_asked_of_staff=asked) is needs


@pytest.mark.parametrize(
    ("role", "since", "unused", "over"),
    [
        ("member", timedelta(days=89), timedelta(days=13), False),
        ("member", timedelta(days=90), timedelta(0), True),
        ("member", timedelta(days=20), timedelta(days=14), True),
        ("manager", timedelta(days=6), timedelta(hours=7), False),
        ("manager", timedelta(days=7), timedelta(0), True),
        ("admin", timedelta(hours=9), timedelta(hours=8), True),
    ],
)
def test_when_a_session_is_over(role, since, unused, over):
    assert rules.is_over(role, NOON - since, NOON - unused, NOON) is over


@pytest.mark.parametrize("address", ["/", "/me", "/members/ada?x=1&y=2#top", "/members/李"])
def test_pages_of_ours(address):
    assert rules.is_ours(address)


@pytest.mark.parametrize(
    "address", [None, "", "me", "//x", "/\\x", "/a//b", "/a b", "/a\n", "http://x/", "/\u200b/x"]
)
def test_pages_that_are_not(address):
    assert not rules.is_ours(address)


@pytest.mark.parametrize(
    ("member", "inviter", "part"),
    [
        (UNCLAIMED, "manager", None),
        (UNCLAIMED, "admin", None),
        (UNCLAIMED, "leader", "managers and admins"),
        (UNCLAIMED, "member", "managers and admins"),
        (person(), "manager", "already"),
        (ERASED, "manager", "no longer"),
    ],
)
def test_who_invites_whom(member, inviter, part):
    said(rules.why_not_invite(member, inviter), part)


@pytest.mark.parametrize(
    ("used", "revoked", "expires", "part"),
    [
        (None, None, timedelta(seconds=1), None),
        (None, None, timedelta(0), "over"),
        (NOON, None, timedelta(days=1), "used"),
        (None, NOON, timedelta(days=1), "taken back"),
    ],
)
def test_when_an_invitation_holds(used, revoked, expires, part):
    invitation = SimpleNamespace(used_at=used, revoked_at=revoked, expires_at=NOON + expires)
    said(rules.why_not_use(invitation, NOON), part)


@pytest.mark.parametrize(
    ("mine", "theirs", "emails", "events", "part"),
    [
        (person(), UNCLAIMED, {"a@b.example"}, 0, None),
        (person(), UNCLAIMED, {"c@b.example"}, 0, "your address"),
        (person(), UNCLAIMED, set(), 0, "your address"),
        (person(), person(), {"a@b.example"}, 0, "already"),
        (person(), ERASED, {"a@b.example"}, 0, "no longer"),
        (person("manager"), UNCLAIMED, {"a@b.example"}, 0, "Staff"),
        (person(), UNCLAIMED, {"a@b.example"}, 1, "history"),
    ],
)
def test_who_takes_over_whom(mine, theirs, emails, events, part):
    said(rules.why_not_merge(mine, theirs, "a@b.example", emails, events), part)


@pytest.mark.parametrize(
    ("member", "role", "reason", "left", "part"),
    [
        (person(), "manager", "Kind", 0, None),
        (person("admin"), "member", "Leaves", 1, None),
        (person("admin"), "member", "Leaves", 0, "last admin"),
        (person("admin"), "manager", "Leaves", 0, "last admin"),
        (person(), "member", "x", 1, "already"),
        (person(), "king", "x", 1, "no role king"),
        (person(), "leader", " ", 1, "Say why"),
        (UNCLAIMED, "manager", "x", 1, "Nobody has moved in"),
        (ERASED, "manager", "x", 1, "no longer"),
    ],
)
def test_who_is_given_which_role(member, role, reason, left, part):
    said(rules.why_not_role(member, role, reason, left), part)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/138.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "curl"),
        ("", "A browser that does not tell its name"),
        ("<script>alert(1)</script>" * 100, "A browser that does not tell its name"),
    ],
)
def test_browsers_in_words(agent, words):
    assert str(rules.device_words(rules.device(agent))) == words
    assert len(rules.device(agent)) < 40
