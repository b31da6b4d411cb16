import gzip
import re
from pathlib import Path

import pytest

from community.imports.reading import BadDelivery
from community.imports.stackexchange import name_of
from community.kit.clock import from_micros
from tests.imports.conftest import many, one, rows, totals, write_csv

XML = {
    "Users": """<users>
  <row Id="-1" CreationDate="2011-08-17T18:34:28.000" DisplayName="Community" LastAccessDate="2011-08-17T18:34:34.320" Reputation="1" />
  <row Id="2" CreationDate="2011-08-17T19:30:44.000" DisplayName="Ben" LastAccessDate="2021-09-05T04:04:21.897" Reputation="101" Views="3" UpVotes="0" DownVotes="1" />
  <row Id="3" CreationDate="2011-08-18T19:30:44.000" DisplayName="Cléo" LastAccessDate="2013-09-24T12:54:23.447" Reputation="9" />
</users>""",
    "Posts": """<posts>
  <row Id="11" PostTypeId="2" ParentId="12" CreationDate="2011-09-01T10:00:00.000" Score="3" OwnerUserId="3" Body="&lt;p onclick=&quot;x()&quot;&gt;Oui&lt;script&gt;alert(1)&lt;/script&gt;&lt;/p&gt;" />
  <row Id="12" PostTypeId="1" CreationDate="2011-08-20T10:00:00.000" Score="5" ViewCount="40" OwnerUserId="2" AcceptedAnswerId="11" Title="Pourquoi &amp; comment ?" Body="&lt;h1&gt;Où&lt;/h1&gt;" FavoriteCount="1" />
  <row Id="13" PostTypeId="1" CreationDate="2011-08-21T10:00:00.000" Score="0" ViewCount="4" Title="Ownerless" Body="x" AcceptedAnswerId="14" />
  <row Id="14" PostTypeId="2" ParentId="13" CreationDate="2011-09-03T10:00:00.000" Score="0" OwnerUserId="-1" Body="site" />
  <row Id="15" PostTypeId="5" CreationDate="2011-09-02T10:00:00.000" Score="0" OwnerUserId="-1" Body="wiki" />
</posts>""",
    "Comments": """<comments>
  <row Id="1" PostId="12" Score="2" Text="Use *this* &lt;b&gt;" CreationDate="2011-09-02T10:00:00.000" UserId="3" />
  <row Id="2" PostId="15" Score="0" Text="on a wiki" CreationDate="2011-09-02T11:00:00.000" />
</comments>""",
    "Votes": """<votes>
  <row Id="1" PostId="11" VoteTypeId="2" CreationDate="2011-09-02T00:00:00.000" />
  <row Id="2" PostId="11" VoteTypeId="1" CreationDate="2011-09-04T00:00:00.000" />
  <row Id="3" PostId="12" VoteTypeId="3" CreationDate="2011-09-02T00:00:00.000" />
  <row Id="4" PostId="12" VoteTypeId="5" UserId="3" CreationDate="2011-09-02T00:00:00.000" />
  <row Id="5" PostId="12" VoteTypeId="8" UserId="2" BountyAmount="50" CreationDate="2011-09-02T00:00:00.000" />
  <row Id="6" PostId="11" VoteTypeId="9" BountyAmount="50" CreationDate="2011-09-09T00:00:00.000" />
  <row Id="7" PostId="999" VoteTypeId="2" CreationDate="2011-09-02T00:00:00.000" />
  <row Id="8" PostId="12" VoteTypeId="10" CreationDate="2011-09-02T00:00:00.000" />
</votes>""",
    "Badges": """<badges>
  <row Id="1" UserId="3" Name="Teacher" Date="2011-09-02T20:00:00.000" Class="3" TagBased="False" />
  <row Id="2" UserId="3" Name="Nice Answer" Date="2011-09-02T20:00:00.000" Class="3" TagBased="False" />
  <row Id="3" UserId="3" Name="Nice Answer" Date="2011-09-02T20:00:00.000" Class="3" TagBased="False" />
</badges>""",
}


