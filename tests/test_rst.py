"""reStructuredText: what is printed of it, with Sphinx's own words and without its machinery."""

from __future__ import annotations

import pytest
from written import survives

from ingest.load import load_bytes
from ingest.readers.extraction import Extraction
from ingest.readers.markup.rst import read_rst
from phi_assistant.errors import NoText


def loaded(text: str | bytes) -> Extraction:
    return load_bytes(text if isinstance(text, bytes) else text.encode(), name="a.rst")


def read(text: str) -> str:
    document = loaded(text)
    assert document.problems == ()
    return document.text


def test_titles_become_headings_of_their_level():
    document = loaded(
        "=====\nLeave\n=====\n\nWords.\n\nKinds\n=====\n\nPaid\n----\n\nTwenty days.\n\nOther\n=====\n\nNone.\n"
    )
    assert document.title == "Leave"
    assert document.text == "# Leave\n\nWords.\n\n## Kinds\n\n### Paid\n\nTwenty days.\n\n## Other\n\nNone."


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("You *must* **see** ``a_b`` and `this page <https://x.example>`_,\nor that_.\n\n.. _that: b", None),
        ("R&D: 5 < 6 \\* 2, user_name [note] #1", "R&D: 5 < 6 * 2, user_name [note] #1"),
        ("10\\ :sup:`7` of H\\ :sub:`2`\\ O", "10^7 of H2O"),
        (
            "See :ref:`the guide <guide>`, :class:`~a.b.Box`,\n:func:`!open` and `code`:file:.",
            "See the guide, Box, open and code.",
        ),
        ("A |version| of :own:`thing` and lost_ words.", "A |version| of thing and lost words."),
        ("By |name|.\n\n.. |name| replace:: Ada *Lovelace*", "By Ada Lovelace."),
        ("A |logo| here.\n\n.. |logo| image:: a.png\n   :alt: Logo", "A here."),
    ],
)
def test_sentences_are_quoted_without_their_markup(markup, text):
    assert read(markup) == (text or "You must see a_b and this page, or that.")


@pytest.mark.parametrize(
    ("markup", "markdown"),
    [
        ("- a\n- b\n\n  more\n\n  - c", "- a\n- b\n  more\n  - c"),
        ("3. c\n4. d", "3. c\n4. d"),
        ("a) x\nb) y", "a) x\nb) y"),
        ("Term\n   Meaning.\nNext : kind\n   More.", "Term\nMeaning.\n\nNext : kind\nMore."),
        (":Author: Ada\n:Version: 2", "Author: Ada\nVersion: 2"),
        ("-a, --all     Shows all.\n--file=NAME   The file.", "-a, --all\nShows all.\n\n--file=NAME\nThe file."),
        ("::\n\n   a\n     b_c *d*", "```\na\n  b_c *d*\n```"),
        (">>> 1 + 1\n2", "```\n>>> 1 + 1\n2\n```"),
        ("Said:\n\n   One.\n\n   Two.\n\n   -- Ada", "Said:\n\n> One.\n>\n> Two.\n>\n> — Ada"),
        ("| one\n| two\n|   three", "one\ntwo\n  three"),
    ],
)
def test_lists_code_and_quotations_become_markdown(markup, markdown):
    assert read(markup) == markdown


PRICES = "| Kind | Price |\n| --- | --- |\n| Card | 5 |\n| Cash | 6 |"


@pytest.mark.parametrize(
    "table",
    [
        "====  =====\nKind  Price\n====  =====\nCard  5\nCash  6\n====  =====",
        "+----+-----+\n|Kind|Price|\n+====+=====+\n|Card|5    |\n+----+-----+\n|Cash|6    |\n+----+-----+",
        ".. list-table::\n   :header-rows: 1\n\n   * - Kind\n     - Price\n   * - Card\n     - 5\n"
        "   * - Cash\n     - 6",
        ".. csv-table::\n   :header: Kind, Price\n\n   Card, 5\n   Cash, 6",
    ],
)
def test_tables_stay_tables_however_they_are_drawn(table):
    assert read(table) == PRICES


def test_spanning_cells_are_repeated_and_captions_kept():
    grid = "+---+---+\n| a | b |\n+---+---+\n| wide  |\n+---+---+"
    indented = grid.replace("\n", "\n   ")
    assert read(f".. table:: Prices\n\n   {indented}") == "Prices\n\n| a | b |\n| --- | --- |\n| wide | wide |"


def test_a_note_stands_at_the_end_of_the_section_that_refers_to_it():
    text = "One\n===\n\nTwenty days [#n]_ a year [BGB]_.\n\nTwo\n===\n\nText.\n\n.. [#n] Or ten.\n.. [BGB] The law.\n"
    assert read(text) == "# One\n\nTwenty days a year [BGB].\n\nOr ten.\n\n# Two\n\nText.\n\n[BGB] The law."


# Directives


