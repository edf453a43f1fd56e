"""The Library: files are added and read by real processes, shown, found, read again, deleted; each failure with its
reason."""

from __future__ import annotations

import time

import pytest
from conftest import DEMO
from streamlit.testing.v1 import AppTest

from ingest.readers.office.passwords import locked
from phi_assistant.errors import ConfigError, EmptyStore
from ui import resources
from ui.documents import delete, documents, reading
from ui.explaining import ranked
from ui.reasons import told
from ui.uploads import folder_of
from ui.work import Order, Work, heard
from ui.works import Works

SOON_S = 90.0
DOCUMENTS = {
    "refunds.md": b"# Refunds\n\nRefunds are paid within 14 days to the account that paid.",
    "shipping.txt": b"Shipping\n\nParcels to Norway take six working days.",
    "broken.pdf": b"%PDF-1.4 broken",
}


@pytest.fixture
def data(tmp_path, models, monkeypatch, fresh):
    """The settings of a front end that nobody has used yet."""
    monkeypatch.setenv("PHI_ASSISTANT_DATA", str(tmp_path))
    monkeypatch.setenv("PHI_ASSISTANT_MODELS", str(models))
    return tmp_path


@pytest.fixture
def page(data):
    """The page, as an owner sees it."""

    def script():
        from ui.person import Person
        from ui.views import library

        library.page(Person("local", "owner"))

    shown = AppTest.from_function(script, default_timeout=60).run()
    assert not shown.exception
    return shown


def over(collection="documents"):
    """The work on a collection, when it has ended."""
    until = time.monotonic() + SOON_S
    while resources.works().is_at(collection):
        assert time.monotonic() < until, resources.works().of(collection)
        time.sleep(0.1)
    return resources.works().of(collection)


def add(page, files):
    """Drags files to the page, and waits until they have been read."""
    page.file_uploader[0].set_value([(name, content, "application/octet-stream") for name, content in files.items()])
    page.run()
    assert not page.exception
    work = over()
    page.run()
    return work


def table(page):
    return page.dataframe[0].value.set_index("file")


def said(page):
    return " ".join(each.value for each in [*page.success, *page.warning, *page.error, *page.info])


@pytest.mark.slow
def test_files_are_added_shown_found_read_again_and_deleted(page, data):
    assert "There are none yet" in " ".join(each.body for each in page.html)
    work = add(page, {**DOCUMENTS, "empty.md": b""})
    assert work.state == "done"
    assert "It is empty." in said(page)
    assert dict(work.steps) == {"refunds.md": "stored", "shipping.txt": "stored", "broken.pdf": "failed"}
    assert "2 documents added" in said(page)
    assert any("structure cannot be read" in each.body for each in page.html)
    rows = table(page)
    assert list(rows["state"]) == ["could not be read", "ready", "ready"]
    assert rows.loc["refunds.md", "title"] == "Refunds"

    page.text_input(key="library-search-documents").set_value("When are refunds paid?").run()
    (first, second) = [each.body for each in page.html if 'class="why"' in each.body]
    assert "Refunds are paid" in first
    assert "100 of 100 points" in first
    assert "Words in common: " in first
    assert "none in common" in second

    folder = folder_of(data / "collections" / "documents")
    add(page, {"refunds.md": b"# Refunds\n\nRefunds are paid within 30 days."})
    assert resources.works().of("documents").report["updated"] == 1
    assert [hit.chunk.text for hit in resources.retriever("documents").retrieve("refunds", k=1)] == [
        "# Refunds\n\nRefunds are paid within 30 days."
    ]
    chosen = [each for each in documents(resources.stores().store("documents"), None) if each.id == "refunds.md"]
    delete(chosen, "documents", resources.stores())
    page.run()
    assert "refunds.md" not in table(page).index
    assert sorted(path.name for path in folder.iterdir()) == ["broken.pdf", "shipping.txt"]


@pytest.mark.slow
def test_names_and_contents_are_no_markup_on_the_page(page):
    add(page, {"**bold** <img src=x>.md": b"# <script>alert(1)</script>\n\nA [link](javascript:x) about cardamom."})
    assert list(table(page).index) == ["_bold_ _img src=x_.md"] or "<" not in "".join(table(page).index)
    page.text_input(key="library-search-documents").set_value("cardamom").run()
    bodies = " ".join(each.body for each in page.html)
    assert "<script>" not in bodies
    assert "&lt;script&gt;" in bodies


@pytest.mark.slow
def test_a_document_is_read_again_though_it_has_not_changed(page):
    add(page, {"refunds.md": DOCUMENTS["refunds.md"]})
    store = resources.stores().store("documents")
    resources.works().start(reading(store))
    assert over().report["unchanged"] == 1
    path = documents(store, None)[0].path
    resources.works().start(reading(store, [path], again=True))
    report = over().report
    assert (report["updated"], report["removed"]) == (1, 0)


@pytest.mark.slow
def test_what_lies_elsewhere_is_forgotten_and_its_file_stays(page, data, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "manual.md").write_text("# Manual\n\nTurn it on.")
    store = resources.stores().store("documents", create=True)
    resources.works().start(Order("ingest", "documents", (str(elsewhere),)))
    assert over().state == "done"
    (listed,) = documents(store, None)
    assert (listed.id, listed.is_uploaded, listed.state) == ("manual.md", False, "ready")
    delete([listed], "documents", resources.stores())
    assert (elsewhere / "manual.md").exists()
    assert documents(store, None) == []


