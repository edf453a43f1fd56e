"""Rewriting: a follow-up made into a question that can be searched for alone, by a chat model.

An option, since it costs a call before anything is found, and the search reads the conversation anyway; what people
write finds more with it still (`benchmarks/RESULTS.md`). What comes of it is only ever searched for. Whatever is no
such question is left aside, and so is a model that fails: the question is then searched for as it was asked.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from phi_assistant.grounding.names import URL
from phi_assistant.schema import Turn

if TYPE_CHECKING:
    from phi_assistant.parts import Chat

logger = logging.getLogger(__name__)

INSTRUCTION = """Rewrite the last question so that it can be understood without the conversation.
Put names in the place of "it", "they" and "there", and add what it leaves out. Keep its language. Do not answer it.
Write the rewritten question and nothing else."""

TURNS, REMEMBERED = 6, 400
"""So many turns before the question are told, and so many characters of each."""

LONGEST = 300
"""Characters that a rewritten question may have beyond those of the question."""

_LABEL = re.compile(
    r"^\W*(?:(?:the\s+)?(?:rewritten|stand-?alone|reformulated|new|last)\s+)*question\s*(?:is)?\s*:\s*", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]{4,}")


class Rewriter:
    """Rewrites with a chat model.

    >>> Rewriter(chat)("and for gift cards?", [Turn("user", "How long do I have to return something?")])
    'How long do I have to return a gift card?'
    """

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    def __call__(self, question: str, history: Sequence[Turn]) -> str:
        """The question as it can be understood alone; as it is, without a history or where nothing good comes of it."""
        told = [turn for turn in history if turn.text.strip()][-TURNS:]
        if not told:
            return question
        try:
            said = self._chat.invoke(_messages(question, told))
        except Exception as exc:  # of any chat model: what ails it is said when it is asked to answer
            logger.warning("The question is searched for as it was asked, since rewriting it failed: %s", exc)
            return question
        rewritten = _question_in(said if isinstance(said, str) else str(said.text))
        if not _is_sound(rewritten, question, told):
            logger.info("The question is searched for as it was asked: what was written is no question about the same.")
            return question
        return rewritten


def _messages(question: str, told: Sequence[Turn]) -> list[tuple[str, str]]:
    lines = [f"{'User' if turn.role == 'user' else 'Assistant'}: {turn.text.strip()[:REMEMBERED]}" for turn in told]
    return [("system", INSTRUCTION), ("human", "\n".join([*lines, f"Last question: {question}"]))]


def _question_in(said: str) -> str:
    """The first line with words, without a label and quotation marks."""
    line = next((line for line in said.splitlines() if _WORD.search(line) and not line.rstrip().endswith(":")), "")
    return _LABEL.sub("", line).strip().strip("\"“”'‘’«»*` ")


def _is_sound(rewritten: str, question: str, told: Sequence[Turn]) -> bool:
    """Whether it is about as long, has no address of its own, and is about something that was spoken of."""
    known = " ".join([question, *(turn.text for turn in told)]).lower()
    words = [word.lower() for word in _WORD.findall(rewritten)]
    strange = [word for word in words if word[:4] not in known]
    return (
        bool(words)
        and len(rewritten) <= len(question) + LONGEST
        and 2 * len(strange) <= len(words)
        and all(match[0].lower() in known for match in URL.finditer(rewritten))
    )
