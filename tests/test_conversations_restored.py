"""A conversation that was put away and goes on: what its model reads is the same to the character."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from samples import entry, put
from tiny_phi import ANSWER

from phi_assistant import Answer, Assistant, Retriever, open_store
from phi_assistant.conversations import Conversations, open_database
from phi_assistant.fakes import FakeChat
from phi_assistant.generative import ChatAnswerer
from phi_assistant.parts import counted_by
from phi_assistant.prompts import Packer

RIGHT = "You have 45 days from the day of delivery to return an item and get your money back."
QUESTIONS = [
    "How long do I have to return something?",
    "Who won the world cup in 1998?",
    "And how do I send it back?",
    "Can a gift card be returned?",
    "How long do I have to return something?",
    "What does error code E3 mean?",
]


class Shelf:
    """A conversation that is put away after each answer, and read from a database that is opened anew."""

    def __init__(self, place: str | Path) -> None:
        self._place = place
        with open_database(place) as database:
            self._id = Conversations(database, owner="ana").begin(collection="demo").id

    def go_on(self, assistant: Assistant, question: str) -> Answer:
        with open_database(self._place) as database:
            mine = Conversations(database, owner="ana")
            answer = assistant.ask(question, mine.turns(self._id))
            mine.append(self._id, answer, said=question)
        return answer


def held(assistant: Assistant, questions: list[str]) -> list[Answer]:
    """The same conversation, held in memory."""
    history, answers = [], []
    for question in questions:
        answers.append(assistant.ask(question, history))
        history += answers[-1].turns
    return answers


@pytest.mark.parametrize("room", [3072, 800], ids=["with room", "condensed"])
def test_the_model_reads_what_it_would_have_read(demo, place, room):
    def asking() -> tuple[FakeChat, Assistant]:
        chat = FakeChat(says=lambda messages: f"{RIGHT} [9]")  # a marker that is put right in what a reader sees
        packer = Packer(demo.store, counted_by(chat), room=room, passages=300)
        return chat, Assistant(demo, ChatAnswerer(chat, demo, model="fake", packer=packer))

    (in_memory, first), (restored, second), shelf = asking(), asking(), Shelf(place)
    answers = held(first, QUESTIONS)
    again = [shelf.go_on(second, question) for question in QUESTIONS]
    assert restored.heard == in_memory.heard
    assert len(restored.heard) == len(QUESTIONS) - 1  # of one the documents say nothing
    assert [each.text for each in again] == [each.text for each in answers]
    assert [each.turns for each in again] == [each.turns for each in answers]
    grew = all(
        after[: len(before)] == before for before, after in zip(restored.heard, restored.heard[1:], strict=False)
    )
    assert grew == (room == 3072)


def test_a_strange_text_is_read_again_as_it_was(demo, place):
    said = "Tab\t, nul \0, “quotes”, \\, 日本語, 😀, \u2028 and <|end|>. " + RIGHT
    chats = [FakeChat(says=[said]) for _ in range(2)]
    first, second = (Assistant(demo, ChatAnswerer(chat, demo, model="fake")) for chat in chats)
    shelf = Shelf(place)
    held(first, QUESTIONS[:1] * 2)
    for question in QUESTIONS[:1] * 2:
        shelf.go_on(second, question)
    assert chats[1].heard == chats[0].heard


@pytest.fixture
def riddle(embedder, tmp_path):
    """A store that holds what the tiny model says."""
    with open_store(tmp_path / "riddle", create=True) as store:
        put(
            store,
            entry("riddle.md", f"What is the answer to everything? {ANSWER} " * 8, title="The answer"),
            embedder=embedder,
        )
        yield Retriever(store, embedder)


def test_a_local_model_reads_only_what_is_new_in_a_restored_conversation(riddle, own: Callable[..., object], place):
    asking = Assistant(riddle, ChatAnswerer(own("answer"), riddle, model="onnx:tiny"))
    shelf = Shelf(place)
    used = [
        shelf.go_on(asking, question).usage
        for question in ("What is the answer to everything?", "So what is the answer?", "Is forty-two the answer?")
    ]
    assert used[0].cached_tokens == 0
    assert used[1].cached_tokens >= used[0].prompt_tokens
    assert used[2].cached_tokens >= used[1].prompt_tokens
