"""What rooms further up add stands in its place, in order, in this application and no other."""

from flask import Flask

from community.kit import additions


def test_things_stand_behind_those_that_are_there():
    one, other = Flask("one"), Flask("other")
    additions.add(one, "side", "a", "b")
    additions.add(one, "side", "c")
    additions.add(one, "below", "d")
    additions.add(other, "side", "e")
    with one.app_context():
        assert additions.at("side") == ("a", "b", "c")
        assert additions.at("below") == ("d",)
        assert additions.at("nowhere") == ()
    with other.app_context():
        assert additions.at("side") == ("e",)
        assert additions.at("below") == ()


def test_an_application_to_which_nothing_was_added_is_no_exception():
    with Flask("empty").app_context():
        assert additions.at("side") == ()
