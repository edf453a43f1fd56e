"""Captions and subtitles: what is said, by whom, and at which minute."""

from __future__ import annotations

import pytest
from written import survives

from ingest.load import load_bytes
from ingest.readers.extraction import Extraction
from ingest.readers.text.captions import read_captions
from phi_assistant.errors import LoadError, NoText


def loaded(text: str | bytes, name: str = "a.vtt") -> Extraction:
    return load_bytes(text if isinstance(text, bytes) else text.encode(), name=name)


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def cues(*said: str, every: int = 3, sign: str = ".") -> str:
    """One after another, each of three seconds."""
    return "".join(
        f"{at + 1}\n{clock(at * every)}{sign}000 --> {clock(at * every + 3)}{sign}000\n{words}\n\n"
        for at, words in enumerate(said)
    )


def test_what_is_said_without_a_pause_is_one_paragraph():
    assert loaded("WEBVTT\n\n" + cues("You may", "take twenty days.", "Ask first.")).text == (
        "You may take twenty days. Ask first."
    )
    assert loaded("WEBVTT\n\n" + cues("One.", "Two.", every=20)).text == "One.\n\nTwo."


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_subtitles_have_numbers_and_commas_and_any_line_ends(newline):
    document = loaded(cues("<i>One</i>", "{\\an8}two &amp; three", sign=",").replace("\n", newline), "film.srt")
    assert (document.text, document.title) == ("One two & three", "film")


def test_a_page_is_about_a_minute_and_is_labelled_with_its_time():
    document = loaded("WEBVTT\n\n" + cues(*(f"Sentence {at}." for at in range(50))))
    assert [page.label for page in document.pages] == ["00:00:00", "00:01:00", "00:02:00"]
    assert document.pages[1].text.startswith("Sentence 20.")
    assert document.text == "".join(page.text for page in document.pages)


def test_a_page_does_not_end_within_a_sentence_unless_the_sentence_has_no_end():
    words = [f"word {at}" for at in range(22)] + ["the end."] + ["More."] * 3
    assert [page.label for page in loaded("WEBVTT\n\n" + cues(*words)).pages] == ["00:00:00", "00:01:09"]
    endless = loaded("WEBVTT\n\n" + cues(*(f"word {at}" for at in range(100))))
    assert [page.label for page in endless.pages] == ["00:00:00", "00:01:30", "00:03:00", "00:04:30"]


def test_hours_may_be_missing_or_many():
    text = "WEBVTT\n\n59:59.000 --> 60:00.000\nOne.\n\n100:00:01.000 --> 100:00:02.000\nTwo."
    assert [page.label for page in loaded(text).pages] == ["00:59:59", "100:00:01"]


def test_speakers_are_named_where_they_change():
    said = cues("<v Ada>Hello.", "<v Ada>It is late.</v>", "<v.loud Bob>Go &lt;home&gt;.", "- Yes.\n- No.")
    assert loaded(f"WEBVTT\n\n{said}").text == "Ada: Hello. It is late.\n\nBob: Go <home>.\n\n- Yes.\n- No."


def test_what_is_no_speech_is_left_out():
    text = (
        "WEBVTT - The meeting\nKind: captions\n\nNOTE made\nby hand\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:a\n\n"
        "intro\n00:01.000 --> 00:02.000 align:start position:0%\n<c.red>One</c><00:01.500> two.\n\n"
        "00:02.000 --> 00:03.000\n\n\nStill said.\n"
    )
    document = loaded(text)
    assert (document.text, document.title) == ("One two. Still said.", "The meeting")


def test_lines_that_roll_up_are_said_once():
    assert loaded(
        "WEBVTT\n\n" + cues("we begin", "we begin\nwith leave", "with leave\nand then", "and then\ngo on")
    ).text == ("we begin with leave and then go on")
    assert loaded("WEBVTT\n\n" + cues("No.", "No.", "Please.", "Stay.", "Here.", "Now.", "All.")).text.count("No.") == 2


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "cp1251"])
def test_captions_are_read_in_any_character_set(codec):
    text = "Здравствуйте, сегодня мы поговорим об отпуске."
    assert loaded(cues(text, sign=",").encode(codec), "a.srt").text == text


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("Plain words.", LoadError, "not what its ending says"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n\n", NoText, "nothing that is said"),
        (" \n", NoText, "blanks"),
    ],
)
def test_what_holds_no_captions_is_told(text, error, reason):
    with pytest.raises(error, match=reason):
        loaded(text)


def test_a_damaged_file_is_read_or_refused_and_nothing_else():
    survives(read_captions, ("WEBVTT\n\n" + cues("<v Ada>One.", "{\\an8}two", "&#x41;")).encode())
