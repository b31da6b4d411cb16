"""What may be told in a profile, and who can leave, as tables of cases."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.activity.members.rules import why_not_handle, why_not_name
from community.activity.settings import rules
from community.activity.settings.rules import Told
from tests.conftest import NOON

ADA = SimpleNamespace(id=1, handle="ada-l", name="Ada Lindqvist", role="member", erased_at=None)
ANN = SimpleNamespace(id=2, handle="ann", name="Ann Park", role="admin", erased_at=None)
MIA = SimpleNamespace(id=3, handle="mia", name="Mia Costa", role="manager", erased_at=None)
CY = SimpleNamespace(id=4, handle="cy", name="李明", role="member", erased_at=None)


def like(person, **other):
    return SimpleNamespace(**(vars(person) | other))


@pytest.mark.parametrize(
    "handle",
    ["ada", "li-ming", "ada2", "2fast", "a1", "x" * 40, "a-b-c-d", "ben-okafor-3", "tester"],
)
def test_handles_that_can_be_had(handle):
    assert why_not_handle(handle) is None


@pytest.mark.parametrize(
    ("handle", "says"),
    [
        ("", "2 to 40"), ("a", "2 to 40"), ("x" * 41, "2 to 40"), ("Ada", "letters a to z"),
        ("a--b", "letters a to z"), ("-ab", "letters a to z"), ("ab-", "letters a to z"),
        ("a_b", "letters a to z"), ("a.b", "letters a to z"), ("a/b", "letters a to z"),
        ("аda", "letters a to z"), ("李明", "letters a to z"), ("ab\n", "letters a to z"),
        ("a b", "letters a to z"), ("12345", "one letter"), ("admin", "kept"), ("adm1n", "kept"),
        ("ad-min", "kept"), ("rnoderator", "kept"), ("settings", "kept"), ("5upport", "kept"),
        ("gone-1a2b3c4d", "kept"), ("kith", "kept"), ("null", "kept"),
    ],
)  # fmt: skip
def test_handles_that_nobody_can_have(handle, says):
    assert says in str(why_not_handle(handle))


def test_a_handle_that_somebody_has():
    assert "Someone else" in str(why_not_handle("ada", is_taken=True))


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Ada", True), ("李明", True), ("O", True), ("Ольга", True), ("X Æ A-12", True),
        ("", False), ("   ", False), ("123", False), ("!!!", False), ("a" * 121, False),
        ("https://x.example", False), ("ada@x.example", False), ("🙂", False),
    ],
)  # fmt: skip
def test_names(name, is_one):
    assert (why_not_name(name) is None) is is_one


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("", []), (" , ,, ", []), ("a", ["a"]), ("a, b ,  c d", ["a", "b", "c d"]),
        ("中文、日语；英语，法语", ["中文", "日语", "英语", "法语"]), ("a;b\nc", ["a", "b", "c"]),
        ("كتب، شعر", ["كتب", "شعر"]),
    ],
)  # fmt: skip
def test_what_was_typed_as_a_list(typed, parts):
    assert rules.split(typed) == parts


def test_an_interest_stands_once():
    assert rules.interests("Hiking, hiking,  #HIKING, Häkeln, 茶, #") == (
        ("hiking", "Hiking"),
        ("hakeln", "Häkeln"),
        ("茶", "茶"),
    )


@settings(max_examples=300)
@given(st.text(max_size=400))
def test_interests_fit_their_columns(typed):
    told = rules.interests(typed)
    assert len({value for value, _ in told}) == len(told)
    if rules.why_not_interests(told) is None:
        assert all(0 < len(value) <= 60 and 0 < len(label) <= 60 for value, label in told)


def test_too_many_or_odd_interests():
    many = rules.interests(",".join(f"thing {n}" for n in range(21)))
    assert "at most 20" in str(rules.why_not_interests(many))
    assert rules.why_not_interests(many[:20]) is None
    assert "too long" in str(rules.why_not_interests(rules.interests("x" * 41)))
    assert "neither" in str(rules.why_not_interests(rules.interests("?!")))


@pytest.mark.parametrize(
    "typed",
    [
        "https://example.org", "http://example.org/a?b=c#d", "example.org", "www.example.org/me",
        "https://例子.测试/你好", "https://example.org:8443/x", "HTTPS://EXAMPLE.ORG",
        "https://[2001:db8::1.2.3.4]/" ,
    ],
)  # fmt: skip
def test_addresses_that_can_be_linked(typed):
    assert rules.why_not_link(rules.link(typed)) is None


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("javascript:alert(1)", "Only addresses"), ("JaVaScRiPt:alert(1)", "Only addresses"),
        ("data:text/html,x", "Only addresses"), ("vbscript:x", "Only addresses"),
        ("mailto:a@b.example", "Only addresses"), ("ftp://example.org", "Only addresses"),
        ("file:///etc/passwd", "Only addresses"), ("java\tscript:alert(1)", "no address"),
        ("https://bank.example@evil.example", "name or password"),
        ("https://user:word@example.org", "name or password"), ("https://", "no address"),
        ("https://localhost", "no address"), ("https://.", "no address"),
        ("https://exa mple.org", "no address"), ("https://example.org/<b>", "no address"),
        ('https://example.org/"onclick="x', "no address"), ("https://example.org/\u202ex", "no address"),
        ("https://example.org:99999", "no address"), ("https://[::1", "no address"),
        ("https://example.org\\@evil.example", "no address"), ("//example.org\x00", "no address"),
        ("https://example.org/" + "x" * 300, "at most 300"),
    ],
)  # fmt: skip
def test_addresses_that_can_t_be_linked(typed, says):
    assert says in str(rules.why_not_link(rules.link(typed)))


@settings(max_examples=400)
@given(st.text(max_size=60).map(rules.link))
def test_whatever_is_typed_is_judged(address):
    reason = rules.why_not_link(address)
    if reason is None:
        assert address.lower().startswith(("http://", "https://"))
        assert 0 < len(rules.label_of(address)) <= 60


def test_a_version_follows_every_part():
    told = Told(name="Ada", handle="ada")
    changes = {
        "name": "Eda", "handle": "eda", "headline": "x", "background": "x", "place": "x",
        "languages": (("de", "Deutsch"),), "interests": (("tea", "Tea"),), "links": (("x", "y"),),
    }  # fmt: skip
    versions = {replace(told, **{part: value}).version for part, value in changes.items()}
    assert len(versions | {told.version}) == len(changes) + 1
    assert told.version == Told(name="Ada", handle="ada").version
    for part, value in changes.items():
        assert replace(told, **{part: value}).differs_in(told) == [part]


@pytest.mark.parametrize(
    ("member", "others", "says"),
    [
        (ADA, 0, None),
        (MIA, 0, None),
        (ANN, 1, None),
        (ANN, 0, "last admin"),
        (like(ADA, erased_at=NOON), 1, "left already"),
    ],
)
def test_who_can_leave(member, others, says):
    reason = rules.why_not_leave(member, other_admins=others)
    assert (says is None and reason is None) or says in str(reason)


WHY = "asked by letter on 3 May"


@pytest.mark.parametrize(
    ("member", "by", "reason", "second", "admins", "staff", "says"),
    [
        (ADA, ANN, WHY, MIA, 1, 1, None),
        (ADA, ANN, WHY, None, 1, 0, None),
        (ADA, ANN, WHY, None, 1, 1, "second member of staff"),
        (ADA, ANN, WHY, ANN, 1, 1, "somebody else"),
        (ADA, ANN, WHY, ADA, 1, 1, "somebody else"),
        (ADA, ANN, WHY, CY, 1, 1, "on the staff"),
        (ADA, ANN, WHY, like(MIA, erased_at=NOON), 1, 1, "on the staff"),
        (ADA, MIA, WHY, ANN, 1, 1, "Only admins"),
        (ADA, CY, WHY, ANN, 1, 1, "Only admins"),
        (ANN, ANN, WHY, MIA, 1, 1, "your own settings"),
        (like(ADA, erased_at=NOON), ANN, WHY, MIA, 1, 1, "left already"),
        (like(ANN, id=9), ANN, WHY, MIA, 0, 1, "last admin"),
        (ADA, ANN, "", MIA, 1, 1, "Say why"),
        (ADA, ANN, "    \n ", MIA, 1, 1, "Say why"),
        (ADA, ANN, "x" * 301, MIA, 1, 1, "Say why"),
        (ADA, ANN, "Ada asked for it", MIA, 1, 1, "without"),
        (ADA, ANN, "LINDQVIST asked for it", MIA, 1, 1, "without"),
        (ADA, ANN, "ada-l wants to go", MIA, 1, 1, "without"),
        (ADA, ANN, "from a@b.example", MIA, 1, 1, "without"),
        (ADA, ANN, "an adage about adapting", MIA, 1, 1, None),
        (CY, ANN, "李明要求离开", MIA, 1, 1, "without"),
    ],
)
def test_whom_staff_can_erase(member, by, reason, second, admins, staff, says):
    said = rules.why_not_erase(member, by, reason, second, other_admins=admins, other_staff=staff)
    assert (says is None and said is None) or (says and says in str(said))


def test_what_only_staff_may_read_is_told_to_its_actor_alone():
    assert rules.is_told("staff", is_actor=True)
    assert not rules.is_told("staff", is_actor=False)
    assert rules.is_told("sides", is_actor=False)
