"""Journeys: what people do in a browser, from the first document to the page that an answer stands on."""

from __future__ import annotations

import re

import psutil
import pytest
from asked import RETURNS, SUPPORT, copy, with_models
from browsing import ASK, answer, answers, ask
from front import front
from playwright.sync_api import Locator, Page, expect

expect.set_options(timeout=30_000)
pytestmark = [pytest.mark.browser, pytest.mark.slow]

E3 = "What does error code E3 mean?"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def desk_front(tmp_path_factory, desk, models, tiny):
    """A front end with the help pages: quotations answer, and a tiny model that writes slowly can be chosen."""
    place = tmp_path_factory.mktemp("front")
    folder = with_models(place / "models", models, tiny, "slow", "answer")
    settings = {"models": folder, "model": "extractive", "context_tokens": 256}  # which are soon read
    with front(copy(desk, place / "data"), **settings) as running:
        yield running


def choose_model(page: Page, name: str) -> None:
    page.get_by_role("combobox", name=re.compile("Model")).click()
    page.get_by_role("option", name=name, exact=True).click()
    expect(page.get_by_role("combobox", name=re.compile("Model"))).to_have_value(name)


def written(page: Page) -> Locator:
    """What is there of an answer that is being written."""
    return page.locator("article[aria-busy] .text")


def test_a_document_is_added_asked_about_and_opened_where_the_answer_stands(tmp_path, models, visit):
    with front(tmp_path, models=models, model="extractive") as running:
        page = visit(running.url)
        expect(page.get_by_text("There are no documents yet")).to_be_visible()
        page.get_by_role("link", name="Go to the Library").click()
        page.locator("input[type=file]").set_input_files(SUPPORT / "pip-manual.pdf")
        expect(page.get_by_text("1 document added")).to_be_visible(timeout=90_000)
        page.get_by_role("link", name="Ask", exact=True).click()
        ask(page, E3)
        found = answer(page)
        expect(found).to_contain_text("the boiler is too hot")
        found.get_by_role("button", name=re.compile("^Source 1: ")).click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_text("p. 5")).to_be_visible()
        expect(dialog.locator("img")).to_be_visible()
        dialog.get_by_text("The same as text").click()
        expect(dialog.locator("mark").first).to_contain_text("boiler is too hot")


def test_an_answer_streams_and_stops_when_it_is_told_to(desk_front, visit):
    page = visit(desk_front.url)
    choose_model(page, "slow")
    ask(page, RETURNS)
    expect(page.get_by_text(re.compile(r"Reading [\d,]+ of [\d,]+ tokens"))).to_be_visible(timeout=90_000)
    expect(written(page)).to_contain_text("1 2 3", timeout=90_000)
    expect(page.get_by_placeholder("The answer is being written …")).to_be_disabled()
    page.get_by_role("button", name="Stop").click()
    expect(answer(page)).to_contain_text("You stopped this answer")
    expect(answer(page)).to_contain_text("1 2 3")
    choose_model(page, "Quotations")
    ask(page, E3)
    expect(answer(page, 2)).to_contain_text("the boiler is too hot")


def test_a_follow_up_is_understood_from_what_was_said_though_the_library_was_looked_at_meanwhile(desk_front, visit):
    page = visit(desk_front.url)
    page.get_by_role("button", name=RETURNS).click()
    expect(answer(page)).to_contain_text("45 days")
    expect(page.get_by_label(ASK)).to_be_focused(timeout=20_000)  # looked for longer than a slow machine takes
    page.get_by_role("link", name="Library").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Library")
    page.get_by_role("link", name="Ask", exact=True).click()
    expect(answer(page)).to_contain_text("45 days")
    ask(page, "and for gift cards?")
    expect(answer(page, 2)).to_contain_text("within 14 days of purchase")


def test_what_the_documents_do_not_say_is_refused_with_what_came_nearest(desk_front, visit):
    page = visit(desk_front.url)
    ask(page, "Who painted the Mona Lisa?")
    expect(answer(page)).to_contain_text("Our help pages do not say.")
    expect(answer(page).get_by_role("heading", name="Sources")).to_have_count(0)
    expect(answer(page).get_by_text("What came nearest to the question")).to_be_visible()


def test_another_browser_sees_nothing_of_it_not_even_by_the_address(desk_front, visit):
    page = visit(desk_front.url)
    ask(page, RETURNS)
    answer(page)
    expect(page).to_have_url(re.compile(r"[?&]c=\w"))
    other = visit(page.url)
    expect(other.get_by_text("This conversation is not here.")).to_be_visible()
    expect(other.get_by_text(RETURNS)).to_have_count(1)  # as a suggestion
    expect(answers(other)).to_have_count(0)
    expect(other.get_by_text("What you ask is kept here, for you alone.")).to_be_visible()


def test_a_reload_keeps_the_conversation_and_finds_what_is_being_written(desk_front, visit):
    page = visit(desk_front.url)
    ask(page, E3)
    answer(page)
    expect(page).to_have_url(re.compile(r"[?&]c=\w"))
    page.reload()
    expect(answer(page)).to_contain_text("the boiler is too hot")
    choose_model(page, "slow")
    ask(page, RETURNS)
    expect(written(page)).to_contain_text("1 2 3", timeout=90_000)
    page.reload()
    expect(written(page)).to_contain_text("1 2 3")
    page.get_by_role("button", name="Stop").click()
    expect(answer(page, 2)).to_contain_text("You stopped this answer")


