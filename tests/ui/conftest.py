"""What the tests of the pages share: Debian's Chromium, and a browser of one's own for each visitor."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from asked import fill, with_models
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from streamlit import config
from tiny_phi import TinyModels

from phi_assistant import Embedder
from ui import resources

WAIT_MS = 30_000
"""What a page may take on a busy machine before a test gives up."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium the tests that need it are skipped, and say why."""
    if shutil.which("chromium") is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed: apt install chromium"))


@pytest.fixture(autouse=True)
def _main_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit makes a page that runs the module `__main__`, which processes that are spawned later would run too."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Not for longer than a module: while Playwright is there its event loop counts as running, and
    tests of coroutines can have none of their own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser that nobody else has: `visit(url, locale="de", viewport=…)`."""
    contexts: list[BrowserContext] = []

    def visit(url: str, **options: object) -> Page:
        context = chromium.new_context(**{"locale": "en", **options})
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        page = context.new_page()
        page.goto(url)
        return page

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A data folder with the help pages of the demo; a test that changes it is wrong."""
    return fill(tmp_path_factory.mktemp("desk"), embedder)


@pytest.fixture
def fresh() -> Iterator[None]:
    """Nothing is shared with what an earlier test has opened in this process; as on this machine alone."""
    resources.close()
    config.set_option("server.address", "127.0.0.1")
    yield
    resources.close()


@pytest.fixture
def at_the_desk(
    desk: Path, tmp_path: Path, models: Path, tiny: TinyModels, monkeypatch: pytest.MonkeyPatch, fresh: None
) -> None:
    """The help pages, a database of one's own, and tiny models beside quotations."""
    monkeypatch.setenv("PHI_ASSISTANT_DATA", str(desk))
    monkeypatch.setenv("PHI_ASSISTANT_DATABASE", f"sqlite:///{tmp_path / 'kept.db'}")
    monkeypatch.setenv("PHI_ASSISTANT_MODELS", str(with_models(tmp_path / "models", models, tiny, "answer", "slow")))
