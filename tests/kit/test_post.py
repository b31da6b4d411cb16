"""Letters are made so that nobody can slip a line in, and go only where it is safe."""

import pytest

from community.kit.post import MailServer, Undeliverable, letter
from tests.conftest import NOON


def a_letter(**more):
    told = {
        "sender": "kith@village.example",
        "sender_name": "Kith",
        "address": "ada@village.example",
        "subject": "Welcome",
        "text": "Come in.",
        "html": None,
        "mark": "1",
        "written_at": NOON,
    }
    return letter(**(told | more))


@pytest.mark.parametrize(
    ("url", "host", "port", "encryption"),
    [
        ("smtp://mail.example", "mail.example", 25, "starttls"),
        ("smtp://mail.example:587", "mail.example", 587, "starttls"),
        ("smtp://mail.example?tls=off", "mail.example", 25, "none"),
        ("starttls://127.0.0.1:2525", "127.0.0.1", 2525, "starttls"),
        ("smtps://mail.example", "mail.example", 465, "tls"),
        ("smtps://mail.example?tls=off", "mail.example", 465, "tls"),
        ("smtp://localhost:1025", "localhost", 1025, "none"),
        ("smtp://127.0.0.1", "127.0.0.1", 25, "none"),
        ("smtp://[::1]:26", "::1", 26, "none"),
        ("smtp://127.0.0.1.evil.example", "127.0.0.1.evil.example", 25, "starttls"),
    ],
)
def test_how_the_line_to_a_server_is_encrypted(url, host, port, encryption):
    server = MailServer.at(url)
    assert (server.host, server.port, server.encryption) == (host, port, encryption)


def test_names_and_passwords_may_hold_any_letter():
    server = MailServer.at("smtp://ad%40a:p%2F%3Aw@mail.example")
    assert (server.user, server.password) == ("ad@a", "p/:w")


@pytest.mark.parametrize("url", ["", "mail.example", "http://mail.example", "smtp://", "smtp:x"])
def test_what_is_no_server(url):
    with pytest.raises(ValueError, match="SMTP_URL"):
        MailServer.at(url)


def test_a_letter_can_be_known_again():
    first, again, other = a_letter(html="<p>Hi"), a_letter(html="<p>Hi"), a_letter(mark="2")
    assert bytes(first) == bytes(again)
    assert first["Message-ID"] != other["Message-ID"]
    assert first["Message-ID"].endswith("@village.example>")
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Date"].datetime == NOON
    assert [part.get_content_type() for part in first.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    "bad", ["x\r\nBcc: eve@evil.example", "x\nBcc: eve@evil.example", "x\r\n\r\n<script>", "x\0y"]
)
def test_no_line_can_be_slipped_into_a_header(bad):
    message = a_letter(subject=bad, sender_name=bad)
    head = bytes(message).partition(b"\r\n\r\n")[0].lower()
    assert b"\nbcc:" not in head
    assert message["Bcc"] is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@village.example, eve@evil.example",
        "ada@village.example\r\nBcc: eve@evil.example",
        "ada@village.example\nX: y",
        "Ada <ada@village.example>",
        "ada @village.example",
        "a@b@c.example",
        "@",
    ],
)
def test_what_is_no_address(address):
    with pytest.raises(Undeliverable) as told:
        a_letter(address=address)
    assert told.value.is_final


@pytest.mark.parametrize("name", ["李明的村", "Zoë's place", 'A "quoted" <name>', "x" * 300])
def test_any_name_of_a_site_can_be_a_sender(name):
    assert a_letter(sender_name=name)["From"].addresses[0].addr_spec == "kith@village.example"
