"""Whether behaviours that matter are found and those that don't are not; and what a forum's table looks like.

    PYTHONPATH=. python benchmarks/behaviours.py [--part known forum]

``known`` makes up tables whose truth is known: of ten behaviours of 8,000 newcomers five raise
the odds of staying and five do nothing, but the active do all of them more often, and stay more
often. ``forum`` reads travel.stackexchange.com in KITH_DATA: newcomers since their first act,
behaviours in days 0 to 30, staying in days 90 to 270, beside the published figures. What "a
reply" was there is not told: its crude figure is of another reading, and by role it vanishes.
"""

import argparse

import numpy as np

from benchmarks.health import COMMENT, Travel, day, number
from community.standing.behaviours import Comparison, Windows, compare, finding, stratum
from community.standing.past import NOBODY, places

TABLES, NEWCOMERS = 100, 8_000
EFFECTS = np.array([0.7, 0.6, 0.5, 0.45, 0.4, 0.0, 0.0, 0.0, 0.0, 0.0])
PUBLISHED = {
    "interacted with >= 3 peers": (8.75, 2.57),
    "commented": (4.56, 2.27),
    "answer accepted": (6.19, 1.85),
    "came back on a 2nd day": (4.54, 1.75),
    "got >= 5 upvotes": (4.01, 1.63),
    "answered someone": (2.15, 1.56),
    "got an upvote": (1.32, 0.77),
    "got a downvote": (1.56, 0.73),
    "got a reply within a day": (0.40, 0.31),
    "an odd number": (1.08, 1.06),
}


def made_up(seed: int):
    """A table whose truth is known: names, strata, behaviours, who stayed."""
    rng = np.random.default_rng(seed)
    cohort = rng.integers(0, 6, NEWCOMERS)
    eager = rng.normal(0, 1, NEWCOMERS)
    acts = 1 + rng.poisson(np.exp(0.6 + eager))
    pull = np.log(acts) - np.log(acts).mean()
    did = rng.random((EFFECTS.size, NEWCOMERS)) < _chance(-1.2 + 0.55 * pull)
    stays = _chance(-2.6 + 0.1 * cohort + 0.9 * pull + EFFECTS @ (did - 0.25))
    names = [f"{seed}:{place}" for place in range(NEWCOMERS)]
    behaviours = {f"b_{place}": row for place, row in enumerate(did)}
    return names, stratum(cohort, acts.astype(float)), behaviours, rng.random(NEWCOMERS) < stays


def known() -> None:
    """The accept figures."""
    told, naive, withheld = [], [], 0
    for seed in range(TABLES):
        names, strata, behaviours, has_stayed = made_up(seed)
        comparison = compare(names, strata, behaviours, has_stayed)
        withheld += comparison.why_withheld is not None
        found = [finding(name, did, strata, has_stayed) for name, did in behaviours.items()]
        naive.append([np.exp(one.crude) for one in found])
        told += zip(_told(comparison), found, EFFECTS, strict=False)
    useful = [is_found for is_found, _, effect in told if effect]
    false = [is_found for is_found, _, effect in told if not effect]
    covered = [one.lo <= effect <= one.hi for _, one, effect in told]
    discoveries = sum(useful) + sum(false)
    print(f"  {TABLES} tables of {NEWCOMERS:,} newcomers, 5 of 10 behaviours matter")
    print(
        f"  {'crude odds ratio of the useless':36}{np.mean(np.array(naive)[:, EFFECTS == 0]):8.2f}"
    )
    print(f"  {'power':36}{np.mean(useful):8.3f}   accept >= .8")
    print(f"  {'false discoveries':36}{sum(false) / discoveries:8.3f}   accept <= .1")
    print(f"  {'coverage of the 95 % intervals':36}{np.mean(covered):8.3f}   accept >= .88")
    print(f"  {'withheld':36}{withheld / TABLES:8.3f}   (they count as found nothing)")


def _told(comparison: Comparison) -> list[bool]:
    told = [one.is_significant for one in comparison.findings]
    return told or [False] * EFFECTS.size


def _chance(odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-odds))


