"""The README's pictures, made of what people see: `just pictures` puts them into `docs/pictures`."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from asked import copy
from front import ROOT, front
from PIL import Image
from playwright.sync_api import Page, expect

expect.set_options(timeout=30_000)
pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDE = {"viewport": {"width": 1280, "height": 940}, "device_scale_factor": 1.5}
PHONE = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 2, "color_scheme": "dark"}
QUESTION = "How long do I have to return something?"


@pytest.fixture(scope="module")
def desk_front(tmp_path_factory, desk, models):
    """A front end with the help pages."""
    place = tmp_path_factory.mktemp("pictures")
    with front(copy(desk, place / "data"), models=models, model="extractive") as running:
        yield running


@pytest.fixture
def take(tmp_path):
    """Takes a picture of a page that is at rest."""
    folder = Path(os.environ.get("PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        app = page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-script-state", "notRunning")
        page.wait_for_timeout(2500)  # until it has come to the beginning of an answer
        file = folder / f"{name}.png"
        page.screenshot(path=file, animations="disabled")
        with Image.open(file) as picture:
            small = picture.convert("RGB").quantize(128)
            small.save(file, optimize=True)
            assert len(small.getcolors()) > 20  # somebody would see something

    return take


def ask(page: Page, text: str) -> None:
    page.get_by_role("button", name=text).click()
    expect(page.get_by_role("article", name="Answer").filter(has=page.locator("summary"))).to_be_visible()


def test_an_answer(desk_front, visit, take):
    page = visit(desk_front.url, **WIDE)
    ask(page, QUESTION)
    page.mouse.move(640, 900)
    take(page, "answer")


def test_a_page_with_the_words_marked(desk_front, visit, take):
    page = visit(desk_front.url, **WIDE)
    ask(page, "What does error code E3 mean?")
    page.get_by_role("button", name=re.compile("^Source 1: ")).click()
    picture = page.get_by_role("dialog").locator("img")
    expect(picture).to_be_visible()
    picture.evaluate("picture => picture.scrollIntoView({block: 'end'})")
    take(page, "source")


def test_the_library(desk_front, visit, take):
    page = visit(f"{desk_front.url}/library?collection=demo-support", **WIDE)
    heading = page.get_by_role("heading", name="Documents", exact=True)
    expect(heading).to_be_visible()
    heading.evaluate("heading => heading.scrollIntoView({block: 'start'})")
    take(page, "library")


def test_a_phone_in_the_dark(desk_front, visit, take):
    page = visit(desk_front.url, **PHONE)
    ask(page, QUESTION)
    take(page, "phone")


def test_the_readme_shows_them_and_no_others():
    shown = re.findall(r'(?:\]\(|src=")(docs/pictures/[\w-]+\.png)', (ROOT / "README.md").read_text("utf-8"))
    kept = [file.relative_to(ROOT).as_posix() for file in (ROOT / "docs" / "pictures").glob("*.png")]
    assert sorted(shown) == sorted(kept)
    assert shown
