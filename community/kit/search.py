"""Cutting text into words by which it is found, in any script.

Words of alphabetic scripts are kept whole, folded to lower case and without accents.
Runs of Chinese, Japanese and Korean characters have no spaces, so each gives its single
characters and its pairs: a two-letter name is found, and so is any part of a longer one.
"""

import re
import unicodedata

MOST_WORDS = 40
LONGEST_WORD = 60
_CJK = "\u2e80-\u2fff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
# Vowels of Indic, Thai and other scripts are marks on their letters: they belong to the word.
_VOWELS = "".join(
    chr(code)
    for start, end in ((0x0900, 0x1D00), (0xA800, 0xAC00))
    for code in range(start, end)
    if unicodedata.category(chr(code)) in ("Mn", "Mc") and not unicodedata.combining(chr(code))
)
_RUN = re.compile(rf"[{_CJK}]+|(?:[^\W_{_CJK}]|[{_VOWELS}])+")
_IS_CJK = re.compile(rf"[{_CJK}]")


def fold(text: str) -> str:
    """Text as it is compared: compatibility forms, lower case, accents dropped."""
    if text.isascii():
        return text.lower()
    # Folding before taking apart misses styled capitals; taking apart first misses the Turkish İ.
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = "".join(c for c in parts if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", kept)


def key(text: str, most: int = 120) -> str:
    """Text as it is sorted: folded, and cut to what a column holds, since folding can lengthen it."""
    return fold(text)[:most]


def words(text: str) -> list[str]:
    """The words under which a text is kept, each once, in order."""
    found: dict[str, None] = {}
    for run in _RUN.findall(fold(text)):
        if _IS_CJK.match(run):
            found.update(dict.fromkeys(run))
            found.update(dict.fromkeys(run[i : i + 2] for i in range(len(run) - 1)))
        else:
            found[run[:LONGEST_WORD]] = None
    return list(found)[:MOST_WORDS]


def sought(text: str) -> list[tuple[str, bool]]:
    """What a query asks for: words that must all be there, and whether each may go on.

    A run of CJK characters asks for its pairs, or for the character when it is alone;
    other words match as beginnings.
    """
    asked: dict[tuple[str, bool], None] = {}
    for run in _RUN.findall(fold(text)):
        if _IS_CJK.match(run):
            pairs = [run[i : i + 2] for i in range(len(run) - 1)] or [run]
            asked.update(dict.fromkeys((pair, False) for pair in pairs))
        else:
            asked[(run[:LONGEST_WORD], True)] = None
    return list(asked)[:8]


def after(prefix: str) -> str:
    """The smallest text greater than every text that begins with the prefix, for a range in an index."""
    last = ord(prefix[-1]) + 1
    # Halves of characters lie between and can't be stored; the last character has none after it.
    if last > 0x10FFFF:
        return after(prefix[:-1]) if prefix[:-1] else prefix * 2
    return prefix[:-1] + chr(0xE000 if 0xD800 <= last < 0xE000 else last)
