"""Worker processes: what hangs, crashes, eats memory or talks nonsense costs one task, and nothing is left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from samples import entry, put

from ingest.readers.options import Options
from ingest.workers.limits import Limits
from ingest.workers.messages import Alive, Done, Extracted, Failed, Message, Setup, Task
from ingest.workers.pool import Pool
from phi_assistant.errors import LoadError

ROOT = Path(__file__).parents[1]
posix = pytest.mark.skipif(sys.platform == "win32", reason="these signals and processes are those of POSIX")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the system's own limits are set on Linux")

TIGHT = Limits(seconds=2, memory=250_000_000)
SETUP = Setup(Options(), TIGHT)


def task(name: str, argument: object = "") -> Task:
    return Task(name, f"hazards:{name}", argument)


def answers(*tasks: Task, limits: Limits = TIGHT, workers: int = 1) -> list[Message]:
    """What is heard, but for signs of life, in the order in which it is heard."""
    with Pool(tasks, Setup(Options(), limits), workers=workers) as pool:
        return [message for _, message in pool if not isinstance(message, Alive)]


def said(messages: list[Message]) -> list[str]:
    """The texts and reasons."""
    texts = [message.chunks[0].text for message in messages if isinstance(message, Extracted)]
    return texts + [message.reason for message in messages if isinstance(message, Failed)]


def alive(pids: list[int]) -> list[int]:
    found = []
    for pid in pids:
        with suppress(psutil.Error):
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
    return found


def pids(file: Path) -> list[int]:
    return [int(pid) for pid in file.read_text("utf-8").split()] if file.exists() else []


def wait_until(true: Callable[[], object], *, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(true())


def test_what_a_task_yields_is_heard_and_then_that_it_is_done():
    messages = answers(task("echo", "one"), task("echo", "two"))
    assert [type(message) for message in messages] == [Extracted, Done, Extracted, Done]
    assert said(messages) == ["one", "two"]


def test_one_process_does_many_tasks():
    assert len(set(said(answers(*[task("who")] * 50)))) == 1


def test_several_processes_share_the_tasks():
    messages = answers(*[task("slow_but_alive", 0.3)] * 8, workers=4, limits=Limits())
    assert len(said(messages)) == 8


@posix
@pytest.mark.parametrize(
    ("hazard", "reason"),
    [
        ("hang", r"takes more than 2 s to read.*'file_seconds' \(PHI_ASSISTANT_FILE_SECONDS\)"),
        ("hang_in_c", r"takes more than 2 s to read"),
        ("segfault", r"ended the process that was reading it \(SIGSEGV\): it may be damaged"),
        ("abort", r"\(SIGABRT\)"),
        ("leave", r"\(exit code 3\)"),
        ("eat", r"takes more than 250 MB of memory to read.*'file_memory' \(PHI_ASSISTANT_FILE_MEMORY\)"),
        ("eat_in_a_child", r"takes more than 250 MB of memory to read"),
        ("refuse", r"is damaged: it ends too early\."),
        ("trip", r"is damaged, or made in a way that its reader does not expect \(KeyError\)\."),
        ("lack", r"needs the package 'no_such_package', which is not installed\..*`pip install -e "),
        ("nonsense", r"made the process that was reading it talk nonsense"),
    ],
)
def test_what_goes_wrong_costs_that_file_alone_and_the_reason_is_told(hazard, reason):
    messages = answers(task("echo", "before"), task(hazard), task("echo", "after"))
    assert said(messages)[:2] == ["before", "after"]
    [failure] = [message for message in messages if isinstance(message, Failed)]
    assert re.search(reason, failure.reason)
    assert sum(isinstance(message, Done) for message in messages) == 3


@linux
def test_memory_that_is_asked_for_at_once_is_refused():
    assert said(answers(task("eat_at_once")))[0].startswith("takes more than 250 MB of memory")


@posix
def test_a_task_is_tried_again_where_what_went_before_may_be_to_blame_and_only_then(tmp_path):
    assert said(answers(task("echo", "one"), task("end_once", str(tmp_path / "a")))) == ["one", "done"]
    [reason] = said(answers(task("end_once", str(tmp_path / "b"))))
    assert reason.startswith("was not read: the process that was at it was ended from outside")


@pytest.mark.parametrize("how", ["slow_but_alive", "slow_page_after_page"])
def test_signs_of_life_give_more_time(how):
    assert said(answers(task(how, 4.0))) == ["done"]


def test_a_large_result_gets_through():
    [extracted, _] = answers(task("much", 60_000), limits=Limits())
    assert len(extracted.chunks) == 60_000


def test_a_slow_listener_is_not_run_over(tmp_path):
    """Reading goes on only as long as what was read is taken."""
    done = tmp_path / "done"
    with Pool([task("mark", (600, str(done)))] * 30, Setup(Options(), Limits()), workers=1) as pool:
        heard = (message for _, message in pool if isinstance(message, Extracted))
        next(heard)
        time.sleep(1.0)
        assert len(done.read_bytes()) < 8
        assert sum(1 for _ in heard) == 29


def test_what_libraries_print_and_read_does_not_disturb(capfd):
    assert said(answers(task("noise"), task("echo", "after"))) == ["heard ''", "after"]
    assert capfd.readouterr() == ("", "")


def test_passwords_are_in_no_list_of_processes():
    setup = Setup(Options(passwords=("open sesame",)), TIGHT)
    assert "open sesame" not in repr(setup)
    with Pool([task("environment")], setup, workers=1) as pool:
        [text] = said([message for _, message in pool])
    seen, _, passwords = text.rpartition(" / ")
    assert passwords == "('open sesame',)"
    assert "sesame" not in seen


@linux
def test_the_files_of_the_store_are_not_inherited(store):
    put(store, entry("a.md", "The shop opens at nine."))
    [names] = said(answers(task("open_files")))
    assert "pipe:" in names
    assert str(store.folder) not in names


def test_a_process_that_has_grown_large_is_replaced():
    one, two = said(answers(task("keep"), task("who"), limits=Limits()))
    assert one != two


def test_what_readers_leave_in_the_temporary_folder_is_gone():
    [file] = said(answers(task("litter")))
    assert not Path(file).parent.exists()


def test_no_process_outlives_the_block_even_if_that_ends_with_an_error(tmp_path):
    started = tmp_path / "pids"
    with suppress(RuntimeError), Pool([task("hang_with_a_child", str(started))], SETUP, workers=1):
        assert wait_until(lambda: len(alive(pids(started))) == 2)
        raise RuntimeError
    assert wait_until(lambda: not alive(pids(started)))


# As if typed into a program without a main guard, which `multiprocessing` would run again in each child.
PROGRAM = """
import sys
from ingest.workers.limits import Limits
from ingest.workers.messages import Setup, Task
from ingest.workers.pool import Pool
from ingest.readers.options import Options
with Pool([Task("", "hazards:hang_with_a_child", sys.argv[1])], Setup(Options(), Limits()), workers=1) as pool:
    list(pool)
"""


@posix
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_no_process_outlives_the_program_however_that_ends(tmp_path, how):
    started = tmp_path / "pids"
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    program = subprocess.Popen(
        [sys.executable, tmp_path / "program.py", started],
        env={**os.environ, "PYTHONPATH": path, "TMPDIR": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    assert wait_until(lambda: pids(started))
    program.send_signal(how)
    program.wait(10)
    assert wait_until(lambda: not alive(pids(started)))
    assert wait_until(lambda: not list(tmp_path.glob("phi-assistant-*")))


def test_a_python_that_does_not_start_is_one_clear_error(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    with pytest.raises(LoadError, match=r"in processes of their own, and none can be started .*--debug"):
        answers(task("echo", ""))
