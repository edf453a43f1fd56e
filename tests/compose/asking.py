"""What people do with a page of the front end."""

from __future__ import annotations

import re

from browsing import answer
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


def opened(page: Page, file: str) -> Locator:
    """The page behind the first citation."""
    answer(page).get_by_role("button", name=re.compile("^Source 1: ")).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(file)
    return dialog
