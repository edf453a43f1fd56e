"""The answer of a model, token by token: stop strings, limits, tool calls, and what is counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal

from phi_assistant.fakes.ollama import go
from phi_assistant.fakes.ollama.context import Prompt, padded
from phi_assistant.fakes.ollama.machine import Clock, breath
from phi_assistant.fakes.ollama.model import FakeModel, ToolCall, Turn, tokens_of
from phi_assistant.fakes.ollama.schedule import Runner
from phi_assistant.fakes.ollama.stops import Stops

REPEATS = 30
"""So many equal tokens after another, and Ollama ends the answer without a word."""

_END = None


@dataclass(frozen=True)
class Piece:
    """Something that the client is sent."""

    text: str = ""
    thinking: str = ""
    call: ToolCall | None = None
    logprobs: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True)
class Ending:
    """How it ended; `aborted` is a stream that just stops."""

    reason: Literal["stop", "length", "aborted"]
    prompt_tokens: int
    tokens: int
    durations: dict[str, int] = field(default_factory=dict)

    def metrics(self) -> dict[str, int]:
        """In Ollama's order."""
        return {
            "total_duration": self.durations["total"],
            "load_duration": self.durations["load"],
            "prompt_eval_count": self.prompt_tokens,
            "prompt_eval_duration": self.durations["prompt"],
            "eval_count": self.tokens,
            "eval_duration": self.durations["eval"],
        }


@dataclass(frozen=True)
class Plan:
    """What limits the answer."""

    limit: int
    stops: tuple[str, ...]
    logprobs: int | None
    """How many alternatives; None: not asked."""


def plan(runner: Runner, prompt: Prompt, options: dict[str, Any], *, logprobs: int | None = None) -> Plan:
    """`num_predict`, ten times the context at most; without shift also the end of the context."""
    model = runner.held.model
    asked = int(options.get("num_predict", model.parameters.get("num_predict", -1)))
    limit = asked if asked > 0 else 10 * runner.context
    if not runner.shift:
        limit = min(limit, padded(runner.context) - prompt.tokens)
    return Plan(limit, tuple(options.get("stop", model.stops)), logprobs)


async def write(
    model: FakeModel, turn: Turn, prompt: Prompt, plan: Plan, clock: Clock, load: int
) -> AsyncIterator[Piece | Ending]:
    """The pieces, then the ending."""
    durations = {"load": load, "prompt": clock.lap()}
    stops, count, same, last = Stops(plan.stops), 0, 0, None
    reason: Literal["stop", "length", "aborted"] = "stop"
    for kind, token in _tokens(turn):
        await breath(model.token_s)
        count += 1
        same, last = (same + 1 if token == last else 1), token
        if same > REPEATS:
            reason = "aborted"
            break
        if kind == "end":
            break
        if kind == "call":
            yield Piece(call=token)
        elif kind == "thinking":
            yield Piece(thinking=token)
        else:
            logprobs = _logprobs(model, token, plan.logprobs)
            if text := stops.add(token):
                yield Piece(text, logprobs=logprobs)
            if stops.met:
                break
        if count >= plan.limit:
            reason = "length"
            break
    if not stops.met and (rest := stops.rest()):
        yield Piece(rest)
    durations |= {"eval": clock.lap(), "total": clock.total()}
    yield Ending(reason, prompt.tokens, count, durations)


def _tokens(turn: Turn) -> Iterator[tuple[str, Any]]:
    thoughts = (("thinking", token) for token in tokens_of(turn.thinks))
    said = (("text", token) for token in tokens_of(turn.says))
    calls = (("call", call) for call in turn.calls)
    return chain(thoughts, said, calls, [("end", _END)])


def _logprobs(model: FakeModel, token: str, asked: int | None) -> list[dict[str, Any]]:
    if asked is None:
        return []
    entry = _entry(token, model.logprob)
    best = [_entry(text, logprob) for text, logprob in [(token, model.logprob), *model.alternatives]]
    return [entry | ({"top_logprobs": best[:asked]} if asked else {})]


def _entry(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "logprob": logprob} | ({"bytes": list(token.encode())} if token else {})


def called(call: ToolCall, index: int, number: int) -> dict[str, Any]:
    """A tool call as it is sent."""
    function = {"index": index, "name": call.name, "arguments": dict(call.arguments)}
    return {"id": f"call_{number:08d}", "function": function}


def arguments_text(call: ToolCall) -> str:
    """As OpenAI has them: a string."""
    return go.encode(dict(call.arguments))
