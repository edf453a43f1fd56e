"""The tokens of a model as text: ids for a text, text for ids as they come, and what a single token stands for.

On `tokenizers`, without the model. Which ids are control is the tokenizer's own list of added tokens.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from tokenizers import Tokenizer

from phi_assistant.errors import ModelUnavailable
from phi_assistant.models.repair import repair

BREAK = "\ue000"
"""Put into a control token that stands in somebody's text, so that it is read as the characters it has; no token
comes of it. Private use: a document that holds it loses it."""

_LONE = re.compile("[\ud800-\udfff]")


class Vocabulary:
    """The tokenizer of a folder."""

    def __init__(self, folder: Path) -> None:
        """Raises `ModelUnavailable` if the folder has none."""
        file = folder / "tokenizer.json"
        try:
            self._tokenizer: Tokenizer = Tokenizer.from_file(str(file))
        except Exception as exc:  # tokenizers raises nothing more special
            raise ModelUnavailable(
                f"The tokenizer {file} cannot be read ({exc}), and no prompt can be made without it. {repair(folder)}"
            ) from exc
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        added = self._tokenizer.get_added_tokens_decoder()
        self.control = {token.content: number for number, token in added.items()}
        """Ids by their text."""
        self._added = frozenset(added)
        self._hidden = frozenset(number for number, token in added.items() if token.special)
        texts = sorted((text for text in self.control if len(text) > 1), key=len, reverse=True)
        self._control = re.compile("|".join(map(re.escape, texts)) or r"(?!)")

    def __len__(self) -> int:
        return self._tokenizer.get_vocab_size()

    def harmless(self, text: str) -> str:
        """Somebody's text in which no control token is left; to be read with `ids`."""
        return self._control.sub(lambda found: found[0][0] + BREAK + found[0][1:], text.replace(BREAK, ""))

    def ids(self, text: str) -> list[int]:
        """Of a text in which control tokens are control. (Halves of surrogate pairs, as broken files have them, are no
        text.)"""
        text = _LONE.sub("\N{REPLACEMENT CHARACTER}", text)
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        if BREAK not in text:
            return encoding.ids
        pairs = zip(encoding.ids, encoding.offsets, strict=True)
        return [number for number, (start, end) in pairs if text[start:end] != BREAK]

    def text(self, ids: Sequence[int], shown: Iterable[str] = ()) -> str:
        """Of ids, control tokens left out but for these."""
        stream = self.stream(shown)
        return "".join(map(stream.take, ids)) + stream.rest()

    def stream(self, shown: Iterable[str] = ()) -> TextStream:
        """Text as ids come, control tokens left out but for these."""
        return TextStream(self, self._hidden - {self.control[each] for each in shown}, strips=self._strips)

    def piece(self, number: int) -> bytes:
        """What a single token stands for; half a character may be all of it."""
        token = self._tokenizer.id_to_token(number) or ""
        if number in self._added:
            return token.encode()
        if self._is_byte_level:
            return bytes(_BYTES.get(each, 32) for each in token)
        if found := re.fullmatch(r"<0x([0-9A-F]{2})>", token):
            return bytes([int(found[1], 16)])
        return token.replace("▁", " ").encode()

    @cached_property
    def _decoder(self) -> str:
        return json.dumps(json.loads(self._tokenizer.to_str()).get("decoder"))

    @cached_property
    def _is_byte_level(self) -> bool:
        return '"ByteLevel"' in self._decoder

    @cached_property
    def _strips(self) -> bool:
        """Whether a text loses the space that its first word has."""
        return '"Strip"' in self._decoder or '"Metaspace"' in self._decoder


class TextStream:
    """The text of ids, as they come: half a character waits for its other half, and bytes that are no character are
    shown as `�`. (`DecodeStream` of tokenizers raises for them, and models do write them.)"""

    def __init__(self, vocabulary: Vocabulary, hidden: frozenset[int], *, strips: bool) -> None:
        self._vocabulary, self._hidden, self._strips = vocabulary, hidden, strips
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def take(self, number: int) -> str:
        """What can be said after this id."""
        return "" if number in self._hidden else self._said(self._vocabulary.piece(number))

    def rest(self) -> str:
        """What is left at the end: the half of a character that will never be whole, as it is shown then."""
        return self._said(b"", final=True)

    def _said(self, piece: bytes, *, final: bool = False) -> str:
        text = self._decoder.decode(piece, final)
        if text and self._strips:
            self._strips, text = False, text.removeprefix(" ")
        return text


def _byte_alphabet() -> dict[str, int]:
    """The characters that byte-level tokenizers write bytes as (GPT-2's table)."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(each): each for each in shown}
    hidden = [each for each in range(256) if each not in set(shown)]
    return table | {chr(256 + at): each for at, each in enumerate(hidden)}


_BYTES = _byte_alphabet()
