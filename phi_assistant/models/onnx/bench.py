"""How fast a model is on this machine: reading, writing, and the first token with and without what was read before.

Measured through `ChatPhiOnnx`, as its callers have it. Prompts are words in random order, so that none begins as
another did; their length, and how often it is done, are chosen so that it takes about a minute.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from phi_assistant.models.onnx.chat import ChatPhiOnnx
from phi_assistant.models.onnx.shape import shape_of

_RUNS = 3
_ENOUGH_S = 40.0
"""Seconds after which no further run is begun."""
_READING_S = 8.0
"""What reading one prompt may take."""
_LONGEST, _SHORTEST = 1024, 64
_ANSWER, _SHORT = 48, 8
_ENOUGH_TOKENS = 16
"""Of an answer, to tell from it how fast the model writes."""
_WORDS = (
    "river water stone bridge market garden winter summer letter window engine ticket harbour island forest valley "
    "teacher doctor farmer sailor baker morning evening minute history science language music picture village road "
    "table kitchen bottle paper pencil number answer question reason season weather cloud thunder silver copper iron"
).split()


@dataclass(frozen=True, slots=True)
class Speed:
    """Medians of up to three runs; times are seconds."""

    model: str
    runs: int
    load_s: float
    memory: int
    """Bytes that its process takes when it is loaded."""
    token_memory: int
    """Bytes that a token of a conversation takes besides."""
    prompt_tokens: int
    reading: float
    """Tokens of a prompt in a second (prefill)."""
    writing: float | None
    """Tokens of an answer in a second (decode), behind such a prompt; None if all answers were too short to tell."""
    first_token_cold: float
    """After a prompt that is new."""
    first_token_warm: float
    """After a follow-up to a prompt that was read before."""
    follow_up_tokens: int
    """Tokens that were read for it."""


@dataclass(frozen=True, slots=True)
class _Run:
    reading: float
    writing: float | None
    cold: float
    warm: float
    prompt: int
    follow_up: int


def bench(model: str, models: Path, *, on_step: Callable[[str], None] = lambda step: None) -> Speed:
    """Raises what `ChatPhiOnnx` raises; `on_step` is told what comes next."""
    with closing(ChatPhiOnnx(model=model, models=models, repetition_guard=False)) as chat:
        on_step("loading")
        began = perf_counter()
        chat.warm_up()
        load_s, memory = perf_counter() - began, chat.metrics().resident_bytes
        on_step("finding a length")
        length = _length(chat)
        runs: list[_Run] = []
        while not runs or (len(runs) < _RUNS and perf_counter() - began < _ENOUGH_S):
            runs.append(_run(chat, length, on_step, f"run {len(runs) + 1}"))
        writing = [run.writing for run in runs if run.writing is not None]
        return Speed(
            model=model,
            runs=len(runs),
            load_s=load_s,
            memory=memory,
            token_memory=shape_of(chat.folder).token_bytes,
            prompt_tokens=_middle([run.prompt for run in runs]),
            reading=median(run.reading for run in runs),
            writing=median(writing) if writing else None,
            first_token_cold=median(run.cold for run in runs),
            first_token_warm=median(run.warm for run in runs),
            follow_up_tokens=_middle([run.follow_up for run in runs]),
        )


def _length(chat: ChatPhiOnnx) -> int:
    """Tokens of a prompt that is read in the time for it, and leaves room in the model's window."""
    probe = chat.invoke(_prompt(chat, _SHORTEST), max_tokens=1)
    room = (chat.profile or {}).get("max_input_tokens", _LONGEST) // 2
    return max(_SHORTEST, min(int(_reading(probe) * _READING_S), _LONGEST, room))


def _run(chat: ChatPhiOnnx, length: int, on_step: Callable[[str], None], name: str) -> _Run:
    on_step(f"{name}: a new text of {length} tokens")
    messages = _prompt(chat, length)
    cold = chat.invoke(messages, max_tokens=_ANSWER)
    on_step(f"{name}: a follow-up")
    warm = chat.invoke([*messages, cold, HumanMessage("And another one, please.")], max_tokens=_SHORT)
    return _Run(
        reading=_reading(cold),
        writing=_timing(cold, "tokens_per_s") if _tokens_written(cold) >= _ENOUGH_TOKENS else None,
        cold=_timing(cold, "first_token_s"),
        warm=_timing(warm, "first_token_s"),
        prompt=_tokens_read(cold),
        follow_up=_tokens_read(warm),
    )


def _prompt(chat: ChatPhiOnnx, length: int) -> list[BaseMessage]:
    """A request of about this many tokens that begins like no other."""
    words = random.choices(_WORDS, k=length)
    per_word = chat.get_num_tokens_from_messages([HumanMessage(" ".join(words))]) / length
    return [HumanMessage(" ".join(words[: max(1, int(length / per_word))]) + "\nTell a long story with these words.")]


def _reading(answer: AIMessage) -> float:
    return _tokens_read(answer) / max(_timing(answer, "prompt_s"), 1e-6)


def _timing(answer: AIMessage, name: str) -> float:
    return float(answer.response_metadata["timings"][name])


def _tokens_read(answer: AIMessage) -> int:
    usage = answer.usage_metadata
    return usage["input_tokens"] - usage["input_token_details"].get("cache_read", 0) if usage else 0


def _tokens_written(answer: AIMessage) -> int:
    return answer.usage_metadata["output_tokens"] if answer.usage_metadata else 0


def _middle(numbers: Sequence[int]) -> int:
    return int(median(numbers))
