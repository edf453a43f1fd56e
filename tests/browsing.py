"""What people do with the page Ask in a browser."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

ASK = "Ask your documents"


def ask(page: Page, text: str) -> None:
    """Types a question and sends it."""
    field = page.get_by_label(ASK)
    expect(field).to_be_enabled()
    field.fill(text)
    field.press("Enter")


def answers(page: Page) -> Locator:
    """Those that are there, whole."""
    return page.get_by_role("article", name="Answer").filter(has=page.locator("summary"))


def answer(page: Page, number: int = 1) -> Locator:
    """The answer to the first question, or a later one; waits for it."""
    expect(answers(page)).to_have_count(number)
    return answers(page).nth(number - 1)
