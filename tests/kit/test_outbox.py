"""Letters reach a real mail server, each once, whatever the server or the machine does."""

import socket
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from community.kit import clock, outbox, post
from community.kit.db import db
from community.kit.outbox import CLAIM_LASTS, SERVER_WAIT, USEFUL_FOR, WAITS, Mail


class Letters:
    """A mail server that keeps what it is handed, or answers as it is told to."""

    def __init__(self):
        self.got, self.says, self.says_to_address = [], "250 OK", "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.says_to_address.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.says_to_address

    async def handle_DATA(self, server, session, envelope):
        if self.says.startswith("250"):
            self.got.append((envelope.rcpt_tos[0], envelope.content.decode()))
        return self.says


@pytest.fixture
def letters(app, monkeypatch):
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port = line.getsockname()[1]
    server = Letters()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    server.stop = controller.stop
    monkeypatch.setitem(app.config, "SMTP_URL", f"smtp://127.0.0.1:{port}")
    yield server
    if controller.server is not None:
        controller.stop()


@pytest.fixture
def later(monkeypatch):
    """Let time pass."""
    gone, now = [timedelta()], clock.now

    def move(by):
        gone[0] += by

    monkeypatch.setattr(clock, "now", lambda: now() + gone[0])
    return move


def write(*addresses):
    for address in addresses:
        outbox.queue(address, "Welcome", "Come in.", "<p>Come in.</p>", key=None)
    db.session.commit()


def send():
    """Send as the job does; how many letters went."""
    sent = 0
    for batch in outbox.send():
        sent += batch
        db.session.commit()
    db.session.commit()
    return sent


def the_mail():
    return db.session.scalars(select(Mail).order_by(Mail.id)).one()


def test_each_letter_arrives_once(app, letters):
    write(*(f"m{n}@village.example" for n in range(25)))
    assert send() == 25
    assert send() == 0
    assert sorted(to for to, _ in letters.got) == sorted(f"m{n}@village.example" for n in range(25))
    assert "Auto-Submitted: auto-generated" in letters.got[0][1]
    assert all(mail.sent_at and mail.tries == 1 for mail in db.session.scalars(select(Mail)))


def test_without_a_server_letters_stay_to_be_read(app):
    write("ada@village.example", None)
    send()
    assert the_mail().sent_at is None
    assert the_mail().claimed_at is None


def test_a_letter_to_nobody_is_dropped(app, letters):
    write(None, "ada@village.example", None)
    send()
    assert the_mail().address == "ada@village.example"
    assert len(letters.got) == 1


@pytest.mark.parametrize(
    ("says", "is_given_up", "waits"),
    [
        ("451 later", False, WAITS[0]),
        ("452 full", False, WAITS[0]),
        ("550 nobody here", True, None),
        ("554 spam", True, None),
        ("421 closing", False, SERVER_WAIT),
    ],
)
@pytest.mark.parametrize("at", ["says", "says_to_address"])
def test_what_a_refusal_does(app, letters, at, says, is_given_up, waits):
    setattr(letters, at, says)
    write("ada@village.example")
    try:
        send()
    except outbox.MailServerDown:
        assert says.startswith("421")
    mail = the_mail()
    assert (mail.given_up_at is not None) is is_given_up
    assert mail.sent_at is None
    assert mail.claimed_at is None
    assert says[:3] in mail.error
    if waits:
        assert abs(mail.due_at - clock.now() - waits) < timedelta(seconds=5)


def test_a_refused_letter_does_not_hold_up_the_others(app, letters):
    write("not an address", "ada@village.example")
    assert send() == 1
    refused, sent = db.session.scalars(select(Mail).order_by(Mail.id))
    assert refused.given_up_at is not None
    assert sent.sent_at is not None


def test_put_off_again_and_again_a_letter_is_given_up_with_its_reason(app, letters, later):
    letters.says = "451 later"
    write("ada@village.example")
    for tries, wait in enumerate((*WAITS, timedelta()), 1):
        send()
        assert the_mail().tries == tries
        assert send() == 0
        assert the_mail().tries == tries
        later(wait)
    mail = the_mail()
    assert mail.given_up_at is not None
    assert "451" in mail.error
    letters.says = "250 OK"
    later(timedelta(days=1))
    assert send() == 0


def test_a_server_that_is_away_is_no_fault_of_the_letter(app, letters, later):
    letters.stop()
    write("ada@village.example", "ben@village.example")
    for _ in range(20):
        with pytest.raises(outbox.MailServerDown):
            send()
        later(SERVER_WAIT)
    assert all(mail.tries == 0 for mail in db.session.scalars(select(Mail)))
    assert not any(mail.given_up_at for mail in db.session.scalars(select(Mail)))


