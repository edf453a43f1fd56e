"""Many people asking at once: sessions of the front end, each a browser's websocket, asking again and again.

    python -m benchmarks.front_end --sessions 20 --seconds 180
    python -m benchmarks.front_end --sessions 50 --seconds 600 --url http://127.0.0.1:8501

Starts `phi-assistant ui` on the demo's help pages with the extractive answerer, or asks one that runs with them, as
containers do, and wants nobody to sign in. A session speaks as Streamlit's page
does: it sends what was typed, asks for fragments as often as it is told to, and reads until the answer is drawn.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

ROOT = Path(__file__).parents[1]
QUESTIONS = (
    "How long do I have to return something?",
    "What does error code E3 mean?",
    "How often do I need to descale?",
    "How long does the warranty on the pump last?",
    "Can I pay by invoice?",
)
"""What a session asks in a conversation, before it begins another."""
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
            self.again.pop(message.stop_auto_rerun.fragment_id, None)
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta":
            self._element(message)
        return str(kind)

    def _element(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
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


async def asking(url: str, until: float, times: list[float], failures: list[str]) -> None:
    """One conversation after another; how long each answer took."""
    while time.monotonic() < until:
        try:
            async with session(url) as each:
                for number, question in enumerate(QUESTIONS, 1):
                    began = time.monotonic()
                    await each.draw(typed=question)
                    await each.until_drawn(number)
                    times.append(time.monotonic() - began)
                    if time.monotonic() > until:
                        return
        except Exception as exc:  # whatever it is, somebody got no answer
            failures.append(f"{type(exc).__name__}: {exc}")


async def measured(url: str, *, sessions: int, seconds: float) -> dict[str, Any]:
    """All sessions at once."""
    await asking(url, time.monotonic() + 1, [], [])  # the first one opens what all share
    times, failures = list[float](), list[str]()
    until = time.monotonic() + seconds
    await asyncio.gather(*(asking(url, until, times, failures) for _ in range(sessions)))
    cuts = statistics.quantiles(times, n=20) if len(times) > 1 else [0.0] * 19
    return {
        "sessions": sessions,
        "answers": len(times),
        "failures": len(failures),
        "first failure": failures[:1],
        "median_s": round(cuts[9], 2),
        "p95_s": round(cuts[18], 2),
        "longest_s": round(max(times, default=0.0), 2),
    }


@contextlib.contextmanager
def front(data: Path) -> Iterator[str]:
    """A front end on the demo's help pages; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = [sys.executable, "-m", "phi_assistant"]
    flags = ["--data", str(data), "--collection", "demo-support"]
    subprocess.run([*program, "ingest", str(ROOT / "demo" / "support"), *flags], check=True, stdout=subprocess.DEVNULL)
    command = [*program, "ui", "--no-browser", "--port", str(port), *flags, "--model", "extractive"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "OLLAMA_HOST": "127.0.0.1:9"})
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{url}/_stcore/health").status_code == 200:
                    break
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait()


def running(url: str | None) -> contextlib.nullcontext[str] | None:
    """One that somebody else started and ends."""
    return contextlib.nullcontext(url.rstrip("/")) if url else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--url", help="of one that runs")
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(flags.url) or front(Path(folder)) as url:
        result = asyncio.run(measured(url, sessions=flags.sessions, seconds=flags.seconds))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
