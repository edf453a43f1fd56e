"""The stacks that the tests bring up, and a browser to look at them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

WAIT_MS = 60_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They need a Docker engine and the image, which `run.sh` sees to."""
    if "PHI_COMPOSE_TESTS" not in os.environ:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="tests/compose/run.sh runs it"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def person(chromium: Browser) -> Iterator[Callable[[], BrowserContext]]:
    """Somebody with a browser of his own, and its cookies."""
    contexts: list[BrowserContext] = []

    def person() -> BrowserContext:
        context = chromium.new_context(locale="en")
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        return context

    yield person
    for context in contexts:
        context.close()
