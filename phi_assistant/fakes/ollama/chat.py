"""POST /api/chat."""

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
from phi_assistant.fakes.ollama.writing import Ending, Piece, called

Messages = list[dict[str, Any]]
EMPTY = {"role": "assistant", "content": ""}


async def chat(machine: Machine, raw: bytes, reply: Reply) -> None:
    body = fields.read(raw, fields.CHAT)
    if not body.get("model"):
        raise ApiError(400, "model is required")
    ask = in_order(machine, body)
    messages = read_messages(body)
    if not messages and ask.keep_alive == 0:
        machine.schedule.unload(ask.held)
        await reply.object(_head(ask) | {"message": EMPTY, "done": True, "done_reason": "unload"})
        return
    ask = able(ask, to="chat")
    async with leased(machine, ask) as (runner, load):
        if not messages:
            await reply.object(_head(ask) | {"message": EMPTY, "done": True, "done_reason": "load"})
            return
        messages = with_system(ask, messages)
        text, whole = rendered(ask, messages, runner.context)
        if body.get("_debug_render_only"):
            blank = {"role": "", "content": ""}
            await reply.object(
                _head(ask) | {"message": blank, "done": False, "_debug_info": {"rendered_template": text}}
            )
            return
        parts = answer(machine, ask, runner, load, text, asked_of(ask, messages), whole=whole)
        chunks = _chunks(machine, ask, parts)
        if ask.streams:
            await reply.lines(chunks)
        else:
            await reply.object(await _whole(chunks))


def read_messages(body: fields.Body) -> Messages:
    """Roles in small letters, every one with a content."""
    return [
        {"role": "", "content": ""} | each | {"role": each.get("role", "").lower()} for each in body.get("messages", [])
    ]


def with_system(ask: Ask, messages: Messages) -> Messages:
    """The Modelfile's system message, where the caller has none."""
    if not ask.model.system or messages[0]["role"] == "system":
        return messages
    return [{"role": "system", "content": ask.model.system}, *messages]


def asked_of(ask: Ask, messages: Messages) -> Asked:
    return Asked(
        "",
        messages,
        ask.options,
        ask.body.get("format") or None,
        ask.body.get("tools", []),
        ask.think,
        sum(len(each.get("images", ())) for each in messages),
    )


def _head(ask: Ask) -> dict[str, Any]:
    """What every object begins with: the name as it was sent, and the moment."""
    return {"model": ask.body["model"], "created_at": go.stamp(time.time_ns())}


async def _chunks(machine: Machine, ask: Ask, parts: AsyncIterator[Piece | Ending]) -> AsyncIterator[dict[str, Any]]:
    calls = 0
    async for part in parts:
        if isinstance(part, Ending):
            if part.reason != "aborted":
                yield _head(ask) | {"message": EMPTY, "done": True, "done_reason": part.reason} | part.metrics()
            return
        message: dict[str, Any] = {"role": "assistant", "content": part.text}
        if part.thinking:
            message["thinking"] = part.thinking
        if part.call is not None:
            message["tool_calls"] = [called(part.call, calls, machine.next_id())]
            calls += 1
        logprobs = {"logprobs": part.logprobs} if part.logprobs else {}
        yield _head(ask) | {"message": message, "done": False} | logprobs


async def _whole(chunks: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    """The last object, with all that came before it."""
    parts = [chunk async for chunk in chunks]
    content = "".join(part["message"]["content"] for part in parts)
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if thinking := "".join(part["message"].get("thinking", "") for part in parts):
        message["thinking"] = thinking
    whole = dict(parts[-1]) if parts else {}
    if calls := [call for part in parts for call in part["message"].get("tool_calls", ())]:
        message["tool_calls"] = calls
    logprobs = [each for part in parts for each in part.get("logprobs", ())]
    head = {name: whole[name] for name in ("model", "created_at") if name in whole}
    tail = {name: value for name, value in whole.items() if name.endswith(("_duration", "_count"))}
    reason = {"done_reason": whole["done_reason"]} if "done_reason" in whole else {}
    return (
        head
        | {"message": message, "done": whole.get("done", False)}
        | reason
        | ({"logprobs": logprobs} if logprobs else {})
        | tail
    )
