"""A session of the front end, as Streamlit's page in a browser holds it: one websocket, and the page it is told of.

It sends what was typed, asks for fragments as often as it is told to, and stops when the page is drawn anew, as the
page does. It draws nothing, keeps nothing in a cache, and does not fetch the page's scripts, which browsers have.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

_PATIENCE_S = 60.0


@dataclass
class Session:
    """One tab of one browser."""

    socket: ClientConnection
    box: str = ""
    """The id of the field for questions."""
    query: str = ""
    page: str = ""
    """The hash of the page that is open."""
    done: set[str] = field(default_factory=set)
    """The ids of the cards of answers that were drawn."""
    again: dict[str, float] = field(default_factory=dict)
    """Fragments that want to be drawn again, with how often."""

    async def draw(self, *, typed: str = "", fragment: str = "") -> None:
        """Has the page drawn, after something was typed or a fragment is due."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = bool(fragment)
        if typed:
            state = message.rerun_script.widget_states.widgets.add()
            state.id = self.box
            state.chat_input_value.data = typed
        await self.socket.send(message.SerializeToString())

    async def until_drawn(self, answers: int = 0) -> None:
        """Reads until the page is at rest, with so many answers on it. Raises `TimeoutError`."""
        async with asyncio.timeout(_PATIENCE_S):
            polling = asyncio.create_task(self._poll())
            try:
                at_rest = False
                while not (at_rest and len(self.done) >= answers):
                    kind = self._take(await self.socket.recv())
                    at_rest = kind == "script_finished" or (at_rest and kind != "new_session")
            finally:
                polling.cancel()

    async def _poll(self) -> None:
        """Has fragments drawn again as often as they want it."""
        while True:
            await asyncio.sleep(min(self.again.values(), default=0.1))
            for fragment in list(self.again):
                await self.draw(fragment=fragment)

    def _take(self, data: Any) -> str:
        """Goes on by one message; which kind it was."""
        message = ForwardMsg()
        message.ParseFromString(data)
        kind = message.WhichOneof("type")
        if kind == "new_session" and not message.metadata.run.fragment_ids:
            self.again.clear()  # the whole page is drawn: what it still wants, it says anew
            self.page = message.new_session.page_script_hash
        elif kind == "navigation":
            self.page = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            self.again[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self.again.pop(fragment, None)
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta":
            self._element(message.delta)
        return str(kind)

    def _element(self, delta: Delta) -> None:
        element = delta.new_element
        if element.HasField("chat_input"):
            self.box = element.chat_input.id
        elif element.HasField("exception"):
            raise RuntimeError(element.exception.message)
        elif element.HasField("bidi_component"):
            data = json.loads(element.bidi_component.json or "{}")
            if data.get("state") == "done":
                self.done.add(element.bidi_component.id)


@contextlib.asynccontextmanager
async def session(url: str) -> AsyncIterator[Session]:
    """A browser that was never here."""
    async with httpx.AsyncClient(headers={"Accept": "text/html"}) as browser:
        await browser.get(url)
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    address = f"{url.replace('http', 'ws')}/_stcore/stream"
    async with connect(
        address, subprotocols=[Subprotocol("streamlit")], additional_headers={"Cookie": cookies}, max_size=None
    ) as opened:
        made = Session(opened)
        await made.draw()
        await made.until_drawn()
        yield made
