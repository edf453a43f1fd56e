"""What chat and generate have in common: checks, the lease of a model, its prompt, and the answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from phi_assistant.fakes.ollama import context, schemas
from phi_assistant.fakes.ollama.errors import ApiError, from_llama
from phi_assistant.fakes.ollama.fields import Body
from phi_assistant.fakes.ollama.machine import Clock, Machine
from phi_assistant.fakes.ollama.model import Asked, FakeModel
from phi_assistant.fakes.ollama.options import keep_alive, options, think
from phi_assistant.fakes.ollama.schedule import Runner
from phi_assistant.fakes.ollama.shelf import Held
from phi_assistant.fakes.ollama.writing import Ending, Piece, plan, write


@dataclass(frozen=True)
class Ask:
    """A request that was found to be in order."""

    held: Held
    body: Body
    options: dict[str, Any]
    think: bool | str | None
    keep_alive: int | None
    logprobs: int | None
    clock: Clock

    @property
    def model(self) -> FakeModel:
        return self.held.model

    @property
    def streams(self) -> bool:
        return bool(self.body.get("stream", True))

    @property
    def shift(self) -> bool:
        return bool(self.body.get("shift", True))


def in_order(machine: Machine, body: Body) -> Ask:
    """Raises `ApiError` for what can be refused before a model is found able to do it."""
    clock = Clock()
    alive, thinking, top = keep_alive(body), think(body), body.get("top_logprobs", 0)
    if not 0 <= top <= 20:
        raise ApiError(400, "top_logprobs must be between 0 and 20")
    held = machine.existing(body.get("model", ""))
    if thinking is None and "thinking" in held.model.capabilities:
        thinking = True
    logprobs = top if body.get("logprobs") else None
    return Ask(held, body, {}, thinking, alive, logprobs, clock)


def able(ask: Ask, *, to: str) -> Ask:
    """The request with its options. Raises `ApiError` for what the model cannot do, and for wrong options."""
    name, can = ask.body.get("model", ""), ask.model.capabilities
    if ask.think and "thinking" not in can:
        raise ApiError(400, f'"{name}" does not support thinking')
    if ask.model.only_embeds:
        raise ApiError(400, f'"{name}" does not support {to}')
    for needed, wanted in (("tools", ask.body.get("tools")), ("insert", ask.body.get("suffix"))):
        if wanted and needed not in can:
            raise ApiError(400, f"{ask.held.name.full} does not support {needed}")
    return Ask(ask.held, ask.body, options(ask.body), ask.think, ask.keep_alive, ask.logprobs, ask.clock)


@asynccontextmanager
async def leased(machine: Machine, ask: Ask) -> AsyncIterator[tuple[Runner, int]]:
    """The model, loaded as the request wants it, and how long that took."""
    num_ctx = context.length(ask.model, ask.options, machine.limits.context)
    async with machine.schedule.lease(ask.held, num_ctx, shift=ask.shift, keep_alive=ask.keep_alive) as runner:
        yield runner, ask.clock.lap()


def rendered(ask: Ask, messages: Sequence[dict[str, Any]], num_ctx: int) -> tuple[str, bool]:
    """The prompt, and whether all messages are in it."""
    tools = ask.body.get("tools", [])
    render = ask.model.form.render
    if not messages or not ask.body.get("truncate", True):
        return render(messages, tools), True
    kept = context.fitting_messages(ask.model, messages, num_ctx, lambda some: render(some, tools))
    return render(kept, tools), len(kept) == len(messages)


async def answer(
    machine: Machine, ask: Ask, runner: Runner, load: int, text: str, asked: Asked, *, whole: bool = True
) -> AsyncIterator[Piece | Ending]:
    """Waits for its turn, reads the prompt and writes. Raises `ApiError` for what llama.cpp refuses."""
    async with machine.slot(runner):
        if asked.images and "vision" not in ask.model.capabilities:
            raise from_llama(400, "Multimodal data provided, but model does not support multimodal requests.")
        if asked.format:
            schemas.check(asked.format)
        prompt = context.fitting_prompt(
            ask.model,
            text,
            runner.context,
            num_keep=int(ask.options.get("num_keep", 4)),
            truncate=ask.body.get("truncate", True),
            shift=runner.shift,
            whole=whole,
        )
        machine.prompts.append(prompt)
        limits = plan(runner, prompt, ask.options, logprobs=ask.logprobs)
        turn = ask.model.turn(Asked(**(vars(asked) | {"prompt": prompt.text})))
        if not ask.think:
            turn = turn.silent()
        async for each in write(ask.model, turn, prompt, limits, ask.clock, load):
            yield each
