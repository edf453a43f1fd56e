"""POST /api/embed, and /api/embeddings as it was before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from phi_assistant.fakes.ollama import context, fields
from phi_assistant.fakes.ollama.errors import NO_EMBEDDINGS, TOO_LONG_TO_EMBED, ApiError
from phi_assistant.fakes.ollama.fields import Body
from phi_assistant.fakes.ollama.machine import Clock, Machine
from phi_assistant.fakes.ollama.model import FakeModel
from phi_assistant.fakes.ollama.options import keep_alive, options
from phi_assistant.fakes.ollama.reply import Reply
from phi_assistant.fakes.ollama.shelf import Held, valid

ENDS = 2
"""The tokens that an embedder puts before and after a text."""


async def embed(machine: Machine, raw: bytes, reply: Reply) -> None:
    body, clock = fields.read(raw, fields.EMBED), Clock()
    texts = _inputs(body.get("input"))
    held = _existing(machine, body)
    vectors, count, load = await embedded(machine, held, body, texts, clock)
    if not texts:
        await reply.object({"model": body["model"], "embeddings": []})
        return
    times = {"total_duration": clock.total(), "load_duration": load}
    await reply.object({"model": body["model"], "embeddings": vectors, **times, "prompt_eval_count": count})


async def embeddings(machine: Machine, raw: bytes, reply: Reply) -> None:
    body, clock = fields.read(raw, fields.EMBEDDINGS), Clock()
    if not body.get("model"):
        raise ApiError(400, "model is required")
    held = _existing(machine, body)
    texts = _inputs(body.get("prompt"))
    try:
        vectors, _, _ = await embedded(machine, held, body, texts, clock)
    except ApiError as exc:
        raise ApiError(500 if exc.status == 501 else exc.status, exc.text) from exc
    await reply.object({"embedding": [float(np.float32(number)) for each in vectors for number in each]})


async def embedded(
    machine: Machine, held: Held, body: Body, texts: Sequence[str], clock: Clock
) -> tuple[list[list[float]], int, int]:
    """The vectors, how many tokens were read, and how long loading took; no texts load the model."""
    given = options(body)
    num_ctx = context.length(held.model, given, machine.limits.context)
    async with machine.schedule.lease(held, num_ctx, keep_alive=keep_alive(body)) as runner:
        load = clock.lap()
        if texts and "embedding" not in held.model.capabilities:
            raise ApiError(501, NO_EMBEDDINGS)
        cut = [_cut(held.model, text, num_ctx, truncate=body.get("truncate", True)) for text in texts]
        async with machine.slot(runner):
            vectors = [_unit(held.model.embeds(text), body.get("dimensions", 0)) for text, _ in cut]
    return vectors, sum(count for _, count in cut), load


def _existing(machine: Machine, body: Body) -> Held:
    name = body.get("model", "")
    held = machine.shelf.find(valid(name)) if name else None
    if held is None:
        raise ApiError(404, f'model "{name}" not found, try pulling it first')
    return held


def _inputs(given: Any) -> list[str]:
    if given is None or given == "":
        return []
    if isinstance(given, str):
        return [given]
    if isinstance(given, list) and all(isinstance(each, str) for each in given):
        return given
    raise ApiError(400, "invalid input type")


def _cut(model: FakeModel, text: str, num_ctx: int, *, truncate: bool) -> tuple[str, int]:
    """The text as far as it is read, and its tokens."""
    ids = model.tokenizer.encode(text)
    if len(ids) + ENDS <= num_ctx:
        return text, len(ids) + ENDS
    if not truncate:
        raise ApiError(400, TOO_LONG_TO_EMBED)
    return model.tokenizer.decode(ids[: num_ctx - ENDS]), num_ctx


def _unit(vector: Sequence[float], dimensions: int) -> list[float]:
    """Of length 1, the first few dimensions if only those are wanted; with the digits of a float32."""
    numbers = list(vector)[: dimensions or None]
    length = math.sqrt(sum(number * number for number in numbers)) or 1.0
    return [float(str(np.float32(number / length))) for number in numbers]
