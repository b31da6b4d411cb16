"""What being signed in costs a page."""

import pytest

from tests.activity.accounts.conftest import is_in


@pytest.mark.parametrize("path", ["/settings/places", "/settings/passkeys"])
def test_knowing_who_reads_costs_one_query(app, village, as_member, work, path):
    browser = as_member(village.ada)
    is_in(browser)
    with work() as done:
        browser.get(path)
    asked = [statement for statement, _ in done.statements if statement.startswith("SELECT")]
    assert len(asked) <= 3
    assert not [s for s, _ in done.statements if s.startswith(("INSERT", "UPDATE", "DELETE"))]
    with work() as done:
        browser.get("/me")
    assert done.hashes == 0


def test_a_visitor_costs_none(app, village, client, work):
    client.get("/sign-in")
    with work() as done:
        client.get("/sign-in")
        client.get("/join")
    assert done.statements == []
