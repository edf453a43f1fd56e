"""Journeys with a server that speaks OpenAI's API: it answers first, ends when it is told to, and may be away."""

from __future__ import annotations

import re

import pytest
from asked import RETURNS, copy
from browsing import answer, ask
from front import front
from playwright.sync_api import expect
from raw_ollama import wait_until

from phi_assistant.fakes.ollama import Endless, FakeModel, OllamaServer

expect.set_options(timeout=30_000)
pytestmark = [pytest.mark.browser, pytest.mark.slow]

SAYS = "You have 45 days from the day of delivery to return an item and get your money back. [1]"


def opened(visit, running, model):
    page = visit(running.url)
    expect(page.get_by_role("combobox", name=re.compile("Model"))).to_have_value(re.compile(model))
    return page


@pytest.fixture
def starting(tmp_path, desk, models):
    """A front end whose settings name a server."""
    return lambda server: front(
        copy(desk, tmp_path / "data"), models=models, openai=server.url, ollama="http://127.0.0.1:9", context_tokens=256
    )


def test_a_named_server_answers_with_its_sources_and_one_that_is_away_is_told(starting, visit):
    with OllamaServer([FakeModel("phi4-mini", says=SAYS)]) as server, starting(server) as running:
        page = opened(visit, running, "Phi-4-mini")
        ask(page, RETURNS)
        expect(answer(page)).to_contain_text("45 days from the day of delivery")
        expect(answer(page)).to_contain_text("openai:phi4-mini")
        answer(page).get_by_role("button", name=re.compile("^Source 1: ")).wait_for()
        with server.down():
            ask(page, "How long do I have to return a gift?")
            expect(page.get_by_text("The server of the model cannot be reached at the moment.")).to_be_visible()
        page.get_by_role("button", name="Try again").click()
        expect(answer(page, 2)).to_contain_text("45 days from the day of delivery")


def test_the_server_is_told_when_an_answer_is_stopped(starting, visit):
    slow = FakeModel("phi4-mini", says=Endless(" tick", " tock"), token_s=0.05)
    with OllamaServer([slow]) as server, starting(server) as running:
        page = opened(visit, running, "Phi-4-mini")
        ask(page, RETURNS)
        expect(page.locator("article[aria-busy] .text")).to_contain_text("tick tock")
        assert (server.active, server.cancelled) == (1, 0)
        page.get_by_role("button", name="Stop").click()
        assert wait_until(lambda: (server.active, server.cancelled) == (0, 1), seconds=10)
        expect(answer(page)).to_contain_text("You stopped this answer")
