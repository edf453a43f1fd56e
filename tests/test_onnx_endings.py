"""However a program ends, or forks, or is interrupted: no process is left behind, and nobody's is taken."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time

import psutil
import pytest
from programs import POSIX, gone, kill
from tiny_phi import ANSWER

from phi_assistant.models.onnx import ChatPhiOnnx

pytestmark = pytest.mark.slow  # every test starts a process or two

HELLO = [("human", "Hello")]

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
def test_a_child_forked_while_other_threads_ask_does_not_wait_for_them(program):
    started = program(
        "answer",
        """
        import warnings
        warnings.simplefilter("ignore")
        from phi_assistant.models.onnx import local
        chat.warm_up()
        held, go_on = threading.Event(), threading.Event()
        def hold():
            mine = chat._local()
            with local._lock, mine.prompts.spoken._lock, mine.host._lock:
                held.set()
                go_on.wait()
        threading.Thread(target=hold).start()
        held.wait()
        child = os.fork()
        if child == 0:
            signal.alarm(30)
            tell(ChatPhiOnnx(model=chat.model).invoke("Hello").content)
            os._exit(0)
        tell(os.waitpid(child, 0)[1])
        go_on.set()
        """,
    )
    assert [started.line(), started.line()] == [ANSWER, "0"]
    assert started.end() == (0, "")


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
