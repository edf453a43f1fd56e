"""The languages: which one is spoken, whether every text is there in it, and whether its values still fit in."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import ui
from ui.words import LANGUAGES, chosen_language, translations

HERE = Path(ui.__file__).parent
TRANSLATED = [code for code in LANGUAGES if code != "en"]
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}


@pytest.fixture(scope="module")
def sources():
    """The texts in the sources; of two numbers, both."""
    found = extract_from_dir(HERE, method_map=[("**.py", "ui.locale.collecting:texts")], keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found}


def catalogue(code):
    with (HERE / "locale" / code / "LC_MESSAGES" / "ui.po").open("rb") as file:
        return read_po(file, locale=code)


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_is_translated_and_no_other(sources, code):
    said = catalogue(code)
    translated = {message.id for message in said if message.id and _is_whole(message)}
    assert sources - translated == set()
    assert {message.id for message in said if message.id} - sources == set()
    assert not any(message.fuzzy for message in said if message.id)


def _is_whole(message):
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_has_the_places_for_values_that_its_text_has(code):
    for message in catalogue(code):
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = [_places(originals[min(form, len(originals) - 1)]) for form in range(len(strings))]
        assert [_places(string) for string in strings] == wanted  # Spanish has three forms


def _places(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", TRANSLATED)
def test_what_a_translation_says_in_markdown_its_text_said_too(code):
    for message in catalogue(code):
        if isinstance(message.id, str) and message.id:
            assert re.findall(r"\*\*|`|\[|\]", message.string) == re.findall(r"\*\*|`|\[|\]", message.id)


def test_the_language_is_what_was_chosen_else_what_the_browser_wants_else_english():
    assert chosen_language("de", "es") == "de"
    assert chosen_language("xx", "es-MX,es;q=0.9,en;q=0.8") == "es"
    assert chosen_language(None, "tl-PH,en;q=0.5") == "fil"
    assert chosen_language(None, "fr,de;q=0.4,en;q=0.6") == "en"
    assert chosen_language(None, "fr;q=oops,,;q=1,*") == "en"
    assert chosen_language(None, None) == "en"


def test_numbers_of_things_are_said_as_each_language_does():
    assert translations("en").ngettext("{count} page", "{count} pages", 1) == "{count} page"
    for code in TRANSLATED:
        assert translations(code).gettext("Settings") != ""