def test_a_model_that_dies_while_it_answers_is_told_and_the_next_question_works(desk_front, visit):
    page = visit(desk_front.url)
    choose_model(page, "slow")
    ask(page, RETURNS)
    expect(written(page)).to_contain_text("1 2 3", timeout=90_000)
    for each in psutil.Process(desk_front.process.pid).children(recursive=True):
        if "phi_assistant.models.onnx.worker" in " ".join(each.cmdline()):
            each.kill()
    expect(page.get_by_text("The model stopped while it was answering. Ask again.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(written(page)).to_contain_text("1 2 3", timeout=90_000)
    page.get_by_role("button", name="Stop").click()
    expect(answer(page)).to_contain_text("You stopped this answer")


def test_an_answer_is_judged_with_a_reason_and_both_are_there_after_a_reload(desk_front, visit):
    page = visit(desk_front.url)
    ask(page, E3)
    answer(page)
    page.get_by_role("radio", name="Thumbs down").click(force=True)
    reason = page.get_by_label("What was wrong with it? (optional)")
    expect(reason).to_be_focused()
    reason.fill("too short")
    reason.press("Enter")
    expect(page.get_by_text("Thank you, that is kept.")).to_be_visible()
    page.get_by_role("button", name="Menu").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as Markdown").click()
    text = download.value.path().read_text("utf-8")
    assert E3 in text
    assert "too short" in text
    assert download.value.suggested_filename == "what-does-error-code-e3-mean.md"


def test_an_answer_is_copied_with_its_sources(desk_front, visit):
    page = visit(desk_front.url, permissions=["clipboard-read", "clipboard-write"])
    ask(page, E3)
    answer(page).get_by_role("button", name="Copy").click()
    expect(answer(page).get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Error code E3 means that the boiler is too hot")
    assert "[1] Tassling Pip user manual, p. 5: “" in copied


def test_all_of_it_speaks_filipino(desk_front, visit):
    page = visit(desk_front.url)
    page.get_by_role("link", name="Filipino").click()
    expect(page.locator("html")).to_have_attribute("lang", "fil")
    expect(page.get_by_role("heading", level=1)).to_have_text("Magtanong")
    field = page.get_by_test_id("stChatInputTextArea")
    field.fill(E3)
    field.press("Enter")
    found = page.get_by_role("article").filter(has=page.locator("summary"))
    expect(found).to_contain_text("the boiler is too hot")
    expect(found).not_to_contain_text("Sources")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "fil")


def test_what_streamlit_says_in_english_is_said_in_the_language_of_the_page(desk_front, visit):
    page = visit(f"{desk_front.url}/language/de?next=/library")
    expect(page.get_by_role("region", name="Seitenleiste")).to_be_visible()
    said = page.get_by_test_id("stFileUploaderDropzone").locator("button p")
    expect(said).to_be_attached()
    assert said.evaluate("label => getComputedStyle(label, '::after').content") == '"Dateien auswählen"'


def test_on_a_phone_the_sidebar_gives_way_to_what_was_chosen_in_it(desk_front, visit):
    page = visit(desk_front.url, **PHONE)
    expect(page.get_by_role("button", name=RETURNS)).to_be_visible()
    sidebar = page.get_by_test_id("stSidebar")
    for chosen in ("Library", "Ask"):
        page.get_by_role("button", name="Expand sidebar").tap()
        expect(sidebar).to_have_attribute("data-collapsed", "false")
        page.get_by_role("link", name=chosen, exact=True).tap()
        expect(sidebar).to_have_attribute("data-collapsed", "true")
    expect(page.get_by_label(ASK)).to_be_in_viewport()


def test_on_a_phone_everything_fits_and_an_answer_is_shown_from_its_beginning(desk_front, visit):
    page = visit(desk_front.url, **PHONE)
    page.get_by_role("button", name=RETURNS).tap()
    answer(page)
    page.wait_for_timeout(2500)  # the page grows, and comes to rest
    expect(page.get_by_role("heading", name=RETURNS)).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    answer(page).get_by_role("button", name=re.compile("^Source 1: ")).tap()
    expect(page.get_by_role("dialog").locator("mark").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_everything_can_be_done_with_the_keyboard(desk_front, visit):
    page = visit(desk_front.url)
    ask(page, E3)
    marker = answer(page).get_by_role("button", name=re.compile("^Source 1: "))
    marker.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(marker).to_be_focused()
    page.keyboard.press("Tab")
    expect(answer(page).locator(".source").first).to_be_focused()


def test_what_was_asked_as_markup_is_shown_as_it_was_typed(desk_front, visit):
    page = visit(desk_front.url)
    hostile = f"<img src=x onerror=document.title='hit'> **bold** {E3}"
    ask(page, hostile)
    answer(page)
    expect(page.get_by_role("heading", level=2, name=re.compile("<img"))).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    assert page.title() != "hit"
