"""Commands side by side: `serve` and `chat` share the documents, and what nobody shares is said."""

from __future__ import annotations

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from programs import POSIX, gone
from raw_ollama import wait_until
from terminal import Shop, stays_one_line


@pytest.fixture
def own(shop: Shop, tmp_path: Path) -> Shop:
    """The same documents in a data folder of the test's own."""
    fresh = Shop(shop.docs, tmp_path / "data", shop.models)
    assert fresh.run("ingest", ".").code == 0
    return fresh


def test_while_it_is_shared_every_command_works_on_the_same_documents(own, tmp_path):
    (tmp_path / "more.md").write_text("# Parking\n\nThe car park behind the shop is free for two hours.", "utf-8")
    with own.running("serve") as sharing:
        assert sharing.stdout
        assert sharing.stdout.readline().startswith("Sharing the documents of 'documents' in ")
        [server] = psutil.Process(sharing.pid).children()
        with ThreadPoolExecutor(3) as terminals:
            ingest = terminals.submit(own.run, "ingest", tmp_path / "more.md", "--json")
            search = terminals.submit(own.run, "search", "How long can I return a grinder?", "--json")
            ask = terminals.submit(own.run, "ask", "How long can I return a grinder?")
        assert ingest.result().json["added"] == 1
        assert search.result().json[0]["source"] == "returns.md"
        assert ask.result().output.startswith("You have 45 days from delivery to return a grinder.")
        assert "free for two hours" in own.run("ask", "How long is parking free?").output
        assert own.run("serve").output.startswith("Another process already shares")
        sharing.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
        assert sharing.wait(20) != 0
        psutil.wait_procs([server], timeout=10)
        assert not server.is_running()
    assert "free for two hours" in own.run("ask", "How long is parking free?").output  # and it is all still there
    assert "both indexes agree" in own.run("doctor").output


def test_a_chat_does_not_keep_others_from_the_documents(own):
    with own.running("chat", "--no-keep") as chat:
        assert chat.stdin
        assert chat.stdout
        assert "Nothing that is said now is kept" in chat.stdout.readline()
        assert chat.stdout.readline().startswith("Answers are ")
        chat.stdin.write("How long can I return a grinder?\n")
        chat.stdin.flush()
        assert "45 days" in chat.stdout.readline()
        (own.docs / "late.txt").write_text("On Sundays the shop is closed.", "utf-8")
        try:
            assert own.run("ingest", ".").code == 0
        finally:
            (own.docs / "late.txt").unlink()
        chat.stdin.write("Is the shop open on Sundays?\n")
        chat.stdin.flush()
        chat.stdin.close()
        assert "On Sundays the shop is closed." in chat.stdout.read()


HOLD = """
import sys; from pathlib import Path; from phi_assistant import open_store
with open_store(Path(sys.argv[1])): print('open', flush=True); sys.stdin.read()
"""


@pytest.mark.skipif(not POSIX, reason="Windows has no such signal")
def test_what_ends_the_command_ends_the_ingestion_that_it_has_started(own, monkeypatch):
    monkeypatch.setenv("PHI_ASSISTANT_WAIT", "600")
    with own.python(HOLD, own.data / "collections" / "documents") as holder:
        assert holder.stdout
        holder.stdout.readline()
        with own.running("ingest", ".") as command:
            assert wait_until(lambda: psutil.Process(command.pid).children(), seconds=60)
            [ingestion] = psutil.Process(command.pid).children()
            assert wait_until(lambda: ingestion.cpu_times().user > 0.2, seconds=60)  # it is well under way
            command.terminate()
            assert command.wait(60) == 128 + signal.SIGTERM
            assert gone(ingestion.pid, seconds=60)


def test_a_command_that_must_wait_says_for_whom(own):
    with own.python(HOLD, own.data / "collections" / "documents") as holder:
        assert holder.stdout
        holder.stdout.readline()
        done = own.run("ask", "Anything?", PHI_ASSISTANT_WAIT="0")
        assert (done.code, stays_one_line(done)) == (1, True)
        assert f"(process {holder.pid})" in done.errors
        assert "`phi-assistant serve`" in done.errors


def test_reindexing_says_what_the_documents_are_indexed_with_now(own):
    done = own.run("reindex", "--language", "de", "--json")
    assert done.json == {"sources": 3, "chunks": 4, "embedder": "onnx:all-minilm-l6-v2", "language": "de"}
    refused = own.run("ingest", ".", "--language", "en")
    assert (refused.code, stays_one_line(refused)) == (1, True)
    assert "`phi-assistant reindex --collection documents --language en`" in refused.errors
    assert own.run("reindex", "--language", "en").output == (
        "3 sources, 4 chunks: now with onnx:all-minilm-l6-v2, en\n"
    )
