"""The test server on the wire: bytes and framing, Go's way of writing, who may ask, and how it refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from ollama_calls import chat, ps, raw

from phi_assistant.fakes.ollama import FakeModel, OllamaServer, go


@pytest.fixture(name="server", scope="module")
def started() -> Iterator[OllamaServer]:
    with OllamaServer([FakeModel("phi3.5")], origins=["https://*.example.org"]) as server:
        yield server


def post(server: OllamaServer, path: str, body: bytes | str) -> tuple[int, str]:
    answer = httpx.post(f"{server.url}{path}", content=body)
    return answer.status_code, answer.json()["error"]


def test_every_line_is_a_chunk_of_its_own(server: OllamaServer):
    sock = raw(server, "/api/chat", {"model": "phi3.5", "messages": [{"role": "user", "content": "hello"}]})
    got = b""
    while not got.endswith(b"0\r\n\r\n"):
        got += sock.recv(65536)
    sock.close()
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    assert sorted(line.partition(":")[0].lower() for line in lines[1:]) == ["content-type", "date", "transfer-encoding"]
    chunks = body.split(b"\r\n")
    sizes, texts = chunks[:-3:2], chunks[1:-3:2]
    assert [int(size, 16) for size in sizes] == [len(text) for text in texts]
    assert len(texts) == 8
    assert all(text.endswith(b"}\n") and json.loads(text) for text in texts)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, 2.0, 0.5, -0.0]}, '{"a":[1,2,0.5,-0]}'),
        ([1e-5, 1e-6, 1e-7, 1.5e-7, 1e20, 1e21], "[0.00001,0.000001,1e-7,1.5e-7,100000000000000000000,1e+21]"),
        ({"ä": "<é&>\u2028"}, '{"ä":"\\u003cé\\u0026\\u003e\\u2028"}'),
        ([None, True, False, "\ud83d"], '[null,true,false,"\ufffd"]'),
    ],
)
def test_json_is_written_as_go_writes_it(value: object, text: str):
    assert go.encode(value) == text


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_795_423_713_382_619_710, "2026-11-23T08:48:33.38261971Z"),
        (1_795_423_713_000_000_001, "2026-11-23T08:48:33.000000001Z"),
    ],
)
def test_moments_lose_the_zeros_at_their_end(nanoseconds: int, text: str):
    assert go.stamp(nanoseconds) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10s", 10), ("1h30m", 5400), ("1.5h", 5400), ("-1s", -1), ("100ms", 0.1), ("0", 0), ("+2m", 120)],
)
def test_durations_are_read_as_go_reads_them(text: str, seconds: float):
    assert go.duration(text) == seconds * go.SECOND


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("soon", 'time: invalid duration "soon"'),
        ("", 'time: invalid duration ""'),
        ("10", 'time: missing unit in duration "10"'),
        ("10d", 'time: unknown unit "d" in duration "10d"'),
    ],
)
def test_what_is_no_duration_is_refused_in_its_words(text: str, error: str):
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        go.duration(text)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:80", 200),
        ("127.0.0.1:11434", 200),
        ("[::1]:11434", 200),
        ("192.168.0.7", 200),
        ("host.docker.internal", 200),
        ("box.local", 200),
        ("ollama:11434", 403),
        ("evil.example", 403),
        ("8.8.8.8", 403),
    ],
)
def test_a_server_on_loopback_knows_its_hosts(server: OllamaServer, host: str, status: int):
    answer = httpx.get(f"{server.url}/api/version", headers={"Host": host})
    assert (answer.status_code, answer.text) == (status, '{"version":"0.32.15"}' if status == 200 else "")


def test_one_that_listens_everywhere_does_not_mind():
    with OllamaServer(host="0.0.0.0") as server:
        url = server.url.replace("0.0.0.0", "127.0.0.1")
        assert httpx.get(f"{url}/api/version", headers={"Host": "ollama:11434"}).is_success


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:8501", True),
        ("https://127.0.0.1", True),
        ("vscode-webview://abc", True),
        ("https://a.example.org", True),
        ("http://evil.example", False),
        ("http://localhost.evil.example", False),
    ],
)
def test_web_pages_of_other_origins_are_refused(server: OllamaServer, origin: str, allowed: bool):
    answer = httpx.get(f"{server.url}/api/version", headers={"Origin": origin})
    assert answer.status_code == (200 if allowed else 403)
    assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
    before = httpx.options(f"{server.url}/api/chat", headers={"Origin": origin})
    assert before.status_code == (204 if allowed else 403)


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("/api/chat", b"", 400, "missing request body"),
        ("/api/chat", b'{"model": "phi', 400, "unexpected EOF"),
        ("/api/chat", b"{nope}", 400, "invalid character 'n' looking for beginning of object key string"),
        ("/api/chat", b"[]", 400, "json: cannot unmarshal array into Go value of type api.ChatRequest"),
        ("/api/generate", b'{"model": "phi3.5", "prompt": 5}', 400, "GenerateRequest.prompt of type string"),
        ("/api/generate", b'{"model": ""}', 404, "model '' not found"),
        ("/api/generate", b'{"model": "phi3.5", "context": [1, "a"]}', 400, "GenerateRequest.context of type int"),
        ("/api/chat", b'{"model": "phi3.5", "messages": [{"content": [1]}]}', 400, "ChatRequest.messages.content"),
        ("/api/chat", b'{"model": "phi3.5", "stream": "yes"}', 400, "cannot unmarshal string into Go struct field"),
        ("/api/chat", b'{"model": "phi3.5", "top_logprobs": 1.5}', 400, "cannot unmarshal number 1.5 into Go struct"),
        ("/api/chat", b'{"model": "phi3.5", "keep_alive": true}', 400, "Unsupported type: 'bool'"),
        ("/api/chat", b'{"model": "phi3.5", "options": {"stop": "x"}}', 500, 'option "stop" must be of type array'),
        ("/api/chat", b'{"model": "phi3.5", "think": 5}', 400, "think must be a boolean or string"),
        ("/api/copy", b'{"source": "phi3.5", "destination": "a b"}', 400, 'destination "a b" is invalid'),
        ("/api/copy", b'{"source": "nope", "destination": "b"}', 404, 'model "nope" not found'),
        ("/api/embeddings", b'{"prompt": "x"}', 400, "model is required"),
    ],
)
def test_what_cannot_be_read_is_refused_in_gos_words(
    server: OllamaServer, path: str, body: bytes, status: int, error: str
):
    got = post(server, path, body)
    assert got[0] == status
    assert error in got[1]


def test_names_are_found_however_they_are_written(server: OllamaServer):
    for name in ("phi3.5", "PHI3.5:latest", "library/phi3.5", "registry.ollama.ai/library/phi3.5:latest"):
        answer = chat(server, name).json()
        assert answer["model"] == name
    assert [model["name"] for model in ps(server)] == ["phi3.5:latest"]


def test_what_came_in_can_be_looked_at(server: OllamaServer):
    httpx.post(f"{server.url}/api/show?x=1", json={"model": "phi3.5"}, headers={"Authorization": "Bearer abc"})
    received = server.requests[-1]
    assert (received.method, received.path, received.json) == ("POST", "/api/show", {"model": "phi3.5"})
    assert received.headers["authorization"] == "Bearer abc"


def test_a_server_can_be_used_without_its_packages_only_after_they_are_installed():
    code = (
        "import sys; sys.modules['uvicorn'] = None\n"
        "from phi_assistant.fakes import WordLengthEmbeddings\n"
        "import phi_assistant.fakes.ollama\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1].endswith(
        "The test server of Ollama needs the package 'uvicorn', which is not installed. "
        'Install it with `pip install "phi-assistant[fakes]"`.'
    )
