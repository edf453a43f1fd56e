"""The models that are here, those that are loaded, copies and deletions, and the version."""

from __future__ import annotations

from typing import Any

from phi_assistant.fakes.ollama import fields, go
from phi_assistant.fakes.ollama.errors import ApiError
from phi_assistant.fakes.ollama.machine import Machine
from phi_assistant.fakes.ollama.model import FakeModel
from phi_assistant.fakes.ollama.names import Name
from phi_assistant.fakes.ollama.reply import Reply
from phi_assistant.fakes.ollama.schedule import Runner
from phi_assistant.fakes.ollama.shelf import Held, valid


async def root(machine: Machine, raw: bytes, reply: Reply) -> None:
    await reply.body(b"Ollama is running", kind="text/plain; charset=utf-8")


async def version(machine: Machine, raw: bytes, reply: Reply) -> None:
    await reply.object({"version": machine.version})


async def tags(machine: Machine, raw: bytes, reply: Reply) -> None:
    await reply.object({"models": [_tag(held) for held in machine.shelf.newest_first()]})


async def ps(machine: Machine, raw: bytes, reply: Reply) -> None:
    await reply.object({"models": [_process(runner) for runner in machine.schedule.loaded()]})


async def copy(machine: Machine, raw: bytes, reply: Reply) -> None:
    body = fields.read(raw, fields.COPY)
    source, destination = body.get("source", ""), body.get("destination", "")
    for which, text in (("source", source), ("destination", destination)):
        if Name.parse(text) is None:
            raise ApiError(400, f"{which} {go.encode(text)} is invalid")
    held = machine.shelf.find(valid(source))
    if held is None:
        raise ApiError(404, f"model {go.encode(source)} not found")
    machine.shelf.put(valid(destination), held.model)
    await reply.body(b"")


async def delete(machine: Machine, raw: bytes, reply: Reply) -> None:
    body = fields.read(raw, fields.NAMED)
    text = body.get("model") or body.get("name", "")
    name = Name.parse(text)
    if name is None:
        raise ApiError(400, f"name {go.encode(text)} is invalid")
    if machine.shelf.find(name) is None:
        raise ApiError(404, f"model '{text}' not found")
    machine.shelf.remove(name)
    await reply.body(b"")


def details(model: FakeModel) -> dict[str, Any]:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": model.family,
        "families": [model.family],
        "parameter_size": model.parameter_size,
        "quantization_level": model.quantization,
    }


def _named(held: Held) -> dict[str, Any]:
    return {"name": held.name.short, "model": held.name.short}


def _tag(held: Held) -> dict[str, Any]:
    model = held.model
    lengths = {"context_length": model.context, "embedding_length": model.embedding_length}
    return {
        **_named(held),
        "modified_at": go.stamp(held.modified),
        "size": model.size,
        "digest": model.digest,
        "details": details(model) | lengths,
        "capabilities": model.capabilities,
    }


def _process(runner: Runner) -> dict[str, Any]:
    return {
        **_named(runner.held),
        "size": runner.held.model.memory,
        "digest": runner.held.model.digest,
        "details": details(runner.held.model),
        "expires_at": go.stamp(runner.until),
        "size_vram": 0,
        "context_length": runner.context,
    }
