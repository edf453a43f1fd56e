"""A stream: however it comes it reads the same, and cut anywhere it is an error that carries what came before."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, closing
from functools import reduce
from itertools import pairwise
from operator import add

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_ollama import END, HEAD, RawOllama, chunked, line

from phi_assistant import ChatPhiOllama
from phi_assistant.fakes.ollama import Cut, ErrorLine, FakeModel, HalfLine, NoDone, OllamaServer, Reset
from phi_assistant.models.errors import ChatError, ModelDied
from phi_assistant.models.ollama.loops import _loops

ODD = ["Zeile\u0085", " eins\u2028", "zwei\u2029 \x1c\x1d\x1e\x0b\x0c", " drei\r", "\nvier 🙂", ' "<&>" ']
BODY = chunked(*map(line, ODD), END)
SAID = "The answer is forty-two."


def asked(server, **options):
    return ChatPhiOllama(model="phi3.5", base_url=server.url, max_retries=0, **options)


async def _all(speaker):
    return [chunk async for chunk in speaker.astream("Hello")]


WAYS = {
    "invoke": lambda speaker: speaker.invoke("Hello"),
    "stream": lambda speaker: reduce(add, speaker.stream("Hello")),
    "ainvoke": lambda speaker: asyncio.run(speaker.ainvoke("Hello")),
    "astream": lambda speaker: reduce(add, asyncio.run(_all(speaker))),
}


@pytest.fixture(scope="module")
def server():
    with OllamaServer([FakeModel("phi3.5", says=SAID), FakeModel("odd", says=lambda asked: iter(ODD))]) as server:
        yield server


@pytest.mark.parametrize("way", WAYS)
def test_what_unicode_calls_the_end_of_a_line_is_text(server, way):
    assert WAYS[way](asked(server).model_copy(update={"model": "odd"})).content == "".join(ODD)


@settings(max_examples=25, deadline=None)
@given(cuts=st.sets(st.integers(1, len(HEAD + BODY) - 1), max_size=8))
def test_cut_into_any_pieces_it_reads_the_same(cuts):
    whole, edges = HEAD + BODY, [0, *sorted(cuts), None]
    pieces = [whole[start:end] for start, end in pairwise(edges)]
    with RawOllama(pieces, pause=0.002) as raw:
        for way in ("invoke", "astream"):
            assert WAYS[way](asked(raw)).content == "".join(ODD)


def test_byte_by_byte_it_reads_the_same():
    with RawOllama([bytes([each]) for each in HEAD + BODY]) as raw:
        assert {WAYS[way](asked(raw)).content for way in WAYS} == {"".join(ODD)}


def test_without_a_length_and_without_chunks_it_reads_the_same():
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n"
    with RawOllama([head, *map(line, ODD), END.strip()]) as raw:
        assert {WAYS[way](asked(raw)).content for way in WAYS} == {"".join(ODD)}


@pytest.fixture(scope="module")
def length(server) -> int:
    """Bytes of the whole body, its last line included."""
    import httpx

    body = {"model": "phi3.5", "messages": [{"role": "user", "content": "Hello"}]}
    return len(httpx.post(f"{server.url}/api/chat", json=body).content)


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
@given(data=st.data(), way=st.sampled_from(list(WAYS)), reset=st.booleans())
def test_cut_after_any_byte_it_is_an_error_with_the_text_so_far(server, length, data, way, reset):
    after = data.draw(st.integers(0, length - 60))  # numbers within the last line differ in length from call to call
    server.fail(Reset(after) if reset else Cut(after))
    with pytest.raises(ModelDied) as told:
        WAYS[way](asked(server))
    assert SAID.startswith(told.value.text)
    assert len(told.value.text) < 30
    assert WAYS[way](asked(server)).content == SAID  # the next one is whole


@pytest.mark.parametrize("way", WAYS)
def test_a_stream_that_was_cut_after_its_last_line_is_whole(way):
    whole = HEAD + chunked(line(SAID), END)
    for missing in (0, 2, 5):  # bytes of the end of the transfer
        with RawOllama([whole[: len(whole) - missing]]) as raw:
            assert WAYS[way](asked(raw)).content == SAID


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_forgets_to_end_the_transfer_keeps_nobody(way):
    with RawOllama([HEAD, chunked(line(SAID), END)[:-5]], stays=True) as raw:
        assert WAYS[way](asked(raw, timeout=30)).content == SAID


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (NoDone(), SAID),
        (NoDone(3), "The answer is"),
        (NoDone(0), ""),
        (HalfLine(1), ""),
        (HalfLine(3), "The answer"),
        (ErrorLine(lines=2), "The answer"),
        (ErrorLine("it is too hot", lines=2), "The answer"),
    ],
)
def test_a_stream_without_its_last_line_is_an_error_that_carries_the_text(server, way, fault, text):
    server.fail(fault)
    with pytest.raises(ChatError) as told:
        WAYS[way](asked(server))
    assert told.value.text == text
    assert "ollama" in str(told.value).lower()


def test_lines_that_have_come_together_are_passed_on_together_and_others_alone():
    lines = [HEAD, *(b"%x\r\n%b\r\n" % (len(each), each) for each in map(line, ODD)), chunked(END)]
    with RawOllama([b"".join(lines)]) as raw:
        for chunks in (list(asked(raw).stream("Hello")), asyncio.run(_all(asked(raw)))):
            assert [chunk.content for chunk in chunks if chunk.content] == ["".join(ODD)]
    with RawOllama(lines, pause=0.05) as raw:
        for chunks in (list(asked(raw).stream("Hello")), asyncio.run(_all(asked(raw)))):
            assert [chunk.content for chunk in chunks if chunk.content] == ODD


async def _first(speaker):
    async with aclosing(speaker.astream("Hello")) as stream:
        return await anext(stream)


@pytest.mark.parametrize("missing", [0, 1, 2, 3, 10, 60])
def test_what_has_come_is_not_held_back_by_a_line_that_has_not(missing):
    """Not even where a part of that has."""
    here, next_ = chunked(line("It is"), line(" here."))[:-5], chunked(line(" This is not."))[:-5]
    with RawOllama([HEAD + here + next_[:missing]], stays=True) as raw:
        with closing(asked(raw, timeout=20).stream("Hello")) as stream:
            assert next(stream).content == "It is here."
        assert asyncio.run(_first(asked(raw, timeout=20))).content == "It is here."


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("wrong", [b"4\r\n{no}\r\n", b"x\r\n", chunked(b"{no}\n")])
def test_what_came_together_with_something_broken_is_said(way, wrong):
    with RawOllama([HEAD + chunked(line("It is"), line(" here."))[:-5] + wrong]) as raw:
        with pytest.raises(ModelDied) as told:
            WAYS[way](asked(raw))
        assert told.value.text == "It is here."
        heard = []
        with pytest.raises(ModelDied):
            _hear(asked(raw), heard)
        assert "".join(heard) == "It is here."


def test_what_the_server_has_not_counted_is_estimated_and_said_to_be():
    circles = chunked(*[line(f" {word}") for word in ["round", "and"] * 400])[:-5]
    with RawOllama([HEAD + circles], stays=True) as raw:
        for way in WAYS.values():
            answer = way(asked(raw, timeout=20))
            assert answer.response_metadata["finish_reason"] == "repetition"
            assert answer.response_metadata["estimated"] == ["input_tokens", "output_tokens"]
            assert answer.usage_metadata["input_tokens"] > 0
            assert 0 < answer.usage_metadata["output_tokens"] < 400
    with RawOllama([HEAD + BODY]) as raw:
        assert "estimated" not in asked(raw).invoke("Hello").response_metadata


def _hear(speaker, heard):
    for chunk in speaker.stream("Hello"):
        heard.append(chunk.content)


def test_what_was_streamed_before_the_error_was_said(server):
    server.fail(ErrorLine(lines=2))
    heard = []
    with pytest.raises(ModelDied, match="unexpected EOF"):
        _hear(asked(server), heard)
    assert "".join(heard) == "The answer"


@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b"[]\n", b'{"message"', b"\xff\xfe\n", b"null\n", b""])
def test_what_is_no_answer_is_an_error(body):
    with RawOllama([HEAD + chunked(*([body] if body else []))]) as raw, pytest.raises(ModelDied):
        asked(raw).invoke("Hello")


def test_an_endless_repetition_that_the_server_ends_says_so():
    with (
        RawOllama([HEAD + chunked(*[line(" ha")] * 31)]) as raw,
        pytest.raises(ModelDied, match=r"again and again.*repetition_penalty") as told,
    ):
        asked(raw).invoke("Hello")
    assert told.value.text == " ha" * 31


def test_loops_of_events_leave_no_client_behind(server):
    speaker = asked(server)
    for _ in range(5):
        assert asyncio.run(speaker.ainvoke("Hello")).content == SAID
    assert not _loops
    assert asyncio.run(_abandoned(speaker))
    assert not _loops


async def _abandoned(speaker):
    async for chunk in speaker.astream("Hello"):
        heard = chunk.content
        break  # whoever leaves like this does not close the stream himself
    return heard
