"""Files that are added: their names become safe ones, and limits are kept before anything is written."""

from __future__ import annotations

import io
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sources.walk import walk
from phi_assistant.settings import Settings
from ui.uploads import folder_of, receive, safe_name, taken


class Sent(io.BytesIO):
    """A file as a browser sends it."""

    def __init__(self, name, data=b"text"):
        super().__init__(data)
        self.name, self.size = name, len(data)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Preisliste für März.pdf", "Preisliste für März.pdf"),
        ("../../../etc/passwd", "passwd"),
        ("C:\\Windows\\evil.txt", "evil.txt"),
        ("/absolute.md", "absolute.md"),
        (".hidden.md", "hidden.md"),
        ("~$lock.docx", "lock.docx"),
        ("..", "document"),
        ("", "document"),
        ("a\x00b\n.txt", "ab.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("<b>x</b>?.md", "b__.md"),
        ("con.txt", "_con.txt"),
        ("Thumbs.db", "_Thumbs.db"),
        ("trailing. . ", "trailing"),
        ("%2e%2e%2fx.md", "_2e_2e_2fx.md"),
    ],
)
def test_a_name_is_a_files_and_nothing_else(sent, kept):
    assert safe_name(sent) == kept


@given(st.text())
def test_whatever_a_browser_says_stays_in_the_folder_and_is_found_by_ingestion(name):
    kept = safe_name(name)
    assert Path(kept).name == kept not in ("", ".", "..")
    assert not kept.startswith((".", "~$"))
    assert len(kept.encode()) <= 200
    assert not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in kept)
    assert safe_name(kept) == kept


def test_long_names_keep_their_ending():
    kept = safe_name("ü" * 300 + ".pdf")
    assert kept.endswith(".pdf")
    assert len(kept.encode()) <= 200


def test_two_of_one_drag_are_told_apart_and_a_newer_version_takes_the_place_of_the_older(tmp_path):
    first = receive(
        [Sent("faq.md", b"one"), Sent("sub/FAQ.md", b"two"), Sent("faq.md", b"three")], tmp_path, Settings()
    )
    assert first.saved == ["faq.md", "FAQ (2).md", "faq (3).md"]
    again = receive([Sent("faq.md", b"newer")], tmp_path, Settings())
    assert again.saved == ["faq.md"]
    folder = folder_of(tmp_path)
    assert (folder / "faq.md").read_bytes() == b"newer"
    assert sorted(file.id for file in walk([folder]).files) == ["FAQ (2).md", "faq (3).md", "faq.md"]


def test_limits_are_kept_and_said_and_the_others_are_taken_all_the_same(tmp_path):
    limits = Settings(upload_files=3, file_bytes=10, upload_bytes=12)
    files = [Sent("empty.md", b""), Sent("large.md", b"x" * 11), Sent("good.md", b"x" * 8), Sent("fourth.md", b"x")]
    done = receive(files, tmp_path, limits)
    assert done.saved == ["good.md"]
    assert done.refused == [("empty.md", "empty"), ("large.md", "too large"), ("fourth.md", "too many")]
    assert receive([Sent("more.md", b"x" * 5)], tmp_path, limits).refused == [("more.md", "no room")]
    assert receive([Sent("good.md", b"y" * 10)], tmp_path, limits).saved == ["good.md"]  # it takes the room of the old
    assert taken(folder_of(tmp_path)) == 10


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root writes everywhere")
def test_what_cannot_be_written_is_said(tmp_path):
    folder_of(tmp_path).mkdir()
    folder_of(tmp_path).chmod(0o500)
    assert receive([Sent("a.md")], tmp_path, Settings()).refused == [("a.md", "not written")]
