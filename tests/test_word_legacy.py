"""Old Word documents, made byte by byte: text in pieces, properties by position."""

from __future__ import annotations

import struct

import pytest
from written import old_word, ole, survives

from ingest.readers.options import DEFAULTS
from ingest.readers.word.doc import read_doc
from phi_assistant.errors import EncryptedFile, LoadError, NoText

IN_TABLE = struct.pack("<HB", 0x2416, 1)
ROW_END = IN_TABLE + struct.pack("<HB", 0x2417, 1)


def read(*paragraphs: tuple[str, int, bytes], **others: object) -> str:
    return read_doc(ole(old_word(paragraphs, **others)), stem="a", options=DEFAULTS).text


def plain(text: str) -> tuple[str, int, bytes]:
    return f"{text}\r", 0, b""


@pytest.mark.parametrize("text", ["It’s “naïve” – 5 €", "Привет, мир", "日本語 and 😀"])
def test_the_text_is_read_in_both_of_the_forms_that_word_stores_it_in(text):
    assert read(plain(text)) == text


def test_headings_are_known_by_the_kind_of_their_style_and_by_their_outline():
    second = struct.pack("<HB", 0x2640, 1)
    assert read(("Leave\r", 1, b""), ("How to ask\r", 0, second), plain("Text.")) == "# Leave\n\n## How to ask\n\nText."


def test_cells_and_rows_become_a_table():
    cells = (
        [(text, 0, IN_TABLE) for text in ("Kind\x07", "Days\x07")],
        [("Leave\x07", 0, IN_TABLE), ("20\x07", 0, IN_TABLE)],
    )
    end = ("\x07", 0, ROW_END)
    assert read(*cells[0], end, *cells[1], end, plain("After.")) == (
        "| Kind | Days |\n| --- | --- |\n| Leave | 20 |\n\nAfter."
    )


def test_fields_give_their_result_and_no_instruction():
    assert read(plain("See \x13 HYPERLINK x \x14the manual\x15\x0band \x13 XE y \x15more.")) == (
        "See the manual\nand more."
    )


def test_a_note_stands_at_the_end_of_its_section():
    body = (plain("Twenty days\x02 a year."), ("Sickness\r", 1, b""), plain("Text."))
    assert read(*body, note="\x02 Or ten.\r") == "Twenty days a year.\n\nOr ten.\n\n# Sickness\n\nText."


def test_headers_and_footers_are_kept_once_and_page_numbers_dropped():
    assert read(plain("Text."), header="ACME\r", footer="Page \x13PAGE\x143\x15\r") == "ACME\n\nText."


def test_hidden_and_deleted_words_are_left_out():
    hidden = struct.pack("<HB", 0x083C, 1)
    assert read(plain("You must secretly ask."), characters=(9, 18, hidden)) == "You must ask."


def test_an_older_document_is_read_in_the_character_set_of_its_language():
    text = "Привет, мир.\rСтрока\x07Ячейка\x07\x07Конец.\r".encode("cp1251")
    main = struct.pack("<HHHH", 0xA5DC, 0x68, 0, 0x419).ljust(24, b"\0") + struct.pack("<II", 768, 768 + len(text))
    document = read_doc(ole({"WordDocument": main.ljust(768, b"\0") + text}), stem="a", options=DEFAULTS)
    assert document.text == "Привет, мир.\n\n| Строка | Ячейка |\n| --- | --- |\n\nКонец."


def test_an_older_document_of_the_macintosh_is_read_in_its_character_set():
    text = "Le résumé de l’été.\r".encode("mac_roman")
    main = struct.pack("<HHHH", 0xA5DC, 0x68, 0, 0x40C).ljust(20, b"\0") + struct.pack("<HH", 256, 256)
    main += struct.pack("<II", 768, 768 + len(text))
    document = read_doc(ole({"WordDocument": main.ljust(768, b"\0") + text}), stem="a", options=DEFAULTS)
    assert document.text == "Le résumé de l’été."


def test_an_older_document_that_was_saved_quickly_is_read_in_the_order_of_its_pieces():
    text = b"days.\rTwenty Ten "
    pieces = struct.pack("<3I", 0, 7, 13) + struct.pack("<HIHHIH", 0, 774, 0, 0, 768, 0)
    clx = struct.pack("<BI", 2, len(pieces)) + pieces
    main = struct.pack("<HHHHHH", 0xA5DC, 0x68, 0, 0x409, 0, 4).ljust(24, b"\0") + struct.pack("<II", 768, 786)
    main = main.ljust(52, b"\0") + struct.pack("<I", 13)
    main = main.ljust(352, b"\0") + struct.pack("<II", 800, len(clx))
    main = (main.ljust(768, b"\0") + text).ljust(800, b"\0") + clx
    assert read_doc(ole({"WordDocument": main}), stem="a", options=DEFAULTS).text == "Twenty days."


def test_a_document_that_is_locked_empty_or_damaged_is_told_apart():
    streams = old_word([plain("Words.")])
    locked = bytearray(streams["WordDocument"])
    locked[11] |= 1
    with pytest.raises(EncryptedFile, match="--password"):
        read_doc(ole({**streams, "WordDocument": bytes(locked)}), stem="a", options=DEFAULTS)
    with pytest.raises(NoText):
        read(plain("\x01"))
    for data in (b"Words.", ole({"WordDocument": streams["WordDocument"]}), ole({"Other": b""})):
        with pytest.raises(LoadError, match="damaged"):
            read_doc(data, stem="a", options=DEFAULTS)


def test_a_damaged_document_is_read_or_refused_and_nothing_else():
    cell = ("a\x07", 0, IN_TABLE)
    survives(read_doc, ole(old_word([("One\r", 1, b""), cell, cell, ("\x07", 0, ROW_END), plain("a\x02")], note="b\r")))
