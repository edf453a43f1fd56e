"""The process that holds a model: one per folder, gone with whoever owns it, and started anew when it died."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from programs import POSIX, gone, kill, reaped
from tiny_phi import ANSWER

from phi_assistant.models.errors import ModelDied, ModelFailed
from phi_assistant.models.onnx import ChatPhiOnnx, link

pytestmark = pytest.mark.slow  # every test starts a process or two

HELLO = [("human", "Hello")]
COUNTED = " ".join(str(number % 400 + 1) for number in range(7000))


def test_nothing_is_started_before_the_first_call(own):
    speaker = own("answer")
    assert speaker.metrics().pid == 0
    speaker.get_num_tokens("Hello")
    assert speaker.metrics().pid == 0
    speaker.warm_up()
    assert psutil.pid_exists(speaker.metrics().pid)


async def test_warming_up_from_an_event_loop_loads_the_model(own):
    speaker = own("answer")
    await speaker.awarm_up()
    assert psutil.pid_exists(speaker.metrics().pid)


async def test_warming_up_that_is_cancelled_is_ended(own):
    speaker = own("slow", context_length=8192, max_tokens=1)
    await speaker.awarm_up()
    pid, words = (await speaker.ametrics()).pid, "one two three four " * 1500
    warming = asyncio.create_task(speaker.awarm_up(words))
    while not (await speaker.ametrics()).active:
        await asyncio.sleep(0.02)
    warming.cancel()
    with pytest.raises(asyncio.CancelledError):
        await warming
    metrics = await speaker.ametrics()
    assert (metrics.pid, metrics.active, metrics.waiting) == (pid, 0, 0)


async def test_how_it_is_can_be_asked_from_an_event_loop(own):
    speaker = own("answer")
    assert (await speaker.ametrics()).pid == 0
    await speaker.ainvoke(HELLO)
    metrics = await speaker.ametrics()
    assert (metrics.pid, metrics.generated_tokens) == (speaker.metrics().pid, speaker.metrics().generated_tokens)
    assert str(metrics).startswith("Metrics(pid=")


def test_two_instances_of_a_folder_share_a_process_and_two_folders_do_not(chat, tiny):
    one, other = chat("answer"), ChatPhiOnnx(model=str(tiny.folder("answer") / ".." / "answer"), temperature=0.5)
    assert (one.invoke(HELLO).content, other.invoke(HELLO, temperature=0).content) == (ANSWER, ANSWER)
    assert one.metrics().pid == other.metrics().pid
    assert chat("listing").invoke(HELLO).content
    assert chat("listing").metrics().pid != one.metrics().pid


def test_closing_ends_the_process_and_the_next_call_starts_another(own):
    speaker = own("answer")
    speaker.invoke(HELLO)
    pid = speaker.metrics().pid
    speaker.close()
    assert reaped(pid)
    assert speaker.metrics().pid == 0
    speaker.close()  # twice is once
    assert speaker.invoke(HELLO).content == ANSWER
    assert speaker.metrics().pid != pid


def test_closing_one_leaves_the_process_to_the_others(tiny, own):
    one = own("answer")
    other = ChatPhiOnnx(model=one.model)
    one.invoke(HELLO)
    other.invoke(HELLO)
    pid = one.metrics().pid
    one.close()
    assert other.invoke(HELLO).content == ANSWER
    assert other.metrics().pid == pid
    other.close()
    assert gone(pid)


def test_a_model_that_nobody_holds_any_more_has_no_process(tiny, tmp_path):
    speaker = ChatPhiOnnx(model=str(tiny.own("answer", tmp_path)))
    speaker.invoke(HELLO)
    pid = speaker.metrics().pid
    del speaker
    gc.collect()
    assert reaped(pid)


def test_a_process_killed_in_the_middle_is_told_with_the_text_so_far_and_the_next_call_works(own):
    speaker = own("slow", max_tokens=7000)
    stream, said = speaker.stream(HELLO), ""
    while len(said) < 20:
        said += next(stream).content
    kill(speaker.metrics().pid)
    with pytest.raises(ModelDied, match="has ended") as raised:
        list(stream)
    assert raised.value.text.startswith(said)
    assert COUNTED.startswith(raised.value.text)
    assert speaker.invoke(HELLO, max_tokens=3).content == "1 2 3"


async def test_and_so_it_is_for_everyone_who_was_being_answered(own):
    speaker = own("slow", max_tokens=7000)
    tasks = [asyncio.create_task(speaker.ainvoke([("human", f"Hello {number}")])) for number in range(5)]
    while (await asyncio.to_thread(speaker.metrics)).active < 5:
        await asyncio.sleep(0.02)
    kill(speaker.metrics().pid)
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(result, ModelDied)
    assert (await speaker.ainvoke(HELLO, max_tokens=3)).content == "1 2 3"


def test_one_that_died_while_nobody_asked_is_not_noticed(own):
    speaker = own("answer")
    for _ in range(3):
        assert speaker.invoke(HELLO).content == ANSWER
        pid = speaker.metrics().pid
        kill(pid)
        assert reaped(pid)


def test_one_killed_while_it_loads_is_told(own):
    speaker = own("slow", max_tokens=7000)

    def kill_soon():
        until = time.monotonic() + 20
        while time.monotonic() < until:
            for child in psutil.Process().children():
                with contextlib.suppress(psutil.Error):  # of another test, and ending just now
                    if speaker.model in child.cmdline():
                        time.sleep(0.05)  # the question has been sent by then
                        child.kill()
                        return

    killer = threading.Thread(target=kill_soon)
    killer.start()
    with pytest.raises(ModelDied):
        speaker.invoke(HELLO)
    killer.join()
    assert speaker.invoke(HELLO, max_tokens=2).content == "1 2"


@pytest.mark.skipif(not POSIX, reason="Windows has no signals")
@pytest.mark.parametrize(("number", "named"), [(signal.SIGKILL, "SIGKILL"), (signal.SIGSEGV, "SIGSEGV")])
def test_what_ended_it_is_named_and_memory_is_blamed_only_where_it_may_be(own, number, named):
    speaker = own("slow", max_tokens=7000)
    stream = speaker.stream(HELLO)
    next(stream)
    os.kill(speaker.metrics().pid, number)
    with pytest.raises(ModelDied, match=named) as raised:
        list(stream)
    assert ("memory" in str(raised.value)) == (named == "SIGKILL")


def test_its_last_words_are_told(own, monkeypatch):
    monkeypatch.setattr(link, "_PROGRAM", "import sys; sys.stdin.readline(); sys.exit('Nothing works today')")
    with pytest.raises(ModelDied, match="code 1: Nothing works today"):
        own("answer").invoke(HELLO)


TORN = """
import os, sys
sys.stdin.readline()
os.write(1, b'["Tokens",{"call":1,"ids":[1')
"""


@pytest.mark.parametrize("ending", ["os._exit(9)", "os.close(1); sys.stdin.read()"])
def test_half_a_line_of_it_is_its_end(own, monkeypatch, ending):
    speaker = own("answer")
    with monkeypatch.context() as patched:
        patched.setattr(link, "_PROGRAM", TORN + ending)
        with pytest.raises(ModelDied):
            speaker.invoke(HELLO)
    assert speaker.invoke(HELLO).content == ANSWER


@pytest.mark.parametrize("written", ["", '["Start",{"call":1,"ids":[1,2', '["Start",{"call":1,"ids":[1,2]}]\n', "[]\n"])
def test_it_ends_when_its_input_ends_even_in_the_middle_of_a_line(tiny, written):
    command = [sys.executable, "-m", "phi_assistant.models.onnx.worker", str(tiny.folder("answer"))]
    done = subprocess.run(command, input=written, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_one_that_cannot_be_started_is_told(own, monkeypatch):
    speaker = own("answer")
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", "/no/such/python")
        with pytest.raises(ModelFailed, match=r"No process could be started.*/no/such/python"):
            speaker.invoke(HELLO)
    assert speaker.invoke(HELLO).content == ANSWER


def test_no_file_is_left_open(program):
    """Python tells of each one in its development mode."""
    started = program(
        "answer",
        """
        for _ in range(3):
            pid = (chat.invoke("Hello"), chat.metrics().pid)[1]
            os.kill(pid, signal.SIGTERM) if _ else chat.close()
            time.sleep(0.5)
        gc.collect()
        """,
        watched=True,
    )
    assert started.end(60) == (0, "")


def test_the_runtime_sends_no_telemetry(program, tmp_path):
    """Where it does, it keeps its files in the user's cache folder."""
    home = tmp_path / "home"
    home.mkdir()
    started = program("answer", "tell(chat.invoke('Hello').content)\ntell(chat.metrics().pid)", home=home)
    assert started.line() == ANSWER
    started.end()
    assert [path for path in home.rglob("*") if "onnx" in path.name.lower() or "device" in path.name.lower()] == []