@pytest.fixture
def dump(tmp_path):
    """A small dump in XML with a byte-order mark, one of its files packed."""
    folder = tmp_path / "french.meta.stackexchange.com"
    folder.mkdir()
    for name, rows_of in XML.items():
        content = b"\xef\xbb\xbf" + f'<?xml version="1.0" encoding="utf-8"?>\n{rows_of}'.encode()
        if name == "Posts":
            (folder / "Posts.xml.gz").write_bytes(gzip.compress(content))
        else:
            (folder / f"{name}.xml").write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("folder", "source"),
    [
        ("travel.stackexchange.com", "stackexchange:travel"),
        ("stackexchange-travel", "stackexchange:travel"),
        ("travel_stackexchange_com_2017", "stackexchange:travel"),
        ("stackexchange-french-meta", "stackexchange:french-meta"),
        ("french.meta.stackexchange.com", "stackexchange:french-meta"),
        ("askubuntu.com", "stackexchange:askubuntu"),
    ],
)
def test_a_site_has_one_source_however_its_folder_is_called(folder, source):
    assert name_of(Path(folder)) == source


def test_a_folder_whose_name_tells_nothing_asks_for_the_source():
    with pytest.raises(BadDelivery, match="--source"):
        name_of(Path("2017"))


def test_a_dump_becomes_members_topics_answers_and_comments(bring, dump):
    said = bring("stackexchange", dump)
    assert "1 wiki and tag posts" in said
    assert "1 votes on posts that are not in the dump" in said
    assert "1 votes of type 10" in said
    assert many("identity", "source = 'stackexchange:french-meta'") == 3
    assert dict(rows("SELECT type, count(*) FROM subject GROUP BY type")) == {
        "topic": 2,
        "answer": 2,
        "comment": 2,
    }
    assert dict(rows("SELECT kind, count(*) FROM event GROUP BY kind")) == {
        "member.joined": 2,
        "topic.opened": 2,
        "answer.posted": 2,
        "comment.written": 2,
        "answer.accepted": 2,
        "thanks.given": 1,
        "vote.cast": 1,
        "subject.saved": 1,
        "bounty.offered": 1,
        "bounty.awarded": 1,
    }


@pytest.mark.parametrize(
    ("event", "actor", "other", "about", "value", "day"),
    [
        ("post:12", "Ben", None, "12", None, "2011-08-20"),
        ("post:11", "Cléo", "Ben", "11", None, "2011-09-01"),
        ("post:13", None, None, "13", None, "2011-08-21"),
        ("comment:1", "Cléo", "Ben", "1", None, "2011-09-02"),
        ("comment:2", None, None, "2", None, "2011-09-02"),
        ("post:11:accepted", "Ben", "Cléo", "11", None, "2011-09-04"),
        ("post:14:accepted", None, None, "14", None, "2011-09-03"),
        ("vote:1", None, "Cléo", "11", None, "2011-09-02"),
        ("vote:3", None, "Ben", "12", -1, "2011-09-02"),
        ("vote:4", "Cléo", "Ben", "12", None, "2011-09-02"),
        ("vote:5", "Ben", None, "12", 50, "2011-09-02"),
        ("vote:6", None, "Cléo", "11", 50, "2011-09-09"),
    ],
)
def test_every_event_names_who_and_what(bring, dump, event, actor, other, about, value, day):
    bring("stackexchange", dump, "--quiet")
    told = rows(
        "SELECT a.name, o.name, s.external_id, e.value, e.happened_at FROM event e"
        " LEFT JOIN member a ON a.id = e.actor LEFT JOIN member o ON o.id = e.other"
        " LEFT JOIN subject s ON s.id = e.subject_id WHERE e.external_id = :id",
        id=event,
    )[0]
    assert told[:4] == (actor, other, about, value)
    assert from_micros(told[4]).date().isoformat() == day