@pytest.mark.slow
def test_reading_is_stopped_in_order_and_goes_on_later(page, data):
    store = resources.stores().store("documents", create=True)
    folder = folder_of(store.folder)
    folder.mkdir()
    for number in range(300):
        text = "\n\n".join(f"Paragraph {each} of {number} says something on rivers. " * 8 for each in range(10))
        (folder / f"{number}.md").write_text(text)
    resources.works().start(reading(store))
    while not (work := resources.works().of("documents")).steps:
        assert work.is_going_on, work
        time.sleep(0.05)
    resources.works().stop("documents")
    assert over().state == "stopped"
    page.run()
    assert "It was stopped." in said(page)
    assert store.disagreements() == 0
    assert "not read yet" in set(table(page)["state"])


@pytest.mark.slow
def test_a_collection_is_begun_in_a_language_indexed_anew_in_another_and_deleted(page, data):
    page.text_input(key="library-new-name-0").set_value("kurs")
    page.selectbox(key="library-new-language-0").set_value("de")
    next(each for each in page.button if each.label == "Begin").click().run()
    assert "kurs" in page.query_params["collection"]
    assert "was begun" in said(page)
    assert page.text_input(key="library-new-name-1").value == ""
    store = resources.stores().store("kurs")
    assert store.analyzer.language == "de"
    page.file_uploader[0].set_value(("rechnung.md", b"# Rechnungen\n\nRechnungen kommen mit der Post.", "text/plain"))
    page.run()
    over("kurs")
    assert resources.stores().store("kurs").count() == 1
    resources.works().start(Order("reindex", "kurs", ("--language", "en")))
    work = over("kurs")
    assert (work.state, work.report["language"]) == ("done", "en")
    assert resources.stores().store("kurs").analyzer.language == "en"
    resources.stores().delete("kurs")
    assert resources.stores().names() == ["documents"]
    assert not (data / "collections" / "kurs").exists()


def test_whoever_lacks_a_password_is_told_where_to_write_it_and_not_of_the_terminal():
    assert "“Some of them have a password”" in told(str(locked([])))
    assert "--password" not in told(str(locked([])))


def test_why_a_file_could_not_be_read_is_said_in_the_language_of_the_page_and_exactly():
    def script():
        import streamlit as st

        from ui.reasons import told

        st.html(told("is damaged: <b> is cut short."))

    shown = AppTest.from_function(script)
    shown.session_state["language"] = "de"
    (said,) = [each.body for each in shown.run().html]
    assert "Es ist beschädigt." in said
    assert "is damaged: &lt;b&gt; is cut short." in said


@pytest.mark.parametrize("name", ["", "..", "../x", "a b", "a/b", "x" * 65, "a\n"])
def test_no_name_of_a_collection_leads_elsewhere(data, name):
    for attempt in (resources.stores().begin, resources.stores().delete, resources.stores().store):
        with pytest.raises((ConfigError, EmptyStore)):
            attempt(name)
    assert not list(data.glob("collections/*"))


def test_those_who_only_ask_do_not_see_it(data):
    def script():
        from ui.person import Person
        from ui.views import library

        library.page(Person("local", "asker"))

    page = AppTest.from_function(script).run()
    assert "Only owners" in said(page)
    assert not page.file_uploader


@pytest.mark.slow
def test_a_program_that_fails_says_why(data):
    works = Works(data, prepare=lambda name: None)
    works.start(Order("ingest", "documents", (str(data / "nowhere"),)))
    while works.is_at("documents"):
        time.sleep(0.05)
    work = works.of("documents")
    assert work.state == "failed"
    assert "There is no file or folder" in work.error
    works.dismiss("documents")
    assert works.of("documents") is None


def test_what_a_program_prints_is_taken_for_data_and_nonsense_for_nothing():
    work = Work(Order("ingest", "documents", ()))
    for event in (
        {"event": "begin", "files": 2},
        {"event": "waiting", "source": "a"},
        {"event": "advance"},
        {},
        {"x": 1},
    ):
        work = heard(work, event)
    work = heard(work, {"event": "failed", "source": "a", "reason": "is empty."})
    assert (work.total, dict(work.steps), work.failed) == (2, {"a": "failed"}, [("a", "is empty.")])


def test_the_parts_of_a_score_are_the_score(demo):
    found = ranked(demo, "Can a company pay by invoice?", k=5)
    assert [each.hit for each in found] == demo.retrieve("Can a company pay by invoice?", k=5)
    for each in found:
        assert each.meaning + each.words == pytest.approx(each.hit.score, abs=1e-3)
    assert found[0].shared[0] in ("company", "invoice", "pay")
    assert 1 in {each.place_by_meaning for each in found}


@pytest.mark.slow
def test_a_file_with_a_password_is_read_with_it_and_the_password_is_left_nowhere(page, data, tmp_path_factory):
    from pypdf import PdfReader, PdfWriter

    plain = DEMO / "support" / "business-customers.pdf"
    writer = PdfWriter(PdfReader(plain))
    writer.encrypt("kaffee-3", algorithm="AES-256")
    locked = tmp_path_factory.mktemp("locked") / "locked.pdf"
    writer.write(locked)
    assert "password" in add(page, {"locked.pdf": locked.read_bytes()}).failed[0][1]
    page.text_input(key="library password").set_value("kaffee-3").run()
    next(each for each in page.button if each.label.startswith("Try again")).click().run()
    work = over()
    assert (work.report["added"], work.failed) == (1, [])
    assert "kaffee-3" not in repr(work)
    assert not [path for path in data.rglob("*") if path.is_file() and b"kaffee-3" in path.read_bytes()]
