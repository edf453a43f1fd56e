"""Answers of a chat model: shown passages, held to them, and in a conversation that only grows."""

from __future__ import annotations

import asyncio

import pytest
from langchain_core.messages import HumanMessage, SystemMessage
from samples import entry, put
from tiny_phi import ANSWER

from phi_assistant import Assistant, Retriever, open_store
from phi_assistant.fakes import FakeChat
from phi_assistant.generative import ChatAnswerer
from phi_assistant.parts import counted_by
from phi_assistant.prompts import CLOSE, OPEN, RULES, Packer
from phi_assistant.schema import Turn

RETURNS = "How long do I have to return something?"
CARDS = "Can a gift card be returned?"
RIGHT = "You have 45 days from the day of delivery to return an item and get your money back."


def assistant(demo, chat, **options):
    return Assistant(demo, ChatAnswerer(chat, demo, model="fake", **options))


def last(chat):
    """The question's message as the model read it last."""
    return chat.heard[-1][-1].content


def test_the_model_reads_rules_then_passages_then_what_to_do(demo):
    chat = FakeChat(says=[RIGHT])
    assistant(demo, chat).ask(RETURNS)
    system, asked = chat.heard[0]
    assert isinstance(system, SystemMessage)
    assert system.content == RULES
    assert isinstance(asked, HumanMessage)
    passages, _, after = asked.content.partition(CLOSE)
    assert passages.startswith(f"{OPEN}\n[1] ")
    assert RIGHT in passages
    told = "Answer the question from the passages, with their numbers. Write in English."
    assert after.endswith(f"Question: {RETURNS}\n\n{told}")


@pytest.mark.parametrize("said", [RIGHT, RIGHT + " [1]", RIGHT + " [7]"])
def test_markers_stand_where_they_belong_whatever_the_model_wrote(demo, said):
    answer = assistant(demo, FakeChat(says=[said])).ask(RETURNS)
    (citation,) = {(each.number, each.source) for each in answer.citations}
    assert answer.text == f"{RIGHT} [{citation[0]}]"
    assert citation[1] == "returns-and-refunds.md"
    assert RIGHT in {each.quote for each in answer.citations}
    assert answer.unsupported == ()


def test_a_changed_number_is_named_and_a_strict_one_removes_it(demo):
    wrong = "The refund takes 99 days."
    chat = FakeChat(says=[f"{RIGHT} {wrong}"])
    assert assistant(demo, chat).ask(RETURNS).unsupported == (wrong,)
    strict = assistant(demo, chat, strict=True).ask(RETURNS)
    assert "99" not in strict.text
    assert strict.unsupported == ()  # they are of the text


def test_what_stands_on_no_passage_is_no_answer(demo):
    answer = assistant(demo, FakeChat(says=["Napoleon was born in 1769 on Corsica."])).ask(RETURNS)
    assert answer.abstained
    assert answer.text == "Your documents do not say."
    assert "no passage supports" in answer.reason
    assert answer.citations == ()


def test_a_model_that_says_the_documents_do_not_say_is_believed(demo):
    answer = assistant(demo, FakeChat(says=["The documents do not say."])).ask(RETURNS)
    assert answer.abstained
    assert "found no answer" in answer.reason


def test_without_evidence_the_model_is_not_even_asked(demo):
    chat = FakeChat(says=[RIGHT])
    answer = assistant(demo, chat).ask("Who won the world cup in 1998?")
    assert answer.abstained
    assert chat.heard == []


def test_a_refusal_does_not_stick_to_the_next_question(demo):
    chat = FakeChat(says=["I do not know.", RIGHT])
    asking = assistant(demo, chat)
    refused = asking.ask(CARDS)
    assert refused.abstained
    answer = asking.ask(RETURNS, refused.turns)
    assert not answer.abstained
    assert "do not know" not in "".join(message.content for message in chat.heard[-1])


def test_roles_alternate_after_a_refusal_as_the_templates_of_many_models_demand(demo):
    chat = FakeChat(says=["I do not know.", RIGHT])
    asking, history = assistant(demo, chat), [Turn("assistant", "Welcome!")]
    for question in (CARDS, RETURNS, "And how do I send it back?"):
        history += asking.ask(question, history).turns
    _, second, third = chat.heard
    assert [message.type for message in third] == ["system", "human", "ai", "human"]
    assert third[: len(second)] == second
    assert second[1].content.startswith(f"{CARDS}\n\n{OPEN}")


def test_a_conversation_only_grows_and_shows_each_passage_once(demo):
    chat = FakeChat(says=lambda messages: RIGHT)
    asking, history = assistant(demo, chat), []
    for question in (RETURNS, "And how do I send it back?", RETURNS):
        history += asking.ask(question, history).turns
    first, second, third = chat.heard
    assert second[: len(first)] == first
    assert third[: len(second)] == second
    shown = [passage for turn in history for passage in turn.shown]
    ids = [chunk.id for passage in shown for chunk in passage.chunks]
    assert len(ids) == len(set(ids))
    assert [passage.number for passage in shown] == list(range(1, len(shown) + 1))
    assert "See also [" in third[-1].content


