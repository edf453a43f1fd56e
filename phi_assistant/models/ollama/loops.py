"""Asynchronous clients: one for each event loop and server, closed with the loop.

A client belongs to the loop it was made in, and nobody tells it that the loop ends, but for one thing: a loop that ends
ends its asynchronous generators, and waits for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable
from dataclasses import dataclass

from ollama import AsyncClient

_KEPT = 8
"""Of one loop; beyond, that which was idle for longest is closed: whoever sends other headers for each of his users
would have one for each of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Open:
    """A client, for as long as somebody holds this."""

    client: AsyncClient
    closer: AsyncGenerator[None]


async def opened(key: Hashable, make: Callable[[], AsyncClient]) -> Open:
    """The client of this key in the loop that runs."""
    loop = asyncio.get_running_loop()
    if loop not in _loops:
        for ended in [each for each in _loops if each.is_closed()]:  # by those who do not end their generators
            _loops.pop(ended, None)
        _loops[loop] = {}
    own = _loops[loop]
    found = own.pop(key, None)
    if found is None:
        client = make()
        found = Open(client, _closing(client, key, loop))
        await anext(found.closer)  # it is at its `yield` at once
    own[key] = found  # the last one is the one used last
    if len(own) > _KEPT:
        del own[next(iter(own))]
    return found


async def _closing(client: AsyncClient, key: Hashable, loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None]:
    """Waits for the end of the loop, or for nobody to hold the client any more."""
    try:
        yield
    finally:
        own = _loops.get(loop, {})
        if key in own and own[key].client is client:
            del own[key]
        if not own:
            _loops.pop(loop, None)
        await client._client.aclose()


_loops: dict[asyncio.AbstractEventLoop, dict[Hashable, Open]] = {}
"""The clients of each, in the order in which they were used."""
