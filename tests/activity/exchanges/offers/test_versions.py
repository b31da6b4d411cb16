"""Versions: whatever is changed in which order, each promise can be read as it was when it was made."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.activity.exchanges.offers import actions, queries, rules
from community.activity.exchanges.offers.models import OfferVersion
from community.kit.db import db
from tests.activity.exchanges.offers.conftest import ROOM

CHANGES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "title": st.sampled_from(
                ["A room by the river", "A room by the sea", "一间河边的房间"]
            ),
            "amount": st.sampled_from([4_500, 5_000]),
            "place": st.sampled_from(["Porto", ""]),
            "details": st.sampled_from(
                [{"space": "The whole place", "sleeps": 2}, dict(ROOM.details)]
            ),
            "longest": st.sampled_from([None, 14]),
        },
    ),
    max_size=6,
)


@pytest.fixture
def made(offer, village):
    return offer(village.ada)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=CHANGES)
def test_every_promise_can_be_read_as_it_was(made, village, changes):
    id, ada = made.id, village.ada.id
    known = {v.version: v.told for v in db.session.query(OfferVersion).filter_by(offer_id=id)}
    promised = {number: rules.terms_told(told) for number, told in known.items()}
    for change in changes:
        before = queries.terms_of(actions.locked(id))
        after = replace(before, **change)
        offer = actions.change(id, ada, after, before.mark)
        if after != before:
            promised[max(promised) + 1] = after
        assert offer.version == max(promised)
    db.session.commit()
    rows = {v.version: v.told for v in db.session.query(OfferVersion).filter_by(offer_id=id)}
    assert {number: rules.terms_told(told) for number, told in rows.items()} == promised
    assert promised[max(promised)] == queries.terms_of(actions.locked(id))
    db.session.rollback()


def test_a_draft_has_no_versions(offer, village):
    draft = offer(village.ada, is_published=False)
    actions.change(draft.id, village.ada.id, replace(ROOM, title="Another title"), ROOM.mark)
    assert db.session.query(OfferVersion).count() == 0
    actions.publish(draft.id, village.ada.id)
    assert [v.told["title"] for v in db.session.query(OfferVersion)] == ["Another title"]
    db.session.rollback()