def test_the_model_finds_its_own_words_again_not_those_that_were_put_right(demo):
    chat = FakeChat(says=[RIGHT + " [9]"])
    asking = assistant(demo, chat)
    answer = asking.ask(RETURNS)
    assert "[9]" not in answer.text
    asking.ask("And how do I send it back?", answer.turns)
    assert chat.heard[-1][2].content == RIGHT + " [9]"


def test_without_room_earlier_turns_are_condensed_and_the_beginning_changes_once(demo):
    chat = FakeChat(says=lambda messages: RIGHT)
    packer = Packer(demo.store, counted_by(chat), room=1200, passages=300)
    asking, history, starts = assistant(demo, chat, packer=packer), [], []
    for turn in range(8):
        answer = asking.ask(RETURNS if turn % 2 else "How do I send an item back?", history)
        history += answer.turns
        assert sum(len(message.content.split()) for message in chat.heard[-1]) <= 1200
        starts.append(turn == 0 or chat.heard[-1][: len(chat.heard[-2])] == chat.heard[-2])
    assert 1 <= starts.count(False) <= 2
    assert RETURNS in "".join(message.content for message in chat.heard[-1])


def test_what_there_was_no_room_for_is_said(demo):
    chat = FakeChat(says=[RIGHT])
    answer = assistant(demo, chat, passages=60).ask(RETURNS)
    shown = {chunk.id for passage in answer.passages for chunk in passage.chunks}
    assert answer.left_out == sum(hit.chunk.id not in shown for hit in answer.hits) > 0


def test_a_stream_gives_the_text_and_then_the_answer(demo):
    reply = assistant(demo, FakeChat(says=[RIGHT])).stream(RETURNS)
    pieces = list(reply)
    assert "".join(pieces) == RIGHT
    assert len(pieces) > 5
    assert reply.answer.text.startswith(RIGHT)


async def test_and_so_it_does_in_an_event_loop(demo):
    asking = assistant(demo, FakeChat(says=[RIGHT]))
    reply = asking.astream(RETURNS)
    assert "".join([piece async for piece in reply]) == RIGHT
    assert (await reply.answer()).text == (await asking.aask(RETURNS)).text


def test_a_runnable_streams_documents_then_text_then_the_answer(demo):
    parts = list(assistant(demo, FakeChat(says=[RIGHT])).as_runnable().stream(RETURNS))
    kinds = [next(iter(part)) for part in parts]
    assert kinds[0] == "documents"
    assert kinds[-1] == "answer"
    assert set(kinds[1:-1]) == {"text"}
    assert "".join(part["text"] for part in parts[1:-1]) == RIGHT


async def test_a_runnable_takes_a_history_and_can_be_awaited(demo):
    chat = FakeChat(says=[RIGHT])
    chain = assistant(demo, chat).as_runnable()
    done = await chain.ainvoke({"question": "and for that?", "history": [Turn("user", RETURNS)]})
    assert done["answer"].citations
    assert done["documents"][0].metadata["source"]
    assert RETURNS in chat.heard[0][1].content


def test_the_extractive_answerer_streams_as_well(demo):
    from phi_assistant import ExtractiveAnswerer

    asking = Assistant(demo, ExtractiveAnswerer(demo.store.analyzer))
    reply = asking.stream(RETURNS)
    assert "".join(reply) == reply.answer.text
    assert asyncio.run(asking.aask(RETURNS)).text == reply.answer.text


@pytest.fixture
def riddle(embedder, tmp_path):
    """A store that holds what the tiny model says."""
    with open_store(tmp_path / "riddle", create=True) as store:
        answers = entry("riddle.md", f"What is the answer to everything? {ANSWER} " * 8, title="The answer")
        finding = entry("more.md", "It was found after a long time by a computer. " * 8, title="How it was found")
        put(store, answers, finding, embedder=embedder)
        yield Retriever(store, embedder)


def test_what_a_model_thinks_is_no_part_of_the_answer(riddle, own):
    reply = Assistant(riddle, ChatAnswerer(own("thinking"), riddle)).stream("What is the answer to everything?")
    assert "".join(reply) == ANSWER
    assert reply.answer.text == f"{ANSWER} [1]"


def test_with_a_local_model_a_third_turn_reads_only_what_is_new(riddle, own):
    """Every token is counted: of the third prompt, all that was read or written before comes from memory."""
    asking = Assistant(riddle, ChatAnswerer(own("answer"), riddle, model="onnx:tiny"))
    history, read = [], []
    for question in (
        "What is the answer to everything?",
        "So what is the answer to everything?",
        "Is forty-two the answer?",
    ):
        answer = asking.ask(question, history)
        assert answer.text.startswith(ANSWER.rstrip("."))
        history += answer.turns
        read.append((answer.usage.prompt_tokens, answer.usage.cached_tokens))
    first, second, third = read
    assert first[1] == 0
    assert second[1] >= first[0]
    assert third[1] >= second[0]
    assert third[1] / third[0] > 0.9
