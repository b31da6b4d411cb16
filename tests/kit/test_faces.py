"""Where somebody's small photo is."""

import pytest

from community.kit.faces import Pictured, small_photo


@pytest.mark.parametrize(
    ("key", "address"), [("ab12", "/media/ab12-96.webp"), (None, None), ("", None)]
)
def test_a_small_photo_is_found_by_its_key(key, address):
    assert small_photo(key) == address
    assert type("Somebody", (Pictured,), {"photo": key})().photo_url == address
