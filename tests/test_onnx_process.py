"""The process that holds a model: one per folder, gone with whoever owns it, and started anew when it died."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import psutil
import pytest
from tiny_phi import ANSWER

from phi_assistant.models.errors import ModelDied
from phi_assistant.models.onnx import ChatPhiOnnx

pytestmark = pytest.mark.slow  # every test starts a process or two

HELLO = [("human", "Hello")]
COUNTED = " ".join(str(number % 400 + 1) for number in range(7000))
POSIX = sys.platform != "win32"


def gone(pid, seconds=10.0):
    """Whether a process has ended, soon, and all of its threads; one that nobody has waited for yet has."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1:
                time.sleep(0.02)
                continue
        return True
    return False


def reaped(pid, seconds=10.0):
    """Whether nothing is left of a process, not even its number."""
    until = time.monotonic() + seconds
    while psutil.pid_exists(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not psutil.pid_exists(pid)


def kill(pid):
    psutil.Process(pid).kill()


class Program:
    """A program of a user, run by an interpreter of its own."""

    def __init__(self, folder, code, *, home=None):
        start = f"""
            import asyncio, gc, os, signal, sys, threading, time
            from phi_assistant import ChatPhiOnnx
            chat = ChatPhiOnnx(model={str(folder)!r}, max_tokens=7000)
            def tell(*what): print(*what, flush=True)
        """
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"} | ({"HOME": str(home)} if home else {})
        environment.pop("ORT_DISABLE_TELEMETRY", None)
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(start) + textwrap.dedent(code)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=POSIX,
        )

    def line(self):
        """The next line that it prints."""
        said = self.process.stdout.readline()
        assert said, self.process.communicate(timeout=20)[1]
        return said.strip()

    def end(self, seconds=30):
        """Its exit code and what it wrote to its standard error."""
        _, errors = self.process.communicate(timeout=seconds)
        return self.process.returncode, errors


@pytest.fixture
def program(tiny):
    """Runs programs with a model; whatever is left of them is killed."""
    started = []

    def run(name, code, **options):
        started.append(Program(tiny.folder(name), code, **options))
        return started[-1]

    yield run
    for each in started:
        for process in (
            [*psutil.Process(each.process.pid).children(recursive=True), each.process]
            if each.process.poll() is None
            else []
        ):
            process.kill()
        each.process.communicate()


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


ENDINGS = {
    "at-the-end-of-the-program": "",
    "by-sys-exit": "sys.exit(3)",
    "by-an-exception": "raise RuntimeError('of the user')",
    "without-any-cleaning": "os._exit(4)",
    "while-a-thread-is-being-answered": """
threading.Thread(target=lambda: list(chat.stream('Hello')), daemon=True).start()
time.sleep(0.3)
""",
    "in-the-middle-of-a-stream": """
stream = chat.stream('Hello')
next(stream)
""",
    "in-an-event-loop": """
async def main():
    asyncio.create_task(chat.ainvoke('Hello'))
    await asyncio.sleep(0.3)
asyncio.run(main())
""",
    "in-a-cycle": "chat.__dict__['itself'] = chat",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_program_that_ends_leaves_no_process(program, ending):
    started = program("slow", f"chat.warm_up()\ntell(chat.metrics().pid)\nsys.stdin.readline()\n{ENDINGS[ending]}")
    pid = int(started.line())
    assert psutil.pid_exists(pid)
    started.process.stdin.write("\n")
    started.process.stdin.flush()
    code, errors = started.end()
    assert gone(pid)
    assert code == {"by-sys-exit": 3, "by-an-exception": 1, "without-any-cleaning": 4}.get(ending, 0), errors
    if ending != "by-an-exception":
        assert errors == ""


def test_a_program_that_is_killed_leaves_no_process(program):
    started = program("slow", "next(chat.stream('Hello'))\ntell(chat.metrics().pid)\nlist(chat.stream('Hello'))")
    pid = int(started.line())
    time.sleep(0.2)
    started.process.kill()
    assert gone(pid)


@pytest.mark.skipif(not POSIX, reason="Windows has no SIGINT for another process")
@pytest.mark.parametrize("waiting", ["chat.invoke('Hello')", "asyncio.run(chat.ainvoke('Hello'))"])
def test_ctrl_c_ends_the_answer_and_leaves_no_process(program, waiting):
    """The terminal sends it to the whole group, the model's process included if it were in it."""
    started = program("slow", f"chat.warm_up()\ntell(chat.metrics().pid)\n{waiting}")
    pid = int(started.line())
    time.sleep(0.3)
    os.killpg(started.process.pid, signal.SIGINT)
    code, errors = started.end()
    assert code in (130, -signal.SIGINT)
    assert errors.strip().endswith("KeyboardInterrupt")
    assert gone(pid)


@pytest.mark.skipif(not POSIX, reason="Windows has no SIGINT for another process")
def test_a_program_that_catches_ctrl_c_goes_on_with_the_same_process(program):
    started = program(
        "slow",
        """
        chat.warm_up()
        tell(chat.metrics().pid)
        try:
            chat.invoke("Hello")
        except KeyboardInterrupt:
            tell(chat.invoke("Hello", max_tokens=3).content)
            tell(chat.metrics().pid, chat.metrics().active)
        """,
    )
    pid = started.line()
    time.sleep(0.3)
    os.killpg(started.process.pid, signal.SIGINT)
    assert started.line() == "1 2 3"
    assert started.line() == f"{pid} 0"
    assert started.end() == (0, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on Windows")
def test_a_forked_child_has_a_process_of_its_own_and_leaves_that_of_its_parent(program):
    started = program(
        "answer",
        """
        import warnings
        warnings.simplefilter("ignore")
        chat.warm_up()
        tell(chat.metrics().pid)
        child = os.fork()
        if child == 0:
            tell(chat.invoke("Hello").content)
            tell(chat.metrics().pid)
            os._exit(0)
        os.waitpid(child, 0)
        tell(chat.invoke("Hello").content)
        tell(chat.metrics().pid)
        """,
    )
    parents, said, childs, said_again, still = (started.line() for _ in range(5))
    assert said == said_again == ANSWER
    assert parents == still != childs
    assert started.end() == (0, "")
    assert gone(int(parents))
    assert gone(int(childs))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on Windows")
def test_the_process_of_a_parent_that_was_killed_ends_though_a_forked_child_lives(program):
    started = program(
        "answer",
        """
        import warnings
        warnings.simplefilter("ignore")
        chat.warm_up()
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        tell(child, chat.metrics().pid)
        time.sleep(60)
        """,
    )
    child, pid = map(int, started.line().split())
    started.process.kill()
    try:
        assert gone(pid)
        assert not gone(child, seconds=0.1)
    finally:
        kill(child)


def _answered(folder):
    return ChatPhiOnnx(model=folder).invoke("Hello").content


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_it_works_in_the_processes_of_a_pool(chat, tiny, method):
    chat("answer").invoke(HELLO)
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(_answered, [str(tiny.folder("answer"))] * 2) == [ANSWER] * 2


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
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
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
