"""/v1: the same models in OpenAI's form."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

from phi_assistant.fakes.ollama import fields
from phi_assistant.fakes.ollama.asking import Ask, able, answer, in_order, leased, rendered
from phi_assistant.fakes.ollama.chat import asked_of, read_messages, with_system
from phi_assistant.fakes.ollama.embed import embedded
from phi_assistant.fakes.ollama.errors import ApiError
from phi_assistant.fakes.ollama.fields import Body
from phi_assistant.fakes.ollama.machine import Clock, Machine
from phi_assistant.fakes.ollama.reply import JSON, Reply
from phi_assistant.fakes.ollama.writing import Ending, Piece, arguments_text, called

_OPTIONS = {
    "max_tokens": "num_predict",
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
}


def error(exc: ApiError) -> dict[str, Any]:
    kinds = {400: "invalid_request_error", 404: "not_found_error"}
    kind = kinds.get(exc.status, "api_error")
    return {"error": {"message": exc.text, "type": kind, "param": None, "code": None}}


async def models(machine: Machine, raw: bytes, reply: Reply) -> None:
    data = [
        {"id": held.name.short, "object": "model", "created": held.modified // 10**9, "owned_by": held.name.namespace}
        for held in machine.shelf.newest_first()
    ]
    await reply.object({"object": "list", "data": data}, kind=JSON, end="\n")


async def completions(machine: Machine, raw: bytes, reply: Reply) -> None:
    try:
        await _completions(machine, _native(fields.read(raw, fields.OPENAI_CHAT)), reply)
    except ApiError as exc:
        await reply.object(error(exc), exc.status, kind=JSON, end="\n")


async def embeddings(machine: Machine, raw: bytes, reply: Reply) -> None:
    try:
        body = fields.read(raw, fields.OPENAI_EMBED)
        given = body.get("input", "")
        held = machine.existing(body.get("model", ""))
        texts = [given] if isinstance(given, str) else given
        vectors, count, _ = await embedded(machine, held, body, texts, Clock())
    except ApiError as exc:
        await reply.object(error(exc), exc.status, kind=JSON, end="\n")
        return
    data = [{"object": "embedding", "embedding": each, "index": index} for index, each in enumerate(vectors)]
    usage = {"prompt_tokens": count, "total_tokens": count}
    found = {"object": "list", "data": data, "model": body["model"], "usage": usage}
    await reply.object(found, kind=JSON, end="\n")


def _native(body: Body) -> Body:
    """The request as /api/chat would have it."""
    options = {ours: body[theirs] for theirs, ours in _OPTIONS.items() if theirs in body}
    if "stop" in body:
        options["stop"] = [body["stop"]] if isinstance(body["stop"], str) else body["stop"]
    form = body.get("response_format", {})
    schema = form.get("json_schema", {}).get("schema")
    kept: Body = {name: body[name] for name in ("model", "tools", "logprobs", "top_logprobs") if name in body}
    return {
        **kept,
        "stream": body.get("stream", False),
        "usage": body.get("stream_options", {}).get("include_usage", False),
        "messages": [_message(each) for each in body.get("messages", [])],
        "options": options,
        "format": "json" if form.get("type") == "json_object" else schema,
    }


def _message(message: Body) -> Body:
    """Parts of text as one text."""
    content = message.get("content", "")
    if isinstance(content, list):
        content = "".join(part.get("text", "") for part in content)
    return message | {"content": content}


async def _completions(machine: Machine, body: Body, reply: Reply) -> None:
    ask = able(in_order(machine, body), to="chat")
    messages = with_system(ask, read_messages(body)) if body["messages"] else []
    if not messages:
        raise ApiError(400, "[] is too short - 'messages'")
    async with leased(machine, ask) as (runner, load):
        text, whole = rendered(ask, messages, runner.context)
        parts = answer(machine, ask, runner, load, text, asked_of(ask, messages), whole=whole)
        if ask.streams:
            await reply.events(_chunks(machine, ask, parts), error=error)
        else:
            await reply.object(await _whole(machine, ask, parts), kind=JSON, end="\n")


def _head(machine: Machine, ask: Ask, kind: str, number: int) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{number}",
        "object": kind,
        "created": int(time.time()),
        "model": ask.body["model"],
        "system_fingerprint": "fp_ollama",
    }


async def _chunks(machine: Machine, ask: Ask, parts: AsyncIterator[Piece | Ending]) -> AsyncIterator[dict[str, Any]]:
    number, first, calls = machine.next_id(), True, 0
    async for part in parts:
        head = _head(machine, ask, "chat.completion.chunk", number)
        if isinstance(part, Ending):
            reason = "tool_calls" if calls else part.reason
            yield head | {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
            if ask.body["usage"]:
                yield head | {"choices": [], "usage": _usage(part)}
            return
        delta: dict[str, Any] = ({"role": "assistant"} if first else {}) | {"content": part.text}
        if part.thinking:
            delta["reasoning"] = part.thinking
        if part.call is not None:
            delta["tool_calls"] = [_call(part, calls, machine.next_id())]
            calls += 1
        first = False
        yield head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


async def _whole(machine: Machine, ask: Ask, parts: AsyncIterator[Piece | Ending]) -> dict[str, Any]:
    pieces, reason, usage = [], "stop", {}
    async for part in parts:
        if isinstance(part, Ending):
            reason, usage = part.reason, _usage(part)
        else:
            pieces.append(part)
    calls = [_call(piece, index, machine.next_id()) for index, piece in enumerate(_calling(pieces))]
    message: dict[str, Any] = {"role": "assistant", "content": "".join(piece.text for piece in pieces)}
    if thinking := "".join(piece.thinking for piece in pieces):
        message["reasoning"] = thinking
    if calls:
        message["tool_calls"], reason = calls, "tool_calls"
    choices = [{"index": 0, "message": message, "finish_reason": reason}]
    return _head(machine, ask, "chat.completion", machine.next_id()) | {"choices": choices, "usage": usage}


def _calling(pieces: list[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.call is not None]


def _call(piece: Piece, index: int, number: int) -> dict[str, Any]:
    assert piece.call is not None
    native = called(piece.call, index, number)
    function = {"name": piece.call.name, "arguments": arguments_text(piece.call)}
    return {"id": native["id"], "index": index, "type": "function", "function": function}


def _usage(ending: Ending) -> dict[str, int]:
    total = ending.prompt_tokens + ending.tokens
    return {"prompt_tokens": ending.prompt_tokens, "completion_tokens": ending.tokens, "total_tokens": total}
