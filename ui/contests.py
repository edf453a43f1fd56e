"""Two who answer one question: one after the other, so that neither takes the other's time, and then kept.

Each answer is a job of `jobs`. A contest goes on when nobody looks; whoever began it finds it again by its id. Knows
assistants and comparisons; knows no Streamlit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import shuffle
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING
from uuid import uuid4

from phi_assistant.conversations.values import Comparison, Contender
from phi_assistant.errors import PhiAssistantError
from ui.job import Job, Make, Question
from ui.jobs import Jobs, forget_oldest

if TYPE_CHECKING:
    from phi_assistant.conversations import Comparisons
    from phi_assistant.schema import Answer, Turn

logger = logging.getLogger(__name__)

_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class Side:
    """Who answers."""

    bot: str
    """The name of the bot; empty if there is none."""
    collection: str
    model: str
    """Its model spec."""


class Contest:
    """One question to two; read by pages while it goes on."""

    def __init__(self, question: str, sides: Sequence[Side], *, owner: str, is_blind: bool) -> None:
        """Where it is blind, whoever asked does not know who is on which side, until he has said who was better."""
        self.id = uuid4().hex
        self.question, self.owner, self.is_blind = question, owner, is_blind
        self.sides = list(sides)
        if is_blind:
            shuffle(self.sides)
        self.jobs: list[Job | None] = [None, None]
        self.answers: list[Answer | None] = [None, None]
        self.kept: Comparison | None = None
        self.error: PhiAssistantError | None = None
        """Why it could not be kept."""
        self.is_stopped = False
        self._over = Event()

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    def wait(self, seconds: float) -> bool:
        """Whether it is over, at the latest after this time."""
        return self._over.wait(seconds)

    def ends(self) -> None:
        """Nothing more will come."""
        self._over.set()


class Contests:
    """Those of this process. May be used from several threads."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._contests: dict[str, Contest] = {}
        self._lock = Lock()

    def of(self, id_: str, owner: str) -> Contest | None:
        """The contest by its id, if it is this owner's."""
        contest = self._contests.get(id_)
        return contest if contest and contest.owner == owner else None

    def start(self, contest: Contest, make: Callable[[Side], Make], mine: Comparisons) -> None:
        """Has both answer; where both have, the two answers are kept in `mine`."""
        with self._lock:
            self._contests[contest.id] = contest
            forget_oldest(self._contests, _REMEMBERED, is_over=lambda each: each.is_over)
        Thread(target=self._run, args=(contest, make, mine), name="contest", daemon=True).start()

    def stop(self, contest: Contest) -> None:
        """Ends both."""
        contest.is_stopped = True
        for job in contest.jobs:
            if job:
                self._jobs.stop(job.question.conversation)

    def _run(self, contest: Contest, make: Callable[[Side], Make], mine: Comparisons) -> None:
        try:
            for at, side in enumerate(contest.sides):
                if not contest.is_stopped:
                    self._answer(contest, at, make(side))
            _keep(contest, mine)
        except Exception:
            logger.exception("A comparison failed")
        finally:
            contest.ends()

    def _answer(self, contest: Contest, at: int, make: Make) -> None:
        question = Question(f"{contest.id}-{at}", contest.question, contest.sides[at].model)
        job = contest.jobs[at] = self._jobs.start(question, make, _Kept(contest, at))
        while not job.wait(60.0).is_over:
            continue


class _Kept:
    """Where a job finds no history, and leaves its answer."""

    def __init__(self, contest: Contest, at: int) -> None:
        self._contest, self._at = contest, at

    def turns(self, id_: str, *, before: int | None = None) -> list[Turn]:
        return []

    def append(self, id_: str, answer: Answer, *, said: str | None = None, instead_of: int | None = None) -> None:
        self._contest.answers[self._at] = answer


def _keep(contest: Contest, mine: Comparisons) -> None:
    """Keeps the two, where both have said all that they had to say."""
    ended = [job.look.state if job else "stopped" for job in contest.jobs]
    left, right = contest.answers
    if ended != ["done", "done"] or not left or not right:
        return
    contenders = [
        Contender(side.bot, side.collection, answer) for side, answer in zip(contest.sides, (left, right), strict=True)
    ]
    try:
        contest.kept = mine.keep(*contenders)
    except PhiAssistantError as exc:
        contest.error = exc
