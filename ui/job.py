"""An answer that is being written: what was asked, how far it is, and what there is of it.

A job is told what an assistant gives; pages look at it. Knows no threads and no database (see `jobs`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Event
from time import perf_counter
from typing import TYPE_CHECKING, Literal, Protocol

from phi_assistant.reading import Reading
from phi_assistant.schema import Answer, Timings, Turn

if TYPE_CHECKING:
    from phi_assistant.assistant import Assistant
    from phi_assistant.assistant import Event as Written
    from phi_assistant.models.onnx.wire import Progress
    from phi_assistant.schema import Hit

STOPPED = "stopped"
"""The `Answer.reason` of one that its reader ended: as far as it came, and not checked."""

State = Literal["waiting", "opening", "finding", "reading", "writing", "done", "stopped", "failed"]
"""The last three are its end."""


class Keeps(Protocol):
    """Where a job finds what was said before, and leaves its answer: the conversations of somebody, or a contest."""

    def turns(self, id_: str, *, before: int | None = None) -> Sequence[Turn]: ...

    def append(self, id_: str, answer: Answer, *, said: str | None = None, instead_of: int | None = None) -> object: ...


Make = Callable[[Callable[["Progress"], None]], "Assistant"]
"""The assistant that answers; it is given whom to tell how far a model has read."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and where the answer belongs."""

    conversation: str
    text: str
    model: str
    """The model spec of who is to answer."""
    instead_of: int | None = None
    """The id of an answer that this one replaces, with all that came after it."""


@dataclass(frozen=True, slots=True)
class Look:
    """How far a job is."""

    state: State = "waiting"
    text: str = ""
    """What was written so far; provisional."""
    progress: Progress | None = None
    """How far a model has read its prompt, where it tells."""
    began: float = 0.0
    """When it was asked, on the clock of `perf_counter`."""
    first: float = 0.0
    """When its first words came."""
    error: Exception | None = None

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "stopped", "failed")


class Job:
    """One answer that is being written."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.look = Look(began=perf_counter())
        """Replaced whole, so that whoever reads it sees one moment."""
        self._hits: tuple[Hit, ...] = ()
        self._over = Event()

    def wait(self, seconds: float) -> Look:
        """How far it is when it has ended, or after this time."""
        self._over.wait(seconds)
        return self.look

    def told(self, progress: Progress) -> None:
        """How far a model has read; comes from its thread."""
        if self.look.state == "reading":
            self.look = replace(self.look, progress=progress)

    def take(self, event: Written) -> Answer | None:
        """Goes on by what an assistant gives; returns the answer when it has come."""
        if isinstance(event, Reading):
            self._hits = event.hits
            self.look = replace(self.look, state="reading")
        elif isinstance(event, str):
            first = self.look.first or perf_counter()
            self.look = replace(self.look, state="writing", text=self.look.text + event, first=first)
        return event if isinstance(event, Answer) else None

    def goes_on(self, state: State) -> None:
        """With the next step."""
        self.look = replace(self.look, state=state)

    def ends(self, state: State, error: Exception | None = None) -> None:
        """Nothing more will come."""
        self.look = replace(self.look, state=state, error=error)
        self._over.set()

    def so_far(self) -> Answer:
        """What there is of a stopped one. Its words are not held against the next answer: nobody has checked them."""
        question, now = self.question, perf_counter()
        first = (self.look.first or now) - self.look.began
        return Answer(
            question=question.text,
            text=self.look.text.strip(),
            abstained=False,
            reason=STOPPED,
            citations=(),
            hits=self._hits,
            model=question.model,
            timings=Timings(0.0, first, now - self.look.began),
            turns=(Turn("user", question.text),),
        )
