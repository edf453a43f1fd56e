"""Packing: what fits in a budget, as it stands in the source."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from samples import chunk, entry, put

from phi_assistant import ChunkStore, Embedder, Hit, Retriever, pack
from phi_assistant.packing import heading_of, render


def words(text: str) -> int:
    return len(text.split())


@pytest.fixture
def novel(store: ChunkStore) -> list[Hit]:
    """A store with two sources of five chunks, four words each; the hits are all of them, best first."""
    parts = [f"chunk {n} of a " for n in range(5)]
    put(store, entry("a.md", *parts, title="A"), entry("b.md", *parts, title="B"))
    chunks = store.sample(10)
    return [Hit(chunk, 1 - rank / 20) for rank, chunk in enumerate(chunks)]


def test_neighbours_become_one_passage_with_the_text_of_the_source(store, novel):
    [passage] = pack([novel[1], novel[2]], store, budget=1000, count=words)
    assert [chunk.position for chunk in passage.chunks] == [0, 1, 2, 3]
    assert passage.text == "chunk 0 of a chunk 1 of a chunk 2 of a chunk 3 of a "
    assert (passage.start, passage.end) == (0, len(passage.text))


def test_the_best_passage_is_number_one(store, novel):
    passages = pack([novel[7], novel[1]], store, budget=1000, count=words)
    assert [(p.number, p.chunks[0].source, p.score) for p in passages] == [(1, "a.md", 0.95), (2, "b.md", 0.65)]


def test_a_small_budget_holds_the_best_hit_without_its_neighbours(store, novel):
    [passage] = pack(novel[1:3], store, budget=9, count=words)
    assert passage.text == "chunk 1 of a "


def test_a_budget_too_small_for_anything_holds_nothing(store, novel):
    assert pack(novel, store, budget=3, count=words) == []
    assert pack([], store, budget=1000, count=words) == []
    assert render([]) == ""


def test_passages_are_shown_with_their_number_and_place(store, novel):
    passages = pack([novel[0]], store, budget=9, count=words)
    assert render(passages) == "[1] A\nchunk 0 of a"


def test_a_heading_names_the_page_once():
    assert heading_of(chunk("", title="Manual", headings=["Care"], label="p. 3")) == "Manual > Care (p. 3)"
    assert heading_of(chunk("", title="Manual", headings=["Care"])) == "Manual > Care"


QUESTIONS = ("How long do I have to return something?", "What does error code E3 mean?", "the", "warranty of the pump")


@pytest.fixture(params=["words", "tokens"])
def count(request: pytest.FixtureRequest, embedder: Embedder) -> Callable[[str], int]:
    return words if request.param == "words" else embedder.count_tokens


@pytest.mark.parametrize("budget", [40, 64, 128, 300, 1024, 4096])
def test_what_is_shown_never_takes_more_than_the_budget(demo: Retriever, count, budget):
    chosen = random.Random(budget)
    for question in QUESTIONS:
        hits = demo.retrieve(question, k=20)
        for some in (hits, chosen.sample(hits, 7), [Hit(hit.chunk, chosen.random()) for hit in hits]):
            assert count(render(pack(some, demo.store, budget=budget, count=count))) <= budget


def test_a_large_budget_is_made_use_of(demo):
    hits = demo.retrieve(QUESTIONS[0], k=20)
    assert 900 < words(render(pack(hits, demo.store, budget=1024, count=words))) <= 1024


def test_a_passage_is_a_slice_of_its_source(demo):
    texts = {id_: path.read_text("utf-8") for id_, (_, path) in demo.store.sources().items() if id_.endswith(".md")}
    passages = [p for question in QUESTIONS for p in pack(demo.retrieve(question), demo.store, budget=999, count=words)]
    plain = [passage for passage in passages if passage.chunks[0].source in texts]
    assert len(plain) > 5
    for passage in plain:
        assert passage.text == texts[passage.chunks[0].source][passage.start : passage.end]
