"""The socket and the thread: uvicorn on a port that can be closed for a while and opened again."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import Coroutine
from typing import Any

import uvicorn

from phi_assistant.fakes.ollama.connections import Connections

STARTING = 10.0
"""Seconds after which something is wrong; it takes a few milliseconds."""


class _Uvicorn(uvicorn.Server):
    """Ends as soon as it is told to; otherwise it looks ten times a second."""

    ended: asyncio.Event

    async def main_loop(self) -> None:
        self.ended = asyncio.Event()
        counter = 0
        while not self.ended.is_set() and not await self.on_tick(counter):
            counter += 1
            try:
                await asyncio.wait_for(self.ended.wait(), 0.1)
            except TimeoutError:
                continue
        self.started = False  # or its shutdown would wait a tenth of a second for what is ended already


class Listener:
    """A server in a thread."""

    def __init__(self, app: Any, connections: Connections, host: str, port: int) -> None:
        self.connections, self.host, self.port = connections, host, port
        self._server = _Uvicorn(
            uvicorn.Config(
                app,
                http=connections.protocol(),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=3600,
            )
        )
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reopening: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        ready = threading.Event()
        sock = self._bound()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(sock, ready)), daemon=True)
        self._thread.start()
        if not ready.wait(STARTING):
            raise RuntimeError(f"The test server did not start within {STARTING:.0f} seconds.")

    def stop(self) -> None:
        """Ends every connection, and the thread."""
        if self._thread is not None:
            self.call(self._end())
            self._thread.join()

    def call(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs on the loop of the server, from another thread."""
        assert self._loop is not None, "The server is used within its `with`."
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def close(self) -> None:
        """As if nobody was there."""
        for task in self._reopening:
            task.cancel()
        self._close_port()
        self.connections.drop_all()

    async def open(self) -> None:
        await self._server.startup([self._bound()])

    async def refuse(self, seconds: float) -> None:
        """No new connections for a while, and the idle ones end; what is being answered goes on."""
        self._close_port()
        self.connections.drop_idle()
        task = asyncio.create_task(self._reopen(seconds))
        self._reopening.add(task)
        task.add_done_callback(self._reopening.discard)

    def refuse_soon(self, seconds: float) -> None:
        """The same, for callers on the loop."""
        task = asyncio.ensure_future(self.refuse(seconds))
        self._reopening.add(task)
        task.add_done_callback(self._reopening.discard)

    async def _reopen(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if not self._server.servers:
            await self.open()

    async def _run(self, sock: socket.socket, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        serving = asyncio.create_task(self._server.serve([sock]))
        while not self._server.started and not serving.done():
            await asyncio.sleep(0)
        ready.set()
        await serving

    async def _end(self) -> None:
        self._close_port()
        self.connections.drop_all()
        async with asyncio.timeout(STARTING):
            while self._server.server_state.tasks:
                await asyncio.sleep(0)
        self._server.ended.set()

    def _close_port(self) -> None:
        for server in self._server.servers:
            server.close()
        self._server.servers = []

    def _bound(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # or asyncio leaves Nagle on
        if sys.platform != "win32":  # there it would let two servers have one port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((self.host, self.port))
        self.port = sock.getsockname()[1]
        return sock
