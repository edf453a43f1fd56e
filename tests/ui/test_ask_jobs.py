"""Jobs: answers are written whatever their page does, kept when they are there, stopped at once, and bounded."""

from __future__ import annotations

import time
from threading import Event

import pytest

from phi_assistant import Assistant
from phi_assistant.conversations import Conversations, open_database
from phi_assistant.extractive import ExtractiveAnswerer
from phi_assistant.fakes import FakeChat
from phi_assistant.generative import ChatAnswerer
from phi_assistant.models.errors import ModelBusy
from ui.job import STOPPED, Question
from ui.jobs import Jobs

SOON_S = 30


@pytest.fixture
def jobs():
    """Jobs of their own, ended with the test."""
    made = Jobs()
    yield made
    made.close()


@pytest.fixture
def mine(tmp_path):
    """The conversations of somebody."""
    with open_database(tmp_path / "kept.db") as database:
        yield Conversations(database, owner="ana")


@pytest.fixture
def begun(mine):
    """A conversation with nothing in it."""
    return mine.begin(collection="demo").id


def quoting(demo):
    """An assistant that needs no model."""
    return lambda told: Assistant(demo, ExtractiveAnswerer(demo.store.analyzer))


def ended(job):
    look = job.wait(SOON_S)
    assert look.is_over, look
    return look


def until(true):
    """Waits until something is so."""
    end = time.monotonic() + SOON_S
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    assert true()


def test_an_answer_is_kept_with_its_question_when_it_is_there(jobs, mine, begun, demo):
    job = jobs.start(Question(begun, "What does error code E3 mean?", "extractive"), quoting(demo), mine)
    assert ended(job).state == "done"
    question, reply = mine.messages(begun)
    assert question.text == "What does error code E3 mean?"
    assert "too hot" in reply.text
    assert reply.answer.citations
    assert jobs.of(begun) is job


def test_a_follow_up_is_asked_with_what_was_said(jobs, mine, begun, demo):
    chat = FakeChat(says=["You have 45 days."])
    make = lambda told: Assistant(demo, ChatAnswerer(chat, demo))  # noqa: E731
    for text in ("How long do I have to return something?", "And when is it counted from?"):
        ended(jobs.start(Question(begun, text, "fake"), make, mine))
    assert "How long do I have to return something?" in str(chat.heard[-1])
    assert len(mine.messages(begun)) == 4


def test_an_answer_in_anothers_place_is_asked_for_without_it(jobs, mine, begun, demo):
    chat = FakeChat(says=["You have 45 days.", "You have 45 days from delivery."])
    make = lambda told: Assistant(demo, ChatAnswerer(chat, demo))  # noqa: E731
    asked = "How long do I have to return something?"
    ended(jobs.start(Question(begun, asked, "fake"), make, mine))
    first = mine.messages(begun)[-1].id
    ended(jobs.start(Question(begun, asked, "fake", instead_of=first), make, mine))
    assert chat.heard[0] == chat.heard[1]
    assert [each.text for each in mine.messages(begun) if each.role == "user"] == [asked]
    assert "from delivery" in mine.messages(begun)[-1].text


def test_what_went_wrong_is_told_and_nothing_is_kept(jobs, mine, begun, demo):
    def make(told):
        raise ModelBusy("too many")

    look = ended(jobs.start(Question(begun, "How?", "fake"), make, mine))
    assert (look.state, str(look.error)) == ("failed", "too many")
    assert mine.messages(begun) == []
    assert ended(jobs.start(Question(begun, "What does E3 mean?", "extractive"), quoting(demo), mine)).state == "done"


def test_stopping_ends_the_model_and_keeps_what_was_written(jobs, mine, begun, demo, own):
    model = own("counting", max_tokens=7000)
    make = lambda told: Assistant(demo, ChatAnswerer(model, demo))  # noqa: E731
    job = jobs.start(Question(begun, "How long do I have to return something?", "onnx:counting"), make, mine)
    until(lambda: len(job.look.text.split()) > 5)
    jobs.stop(begun)
    assert ended(job).state == "stopped"
    answer = mine.messages(begun)[-1].answer
    assert answer.reason == STOPPED
    assert answer.text.startswith("1 2 3")
    assert answer.citations == ()
    assert [turn.role for turn in mine.turns(begun)] == ["user"]  # what nobody has checked is told to no model
    assert ended(jobs.start(Question(begun, "What does E3 mean?", "extractive"), quoting(demo), mine)).state == "done"


