"""People are found by their names in any script, by beginnings and by parts without spaces."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from community.kit import search

names = st.text(
    st.one_of(
        st.characters(),
        st.characters(whitelist_categories=["Lu", "Ll", "Lo", "Nd", "Mn"]),
        st.sampled_from("李明王小éßİıﷺŉǆ한국かカ\U00020000-_'’ \x00"),
    ),
    max_size=150,
)


def is_found(query, name):
    """What the directory does: every word asked for is there, or begins one."""
    kept = search.words(name)
    return all(
        any(word >= asked and word < search.after(asked) for word in kept)
        if goes_on
        else asked in kept
        for asked, goes_on in search.sought(query)
    )


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("ada", "Ada Lindqvist"),
        ("LIND", "Ada Lindqvist"),
        ("ada lin", "Ada Lindqvist"),
        ("jose", "José Núñez"),
        ("nunez", "José Núñez"),
        ("José", "Jose"),
        ("strasse", "Große Straße"),
        ("李明", "李明"),
        ("李", "李明"),
        ("小明", "王小明"),
        ("王小明", "王小明"),
        ("ﬁona", "Fiona"),
        ("Ｆｉｏｎａ", "Fiona"),
        ("ольга", "Ольга Петрова"),
        ("ΣΟΦΙΑ", "Σοφία"),
        ("ali", "Ali Ihsan"),
        ("한국", "김한국"),
        ("さくら", "さくら"),
        ("हिन्दी", "हिन्दी"),
        ("สมชาย", "สมชาย ใจดี"),
        ("𝐀da", "Ada"),
        ("İpek", "ipek"),
        ("o", "O'Neill"),
        ("neill", "O'Neill"),
        ("", "anybody"),
    ],
)
def test_is_found(query, name):
    assert is_found(query, name)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("明李", "李明"),
        ("王明", "王小明"),
        ("indqvist", "Lindqvist"),
        ("ben", "Ada"),
        ("adaa", "Ada"),
    ],
)
def test_is_not_found(query, name):
    assert not is_found(query, name)


@settings(max_examples=500)
@given(names)
@example("ﷺ" * 120)
def test_words_fit_their_column_and_stand_once(name):
    found = search.words(name)
    assert len(found) == len(set(found)) <= search.MOST_WORDS
    for word in found:
        assert 0 < len(word) <= search.LONGEST_WORD
        assert "\x00" not in word
        word.encode()


@settings(max_examples=500)
@given(names)
def test_whatever_is_asked_is_short_and_harmless(query):
    asked = search.sought(query)
    assert len(asked) <= 8
    for word, goes_on in asked:
        assert word
        assert len(word) <= search.LONGEST_WORD
        assert goes_on in (True, False)
        word.encode()


@settings(max_examples=500)
@given(
    st.text(st.characters(whitelist_categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=20)
)
def test_everyone_is_found_by_their_own_name(name):
    if len(search.words(name)) < search.MOST_WORDS:
        assert is_found(name, name)


@settings(max_examples=300)
@given(names)
def test_folding_twice_changes_nothing(name):
    once = search.fold(name)
    assert search.fold(once) == once


@settings(max_examples=300)
@given(names)
@example("ﷺ" * 120)
def test_a_key_fits_its_column(name):
    assert len(search.key(name)) <= 120


@settings(max_examples=500)
@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8),
    st.text(st.characters(codec="utf-8"), max_size=8),
)
@example("\ud7ff", "x")
@example("\U0010ffff", "x")
@example("a\U0010ffff", "x")
def test_all_that_begins_with_a_prefix_lies_in_its_range(prefix, rest):
    bound = search.after(prefix)
    assert prefix <= prefix + rest < bound or set(prefix) == {"\U0010ffff"}
    bound.encode()
