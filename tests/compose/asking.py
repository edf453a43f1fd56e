"""What people do with a page of the front end."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Locator, Page, expect

expect.set_options(timeout=60_000)

RETURNS = "How long do I have to return something?"
E3 = "What does error code E3 mean?"
DESCALE = "How often do I need to descale?"
AWAY = "The documents cannot be reached at the moment."


def visit(person: BrowserContext, url: str) -> Page:
    page = person.new_page()
    page.goto(url)
    return page


def ask(page: Page, text: str) -> None:
    """Types a question and sends it."""
    box = page.get_by_label("Ask your documents")
    expect(box).to_be_enabled()
    box.fill(text)
    box.press("Enter")


def answers(page: Page) -> Locator:
    """Those that are there, whole."""
    return page.get_by_role("article", name="Answer").filter(has=page.locator("summary"))


def answer(page: Page, number: int = 1) -> Locator:
    """The answer to the first question, or a later one; waits for it."""
    expect(answers(page)).to_have_count(number)
    return answers(page).nth(number - 1)


def opened(page: Page, file: str) -> Locator:
    """The page behind the first citation."""
    answer(page).get_by_role("button", name=re.compile("^Source 1: ")).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(file)
    return dialog
