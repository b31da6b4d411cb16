"""Languages are known by their names in any script."""

import pytest
from babel import Locale, localedata

from community.kit import tongues
from community.kit.languages import LANGUAGES


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("German", "de"), ("deutsch", "de"), (" DEUTSCH ", "de"), ("德语", "de"), ("de", "de"),
        ("日本語", "ja"), ("العربية", "ar"), ("espanol", "es"), ("Español", "es"), ("中文", "zh"),
        ("Mandarin", "zh"), ("普通话", "zh"), ("粤语", "yue"), ("Farsi", "fa"), ("हिन्दी", "hi"),
        ("Svenska", "sv"), ("Klingonn", None), ("", None), ("xx", None), ("und", None),
        ("root", None), ("\x00", None), ("English" * 90, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_found(typed, code, language):
    assert tongues.find(typed, language) == code


def test_the_nearest_is_offered_in_the_reader_s_language():
    assert tongues.nearest("Germann", "en") == "German"
    assert tongues.nearest("葡萄牙文", "zh_Hans_CN") == "葡萄牙语"
    assert tongues.nearest("qqqqqq", "en") is None


def test_every_name_leads_back_to_its_language():
    for language in LANGUAGES:
        for name in tongues.all_names(language):
            assert tongues.name(tongues.find(name, language), language) == name


def test_own_names_are_those_of_cldr():
    there = set(localedata.locale_identifiers())
    for code, name in tongues.OWN_NAMES.items():
        assert code in there
        assert Locale.parse(code).languages.get(code) == name
        assert len(tongues.own_name(code)) <= 60
