"""Numbers of what a member writes: questions, answers, replies, guides, and what others made of them."""

from community.kit.words import N_
from community.standing.acts import Acts
from community.standing.folds import Count, Distinct, Since
from community.standing.metric import Metric
from community.standing.points import Points
from community.standing.things import LatestFact, Things
from community.standing.windows import Length, Window

A_YEAR = Window(Length(months=12))
_SCORE = N_("with a score of %(n)s or more")
_VIEWS = N_("seen %(n)s times or more")
_QUESTION, _QUESTIONS = N_("%(n)s question"), N_("%(n)s questions")
_ANSWER, _ANSWERS = N_("%(n)s answer"), N_("%(n)s answers")

FORUM = (
    Metric(
        "thanks_received",
        N_("Thanks received"),
        N_("How often others thanked the member."),
        Count(Acts(("thanks.given",), of="other")),
        A_YEAR,
        one=N_("%(n)s thank-you received"),
        many=N_("%(n)s thank-yous received"),
    ),
    Metric(
        "thanks_given",
        N_("Thanks given"),
        N_("How often the member thanked others."),
        Count(Acts(("thanks.given",))),
        A_YEAR,
        one=N_("%(n)s thank-you given"),
        many=N_("%(n)s thank-yous given"),
    ),
    Metric(
        "topics_opened",
        N_("Questions asked"),
        N_("Questions that the member asked."),
        Count(Acts(("topic.opened",))),
        A_YEAR,
        one=N_("%(n)s question asked"),
        many=N_("%(n)s questions asked"),
    ),
    Metric(
        "answers_given",
        N_("Answers given"),
        N_("Answers that the member gave to others' questions."),
        Count(Acts(("answer.posted",))),
        A_YEAR,
        one=N_("%(n)s answer given"),
        many=N_("%(n)s answers given"),
    ),
    Metric(
        "answers_accepted",
        N_("Answers that helped"),
        N_("Answers by the member that the one who asked took as the answer."),
        Count(Acts(("answer.accepted",), of="other")),
        A_YEAR,
        one=N_("%(n)s answer that helped"),
        many=N_("%(n)s answers that helped"),
    ),
    Metric(
        "answers_taken",
        N_("Answers taken"),
        N_("How often the member took an answer as the one that helped."),
        Count(Acts(("answer.accepted",), apart=False)),
        one=N_("%(n)s answer taken"),
        many=N_("%(n)s answers taken"),
    ),
    Metric(
        "comments_written",
        N_("Replies written"),
        N_("Replies that the member wrote, to themselves too."),
        Count(Acts(("comment.written",), apart=False)),
        one=N_("%(n)s reply"),
        many=N_("%(n)s replies"),
    ),
    Metric(
        "guides_written",
        N_("Guides written"),
        N_("Guides that the member wrote for others."),
        Count(Acts(("guide.published",))),
        one=N_("%(n)s guide written"),
        many=N_("%(n)s guides written"),
    ),
    Metric(
        "guide_readers",
        N_("People who kept a guide"),
        N_("Different people who kept a guide by the member."),
        Distinct(Acts(("subject.saved",), of="other", about=("guide",))),
        one=N_("%(n)s person who kept a guide"),
        many=N_("%(n)s people who kept a guide"),
    ),
    Metric(
        "guide_age",
        N_("Since the last guide"),
        N_("Days since the member last wrote a guide."),
        Since(Acts(("guide.published",))),
        shown_as="days",
        one=N_("%(n)s guide"),
        many=N_("%(n)s guides"),
    ),
    Metric(
        "topics_scored",
        N_("Questions with a score"),
        N_("Questions by the member whose score, as declared, reaches a bar."),
        Things("topic", "score", 1),
        one=_QUESTION,
        many=_QUESTIONS,
        each=_SCORE,
    ),
    Metric(
        "topics_viewed",
        N_("Questions with views"),
        N_("Questions by the member whose views, as declared, reach a bar."),
        Things("topic", "views", 1),
        one=_QUESTION,
        many=_QUESTIONS,
        each=_VIEWS,
    ),
    Metric(
        "answers_scored",
        N_("Answers with a score"),
        N_("Answers by the member whose score, as declared, reaches a bar."),
        Things("answer", "score", 1),
        one=_ANSWER,
        many=_ANSWERS,
        each=_SCORE,
    ),
    Metric(
        "answers_accepted_scored",
        N_("Accepted answers with a score"),
        N_("Answers that the one who asked took as the answer, and whose score reaches a bar."),
        Things("answer", "score", 1, is_accepted=True),
        one=N_("%(n)s accepted answer"),
        many=N_("%(n)s accepted answers"),
        each=_SCORE,
    ),
    Metric(
        "answers_first_accepted_scored",
        N_("First answers with a score"),
        N_("Answers that came before all others, were accepted, and whose score reaches a bar."),
        Things("answer", "score", 1, is_accepted=True, is_first=True),
        one=N_("%(n)s accepted answer that came first"),
        many=N_("%(n)s accepted answers that came first"),
        each=_SCORE,
    ),
    Metric(
        "answers_to_self_scored",
        N_("Answers to own questions"),
        N_("Answers by the member to their own questions, whose score reaches a bar."),
        Things("answer", "score", 1, is_own=True),
        one=N_("%(n)s answer to an own question"),
        many=N_("%(n)s answers to own questions"),
        each=_SCORE,
    ),
    Metric(
        "answers_late_scored",
        N_("Answers to old questions"),
        N_("Answers given sixty days or more after the question, whose score reaches a bar."),
        Things("answer", "score", 1, days_after=60),
        one=N_("%(n)s answer to a question sixty days old"),
        many=N_("%(n)s answers to questions sixty days old"),
        each=_SCORE,
    ),
    Metric(
        "up_votes_declared",
        N_("Up-votes given elsewhere"),
        N_("Up-votes that the member gave, as the source of an import declared."),
        LatestFact("up_votes"),
        one=N_("%(n)s up-vote given"),
        many=N_("%(n)s up-votes given"),
    ),
    Metric(
        "down_votes_declared",
        N_("Down-votes given elsewhere"),
        N_("Down-votes that the member gave, as the source of an import declared."),
        LatestFact("down_votes"),
        one=N_("%(n)s down-vote given"),
        many=N_("%(n)s down-votes given"),
    ),
    Metric(
        "reputation_declared",
        N_("Reputation elsewhere"),
        N_("The reputation that the source of an import declared."),
        LatestFact("reputation"),
        shown_as="points",
    ),
    Metric(
        "forum_points",
        N_("Forum points"),
        N_(
            "Points for what others made of the member's questions and answers, at most 200 a day"
            " from thanks, beginning with 1."
        ),
        Points(),
        shown_as="points",
    ),
)