@pytest.mark.parametrize(
    ("markup", "markdown"),
    [
        (".. note:: Be *quick*.", "Note: Be quick."),
        (".. warning::\n\n   Hot.\n\n   Very.", "Warning: Hot.\n\nVery."),
        (".. admonition:: By the way\n\n   Words.", "By the way\n\nWords."),
        (".. figure:: a.png\n   :figclass: wide\n\n   The caption.\n\n   The legend.", "The caption.\n\nThe legend."),
        (".. code-block:: python\n   :linenos:\n   :emphasize-lines: 1,2\n   :caption: Adding\n\n   1 + 1\n     2",
         "Adding\n\n```\n1 + 1\n  2\n```"),
        (".. versionadded:: 1.2\n   The *quick* way.", "New in version 1.2: The quick way."),
        (".. deprecated:: 3.1", "Deprecated since version 3.1"),
        (".. seealso:: Module :mod:`zipfile`", "See also: Module zipfile"),
        (".. toctree::\n   :maxdepth: 2\n   :caption: Start\n\n   install\n   The FAQ <faq>",
         "Start\n\n- install\n- The FAQ"),
        (".. automodule:: shop.cart\n   :members:\n   :undoc-members:", "shop.cart"),
        (".. py:function:: open(*names, **options)\n   :noindex:\n\n   Opens.\n\n   :param names: Which.",
         "open(*names, **options)\n\nOpens.\n\nparam names: Which."),
        (".. tabs::\n\n   .. tab:: Linux\n\n      Use *apt*.", "Linux\n\nUse apt."),
        (".. only:: html\n\n   Words.", "Words."),
        (".. glossary::\n\n   cart\n      What is bought.", "cart\nWhat is bought."),
        (".. math::\n   :label: eq\n\n   a^2 + b^2", "```\na^2 + b^2\n```"),
        ("Words.\n\n.. index:: single: cart\n.. highlight:: c\n.. A comment.\n.. contents:: Table", "Words."),
    ],
)  # fmt: skip
def test_of_directives_the_words_are_kept_and_no_error_is_shown(markup, markdown):
    assert read(markup) == markdown


def test_nothing_else_is_opened_and_nothing_raw_is_shown(tmp_path, capfd):
    secret = tmp_path / "secret.txt"
    secret.write_text("hunter2", "utf-8")
    text = read(
        f"Words.\n\n.. include:: {secret}\n\n.. literalinclude:: {secret}\n\n.. csv-table::\n   :file: {secret}\n\n"
        f".. csv-table::\n   :url: http://127.0.0.1:9/x\n\n.. raw:: html\n   :file: {secret}\n\n"
        ".. raw:: html\n\n   <b>x</b>\n"
    )
    assert text == "Words."
    assert capfd.readouterr() == ("", "")


# Mistakes


@pytest.mark.parametrize(
    ("markup", "kept"),
    [
        ("A *star and ``code\n\nand `more", ["A *star and ``code", "and `more"]),
        ("=====  ====\nKind   Days\n=====  ====\nLeave days 20\n=====  ====", ["Kind", "Leave days 20"]),
        ("One\n===\n\nTwo\n---\n\nThree\n~~~\n\nFour\n===\n\nFive\n~~~\n\nText.", ["# One", "Five", "Text."]),
        (".. only:: html\n\n   Title\n   =====\n\n   Words.", ["Title", "Words."]),
        (".. note:: \n\nText after.", ["Text after."]),
        (".. list-table::\n\n   * - a\n     - b\n   * - c", ["a", "b", "c"]),
        (".. topic::\n\n   Words of no topic.", ["Words of no topic."]),
        ("Short\n==\n\nText.", ["Short", "Text."]),
        ("- a\n b\n  c", ["a", "b", "c"]),
    ],
)
def test_no_word_is_lost_by_a_mistake_and_none_of_docutils_is_added(markup, kept, capfd):
    text = loaded(markup).text
    for words in kept:
        assert words in text
    for blame in ("rror", "directive", "nknown", "alformed", "tart-string", "System Message", "nconsistent"):
        assert blame not in text
    assert capfd.readouterr() == ("", "")


def test_a_short_underline_does_not_double_its_title():
    assert read("Paid leave\n====\n\nText.") == "# Paid leave\n\nText."


def test_nesting_without_end_is_read_as_plain_text_and_said():
    text = "\n".join("  " * depth + "- x\n" for depth in range(400))
    document = loaded(text)
    assert document.text == text
    assert [problem.where for problem in document.problems] == ["the markup"]


@pytest.mark.parametrize(
    ("declared", "codec"), [("", "utf-8"), ("", "utf-16"), ("", "cp1251"), (".. -*- coding: koi8-r -*-\n\n", "koi8-r")]
)
def test_any_character_set_is_read(declared, codec):
    text = "Возврат денег занимает пять рабочих дней после получения товара."
    assert loaded(f"{declared}{text}\n".encode(codec)).text == text


def test_a_file_of_comments_holds_no_text():
    with pytest.raises(NoText, match="nothing that is printed"):
        loaded(".. A comment.\n\n.. _target:\n")


def test_a_damaged_file_is_read_or_refused_and_nothing_else():
    note = "- a [1]_\n\n.. [1] b\n\n"
    survives(read_rst, f"T\n=\n\n{note}.. list-table::\n\n   * - a\n\n== ==\na  b\n== ==\n\n`x <y>`_ |z|\n".encode())
