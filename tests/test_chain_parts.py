"""The parts of an answer as Runnables: a chain composed by hand, and each part replaced."""

from __future__ import annotations

from dataclasses import replace

import pytest
from langchain.agents import create_agent
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable, RunnableLambda

from phi_assistant import Assistant, Turn
from phi_assistant.answering import Draft
from phi_assistant.errors import QuestionError
from phi_assistant.fakes import FakeChat
from phi_assistant.generative import ChatAnswerer
from phi_assistant.parts import cite, pack, prompt, retrieve, write
from phi_assistant.prompts import Packed, Prompter

RETURNS = "How long do I have to return something?"
RIGHT = "You have 45 days from the day of delivery to return an item and get your money back."
ELSEWHERE = "Who won the world cup in 1998?"


def chain(demo, chat):
    return retrieve(demo) | pack(demo, chat) | prompt() | write(chat) | cite(demo, model="fake")


def same(one, other):
    """But for the time it took."""
    return replace(one, timings=other.timings) == other


def test_a_chain_by_hand_answers_as_the_assistant_does(demo):
    by_hand = chain(demo, FakeChat(says=[RIGHT])).invoke(RETURNS)["answer"]
    answer = Assistant(demo, ChatAnswerer(FakeChat(says=[RIGHT]), demo, model="fake")).ask(RETURNS)
    assert same(by_hand, answer)
    assert by_hand.citations


def test_it_streams_words_and_then_the_answer(demo):
    *words, last = chain(demo, FakeChat(says=[RIGHT])).stream(RETURNS)
    assert "".join(part["text"] for part in words) == RIGHT
    assert len(words) > 5
    assert last["answer"].text.startswith(RIGHT)


async def test_and_so_it_does_in_an_event_loop(demo):
    parts = [part async for part in chain(demo, FakeChat(says=[RIGHT])).astream(RETURNS)]
    assert "".join(part["text"] for part in parts[:-1]) == RIGHT
    again = await chain(demo, FakeChat(says=[RIGHT])).ainvoke(RETURNS)
    assert same(again["answer"], parts[-1]["answer"])


def test_a_history_goes_with_the_question(demo):
    chat = FakeChat(says=[RIGHT])
    history = [Turn("user", RETURNS), Turn("assistant", RIGHT)]
    answer = chain(demo, chat).invoke({"question": "and for gift cards?", "history": history})["answer"]
    assert [message.content for message in chat.heard[0][1:3]] == [RETURNS, RIGHT]
    assert answer.hits[0].chunk.source == "gift-cards.html"


@pytest.mark.parametrize("asked", [7, {"query": "?"}, None])
def test_what_is_no_question_is_an_error(demo, asked):
    with pytest.raises(QuestionError, match='"question"'):
        chain(demo, FakeChat()).invoke(asked)


def test_without_evidence_no_model_is_asked_and_the_answer_says_so(demo):
    chat = FakeChat(says=[RIGHT])
    said = chain(demo, chat).invoke(ELSEWHERE)
    assert chat.heard == []
    assert said["answer"].abstained
    assert said["text"] == said["answer"].text == "Your documents do not say."


def test_several_questions_are_a_batch(demo):
    said = chain(demo, FakeChat(says=lambda messages: RIGHT)).batch([RETURNS, ELSEWHERE])
    assert [each["answer"].abstained for each in said] == [False, True]


def test_every_part_is_a_runnable_with_a_name_to_be_traced_by(demo):
    seen = []

    class Tracer(BaseCallbackHandler):
        def on_chain_start(self, serialized, inputs, **kwargs):
            seen.append(kwargs.get("name"))

    chat = FakeChat(says=[RIGHT])
    for each in (retrieve(demo), pack(demo, chat), prompt(), write(chat), cite(demo)):
        assert isinstance(each, Runnable)
    chain(demo, chat).invoke(RETURNS, {"callbacks": [Tracer()]})
    assert {"retrieve", "pack", "prompt", "write", "check"} <= set(seen)


# Each replaced in one line


def test_the_retriever(demo):
    def only_returns(found):
        kept = tuple(hit for hit in found.reading.hits if hit.chunk.source.startswith("returns"))
        return replace(found, reading=replace(found.reading, hits=kept))

    chat = FakeChat(says=[RIGHT])
    by_hand = retrieve(demo, k=30) | only_returns | pack(demo, chat) | prompt() | write(chat) | cite(demo)
    answer = by_hand.invoke(RETURNS)["answer"]
    assert {hit.chunk.source for hit in answer.hits} == {"returns-and-refunds.md"}
    assert {chunk.source for passage in answer.passages for chunk in passage.chunks} == {"returns-and-refunds.md"}