def test_ten_minutes_of_refusal_lose_and_double_nothing(app, letters, later):
    letters.says = "450 busy"
    write(*(f"m{n}@village.example" for n in range(20)))
    for _ in range(10):
        send()
        later(timedelta(minutes=1))
    letters.says = "250 OK"
    for _ in range(3):
        later(timedelta(minutes=30))
        send()
    assert sorted(to for to, _ in letters.got) == sorted(f"m{n}@village.example" for n in range(20))


def test_a_letter_too_old_to_be_of_use_is_given_up(app, letters, later):
    letters.stop()
    write("ada@village.example")
    later(USEFUL_FOR)
    with pytest.raises(outbox.MailServerDown):
        send()
    assert the_mail().given_up_at is not None


def test_two_senders_never_have_the_same_letter(app, letters):
    write("ada@village.example")
    first = outbox.send()
    next(first)
    next(first)
    db.session.commit()
    with app.app_context():
        assert send() == 0
    assert next(first) == 1
    db.session.commit()
    assert len(letters.got) == 1


def test_a_sender_that_dies_before_handing_over_loses_nothing(app, letters, later):
    write("ada@village.example")
    sending = outbox.send()
    next(sending)
    next(sending)
    db.session.commit()
    del sending
    db.session.rollback()
    later(CLAIM_LASTS + timedelta(seconds=1))
    assert send() == 1
    assert len(letters.got) == 1


def test_a_sender_that_dies_after_handing_over_sends_the_same_letter_again(app, letters, later):
    """What is handed over but not written down goes again, and can be known as a repeat."""
    write("ada@village.example")
    sending = outbox.send()
    for _ in range(2):
        next(sending)
        db.session.commit()
    next(sending)
    db.session.rollback()
    assert len(letters.got) == 1
    assert send() == 0
    later(CLAIM_LASTS + timedelta(seconds=1))
    assert send() == 1
    (_, first), (_, second) = letters.got
    assert first == second


def test_told_to_stop_a_sender_gives_its_claim_back(app, letters):
    write("ada@village.example", "ben@village.example")
    sending = outbox.send()
    for _ in range(3):
        next(sending)
        db.session.commit()
    sending.close()
    db.session.commit()
    assert len(letters.got) == 1
    assert send() == 1
    assert len(letters.got) == 2


def test_no_transaction_is_open_while_the_server_takes_its_time(app, letters, monkeypatch):
    write("ada@village.example")
    carry, was_open = post.carry, []

    def watched(smtp, message):
        was_open.append(db.session().in_transaction())
        carry(smtp, message)

    monkeypatch.setattr(post, "carry", watched)
    send()
    assert was_open == [False]


def test_a_letter_that_can_not_be_written_out_does_not_stop_the_others(app, letters, monkeypatch):
    carry = post.carry

    def stumbles(smtp, message):
        if "ada" in message["To"]:
            raise KeyError("odd")
        carry(smtp, message)

    monkeypatch.setattr(post, "carry", stumbles)
    write("ada@village.example", "ben@village.example")
    assert send() == 1


@pytest.mark.parametrize("subject", ["x\r\nBcc: eve@evil.example", "x" * 400, "李明\x00问候"])
def test_any_subject_is_one_line(app, letters, subject):
    outbox.queue("ada@village.example", subject, "Come in.")
    db.session.commit()
    send()
    [(_, content)] = letters.got
    assert "\nBcc:" not in content
    assert len(the_mail().subject) <= 200


def test_old_letters_are_forgotten(app, later):
    write("ada@village.example")
    later(timedelta(days=89))
    assert outbox.clear() == 0
    later(timedelta(days=2))
    assert outbox.clear() == 1


def test_letters_that_wait_can_be_held_back(app, letters):
    write("ada@village.example")
    assert outbox.hold_back("restored") == 1
    db.session.commit()
    assert send() == 0
    assert the_mail().error == "restored"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"given_up_at": clock.now(), "sent_at": clock.now()}, "both"),
        ({"sent_at": clock.EPOCH}, "before"),
        ({"sent_at": clock.now() + timedelta(days=1), "address": None}, "nobody"),
        ({}, None),
    ],
)
def test_what_can_not_be_true_of_a_letter(app, change, says):
    mail = outbox.queue("ada@village.example", "Welcome", "Come in.")
    for name, value in change.items():
        setattr(mail, name, value)
    if change.get("given_up_at"):
        mail.sent_at = mail.queued_at + timedelta(seconds=1)
    db.session.flush()
    problems = list(outbox.problems())
    assert len(problems) == (says is not None)
    assert says is None or says in problems[0]
