"""Places in a list come back from an address as they went in, and rubbish names none."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.kit import marks

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS, st.integers(0, 2**59))
def test_a_place_comes_back(moment, id):
    assert marks.read(marks.written((moment, id))) == (moment, id)


@pytest.mark.parametrize(
    "text", ["", ".", "1", "1.", ".1", "x.1", "1.x", "-1.1", "1.-1", "9" * 18 + ".1", "1." + "9" * 19, "١.1"]
)  # fmt: skip
def test_rubbish_names_no_place(text):
    assert marks.read(text) is None


@given(st.text())
def test_no_text_breaks_it(text):
    marks.read(text)
