"""Making text safe: Markdown and foreign HTML into sanitised HTML, handles, plain text."""

import html
import re
import unicodedata
from typing import Any

import nh3
from markdown_it import MarkdownIt

RENDERER = 1
"""The version of the rendering below, stored with each rendered text."""
LONGEST = 100_000

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(
    ["table", "strikethrough"]
)
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h3", "h4", "h5",
    "h6", "hr", "i", "kbd", "li", "ol", "p", "pre", "s", "strike", "strong", "sub", "sup", "table",
    "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "abbr": {"title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}
_HEADINGS = re.compile(r"<(/?)h[12]\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
_NOT_HANDLE = re.compile(r"[^a-z0-9]+")


def markdown(text: str, most: int = LONGEST) -> str:
    """Sanitised HTML of a member's Markdown, cut to length; raw HTML in it is shown as text."""
    return sanitise(_MARKDOWN.render(clean(text)[:most]))


def sanitise(foreign: str) -> str:
    """Foreign HTML with only what is harmless left; headings start at the third level."""
    return nh3.clean(
        _HEADINGS.sub(r"<\g<1>h3", clean(foreign)[: 4 * LONGEST]),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="nofollow ugc noopener noreferrer",
        strip_comments=True,
    )


def paragraphs(plain: str) -> str:
    """Sanitised HTML of plain text: its line breaks kept, everything else shown as it stands."""
    blocks = re.split(r"\n\s*\n", clean(plain)[:LONGEST].strip())
    return "".join(f"<p>{'<br>'.join(html.escape(b).splitlines())}</p>" for b in blocks if b)


def clean(text: str) -> str:
    """Text without control characters, NULs and broken halves of characters; line ends as LF."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def line(text: str, most: int) -> str:
    """One line of text: no control or direction-changing characters, single spaces, cut to length."""
    kept = "".join(
        " " if c.isspace() else c
        for c in unicodedata.normalize("NFC", clean(text))
        if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co") or c == "\u200d"
    )
    return " ".join(kept.split())[:most].strip()


def plain(rendered: str, most: int = 200) -> str:
    """The words of sanitised HTML on one line, cut to length."""
    return line(html.unescape(re.sub(r"<[^>]+>", " ", rendered)), most)


def cell(value: Any) -> Any:
    """A value as a spreadsheet may open it: text that would be run as a formula begins with '."""
    if isinstance(value, str) and value.lstrip("\ufeff\u200b \xa0\u3000").startswith(_FORMULA):
        return f"'{value}"
    return value


def handle(name: str, otherwise: str = "member") -> str:
    """A name as the plain ASCII beginning of a handle; ``otherwise`` where nothing is left."""
    parts = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _NOT_HANDLE.sub("-", parts).strip("-")[:40].strip("-") or otherwise