def test_how_far_a_model_has_read_is_told(jobs, mine, begun, demo, own):
    seen = []

    def make(told):
        def both(progress):
            told(progress)
            seen.append(job.look.progress)

        model = own("slow", max_tokens=3)
        return Assistant(demo, ChatAnswerer(model.model_copy(update={"on_progress": both}), demo))

    job = jobs.start(Question(begun, "How long do I have to return something?", "onnx:slow"), make, mine)
    ended(job)
    assert seen
    assert all(0 <= each.read <= each.total for each in seen)


def test_stopping_at_once_is_heeded(jobs, mine, own, demo):
    model = own("slow", max_tokens=7000)
    make = lambda told: Assistant(demo, ChatAnswerer(model, demo))  # noqa: E731
    for _ in range(20):  # some of them before they have begun
        conversation = mine.begin(collection="demo").id
        job = jobs.start(Question(conversation, "How long do I have to return something?", "onnx:slow"), make, mine)
        jobs.stop(conversation)
        jobs.stop(conversation)
        assert ended(job).state == "stopped"
        assert [turn.text for turn in mine.turns(conversation)] == ["How long do I have to return something?"]


class Held:
    """Makes assistants that wait until they may go on."""

    def __init__(self, demo):
        self.go, self._make, self.made = Event(), quoting(demo), 0

    def __call__(self, told):
        self.made += 1
        assert self.go.wait(SOON_S)
        return self._make(told)


def test_a_conversation_has_one_answer_at_a_time(jobs, mine, begun, demo):
    held = Held(demo)
    first = jobs.start(Question(begun, "What does E3 mean?", "extractive"), held, mine)
    second = jobs.start(Question(begun, "Something else?", "extractive"), held, mine)
    held.go.set()
    assert second is first
    ended(first)
    assert len(mine.messages(begun)) == 2


def test_more_than_there_is_room_for_wait_and_more_than_may_wait_are_told_so(mine, demo):
    jobs, held = Jobs(at_once=1, most=2), Held(demo)
    try:
        ids = [mine.begin(collection="demo").id for _ in range(3)]
        first, second, third = (
            jobs.start(Question(id_, "What does E3 mean?", "extractive"), held, mine) for id_ in ids
        )
        assert isinstance(third.look.error, ModelBusy)
        until(lambda: first.look.state == "opening")
        assert second.look.state == "waiting"
        held.go.set()
        assert [ended(first).state, ended(second).state] == ["done", "done"]
        assert ended(jobs.start(third.question, held, mine)).state == "done"
    finally:
        held.go.set()
        jobs.close()


def test_a_model_that_dies_while_it_answers_is_told_and_the_next_question_works(jobs, mine, begun, demo, own):
    import psutil

    model = own("counting", max_tokens=7000)
    make = lambda told: Assistant(demo, ChatAnswerer(model, demo))  # noqa: E731
    before = {each.pid for each in psutil.Process().children(recursive=True)}
    job = jobs.start(Question(begun, "How long do I have to return something?", "onnx:counting"), make, mine)
    until(lambda: job.look.text)
    for each in psutil.Process().children(recursive=True):
        if each.pid not in before:
            each.kill()
    look = ended(job)
    assert (look.state, type(look.error).__name__) == ("failed", "ModelDied")
    again = jobs.start(job.question, make, mine)
    until(lambda: again.look.text)
    jobs.stop(begun)
    assert ended(again).state == "stopped"


def test_ending_the_program_keeps_what_was_being_written(mine, begun, demo, own):
    jobs, model = Jobs(), own("counting", max_tokens=7000)
    make = lambda told: Assistant(demo, ChatAnswerer(model, demo))  # noqa: E731
    job = jobs.start(Question(begun, "How long do I have to return something?", "onnx:counting"), make, mine)
    until(lambda: job.look.text)
    jobs.close()
    jobs.close()
    assert mine.messages(begun)[-1].answer.reason == STOPPED


def test_a_dismissed_failure_is_forgotten_and_a_running_job_is_not(jobs, mine, begun, demo):
    held = Held(demo)
    job = jobs.start(Question(begun, "What does E3 mean?", "extractive"), held, mine)
    jobs.dismiss(begun)
    assert jobs.of(begun) is job
    held.go.set()
    ended(job)
    jobs.dismiss(begun)
    assert jobs.of(begun) is None
