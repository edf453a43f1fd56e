"""The page Compare: two who answer one question one after the other, what is kept of it, and for nobody else."""

from __future__ import annotations

import time

import pytest
from asked import COLLECTION, RETURNS
from drawn import SOON_S, opening, run

from phi_assistant import Assistant
from phi_assistant.conversations import Comparisons
from phi_assistant.errors import ModelUnavailable
from phi_assistant.extractive import ExtractiveAnswerer
from ui import resources
from ui.contests import Contest, Contests, Side
from ui.jobs import Jobs

QUOTING, WRITING = Side("", COLLECTION, "extractive"), Side("", COLLECTION, "onnx:answer")


def draw(owner: str, role: str) -> None:
    from ui.person import Person
    from ui.views import compare

    compare.page(Person(owner, role))


@pytest.fixture
def here(at_the_desk, monkeypatch):
    """Where the help pages are asked if nobody chooses."""
    monkeypatch.setenv("PHI_ASSISTANT_COLLECTION", COLLECTION)


@pytest.fixture
def opened(here):
    """Opens the page for somebody: `opened("ben", k="1")` with that in the address."""
    return opening(draw)


def choose(test, first, second):
    test.selectbox(key="compare-model-0").set_value(first)
    test.selectbox(key="compare-model-1").set_value(second)
    return run(test)


def ask(test, *, blind=False):
    test.text_area(key="compare-question").set_value(RETURNS)
    test.checkbox(key="compare-blind").set_value(blind)
    return run(next(each for each in test.button if each.label == "Ask both").click())


def over(test):
    """Looks until both have answered."""
    until = time.monotonic() + SOON_S
    while any(each.key == "stop-both" for each in test.button):
        assert time.monotonic() < until
        run(test)
    return test


def seen(test):
    return " ".join(
        [each.body for each in test.html] + [each.value for each in [*test.info, *test.error, *test.caption]]
    )


def mine(owner="ana"):
    return Comparisons(resources.database(), owner=owner)


@pytest.mark.slow
def test_two_answer_the_vote_is_kept_and_counted_and_all_of_it_can_be_deleted(opened):
    test = over(ask(choose(opened(), "extractive", "onnx:answer")))
    (kept,) = mine().recent()
    assert (kept.left.answer.model, kept.right.answer.model, kept.vote) == ("extractive", "onnx:answer", None)
    assert "45 days" in kept.left.answer.text
    assert kept.right.answer.usage.completion_tokens > 5
    said = seen(test)
    assert "First: Quotations" in said
    assert "Second: answer" in said
    assert said.count("first words after") == 2
    assert "tokens a second" in said

    run(test.pills(key=f"vote-{kept.id}").set_value("left"))
    run(test.text_input(key=f"vote-reason-{kept.id}").set_value("It says how long."))
    assert (mine().get(kept.id).vote, mine().get(kept.id).reason) == ("left", "It says how long.")
    assert "answer <strong>0 : 1</strong> Quotations" in seen(
        run(test)
    ) or "Quotations <strong>1 : 0</strong> answer" in seen(test)

    again = opened(k=str(kept.id))
    assert RETURNS in seen(again)
    assert again.pills(key=f"vote-{kept.id}").value == "left"
    run(again.button(key=f"delete-comparison-{kept.id}").click())
    assert mine().recent() == []


@pytest.mark.slow
def test_who_is_who_is_not_told_before_the_vote(opened):
    test = over(ask(choose(opened(), "extractive", "onnx:answer"), blind=True))
    (kept,) = mine().recent()
    said = seen(test)
    assert RETURNS in said
    assert "Quotations" not in said
    assert "first words after" not in said
    test = run(test.pills(key=f"vote-{kept.id}").set_value("both"))
    assert "first words after" in seen(test)
    assert "Quotations" in seen(test)


@pytest.mark.slow
def test_what_is_stopped_is_not_kept(opened):
    test = ask(choose(opened(), "onnx:slow", "extractive"))
    run(next(each for each in test.button if each.key == "stop-both").click())
    assert "It is not kept" in seen(over(test))
    assert mine().recent() == []


@pytest.mark.slow
def test_nobody_reads_anothers_by_its_address(opened):
    test = over(ask(choose(opened(), "extractive", "extractive")))
    (kept,) = mine().recent()
    contest = test.query_params["x"]
    for address in ({"k": str(kept.id)}, {"x": contest[0] if isinstance(contest, list) else contest}):
        others = opened("ben", "asker", **address)
        assert RETURNS not in seen(others)
        assert not others.pills


@pytest.mark.slow
@pytest.mark.parametrize("address", ["0", "-1", "x", "9" * 30, "1 OR 1=1"])
def test_an_address_that_leads_nowhere_shows_the_page_all_the_same(opened, address):
    assert any(each.label == "Ask both" for each in opened(k=address, x=address).button)


@pytest.fixture
def contests():
    """Contests of their own."""
    jobs = Jobs()
    yield Contests(jobs)
    jobs.close()


@pytest.fixture
def kept(database):
    return Comparisons(database, owner="ana")


def quoting(demo):
    return lambda side: lambda told: Assistant(demo, ExtractiveAnswerer(demo.store.analyzer))


@pytest.mark.parametrize("place", [pytest.param("sqlite")], indirect=True)
def test_the_second_begins_when_the_first_has_ended(contests, kept, demo):
    order = []

    def make(side):
        def made(told):
            order.append([each is not None for each in contest.answers])
            return quoting(demo)(side)(told)

        return made

    contest = Contest(RETURNS, [QUOTING, WRITING], owner="ana", is_blind=False)
    contests.start(contest, make, kept)
    assert contest.wait(SOON_S)
    assert order == [[False, False], [True, False]]
    assert kept.get(contest.kept.id).question == RETURNS
    assert contests.of(contest.id, "ben") is None


@pytest.mark.parametrize("place", [pytest.param("sqlite")], indirect=True)
def test_where_one_cannot_answer_the_other_does_and_nothing_is_kept(contests, kept, demo):
    def make(side):
        def made(told):
            if side is QUOTING:
                raise ModelUnavailable("There is no such model.")
            return quoting(demo)(side)(told)

        return made

    contest = Contest(RETURNS, [QUOTING, WRITING], owner="ana", is_blind=False)
    contests.start(contest, make, kept)
    assert contest.wait(SOON_S)
    assert str(contest.jobs[0].look.error) == "There is no such model."
    assert "45 days" in contest.answers[1].text
    assert (contest.kept, kept.recent()) == (None, [])
