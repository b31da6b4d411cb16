"""Every kind of thing that can happen here, declared once."""

from dataclasses import dataclass
from typing import Literal

from community.kit.catalog import catalog
from community.kit.words import N_, Words

Sight = Literal["everyone", "sides", "staff"]
Direction = Literal["both", "forward"]


@dataclass(frozen=True)
class Kind:
    """A kind of event.

    ``code`` is its number in the column files and never changes. ``says`` is its sentence,
    ``says_of`` the one used where the subject has a title. ``tie`` is what one such event
    adds to the tie between actor and other, ``direction`` whether both feel it; with
    ``signed`` the sign and size of ``value`` (-10 to 10) scale it. ``sight`` says who may
    read it in a timeline: everyone, the two sides, or staff.
    """

    code: int
    name: str
    says: Words
    says_of: Words | None = None
    tie: float = 0.0
    direction: Direction = "forward"
    signed: bool = False
    sight: Sight = "everyone"
    icon: str = "circle"

    @property
    def noun(self) -> str:
        """What it happened to: the part of the name before the dot."""
        return self.name.partition(".")[0]


KINDS = catalog(
    Kind(1, "member.joined", N_("%(actor)s joined"), icon="door-open"),
    Kind(2, "member.claimed", N_("%(actor)s moved in"), icon="key-round"),
    Kind(
        3,
        "contact.confirmed",
        N_("%(actor)s confirmed an address"),
        sight="sides",
        icon="mail-check",
    ),
    Kind(
        4, "letters.declined", N_("%(actor)s asked for fewer letters"), sight="sides", icon="mail-x"
    ),
    Kind(5, "invitation.sent", N_("%(actor)s invited %(other)s"), sight="sides", icon="send"),
    Kind(
        6,
        "referral.qualified",
        N_("%(actor)s brought %(other)s into the community"),
        tie=2.0,
        direction="both",
        icon="user-plus",
    ),
    Kind(
        7,
        "profile.told",
        N_("%(actor)s told more of themselves"),
        sight="sides",
        icon="circle-user-round",
    ),
    Kind(
        8,
        "member.verified",
        N_("%(actor)s vouches for %(other)s"),
        icon="badge-check",
    ),
    Kind(
        10,
        "offer.published",
        N_("%(actor)s published an offer"),
        N_("%(actor)s offers %(subject)s"),
        icon="house",
    ),
    Kind(
        11, "offer.viewed", N_("Someone looked at an offer of %(other)s"), sight="sides", icon="eye"
    ),
    Kind(
        12,
        "subject.saved",
        N_("%(actor)s kept something by %(other)s"),
        N_("%(actor)s kept %(subject)s"),
        tie=0.2,
        icon="bookmark",
    ),
    Kind(13, "search.made", N_("%(actor)s searched"), sight="sides", icon="search"),
    Kind(
        14,
        "enquiry.made",
        N_("%(actor)s asked %(other)s"),
        N_("%(actor)s asked %(other)s about %(subject)s"),
        tie=0.5,
        sight="sides",
        icon="message-circle",
    ),
    Kind(
        15,
        "enquiry.answered",
        N_("%(actor)s answered %(other)s"),
        N_("%(actor)s answered %(other)s about %(subject)s"),
        tie=0.5,
        sight="sides",
        icon="message-circle",
    ),
    Kind(
        16, "message.sent", N_("%(actor)s wrote to %(other)s"), tie=0.3, sight="sides", icon="mail"
    ),
    Kind(
        17,
        "wish.published",
        N_("%(actor)s published a wish"),
        N_("%(actor)s asks for %(subject)s"),
        icon="hand-helping",
    ),
    Kind(
        20,
        "exchange.started",
        N_("%(actor)s and %(other)s agreed on an exchange"),
        N_("%(actor)s and %(other)s agreed on %(subject)s"),
        tie=1.0,
        direction="both",
        sight="sides",
        icon="handshake",
    ),
    Kind(
        21,
        "exchange.completed",
        N_("%(actor)s and %(other)s completed an exchange"),
        N_("%(actor)s was with %(other)s: %(subject)s"),
        tie=3.0,
        direction="both",
        icon="handshake",
    ),
    Kind(
        22,
        "exchange.cancelled",
        N_("%(actor)s cancelled with %(other)s"),
        N_("%(actor)s cancelled with %(other)s: %(subject)s"),
        sight="sides",
        icon="calendar-x",
    ),
    Kind(
        23,
        "review.published",
        N_("%(actor)s reviewed %(other)s"),
        N_("%(actor)s reviewed %(other)s: %(subject)s"),
        tie=1.0,
        icon="star",
    ),
    Kind(24, "rating.given", N_("%(actor)s rated %(other)s"), tie=1.0, signed=True, icon="scale"),
    Kind(25, "complaint.made", N_("%(actor)s complained"), sight="staff", icon="frown"),
    Kind(
        26,
        "excuse.granted",
        N_("%(actor)s excused what went wrong with %(other)s"),
        N_("%(actor)s excused what went wrong with %(subject)s"),
        sight="sides",
        icon="hand-helping",
    ),
    Kind(
        27,
        "reference.written",
        N_("%(actor)s told how they know %(other)s"),
        tie=0.3,
        sight="sides",
        icon="quote",
    ),
    Kind(
        30,
        "topic.opened",
        N_("%(actor)s asked a question"),
        N_("%(actor)s asked: %(subject)s"),
        icon="circle-help",
    ),
    Kind(
        31,
        "answer.posted",
        N_("%(actor)s answered %(other)s"),
        N_("%(actor)s answered %(other)s: %(subject)s"),
        tie=1.0,
        icon="message-square-text",
    ),
    Kind(
        32,
        "comment.written",
        N_("%(actor)s replied to %(other)s"),
        N_("%(actor)s replied to %(other)s: %(subject)s"),
        tie=0.5,
        icon="message-square",
    ),
    Kind(
        33,
        "answer.accepted",
        N_("%(other)s had the answer that helped %(actor)s"),
        N_("%(other)s had the answer that helped %(actor)s: %(subject)s"),
        tie=2.0,
        icon="check",
    ),
    Kind(
        34,
        "thanks.given",
        N_("%(actor)s thanked %(other)s"),
        N_("%(actor)s thanked %(other)s for %(subject)s"),
        tie=0.5,
        icon="heart",
    ),
    Kind(
        35,
        "vote.cast",
        N_("%(actor)s voted on something by %(other)s"),
        N_("%(actor)s voted on %(subject)s"),
        sight="staff",
        icon="vote",
    ),
    Kind(
        36,
        "reaction.given",
        N_("%(actor)s reacted to %(other)s"),
        N_("%(actor)s reacted to %(subject)s"),
        tie=0.2,
        icon="smile",
    ),
    Kind(
        37,
        "bounty.offered",
        N_("%(actor)s offered points for an answer"),
        N_("%(actor)s offered points for an answer to %(subject)s"),
        icon="gift",
    ),
    Kind(
        38,
        "bounty.awarded",
        N_("%(other)s earned points for an answer"),
        N_("%(other)s earned points for an answer: %(subject)s"),
        tie=1.0,
        icon="gift",
    ),
    Kind(
        39,
        "guide.published",
        N_("%(actor)s wrote a guide"),
        N_("%(actor)s wrote the guide %(subject)s"),
        icon="book-open",
    ),
    Kind(
        40,
        "flag.raised",
        N_("%(actor)s flagged something by %(other)s"),
        sight="staff",
        icon="flag",
    ),
    Kind(
        41,
        "flag.upheld",
        N_("Staff upheld a flag on something by %(other)s"),
        sight="staff",
        icon="flag",
    ),
    Kind(
        50,
        "gathering.promised",
        N_("%(actor)s will come"),
        N_("%(actor)s will come to %(subject)s"),
        tie=0.3,
        icon="calendar",
    ),
    Kind(
        51,
        "gathering.attended",
        N_("%(actor)s was at a gathering of %(other)s"),
        N_("%(actor)s was at %(subject)s"),
        tie=1.0,
        direction="both",
        icon="calendar-check",
    ),
    Kind(
        52,
        "gathering.hosted",
        N_("%(actor)s hosted a gathering"),
        N_("%(actor)s hosted %(subject)s"),
        icon="tent",
    ),
    Kind(
        60,
        "survey.answered",
        N_("%(actor)s answered a survey"),
        sight="sides",
        icon="clipboard-check",
    ),
    Kind(61, "suggestion.made", N_("%(actor)s made a suggestion"), icon="lightbulb"),
    Kind(62, "mention.found", N_("%(actor)s spoke of us elsewhere"), icon="megaphone"),
    Kind(63, "gift.sent", N_("%(other)s was sent a gift"), sight="sides", icon="gift"),
    Kind(64, "gift.redeemed", N_("%(actor)s took a gift"), sight="sides", icon="gift"),
)

CODES = {kind.name: kind.code for kind in KINDS.values()}
NAMES = {code: name for name, code in CODES.items()}
if len(NAMES) != len(KINDS):
    raise ValueError("two kinds share a code")

SUBJECT_CODES = {
    "member": 1,
    "offer": 2,
    "exchange": 3,
    "review": 4,
    "topic": 5,
    "answer": 6,
    "comment": 7,
    "gathering": 8,
    "guide": 9,
    "page": 10,
    "wish": 11,
}
"""The numbers of subject types in the column files; a type keeps its number for ever."""
SUBJECT_TYPES = {code: name for name, code in SUBJECT_CODES.items()}
