"""The model's process: `python -m phi_assistant.models.onnx.worker FOLDER`.

It loads the model, reads messages from its standard input and answers on its standard output, a line each, until
the input ends, which it does when whoever started it is gone. Started by `host`.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from phi_assistant.errors import ModelUnavailable
from phi_assistant.models.onnx.wire import Ask, Cancel, Message, Start, Told, Unloadable, decode, encode

if TYPE_CHECKING:
    from phi_assistant.models.onnx.worker.schedule import Scheduler

Inbox = queue.SimpleQueue[Message | None]
Send = Callable[[Message], None]


def main(folder: Path) -> None:
    """Serves until nobody is there any more."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when the runtime is imported; it is on by default
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who waits, who ends this process
    send, inbox = _sender(), Inbox()
    threading.Thread(target=_receive, args=(inbox,), daemon=True).start()
    try:
        _serve(folder, inbox, send)
    except BrokenPipeError:  # the one who asked is gone
        pass
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)  # there is nothing to save, and the other thread waits for input that may never end


def _serve(folder: Path, inbox: Inbox, send: Send) -> None:
    try:
        scheduler = _load(folder, send)
    except (ModelUnavailable, RuntimeError, ImportError, MemoryError) as exc:
        send(Unloadable(str(exc) or type(exc).__name__))
        return
    while _take_in(inbox, scheduler, send):
        scheduler.turn()


def _load(folder: Path, send: Send) -> Scheduler:
    from phi_assistant.models.onnx.worker.guide import Guides
    from phi_assistant.models.onnx.worker.machine import for_conversations
    from phi_assistant.models.onnx.worker.outbox import Outbox
    from phi_assistant.models.onnx.worker.runtime import Runtime
    from phi_assistant.models.onnx.worker.schedule import Scheduler
    from phi_assistant.models.onnx.worker.sessions import Sessions

    runtime = Runtime(folder)
    sessions = Sessions(runtime.sequence, runtime.shape, for_conversations())
    return Scheduler(runtime, sessions, Guides(folder, runtime.shape), Outbox(send))


def _take_in(inbox: Inbox, scheduler: Scheduler, send: Send) -> bool:
    """Everything that came in; waits for it while there is nothing to do. False once nobody is there any more."""
    while True:
        try:
            message = inbox.get(timeout=scheduler.pause)
        except queue.Empty:
            return True
        if message is None:
            return False
        if isinstance(message, Start):
            scheduler.start(message)
        elif isinstance(message, Cancel):
            scheduler.cancel(message.call)
        elif isinstance(message, Ask):
            send(Told(message.call, scheduler.metrics()))


def _sender() -> Send:
    """What writes to the caller. Whatever else is printed in this process goes to its standard error."""
    out: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def send(message: Message) -> None:
        out.write(encode(message))
        out.flush()

    return send


def _receive(inbox: Inbox) -> None:
    try:
        with contextlib.suppress(ValueError):  # whoever wrote half a line is gone
            for line in sys.stdin.buffer:
                inbox.put(decode(line))
    finally:
        inbox.put(None)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
