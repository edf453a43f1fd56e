"""What goes wrong on purpose, as a client sees it; and that the server is well afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from ollama_calls import chat, raw, said, until

from phi_assistant.fakes.ollama import (
    BUSY,
    CANCELED,
    DIED,
    FORBIDDEN,
    OUT_OF_MEMORY,
    Cut,
    ErrorLine,
    FakeModel,
    Fault,
    HalfLine,
    NoDone,
    OllamaServer,
    Refused,
    Reset,
    Slow,
    Stall,
    Status,
)

ANSWER = "The answer is forty-two."


@pytest.fixture(name="server")
def started() -> Iterator[OllamaServer]:
    with OllamaServer([FakeModel("phi3.5")]) as server:
        yield server
        server.wait_until_idle()
        assert said(chat(server)) == ANSWER


def streamed(server: OllamaServer) -> tuple[bytes, Exception | None]:
    """All bytes that came, and what ended them."""
    body = b""
    try:
        with httpx.stream("POST", f"{server.url}/api/chat", json=REQUEST) as answer:
            for piece in answer.iter_raw():
                body += piece
    except httpx.HTTPError as exc:
        return body, exc
    return body, None


REQUEST = {"model": "phi3.5", "messages": [{"role": "user", "content": "hello"}]}


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        (BUSY, 503, "server busy"),
        (CANCELED, 499, "request canceled"),
        (FORBIDDEN, 403, ""),
        (DIED, 500, "unexpected EOF"),
        (OUT_OF_MEMORY, 500, "out-of-memory"),
        (Status(500, "unexpected end of JSON input"), 500, "unexpected end of JSON input"),
    ],
)
def test_a_status_is_all_that_comes(server: OllamaServer, fault: Fault, status: int, text: str):
    server.fail(fault)
    refused = chat(server)
    assert refused.status_code == status
    assert text in refused.text
    assert (refused.text == "") == (text == "")


def test_a_reset_is_seen_before_the_answer_or_within_it(server: OllamaServer):
    server.fail(Reset(), Reset(after=200))
    for most in (0, 200):
        body, error = streamed(server)
        assert isinstance(error, httpx.ReadError)
        assert len(body) <= most


@pytest.mark.parametrize("after", [0, 1, 57, 126, 127, 128, 500])
def test_a_stream_can_be_cut_anywhere(server: OllamaServer, after: int):
    server.fail(Cut(after))
    body, error = streamed(server)
    assert isinstance(error, httpx.RemoteProtocolError)
    assert len(body) == after


def test_so_can_an_answer_in_one_object(server: OllamaServer):
    server.fail(Cut(100))
    with pytest.raises(httpx.RemoteProtocolError, match="received 100 bytes"):
        chat(server)


def test_half_a_line_has_no_end(server: OllamaServer):
    server.fail(HalfLine(3))
    body, error = streamed(server)
    assert isinstance(error, httpx.RemoteProtocolError)
    assert (body.count(b"\n"), body.endswith(b"\n")) == (2, False)


def test_a_stream_without_its_end_looks_whole(server: OllamaServer):
    server.fail(NoDone(), NoDone(lines=2))
    for lines in (7, 2):
        body, error = streamed(server)
        assert error is None
        assert (body.count(b"\n"), b'"done":true' in body) == (lines, False)


def test_an_error_line_ends_the_stream(server: OllamaServer):
    server.fail(ErrorLine(lines=3))
    body, error = streamed(server)
    assert error is None
    assert body.splitlines()[3:] == [b'{"error":"an error was encountered while running the model: unexpected EOF"}']


def test_for_an_answer_in_one_object_it_is_a_status(server: OllamaServer):
    server.fail(ErrorLine("no luck"), ErrorLine("no luck", lines=0))
    for stream in (False, True):
        answer = chat(server, stream=stream)
        assert (answer.status_code, answer.json()) == (500, {"error": "no luck"})


@pytest.mark.parametrize("lines", [0, 2])
def test_a_stall_lasts_until_the_client_leaves(server: OllamaServer, lines: int):
    server.fail(Stall(lines))
    sock = raw(server, "/api/chat", REQUEST)
    if lines:
        got = b""
        while got.count(b"}\n") < lines:
            got += sock.recv(65536)
    sock.settimeout(0.05)
    with pytest.raises(TimeoutError):
        sock.recv(1)
    assert server.active == 1
    sock.close()


def test_a_stall_with_an_end_only_takes_a_while(server: OllamaServer):
    server.fail(Stall(1, seconds=0.01), Slow(0.001))
    assert said(chat(server, stream=True)) == ANSWER
    assert said(chat(server, stream=True)) == ANSWER


def test_connections_are_refused_for_a_while(server: OllamaServer):
    server.fail(Refused(0.6))
    with pytest.raises(httpx.ConnectError):
        chat(server)
    until(lambda: reachable(server))


def test_a_request_that_meets_a_refusal_is_reset(server: OllamaServer):
    server.fail(BUSY, Refused(0.6))
    assert chat(server).status_code == 503
    with pytest.raises(httpx.ReadError):
        chat(server)
    with pytest.raises(httpx.ConnectError):
        chat(server)
    until(lambda: reachable(server))


def reachable(server: OllamaServer) -> bool:
    try:
        return httpx.get(server.url).is_success
    except httpx.ConnectError:
        return False


def test_a_server_that_is_down_is_reached_by_nobody(server: OllamaServer):
    with httpx.Client(base_url=server.url) as client:
        assert client.get("/").is_success
        with server.down():
            for _ in range(3):
                with pytest.raises(httpx.TransportError):
                    client.get("/")
            with pytest.raises(httpx.ConnectError):
                chat(server)
        assert client.get("/").is_success


def test_faults_come_in_order_and_for_their_path_only(server: OllamaServer):
    server.fail(BUSY, DIED)
    server.fail(FORBIDDEN, path="/api/show")
    assert httpx.get(f"{server.url}/api/tags").is_success
    assert [chat(server).status_code for _ in range(3)] == [503, 500, 200]
    assert httpx.post(f"{server.url}/api/show", json={"model": "phi3.5"}).status_code == 403
    server.fail(BUSY, path=None)
    assert httpx.get(f"{server.url}/api/tags").status_code == 503


def test_a_function_can_choose_the_faults():
    chosen = iter([None, BUSY, None])
    with OllamaServer([FakeModel("phi3.5")], faults=lambda received: next(chosen)) as server:
        assert [chat(server).status_code for _ in range(3)] == [200, 503, 200]
        assert [request.json["model"] for request in server.requests] == ["phi3.5"] * 3


def test_waiting_for_an_end_that_does_not_come_says_so(server: OllamaServer):
    server.fail(Stall())
    sock = raw(server, "/api/chat", REQUEST)
    until(lambda: server.active == 1)
    with pytest.raises(TimeoutError, match="1 answers"):
        server.wait_until_idle(0.01)
    sock.close()
