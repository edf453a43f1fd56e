"""Foreign text: nothing of it is markup any more, and what people read is what was written."""

from __future__ import annotations

import html as standard
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.text import html, plain

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[click](javascript:alert(1))",
    "![pixel](https://evil.example/p.png)",
    "# Heading\n\n- list",
    "$e^{i\\pi}$",
    ":red[red] :material/home: :smile:",
    "`code` **bold** ~~gone~~ https://evil.example",
    "a | b\n--|--",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_hostile_reads_as_it_was_written(text):
    assert standard.unescape(html(text)) == text
    shown = re.sub(r"\\(\W)", r"\1", plain(text)).replace("\u2060", "")
    assert shown == " ".join(text.split())


@pytest.mark.parametrize("address", ["https://evil.example", "www.evil.example", "HTTP://x.y", "a.b@evil.example"])
def test_an_address_becomes_no_link_in_a_label(address):
    unescaped = re.sub(r"\\(\W)", r"\1", plain(f"See {address} now"))
    assert address not in unescaped
    assert address in unescaped.replace("\u2060", "")


@given(st.text())
def test_no_element_and_no_attribute_can_begin_or_end_in_it(text):
    assert not re.search(r"[<>\"']", html(text))


@given(st.text(alphabet=st.sampled_from("\\`*_{}[]()#+-.!|~$<>&:^=\"'@/ab \n")))
def test_every_sign_that_markdown_reads_is_escaped_in_a_label(text):
    line = plain(text)
    assert "\n" not in line
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]$<>~|#!]", re.sub(r"\\\\", "", re.sub(r"\\[^\\]", "", line)))


def test_signs_that_turn_the_direction_or_cannot_be_seen_are_left_out():
    assert html("invoice\u202efdp.exe\x00\x1b[31m") == "invoicefdp.exe[31m"
    assert plain("a\u2066b\x07") == "ab"
    assert html("ärger 😀 שלום") == "ärger 😀 שלום"
