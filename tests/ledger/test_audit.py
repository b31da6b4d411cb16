import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from community.kit.db import db
from community.ledger import audit
from community.ledger.audit import AuditRow
from tests.conftest import NOON

ROWS = AuditRow.__table__


@pytest.fixture
def chain(app, tmp_path):
    """Six acts, kept, and how far the chain went written down outside."""
    for number in range(6):
        audit.note(number or None, "role.given", 40 + number, f"because of {number}", role="管")
    db.session.commit()
    assert audit.keep_head(tmp_path)
    return tmp_path


def first_bad():
    db.session.expire_all()
    bad = audit.first_bad(db.session.scalars(select(AuditRow).order_by(AuditRow.id)))
    return bad and bad.id


def change(chain):
    db.session.execute(update(ROWS).where(ROWS.c.id == 3).values(reason="for no reason"))
    return 3


def remove(chain):
    db.session.execute(delete(ROWS).where(ROWS.c.id == 3))
    return 4


def reorder(chain):
    for old, new in ((3, 99), (4, 3), (99, 4)):
        db.session.execute(update(ROWS).where(ROWS.c.id == old).values(id=new))
    return 3


def put_in(chain):
    row = db.session.execute(select(ROWS).where(ROWS.c.id == 6)).one()._asdict()
    db.session.execute(delete(ROWS).where(ROWS.c.id == 6))
    forged = AuditRow(**(row | {"reason": "never said", "previous": row["hash"]}))
    for name, value in (("id", 7), ("hash", forged.digest())):
        setattr(forged, name, value)
    db.session.add(forged)
    return 7


def cut_off(chain):
    db.session.execute(delete(ROWS).where(ROWS.c.id > 4))


@pytest.mark.parametrize("tamper", [change, remove, reorder, put_in])
def test_tampering_inside_is_found_by_the_chain(chain, tamper):
    assert first_bad() is None
    wanted = tamper(chain)
    assert first_bad() == wanted


@pytest.mark.parametrize("part", ["at", "actor", "act", "about", "reason", "details"])
def test_every_part_is_in_the_hash(chain, part):
    column = ROWS.c[part]
    other = {"at": NOON, "actor": 7, "about": 7}.get(part, "another")
    db.session.execute(update(ROWS).where(ROWS.c.id == 2).values({column: other}))
    assert first_bad() == 2


def test_a_tail_that_was_cut_off_is_found_by_the_head(chain):
    assert audit.why_not_after(audit.kept_head(chain)) is None
    cut_off(chain)
    assert first_bad() is None
    assert audit.why_not_after(audit.kept_head(chain)) == "row 6 was there and is not any more"


def test_a_tail_that_was_written_anew_is_found_by_the_head(chain):
    cut_off(chain)
    db.session.execute(
        text(
            "UPDATE sqlite_sequence SET seq = 4 WHERE name = 'audit_row'"
            if db.engine.dialect.name == "sqlite"
            else "ALTER SEQUENCE audit_row_id_seq RESTART WITH 5"
        )
    )
    for _ in range(2):
        audit.note(None, "role.given", 1, "quite another story")
    assert first_bad() is None
    assert audit.why_not_after(audit.kept_head(chain)) == "row 6 is not the one that was there"
    before = audit.kept_head(chain)
    assert not audit.keep_head(chain)
    assert audit.kept_head(chain) == before, "the evidence was overwritten"


def test_the_head_follows_a_chain_that_grows(chain):
    assert not audit.keep_head(chain)
    audit.note(None, "role.given", 1, "more")
    assert audit.why_not_after(audit.kept_head(chain)) is None
    assert audit.keep_head(chain)
    assert audit.kept_head(chain).id == 7


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"id": 1}', json.dumps({"id": "x", "hash": 1})])
def test_a_damaged_head_is_not_taken_for_none(chain, damage):
    (chain / audit.HEAD).write_text(damage)
    assert audit.why_not_after(audit.kept_head(chain)) is not None


def test_without_any_act_there_is_no_head(app, tmp_path):
    assert not audit.keep_head(tmp_path)
    assert audit.kept_head(tmp_path) is None


def test_two_acts_at_once_make_one_chain(app):
    audit.note(1, "role.given", 2, "first")
    db.session.commit()
    row = db.session.execute(select(ROWS)).one()._asdict()
    twin = row | {"id": 2, "hash": "f" * 64, "at": NOON + timedelta(days=1)}
    with pytest.raises(IntegrityError):
        db.session.execute(insert(ROWS).values(twin))
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(ROWS)) == 1
