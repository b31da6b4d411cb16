from dataclasses import dataclass

import pytest

from community.kit.catalog import catalog


@dataclass(frozen=True)
class Thing:
    name: str
    weight: int = 0


def test_things_are_found_by_name_in_the_order_of_declaration():
    things = catalog(Thing("b", 1), Thing("a", 2))
    assert list(things) == ["b", "a"]
    assert things["a"].weight == 2
    assert "c" not in things


def test_a_name_stands_once():
    with pytest.raises(ValueError, match="'a' is declared twice"):
        catalog(Thing("a", 1), Thing("b"), Thing("a", 2))


def test_nobody_can_change_it():
    things = catalog(Thing("a"))
    with pytest.raises(TypeError):
        things["b"] = Thing("b")
    with pytest.raises(TypeError):
        del things["a"]


def test_it_may_be_empty():
    assert len(catalog()) == 0
