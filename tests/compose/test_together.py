"""Two front ends on one Chroma server and one PostgreSQL, for people who sign in."""

from __future__ import annotations

import pytest
from asking import E3, RETURNS, visit
from browsing import answer, answers, ask
from playwright.sync_api import BrowserContext, Page, expect
from stack import Stack

pytestmark = pytest.mark.compose

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    secrets = tmp_path_factory.mktemp("secrets")
    for name, secret in {"password": PASSWORD, "database_password": "p@ss:w/rd"}.items():
        (secrets / name).write_text(secret + "\n")
    running = Stack(
        "phi-test-together",
        {
            "COMPOSE_PROFILES": "postgres",
            "PHI_PORT": "18511-18512",
            "PHI_ASSISTANT_PASSWORD_FILE": str(secrets / "password"),
            "PHI_ASSISTANT_DATABASE_PASSWORD_FILE": str(secrets / "database_password"),
            "PHI_ASSISTANT_DATABASE": "postgresql://phi@postgres/phi",
        },
    )
    running.down()
    try:
        running.up("--scale", "ui=2")
        yield running
    finally:
        running.down()


@pytest.fixture(scope="module")
def ana(person, stack) -> BrowserContext:
    """An owner, who has signed in at the first; the other front end takes her cookie."""
    ana: BrowserContext = person()
    page = ana.new_page()
    page.goto(stack.url(1))
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Ask your documents")).to_be_visible()
    page.close()
    return ana


def both(ana: BrowserContext, stack: Stack) -> tuple[Page, Page]:
    return visit(ana, stack.url(1)), visit(ana, stack.url(2))


def test_a_conversation_goes_on_at_the_other_front_end(stack, ana):
    left, right = both(ana, stack)
    ask(left, RETURNS)
    expect(answer(left)).to_contain_text("45 days")
    right.goto(f"{stack.url(2)}/?{left.url.partition('?')[2]}")
    expect(answer(right)).to_contain_text("45 days")
    ask(right, "and for gift cards?")
    expect(answer(right, 2)).to_contain_text("within 14 days of purchase")
    left.reload()
    expect(answer(left, 2)).to_contain_text("within 14 days of purchase")


def test_a_document_that_is_added_at_one_is_found_at_the_other(stack, ana, tmp_path):
    file = tmp_path / "parking.md"
    file.write_text("# Parking\n\nThe car park behind the shop is free for two hours.")
    left, right = both(ana, stack)
    left.get_by_role("link", name="Library", exact=True).click()
    left.locator("input[type=file]").set_input_files(file)
    expect(left.get_by_text("1 document added")).to_be_visible(timeout=120_000)
    ask(right, "How long is parking free?")
    expect(answer(right)).to_contain_text("free for two hours")
    right.get_by_role("link", name="Library", exact=True).click()
    expect(right.get_by_text("parking.md").first).to_be_attached()  # the table is a picture, with its cells beside it


def test_a_database_that_crashes_while_somebody_asks_comes_back_and_has_all_of_it(stack, ana):
    page = visit(ana, stack.url(1))
    ask(page, RETURNS)
    answer(page)
    stack.compose("kill", "postgres")
    ask(page, E3)
    expect(page.get_by_text("conversation").or_(page.get_by_role("alert")).first).to_be_visible()
    stack.compose("start", "postgres")
    stack.wait()
    page.reload()
    expect(answers(page).first).to_contain_text("45 days")
    ask(page, "and for gift cards?")
    expect(answers(page).last).to_contain_text("within 14 days of purchase")


def test_a_front_end_that_is_gone_leaves_the_other_at_work(stack, ana):
    left, right = both(ana, stack)
    stack.kill("ui")  # the first
    ask(right, RETURNS)
    expect(answer(right)).to_contain_text("45 days")
    stack.wait()
    left.goto(f"{stack.url(1)}/?{right.url.partition('?')[2]}")
    expect(answer(left)).to_contain_text("45 days")


def test_the_backup_has_the_conversations_of_the_database(stack, ana, tmp_path):
    page = visit(ana, stack.url(2))
    ask(page, RETURNS)
    answer(page)
    where = page.url.partition("?")[2]
    stack.run("docker/backup", str(tmp_path / "all.tar.gz"))
    stack.down()
    stack.run("docker/restore", str(tmp_path / "all.tar.gz"))
    stack.wait()
    page.goto(f"{stack.url(1)}/?{where}")
    expect(answer(page)).to_contain_text("45 days")
    ask(page, "How long is parking free?")
    expect(answer(page, 2)).to_contain_text("free for two hours")
