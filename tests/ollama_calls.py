"""Requests to a test server of Ollama, shorter to write; and waiting for what happens in its thread."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from typing import Any

import httpx

from phi_assistant.fakes.ollama import OllamaServer


def chat(server: OllamaServer, model: str = "phi3.5", text: str = "hello", **more: Any) -> httpx.Response:
    """POST /api/chat, not streamed unless asked."""
    body = {"model": model, "messages": [{"role": "user", "content": text}], "stream": False} | more
    return httpx.post(f"{server.url}/api/chat", json=body, timeout=30)


def said(answer: httpx.Response) -> str:
    """The text of an answer, streamed or not."""
    lines = [json.loads(line) for line in answer.text.splitlines()]
    return "".join(line["message"]["content"] for line in lines)


def ps(server: OllamaServer) -> list[dict[str, Any]]:
    return httpx.get(f"{server.url}/api/ps").json()["models"]


def raw(server: OllamaServer, path: str, body: dict[str, Any], method: str = "POST") -> socket.socket:
    """A connection on which the request was sent and nothing was read."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    sock = socket.create_connection((host, int(port)))
    data = json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(data)}\r\n\r\n"
    sock.sendall(head.encode() + data)
    return sock


def until(happened: Callable[[], bool], seconds: float = 10.0) -> None:
    """Waits for it."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "It did not happen."
        time.sleep(0.002)
