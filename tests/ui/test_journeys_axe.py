"""What the pages are to those who do not see them, or see little: axe-core finds nothing serious on any."""

from __future__ import annotations

import pytest
from asked import copy, with_models
from axe_playwright_python.sync_playwright import Axe
from front import front
from playwright.sync_api import Page, expect

expect.set_options(timeout=30_000)
pytestmark = [pytest.mark.browser, pytest.mark.slow]

_AT_REST = """() => {
    const app = document.querySelector("[data-testid=stApp]");
    return !app || app.dataset.testScriptState === "notRunning";
}"""
GRAVE = ("serious", "critical")
LOOKS = [
    pytest.param({"color_scheme": "light"}, id="light"),
    pytest.param({"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}, id="dark on a phone"),
]


@pytest.fixture(scope="module")
def desk_front(tmp_path_factory, desk, models, tiny):
    """A front end with the help pages."""
    place = tmp_path_factory.mktemp("axe")
    folder = with_models(place / "models", models, tiny, "slow")
    with front(copy(desk, place / "data"), models=folder, model="extractive", context_tokens=256) as running:
        yield running


def found(page: Page) -> list[str]:
    """What axe finds that is grave: the rule, and the first element."""
    page.wait_for_function(_AT_REST)
    page.wait_for_timeout(1000)  # until what fades has
    violations = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in violations if each["impact"] in GRAVE]


@pytest.mark.parametrize("look", LOOKS)
def test_asking(desk_front, visit, look):
    page = visit(desk_front.url, **look)
    expect(page.get_by_role("heading", name="For example")).to_be_visible()
    assert found(page) == []
    page.get_by_role("button", name="How long do I have to return something?").click()
    answer = page.get_by_role("article", name="Answer").filter(has=page.locator("summary"))
    expect(answer).to_be_visible()
    for each in answer.locator("summary").all():
        each.click()
    assert found(page) == []
    page.get_by_role("button", name="Edit the question").click()
    expect(page.get_by_label("Your question")).to_be_visible()
    page.get_by_role("radio", name="Thumbs down").click(force=True)
    expect(page.get_by_label("What was wrong with it? (optional)")).to_be_visible()
    assert found(page) == []
    answer.locator(".source").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("dialog").locator("mark").first).to_be_attached()
    assert found(page) == []


def test_while_an_answer_is_written(desk_front, visit):
    page = visit(desk_front.url)
    page.get_by_role("combobox").click()
    page.get_by_role("option", name="slow", exact=True).click()
    page.get_by_role("button", name="What does error code E3 mean?").click()
    expect(page.locator("article[aria-busy] .text")).to_contain_text("1 2 3", timeout=90_000)
    assert found(page) == []


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("path", ["library", "compare", "settings"])
def test_the_other_pages(desk_front, visit, look, path):
    page = visit(f"{desk_front.url}/{path}", **look)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert found(page) == []


def test_the_form_for_the_password(tmp_path, visit):
    with front(tmp_path, password="correct horse") as running:
        page = visit(running.url)
        expect(page.get_by_label("Password")).to_be_visible()
        assert found(page) == []
