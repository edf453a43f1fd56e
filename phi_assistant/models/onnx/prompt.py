"""From turns to token ids, so that what was read once is found again.

Text of people and documents cannot become control: `<|end|>` in it is read as the characters it has (see
`vocabulary`). What the model itself wrote is put in as the very ids that it wrote, since the ids of a text are not
always those that a model chose for it.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from phi_assistant.models.catalogue import lookup
from phi_assistant.models.guided.forms import form_of
from phi_assistant.models.onnx.lock import Lock
from phi_assistant.models.onnx.template import ChatTemplate, Turn
from phi_assistant.models.onnx.vocabulary import Vocabulary
from phi_assistant.models.thoughts import CLOSE, OPEN, Thoughts

_OPEN, _CLOSE = "\ue001", "\ue002"
"""Around the number of an answer whose ids are known."""

_MARKS = re.compile(f"[{_OPEN}{_CLOSE}]")
_SPOKEN = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads."""

    ids: list[int]
    opening: int
    """How many of them do not depend on the conversation: the system prompt."""


class Spoken:
    """The answers of a model, as ids; the oldest are forgotten."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ids: OrderedDict[str, list[int]] = OrderedDict()

    def remember(self, text: str, ids: Sequence[int]) -> None:
        with self._lock:
            self._ids[text] = list(ids)
            self._ids.move_to_end(text)
            while len(self._ids) > _REMEMBERED:
                self._ids.popitem(last=False)

    def ids(self, text: str) -> list[int] | None:
        with self._lock:
            return self._ids.get(text)


class Prompts:
    """Makes the prompts of one model."""

    def __init__(self, folder: Path) -> None:
        """Raises `ModelUnavailable` if the folder has no tokenizer or no chat template."""
        self.vocabulary = Vocabulary(folder)
        self.template = ChatTemplate(folder)
        self.form = form_of(self.vocabulary.control, self.template.source)
        self.spoken = Spoken()
        self.thinks = OPEN in self.template.source or _is_known_to_think(folder)
        self.filler = self.vocabulary.ids("\n")[-1]
        """An empty line, as a token."""

    @property
    def marks(self) -> tuple[str, ...]:
        """The control tokens that are part of an answer's text: those around calls."""
        return (self.form.opening, self.form.closing) if self.form.special else ()

    @property
    def tags(self) -> tuple[str, ...]:
        """The control tokens that are part of an answer's text: those around thoughts."""
        return tuple(tag for tag in (OPEN, CLOSE) if self.thinks and tag in self.vocabulary.control)

    def thoughts(self) -> Thoughts | None:
        """What tells thoughts from an answer; None where the model has none, and such tags are text like any other."""
        return Thoughts(begun=self.template.opens_thoughts) if self.thinks else None

    def prompt(self, turns: Sequence[Turn]) -> Prompt:
        """The ids of a conversation, up to where the answer begins."""
        ids = self._ids(turns)
        return Prompt(ids, self._opening(turns, ids))

    def remember(self, text: str, ids: Sequence[int]) -> None:
        """The model has written this; nothing to remember if a stop string cut it in the middle of a token."""
        if text and self.vocabulary.text(ids, self.marks) == text:
            self.spoken.remember(text, ids)

    def _ids(self, turns: Sequence[Turn]) -> list[int]:
        answers: list[list[int]] = []
        text = self.template.render([self._safe(turn, answers) for turn in turns])
        parts = _SPOKEN.split(text)  # text, number, text, …
        found = [self.vocabulary.ids(part) if at % 2 == 0 else answers[int(part)] for at, part in enumerate(parts)]
        return [number for part in found for number in part]

    def _safe(self, turn: Turn, answers: list[list[int]]) -> Turn:
        """A turn without control; an answer of which the ids are known is put in later."""
        clean = {name: self._clean(value) if isinstance(value, str) else value for name, value in turn.items()}
        if turn["role"] != "assistant":
            return clean
        ids = self.spoken.ids(self.form.whole(turn))
        if ids is None:
            parts = self.form.parts(turn)
            return {**clean, "content": "".join(text if control else self._clean(text) for text, control in parts)}
        answers.append(ids)
        return {**clean, "content": f"{_OPEN}{len(answers) - 1}{_CLOSE}"}

    def _clean(self, text: str) -> str:
        return self.vocabulary.harmless(_MARKS.sub("", text))

    def _opening(self, turns: Sequence[Turn], ids: Sequence[int]) -> int:
        """The ids that another conversation with the same system prompt begins with."""
        system = [turn for turn in turns if turn["role"] == "system"]
        if not system:
            return 0
        other = self._ids([*system, {"role": "user", "content": "?" * 3}])
        pairs = zip(ids, other, strict=False)
        return next((at for at, (one, another) in enumerate(pairs) if one != another), min(len(ids), len(other)))


def _is_known_to_think(folder: Path) -> bool:
    """By its name: Phi-4-mini-reasoning thinks without a word of it in its template. The name may be that of a folder
    above, where one of several variants was chosen."""
    return any(known.thinks for name in folder.parts[-3:] if (known := lookup(name)))
