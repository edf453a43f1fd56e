"""Drafting: a hint as a chat model wrote it, before it is held against the answer (see `hints`).

No passage need support a hint, so that it goes through the guards alone: nothing that loads or runs, no address that
no passage has, nothing of the system prompt; and one about something else is no hint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from phi_assistant.answering import Draft
from phi_assistant.citing import Written, guarded, without_strange_addresses
from phi_assistant.grounding.markers import without_markers
from phi_assistant.relevance import relevant
from phi_assistant.words import Analyzer

if TYPE_CHECKING:
    from phi_assistant.embeddings.base import Embedder


@dataclass(frozen=True, slots=True)
class Drafting:
    """Makes a draft of what a model wrote as a hint; an empty one where it is none."""

    embedder: Embedder
    analyzer: Analyzer

    def __call__(self, written: Written) -> Draft:
        text = without_strange_addresses(written, without_markers(guarded(written))).strip()
        asked = written.prompt.packed.found.reading.asked
        is_hint = bool(text) and relevant([text], asked, embedder=self.embedder, analyzer=self.analyzer)
        return Draft(text if is_hint else "", (), usage=written.usage)