def test_texts_are_readable_and_safe(bring, dump):
    bring("stackexchange", dump)
    texts = dict(rows("SELECT external_id, html FROM subject WHERE type <> 'comment'"))
    assert texts["11"] == "<p>Oui</p>"
    assert texts["12"] == "<h3>Où</h3>"
    assert one("SELECT title FROM subject WHERE external_id = '12'") == "Pourquoi & comment ?"
    comment = one("SELECT html FROM subject WHERE type = 'comment' AND external_id = '1'")
    assert comment == "<p>Use <em>this</em> &lt;b&gt;</p>\n"


def test_the_site_itself_is_a_member_whom_nobody_sees(bring, dump):
    bring("stackexchange", dump)
    id, sight = rows("SELECT id, sees_profile FROM member WHERE name = 'Community'")[0]
    assert sight == 2
    assert many("event", f"actor = {id} OR other = {id}") == 0
    assert many("subject", f"owner = {id}") == 0


def test_figures_and_badges_are_declared_with_their_dates(bring, dump):
    bring("stackexchange", dump)
    figures = dict(
        rows(
            "SELECT f.name, value FROM fact f JOIN member m ON m.id = about_id"
            " WHERE about = 'member' AND m.name = 'Ben'"
        )
    )
    assert figures == {
        "reputation": 101_000_000,
        "views": 3_000_000,
        "up_votes": 0,
        "down_votes": 1_000_000,
    }
    assert many("fact", "name = 'badge:Nice Answer'") == 2
    assert many("fact", "name = 'score' AND about = 'comment'") == 1


def test_repeating_a_dump_adds_nothing(bring, dump):
    bring("stackexchange", dump)
    before = totals()
    assert "nothing new" in bring("stackexchange", dump)
    assert totals() == before


def test_the_csv_form_with_floated_ids_says_the_same(bring, dump, tmp_path):
    folder = tmp_path / "travel_stackexchange_com_2017"
    folder.mkdir()
    write_csv(
        folder / "Users.csv.gz", "CreationDate,DisplayName,Id,LastAccessDate,Reputation",
        "2011-06-21T20:10:03.720|Geoff|2|2016-05-29T01:18:20.767|101",
    )  # fmt: skip
    write_csv(
        folder / "Posts.csv", "AcceptedAnswerId,CreationDate,Id,OwnerUserId,ParentId,PostTypeId,Score,Title",
        "4.0|2011-06-21T20:19:34.730|3|2.0||1|8|Cruises?",
        "|2011-06-22T20:19:34.730|4||3.0|2|1|",
    )  # fmt: skip
    bring("stackexchange", folder)
    told = rows(
        "SELECT s.external_id, p.external_id FROM subject s LEFT JOIN subject p ON p.id = s.parent"
        " ORDER BY s.id"
    )
    assert told == [("3", None), ("4", "3")]
    assert many("event", "external_id = 'post:4:accepted'") == 1
    assert one("SELECT html FROM subject WHERE external_id = '3'") is None


@pytest.mark.slow
def test_french_meta_comes_whole(bring, real):
    path = real("stackexchange-french-meta")
    bring("stackexchange", path, "--quiet")
    assert many("identity") == 1_703
    assert dict(rows("SELECT type, count(*) FROM subject GROUP BY type")) == {
        "topic": 274,
        "answer": 487,
        "comment": 1_305,
    }
    assert many("fact", "name LIKE 'badge:%'") == 4_002
    assert many("event", "kind = 'thanks.given'") == 3_730
    assert many("subject", "html IS NULL OR html = ''") == 0
    unsafe = re.compile(r"<(script|img|iframe|style)|<[^>]*\s(on\w+|style)\s*=|javascript:")
    assert [html for (html,) in rows("SELECT html FROM subject") if unsafe.search(html)] == []
    before = totals()
    bring("stackexchange", path, "--quiet")
    assert totals() == before