def nothing(found):
    return Packed(found, earlier=(), passages=(), again=(), left_out=len(found.reading.hits))


@pytest.mark.parametrize("packer", [nothing, RunnableLambda(nothing)], ids=["function", "runnable"])
def test_the_packer(demo, packer):
    chat = FakeChat(says=[RIGHT])
    answer = Assistant(demo, ChatAnswerer(chat, demo, packer=packer)).ask(RETURNS)
    assert "<passages>" not in chat.heard[0][-1].content
    assert (answer.passages, answer.left_out) == ((), len(answer.hits))
    assert answer.abstained


def test_the_prompt(demo):
    chat = FakeChat(says=[RIGHT])
    prompter = Prompter(system="You are a clerk.", instruction="Answer.", languages=("de",))
    Assistant(demo, ChatAnswerer(chat, demo, prompter=prompter)).ask(RETURNS)
    system, asked = chat.heard[0]
    assert system.content == "You are a clerk."
    assert asked.content.endswith("Answer. Write in German.")


CHATS = [
    FakeListChatModel(responses=[RIGHT]),
    GenericFakeChatModel(messages=iter([AIMessage(RIGHT)] * 2)),
    RunnableLambda(lambda messages: AIMessage(RIGHT)),
    RunnableLambda(lambda messages: RIGHT),
    FakeChat(says=[RIGHT]).with_retry(),
    FakeChat(says=[RIGHT]).with_fallbacks([FakeListChatModel(responses=["?"])]),
    FakeChat(says=[RIGHT]).bind(stop=["\n"]),
]


@pytest.mark.parametrize("chat", CHATS, ids=lambda chat: type(chat).__name__)
def test_the_model(demo, chat):
    reply = Assistant(demo, ChatAnswerer(chat, demo)).stream(RETURNS)
    assert "".join(reply) == RIGHT
    assert reply.answer.citations
    assert reply.answer.model


def test_the_citer(demo):
    def shouted(written):
        return Draft(written.text.upper(), citations=(), usage=written.usage)

    answer = Assistant(demo, ChatAnswerer(FakeChat(says=[RIGHT]), demo, citer=shouted)).ask(RETURNS)
    assert answer.text == RIGHT.upper()
    assert answer.usage.completion_tokens == len(RIGHT.split())
    chat = FakeChat(says=[RIGHT])
    by_hand = retrieve(demo) | pack(demo, chat) | prompt() | write(chat) | cite(demo, citer=shouted)
    assert by_hand.invoke(RETURNS)["answer"].text == RIGHT.upper()


def test_leaving_a_stream_stops_the_model(demo):
    closed = []

    def words(messages):
        try:
            yield from ["One ", "two ", "three "] * 100
        finally:
            closed.append(True)

    reply = iter(Assistant(demo, ChatAnswerer(RunnableLambda(words), demo)).stream(RETURNS))
    assert next(reply).strip() == "One"
    reply.close()
    assert closed == [True]


def test_an_assistant_as_a_runnable_is_asked_many_things(demo):
    asking = Assistant(demo, ChatAnswerer(FakeChat(says=lambda messages: RIGHT), demo)).as_runnable()
    assert [each["answer"].abstained for each in asking.batch([RETURNS, {"question": ELSEWHERE}])] == [False, True]
    with pytest.raises(QuestionError):
        asking.invoke(3)


@pytest.mark.parametrize("streaming", [True, False])
def test_an_agent_on_the_fake_calls_the_tools_that_it_is_told_to(streaming):
    def price(of: str) -> str:
        """What a thing costs."""
        return f"{of}: €12"

    call = AIMessage("", tool_calls=[{"name": "price", "args": {"of": "Descaler"}, "id": "1"}])
    chat = FakeChat(says=[call, "It costs €12."], disable_streaming=not streaming)
    modes = create_agent(chat, tools=[price]).stream({"messages": [("human", "How much?")]}, stream_mode="values")
    *_, state = modes
    assert [message.content for message in state["messages"][2:]] == ["Descaler: €12", "It costs €12."]
