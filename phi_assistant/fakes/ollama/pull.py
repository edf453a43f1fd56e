"""POST /api/pull: a model from the registry, layer by layer."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any

from phi_assistant.fakes.ollama import fields
from phi_assistant.fakes.ollama.errors import ApiError
from phi_assistant.fakes.ollama.machine import Machine, breath
from phi_assistant.fakes.ollama.model import FakeModel
from phi_assistant.fakes.ollama.names import Name
from phi_assistant.fakes.ollama.reply import JSON, Reply
from phi_assistant.fakes.ollama.shelf import valid

STEPS = 5
"""How often the progress of a layer is told after its beginning."""


async def pull(machine: Machine, raw: bytes, reply: Reply) -> None:
    body = fields.read(raw, fields.NAMED)
    name = valid(body.get("model") or body.get("name", ""))
    lines = _pulled(machine, name)
    if body.get("stream", True):
        await reply.lines(lines)
        return
    try:
        last = [line async for line in lines][-1]
    except ApiError as exc:
        await reply.object({"error": exc.text}, exc.status, kind=JSON)
    else:
        await reply.object(last, kind=JSON)


async def _pulled(machine: Machine, name: Name) -> AsyncIterator[dict[str, Any]]:
    yield {"status": "pulling manifest"}
    if machine.library is None:
        url = f"https://{name.host}/v2/{name.namespace}/{name.model}/manifests/{name.tag}"
        lookup = f"dial tcp: lookup {name.host} on 127.0.0.53:53: no such host"
        raise ApiError(500, f'pull model manifest: Get "{url}": {lookup}')
    model = machine.published(name)
    if model is None:
        raise ApiError(500, "pull model manifest: file does not exist")
    here = machine.shelf.find(name) is not None
    for digest, size in layers(model):
        layer = {"status": f"pulling {digest[:12]}", "digest": f"sha256:{digest}", "total": size}
        for done in [size] if here else _progress(size):
            await breath(model.load_s / STEPS if done else 0)
            yield layer | ({"completed": done} if done else {})
    for status in ("verifying sha256 digest", "writing manifest"):
        yield {"status": status}
    machine.shelf.put(name, model)
    yield {"status": "success"}


def _progress(size: int) -> list[int]:
    return [size * step // STEPS for step in range(STEPS + 1)]


def layers(model: FakeModel) -> list[tuple[str, int]]:
    """Digest and size: the weights, the template, the parameters; together as large as the model."""
    small = [("template", 120), ("parameters", 80)]
    parts = [("weights", max(0, model.size - sum(size for _, size in small))), *small]
    return [(hashlib.sha256(f"{model.name} {part}".encode()).hexdigest(), size) for part, size in parts]
