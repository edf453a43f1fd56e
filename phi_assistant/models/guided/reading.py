"""Reading an answer that may hold calls, as it comes: words at once, a call's name when it is whole, then arguments.

What could be the beginning of a mark is held back until it is known to be one or none, so that no half of a mark is
ever taken for words. Calls are read leniently, for models that no grammar keeps: `parameters` for `arguments`, one
call without a list, arguments as a string. What cannot be read becomes an invalid call, as LangChain has them.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk
from langchain_core.utils.json import parse_partial_json

from phi_assistant.models.guided.form import WRITTEN, Form
from phi_assistant.models.guided.scanning import CallScanner, Fragment


class Reader:
    """Of one answer. The sum of all chunks is the message."""

    def __init__(self, form: Form, *, inside: bool = False) -> None:
        """`inside`: calls begin with the first character, without an opening mark."""
        self._opening, self._closing = form.opening, form.closing
        self._scanner: CallScanner | None = CallScanner() if inside else None
        self._held = ""
        self._read = ""
        self.calls = 0
        """How many calls have begun; with any, the answer's `finish_reason` is `tool_calls`."""

    def take(self, text: str) -> AIMessageChunk:
        """What can be said after some more text."""
        self._held += text
        said = _Said()
        while self._step(said):
            pass
        return said.chunk()

    def rest(self) -> AIMessageChunk:
        """What is left at the end. Arguments without an end are made unreadable, lest LangChain complete them itself
        and a tool be called with half of them."""
        said, scanner = _Said(), self._scanner
        if scanner is None:
            said.words = self._held
        elif scanner.broken or scanner.unnamed:
            self._give_up(said, self._held)
        elif scanner.torn is not None:
            said.calls.append(tool_call_chunk(args=scanner.torn, index=scanner.calls))
        self._held = ""
        return said.chunk()

    def _step(self, said: _Said) -> bool:
        """Reads on as far as it is plain what follows; says whether there is more to read."""
        if self._scanner is None:
            return self._words(said)
        if self._scanner.broken:
            return self._broken(said)
        if self._scanner.done:
            return self._after(said)
        return self._list(self._scanner, said)

    def _words(self, said: _Said) -> bool:
        words, mark, after = self._held.partition(self._opening)
        if mark:
            self._scanner, self._read, self._held = CallScanner(self.calls), "", after
        else:
            keep = _overlap(words, self._opening)
            words, self._held = words[: len(words) - keep], words[len(words) - keep :]
        said.words += words
        return bool(mark)

    def _list(self, scanner: CallScanner, said: _Said) -> bool:
        fragments, used = scanner.take(self._held)
        said.written += self._held[:used]
        self._read += self._held[:used]
        self._held = self._held[used:]
        said.calls += [_chunk(each) for each in fragments]
        self.calls = max(self.calls, scanner.begun)
        return scanner.done or scanner.broken

    def _broken(self, said: _Said) -> bool:
        """What is no call in any reading, up to the closing mark."""
        unread, mark, after = self._held.partition(self._closing)
        if mark:
            self._give_up(said, unread)
            self._held = after
        return bool(mark)

    def _give_up(self, said: _Said, unread: str) -> None:
        said.calls.append(tool_call_chunk(args=_unreadable(self._read + unread), id=_id(), index=self.calls))
        said.written += unread
        self.calls += 1
        self._scanner = None

    def _after(self, said: _Said) -> bool:
        """The closing mark, which some models forget."""
        follows = self._held.lstrip()
        if not follows.startswith(self._closing) and self._closing.startswith(follows):
            return False
        self._held = follows.removeprefix(self._closing) if follows.startswith(self._closing) else self._held
        self._scanner = None
        return True


@dataclass
class _Said:
    """A chunk in the making."""

    words: str = ""
    calls: list[ToolCallChunk] = field(default_factory=list)
    written: str = ""

    def chunk(self) -> AIMessageChunk:
        kept = {WRITTEN: self.written} if self.written else {}
        return AIMessageChunk(content=self.words, tool_call_chunks=self.calls, additional_kwargs=kept)


def _chunk(fragment: Fragment) -> ToolCallChunk:
    number = _id() if fragment.name is not None else None
    return tool_call_chunk(name=fragment.name, args=fragment.arguments, id=number, index=fragment.call)


def _id() -> str:
    return f"call_{uuid.uuid4().hex[:24]}"


def _overlap(text: str, mark: str) -> int:
    """How many characters at the end could be the beginning of the mark."""
    longest = min(len(text), len(mark) - 1)
    return next((length for length in range(longest, 0, -1) if text.endswith(mark[:length])), 0)


def _unreadable(text: str) -> str:
    """The text as arguments that are none, even if it looks like some, or like the beginning of some."""
    try:
        return json.dumps(text) if isinstance(parse_partial_json(text), dict) else text
    except ValueError:
        return text
