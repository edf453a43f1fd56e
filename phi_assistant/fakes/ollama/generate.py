"""POST /api/generate."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

from phi_assistant.fakes.ollama import fields, go
from phi_assistant.fakes.ollama.asking import Ask, able, answer, in_order, leased, rendered
from phi_assistant.fakes.ollama.errors import ApiError
from phi_assistant.fakes.ollama.machine import Machine
from phi_assistant.fakes.ollama.model import Asked
from phi_assistant.fakes.ollama.reply import Reply
from phi_assistant.fakes.ollama.writing import Ending, Piece


async def generate(machine: Machine, raw: bytes, reply: Reply) -> None:
    body = fields.read(raw, fields.GENERATE)
    ask = in_order(machine, body)
    if not body.get("prompt") and ask.keep_alive == 0:
        machine.schedule.unload(ask.held)
        await reply.object(_head(ask) | {"response": "", "done": True, "done_reason": "unload"})
        return
    if body.get("raw") and any(body.get(name) for name in ("template", "system", "context")):
        raise ApiError(400, "raw mode does not support template, system, or context")
    ask = able(ask, to="generate")
    async with leased(machine, ask) as (runner, load):
        if not body.get("prompt"):
            await reply.object(_head(ask) | {"response": "", "done": True, "done_reason": "load"})
            return
        text = _prompt(ask, runner.context)
        if body.get("_debug_render_only"):
            debug = {"rendered_template": text}
            await reply.object(_head(ask) | {"response": "", "done": False, "_debug_info": debug})
            return
        chunks = _chunks(ask, text, answer(machine, ask, runner, load, text, _asked(ask)))
        if ask.streams:
            await reply.lines(chunks)
        else:
            await reply.object(await _whole(chunks))


def _prompt(ask: Ask, num_ctx: int) -> str:
    """With `raw` as it is; otherwise in the template, after the text that `context` stands for."""
    if ask.body.get("raw"):
        return str(ask.body["prompt"])
    before = ask.model.tokenizer.decode(ask.body.get("context", []))
    return before + rendered(ask, _messages(ask), num_ctx)[0]


def _messages(ask: Ask) -> list[dict[str, Any]]:
    system = ask.body.get("system", ask.model.system)
    own = [{"role": "system", "content": system}] if system else []
    return [*own, {"role": "user", "content": ask.body["prompt"]}]


def _asked(ask: Ask) -> Asked:
    messages = [] if ask.body.get("raw") else _messages(ask)
    form, images = ask.body.get("format") or None, len(ask.body.get("images", ()))
    return Asked("", messages, ask.options, form, think=ask.think, images=images)


def _head(ask: Ask) -> dict[str, Any]:
    return {"model": ask.body["model"], "created_at": go.stamp(time.time_ns())}


async def _chunks(ask: Ask, prompt: str, parts: AsyncIterator[Piece | Ending]) -> AsyncIterator[dict[str, Any]]:
    said = ""
    async for part in parts:
        if isinstance(part, Ending):
            if part.reason != "aborted":
                read = {} if ask.body.get("raw") else {"context": ask.model.tokenizer.encode(prompt + said)}
                done = {"response": "", "done": True, "done_reason": part.reason}
                yield _head(ask) | done | read | part.metrics()
            return
        said += part.text
        thinking = {"thinking": part.thinking} if part.thinking else {}
        logprobs = {"logprobs": part.logprobs} if part.logprobs else {}
        yield _head(ask) | {"response": part.text} | thinking | {"done": False} | logprobs


async def _whole(chunks: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    """The last object, with all that came before it."""
    parts = [chunk async for chunk in chunks]
    last = parts[-1] if parts else {"done": False}
    head = {name: last[name] for name in ("model", "created_at") if name in last}
    thinking = "".join(part.get("thinking", "") for part in parts)
    logprobs = [each for part in parts for each in part.get("logprobs", ())]
    return (
        head
        | {"response": "".join(part["response"] for part in parts)}
        | ({"thinking": thinking} if thinking else {})
        | {name: value for name, value in last.items() if name not in ("response", "thinking", "logprobs", *head)}
        | ({"logprobs": logprobs} if logprobs else {})
    )
