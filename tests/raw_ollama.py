"""A server that answers every chat with exactly the bytes it was given, in exactly these pieces."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterable
from typing import Any, Self

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
_SHOWN = {
    "capabilities": ["completion"],
    "parameters": 'stop                           "<|end|>"',
    "model_info": {"general.architecture": "phi3", "phi3.context_length": 4096},
}


def line(text: str = "", **more: Any) -> bytes:
    """As a server writes it."""
    return (json.dumps({"message": {"content": text}, "done": False} | more, ensure_ascii=False) + "\n").encode()


END = line(done=True, done_reason="stop", prompt_eval_count=3, eval_count=4)


def chunked(*lines: bytes) -> bytes:
    """A whole body, a chunk for each line."""
    return b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in lines) + b"0\r\n\r\n"


class RawOllama:
    """`pieces` are sent one by one, `pause` seconds apart; then the connection is closed, if `stays` is not set."""

    def __init__(self, pieces: Iterable[bytes] = (), *, pause: float = 0.0, stays: bool = False) -> None:
        self.pieces, self.pause, self.stays = list(pieces), pause, stays
        self.chats = 0
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._socket.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connected, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connected], daemon=True).start()

    def _serve(self, connected: socket.socket) -> None:
        with connected:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            path = self._read(connected)
            try:
                if path == "/api/chat":
                    self.chats += 1
                    self._say(connected)
                else:
                    body = json.dumps(_SHOWN if path == "/api/show" else {"models": []}).encode()
                    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                    connected.sendall(head.encode() + body)
            except OSError:
                return  # the client has gone away

    def _say(self, connected: socket.socket) -> None:
        for piece in self.pieces:
            connected.sendall(piece)
            if self._over.wait(self.pause) if self.pause else False:
                return
        if self.stays:
            self._over.wait()

    def _read(self, connected: socket.socket) -> str:
        held = b""
        while b"\r\n\r\n" not in held:
            held += connected.recv(65536)
        head, _, body = held.partition(b"\r\n\r\n")
        length = next(
            (int(each[15:]) for each in head.lower().split(b"\r\n") if each.startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connected.recv(65536)
        return head.split()[1].decode()


def wait_until(what: Any, seconds: float = 5.0) -> bool:
    """Whether it becomes true, soon."""
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
