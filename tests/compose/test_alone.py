"""The stack as `docker compose up` starts it: it answers, outlives what crashes, and comes back from its backup."""

from __future__ import annotations

import pytest
from asking import AWAY, DESCALE, E3, RETURNS, visit
from browsing import answer, answers, ask
from playwright.sync_api import expect
from stack import Stack

pytestmark = pytest.mark.compose


@pytest.fixture(scope="module")
def stack():
    running = Stack("phi-test-alone", {"PHI_PORT": "18501"})
    running.down()
    try:
        running.up()
        yield running
    finally:
        running.down()


@pytest.fixture(scope="module")
def ana(person):
    """Somebody who asks throughout."""
    return person()


def test_it_answers_from_the_folder_that_is_mounted_and_shows_the_page(stack, ana):
    page = visit(ana, stack.url())
    ask(page, E3)
    expect(answer(page)).to_contain_text("the boiler is too hot")
    answer(page).get_by_role("button", name="Source 1").first.click()
    expect(page.get_by_role("dialog").locator("img")).to_be_visible()  # of the PDF, which is read where it is mounted


def test_its_containers_may_do_little(stack):
    for service in ("ui", "chroma"):
        inside = ("exec", "-T", service, "sh", "-c")
        assert stack.compose(*inside, "id -u").strip() == "10001"
        for place in ("/app/x", "/venv/x", "/etc/x"):
            assert "Read-only file system" in stack.compose(*inside, f"touch {place}", check=False)
    assert "No module named 'torch'" in stack.compose("exec", "-T", "ui", "python", "-c", "import torch", check=False)
    assert "rror" in stack.compose(
        "exec", "-T", "chroma", "python", "-c", "import socket; socket.create_connection(('ui', 1), 2)", check=False
    )


def test_the_folder_is_ingested_again_beside_it(stack, ana):
    said = stack.compose("run", "--rm", "-T", "ingest")
    assert "unchanged" in said


def test_a_vector_server_that_crashes_comes_back_and_nothing_is_lost(stack, ana):
    page = visit(ana, stack.url())
    ask(page, RETURNS)
    expect(answer(page)).to_contain_text("45 days")
    stack.kill("chroma")
    ask(page, E3)  # which waits for it, or is told that it is away
    expect(answers(page).nth(1).or_(page.get_by_text(AWAY))).to_be_visible()
    stack.wait()
    page.reload()
    ask(page, E3)
    expect(answers(page).last).to_contain_text("the boiler is too hot")


def test_while_the_vector_server_is_away_it_is_said_and_then_the_same_question_works(stack, ana):
    page = visit(ana, stack.url())
    stack.compose("stop", "chroma")
    ask(page, RETURNS)
    expect(page.get_by_text(AWAY)).to_be_visible()
    stack.compose("start", "chroma")
    stack.wait()
    page.get_by_role("button", name="Try again").click()
    expect(answer(page)).to_contain_text("45 days")


def test_a_front_end_that_crashes_comes_back_with_the_conversation(stack, ana):
    page = visit(ana, stack.url())
    ask(page, RETURNS)
    answer(page)
    ask(page, E3)
    stack.kill("ui")
    stack.wait()
    page.goto(page.url)
    expect(answers(page).first).to_contain_text("45 days")
    ask(page, DESCALE)
    expect(answers(page).last).to_contain_text("descale")


def test_an_empty_stack_takes_a_backup_back_with_documents_and_conversations(stack, ana, tmp_path):
    page = visit(ana, stack.url())
    ask(page, RETURNS)
    answer(page)
    where = page.url.partition("?")[2]
    file = tmp_path / "all.tar.gz"
    assert "Everything is in" in stack.run("docker/backup", str(file))
    assert file.stat().st_mode & 0o077 == 0
    ask(page, E3)  # it goes on where it stood still
    expect(answer(page, 2)).to_contain_text("the boiler is too hot")
    refused = stack.run("docker/restore", str(file), check=False)  # not over what is there, and it says what to do
    stack.run("sh", "-c", refused.strip().splitlines()[-1])
    stack.run("docker/restore", str(file))
    stack.wait()
    page.goto(f"{stack.url()}/?{where}")
    expect(answers(page)).to_have_count(1)
    expect(answers(page).first).to_contain_text("45 days")
    ask(page, E3)
    expect(answer(page, 2)).to_contain_text("the boiler is too hot")
    found = stack.compose("exec", "-T", "ui", "phi-assistant", "doctor")
    assert "both indexes agree" in found
    assert found.endswith("Next: phi-assistant chat --collection documents\n")  # and nothing is missing


def test_on_all_addresses_it_does_not_start_without_a_password(stack, tmp_path):
    said = stack.compose("run", "--rm", "-T", "--no-deps", "-e", "PHI_ASSISTANT_PUBLISHED=0.0.0.0", "ui", check=False)
    assert "would ask nobody who they are" in said