def test_what_the_check_of_telemetry_would_find(tiny, tmp_path):
    code = "import sys, onnxruntime_genai as og; og.Model(sys.argv[1])"
    quiet = {"ORT_DISABLE_TELEMETRY", "CI"}  # it says nothing where programs are tested
    environment = {key: value for key, value in os.environ.items() if key not in quiet}
    command = [sys.executable, "-c", code, str(tiny.folder("answer"))]
    subprocess.run(command, env={**environment, "HOME": str(tmp_path)}, check=True, capture_output=True)
    assert any("onnx" in path.name.lower() for path in tmp_path.rglob("*"))


def test_whoever_only_asks_never_loads_the_runtime(program):
    started = program("answer", "tell(chat.invoke('Hello').content)\ntell('onnxruntime_genai' in sys.modules)")
    assert started.line() == ANSWER
    assert started.line() == "False"


def test_all_cores_are_used(own):
    speaker = own("slow", max_tokens=400)
    speaker.warm_up()
    process = psutil.Process(speaker.metrics().pid)
    assert process.num_threads() >= len(process.cpu_affinity() if hasattr(process, "cpu_affinity") else [0])


def test_files_in_the_current_folder_are_not_taken_for_modules(tiny, tmp_path):
    """A user may well be in a folder with a `queue.py` of theirs."""
    (tmp_path / "here").mkdir()
    for name in ("queue", "numpy", "phi_assistant"):
        (tmp_path / "here" / f"{name}.py").write_text("raise ImportError('not this one')", "utf-8")
    script = tmp_path / "program.py"
    chat = f"ChatPhiOnnx(model={str(tiny.folder('answer'))!r})"
    script.write_text(f"from phi_assistant import ChatPhiOnnx\nprint({chat}.invoke('?').content)", "utf-8")
    done = subprocess.run([sys.executable, script], cwd=tmp_path / "here", capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == (ANSWER, "")
