"""What is asked of a server besides answers, written once for threads and for event loops.

A question is a generator: it yields a path and a body, is sent what the server answers (or thrown the `Status`), and
returns what it was for. `asked` and `aasked` carry it out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

from phi_assistant.errors import PhiAssistantError
from phi_assistant.models.ollama.address import Address
from phi_assistant.models.ollama.connection import FAILURES, Late, Status
from phi_assistant.models.ollama.facts import Facts, Known
from phi_assistant.models.ollama.failures import broken_off, late, missing, refused
from phi_assistant.models.ollama.lines import Line
from phi_assistant.models.ollama.names import tagged
from phi_assistant.models.said import said

T = TypeVar("T")
Question = Generator[tuple[str, Line | None], Line, T]


def asked(question: Question[T], ask: Callable[[str, Line | None], Line]) -> T:
    """Carries a question out."""
    step = _begin(question)
    while not isinstance(step, _Done):
        try:
            answer = ask(*step)
        except FAILURES as exc:
            step = _step(question.throw, exc)
        else:
            step = _step(question.send, answer)
    value: T = step.value
    return value


async def aasked(question: Question[T], ask: Callable[[str, Line | None], Awaitable[Line]]) -> T:
    """As `asked`, in an event loop."""
    step = _begin(question)
    while not isinstance(step, _Done):
        try:
            answer = await ask(*step)
        except FAILURES as exc:
            step = _step(question.throw, exc)
        else:
            step = _step(question.send, answer)
    value: T = step.value
    return value


def learning(model: str, wanted: int | None, *, address: Address) -> Question[Known]:
    """What is known of a model. Raises `ModelUnavailable`, with near names, if it is not there."""
    try:
        shown = yield "/api/show", {"model": model}
    except Status as exc:
        raise (yield from failing(exc, model, url=address.url)) from exc
    running = yield "/api/ps", None
    facts = Facts.read(shown)
    loaded = next((each.get("context_length") for each in running.get("models") or [] if same(each, model)), None)
    return Known(facts, facts.context(wanted, loaded=loaded, is_here=address.is_here))


def failing(
    exc: Exception, model: str, *, url: str, seconds: float = 0.0, tokens: int = 0, limit: int = 0
) -> Question[PhiAssistantError]:
    """The error that one of `FAILURES` stands for; of a missing model with the names of those that are there.

    `seconds` is what a call may take; `tokens` what a prompt may have and `limit` what fits, for servers that do not
    say it.
    """
    if isinstance(exc, PhiAssistantError):
        return exc
    if isinstance(exc, Late):
        return late(model, url, seconds)
    if not isinstance(exc, Status):
        return broken_off(model, str(exc))
    if exc.status != 404 or "model" not in said(exc.body):
        return refused(exc.status, exc.body, model=model, url=url, tokens=tokens, limit=limit)
    try:
        listed = yield "/api/tags", None
    except FAILURES:
        listed = {}
    return missing(model, url, [str(each.get("name")) for each in listed.get("models") or []])


def same(listed: Line, model: str) -> bool:
    """Whether a model of a list is the one that a name means."""
    return bool(listed.get("name") == tagged(model))


class _Done:
    def __init__(self, value: Any) -> None:
        self.value = value


def _begin(question: Question[Any]) -> tuple[str, Line | None] | _Done:
    return _step(lambda _: next(question), None)


def _step(go: Callable[[Any], tuple[str, Line | None]], what: Any) -> tuple[str, Line | None] | _Done:
    try:
        return go(what)
    except StopIteration as exc:
        return _Done(exc.value)
