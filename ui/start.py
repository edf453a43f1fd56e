"""The start and the end: who may come in is settled before anything listens, what the first question needs is loaded
before it comes, and what was opened is closed."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from phi_assistant.errors import PhiAssistantError
from ui.settled import access

if TYPE_CHECKING:
    from streamlit.starlette import App

    from ui.access import Access


logger = logging.getLogger(__name__)


def settled() -> Access:
    """Who may come in; where that cannot be settled, the end of the program with a line on why."""
    try:
        return access()
    except PhiAssistantError as exc:
        print(f"Error: {exc}", file=sys.stderr)
        sys.exit(2)


@asynccontextmanager
async def open_while_it_runs(app: App) -> AsyncIterator[None]:
    """Loads what the first question needs, and closes collections, models and the database when the server ends."""
    from ui import resources  # not before: what it keeps wants to know where it runs

    ended = Event()
    warming = Thread(target=_warm_up, args=(ended,), name="warm up", daemon=True)
    warming.start()
    yield
    ended.set()
    warming.join()
    resources.close()


def _warm_up(ended: Event) -> None:
    """Asks the documents that people will ask, as whoever asks first would else wait until all is loaded."""
    from phi_assistant.models.specs import EXTRACTIVE
    from ui import resources

    try:
        resources.database()
        filled = resources.stores().filled()
        bots = resources.bots().values()
        asked = [resources.settings().collection, *(resources.collection_of(bot) for bot in bots)]
        for name in dict.fromkeys(asked):
            if name in filled and not ended.is_set():
                resources.assistant(None, EXTRACTIVE, collection=name).ask("What is in here?")
    except PhiAssistantError as exc:  # whoever asks is told
        logger.info("Nothing could be loaded before the first question: %s", exc)