class Newcomers:
    """The newcomers of the forum, by member: when they came, what they did in 30 days, who stayed."""

    def __init__(self, travel: Travel) -> None:
        self.travel, self.windows, self.many = travel, Windows(), travel.id.size
        acts = travel.acts()
        self.first = np.full(self.many, np.inf)
        np.minimum.at(self.first, acts.member, acts.day)
        age = acts.day - self.first[acts.member]
        self.early = acts.take(self.windows.is_exposed(age))
        self.kind = travel.kind[~travel.is_own][self.windows.is_exposed(age)]
        self.has_stayed = self._any(acts.member[self.windows.is_outcome(age)])
        self.is_over = self.windows.is_over(self.first, acts.day.max())
        self.acts = np.bincount(self.early.member, minlength=self.many).astype(float)

    def cohort(self) -> np.ndarray:
        """The half-year in which each came."""
        came = np.where(np.isfinite(self.first), self.first, 0).astype("datetime64[D]")
        return came.astype("datetime64[M]").astype(np.int64) // 6

    def role(self) -> np.ndarray:
        """Whether each asked, answered, or both."""
        return 2 * self._any(self.early.member[self.kind == 1]) + self._any(
            self.early.member[self.kind == 2]
        )

    def behaviours(self) -> dict[str, np.ndarray]:
        """Who did or met with what in the first 30 days."""
        early, met = (
            self.early,
            (self.early.other != NOBODY) & (self.early.other != self.early.member),
        )
        accepted, up, down = (self._votes(kind) for kind in ("1", "2", "3"))
        return {
            "interacted with >= 3 peers": self._distinct(early.member[met], early.other[met]) >= 3,
            "commented": self._any(early.member[self.kind == COMMENT]),
            "answer accepted": accepted > 0,
            "came back on a 2nd day": self._distinct(early.member, np.floor(early.day)) > 1,
            "got >= 5 upvotes": up >= 5,
            "answered someone": self._any(early.member[self.kind == 2]),
            "got an upvote": up > 0,
            "got a downvote": down > 0,
            "got a reply within a day": self._replied(),
        }

    def _any(self, members: np.ndarray) -> np.ndarray:
        return np.bincount(members, minlength=self.many) > 0

    def _distinct(self, members: np.ndarray, what: np.ndarray) -> np.ndarray:
        pairs = np.unique(np.stack((members, what)), axis=1)
        return np.bincount(pairs[0].astype(np.int64), minlength=self.many)

    def _votes(self, kind: str) -> np.ndarray:
        """How many votes of a kind each got on questions and answers; their dates are days."""
        posts = {
            row["Id"]: number(row["OwnerUserId"])
            for row in self.travel.rows("Posts")
            if row["PostTypeId"] in ("1", "2")
        }
        got = [
            (posts[vote["PostId"]], day(vote["CreationDate"]))
            for vote in self.travel.rows("Votes")
            if vote["VoteTypeId"] == kind and posts.get(vote["PostId"], 0) > 0
        ]
        owner, at = np.array(got).T
        owner = places(self.travel.id, owner.astype(np.int64))
        return np.bincount(
            owner[self.windows.is_exposed(at - self.first[owner])], minlength=self.many
        )

    def _replied(self) -> np.ndarray:
        """Whose question or answer had an answer or comment by another within a day."""
        posts = {
            str(number(row["Id"])): (number(row["OwnerUserId"]), day(row["CreationDate"]))
            for row in self.travel.rows("Posts")
            if row["PostTypeId"] in ("1", "2")
        }
        replies = [
            (number(row["OwnerUserId"]), str(number(row["ParentId"])), row["CreationDate"])
            for row in self.travel.rows("Posts")
        ] + [
            (number(row["UserId"]), str(number(row["PostId"])), row["CreationDate"])
            for row in self.travel.rows("Comments")
        ]
        got = [
            (*posts[post], day(at))
            for user, post, at in replies
            if post in posts and posts[post][0] > 0 and posts[post][0] != user
        ]
        owner, posted, at = np.array(got).T
        owner = places(self.travel.id, owner.astype(np.int64))
        is_soon = self.windows.is_exposed(posted - self.first[owner]) & (at - posted <= 1)
        return self._any(owner[is_soon])


def forum() -> None:
    """The table of a forum: crude, then with cohort and volume held equal, then with the role too."""
    newcomers = Newcomers(Travel())
    over, stayed = newcomers.is_over, newcomers.has_stayed[newcomers.is_over]
    cohort, acts = newcomers.cohort()[over], newcomers.acts[over]
    behaviours = {name: did[over] for name, did in newcomers.behaviours().items()}
    names = [str(id) for id in newcomers.travel.id[over]]
    print(f"  {over.sum():,} newcomers, {100 * stayed.mean():.1f} % stayed")
    print(
        f"  {'':28}{'published':>14}{'crude':>8}{'adjusted':>10}{'95 %':>15}{'points':>15}{'by role':>9}"
    )
    alike = compare(names, stratum(cohort, acts), behaviours, stayed)
    by_role = compare(names, stratum(cohort, acts, newcomers.role()[over]), behaviours, stayed)
    for one, split in zip(
        (*alike.findings, *alike.placebos), (*by_role.findings, *by_role.placebos), strict=True
    ):
        crude, adjusted = PUBLISHED.get(one.behaviour, ("", ""))
        low, high = np.exp([one.lo, one.hi])
        print(
            f"  {one.behaviour:28}{crude:>7}{adjusted:>7}{np.exp(one.crude):8.2f}"
            f"{np.exp(one.log_or):8.2f}{' *' if one.is_significant else '  '}"
            f"{f'[{low:.2f}, {high:.2f}]':>15}"
            f"{100 * one.difference:+8.1f} +-{50 * (one.most - one.least):4.1f}"
            f"{_or_dash(split.log_or):>7}{' *' if split.is_significant else ''}"
        )


def _or_dash(log_or: float) -> str:
    return "-" if np.isnan(log_or) else f"{np.exp(log_or):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = {"known": known, "forum": forum}
    parser.add_argument("--part", nargs="+", choices=parts, default=list(parts))
    for name in parser.parse_args().part:
        print(f"\n{name}")
        parts[name]()


if __name__ == "__main__":
    main()
