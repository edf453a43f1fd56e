"""What the tests of kept conversations share: answers to keep, and databases to keep them in."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, make_url

from phi_assistant import Answer, Chunk, Citation, Hit, Turn
from phi_assistant.schema import Passage, Timings, Usage

_LEAVE = Chunk("a/leave.md", 3, "Leave", "§ 2", ("Rules", "Days"), 40, 58, "You have 20 days.\n")
_MORE = Chunk("a/leave.md", 4, "Leave", "§ 2", ("Rules", "Days"), 58, 80, "Five may be carried.\n\n")
_SHOWN = Passage(1, (_LEAVE, _MORE), _LEAVE.text + _MORE.text, 0.9)
ANSWER = Answer(
    question="How many days of leave?",
    text="You have 20 days. [1] You may carry 5 over. [1]",
    abstained=False,
    reason=None,
    citations=(
        Citation(1, "a/leave.md", "Leave", "§ 2", 40, 57, "You have 20 days.", ((9, 11), (12, 16))),
        Citation(1, "a/leave.md", "Leave", "§ 2", 60, 80, "Five may be carried."),
    ),
    hits=(Hit(_LEAVE, 0.9, 0.8, 0.7, 12.5), Hit(_LEAVE, 0.2)),
    model="onnx:phi-3.5-mini",
    unsupported=("You may carry 5 over.",),
    usage=Usage(900, 25, 400),
    timings=Timings(0.1, 0.5, 2.25),
    passages=(_SHOWN,),
    left_out=2,
    turns=(
        Turn("user", "How many days of leave?", "[1] You have …\n\nHow many days of leave?", (_SHOWN,)),
        Turn("assistant", "You have 20 days. [1] You may carry 5 over. [1]", "You have 20 days and may carry 5 [2]."),
    ),
)
REFUSAL = Answer(
    "Who won?",
    "Your documents do not say.",
    True,
    "evidence 0.20 is below 0.40",
    (),
    (),
    "extractive",
    passages=(Passage(1, (_MORE,), _MORE.text, 0.5),),  # a model saw them, and nobody else will
    turns=(Turn("user", "Who won?"),),
)


def answer(question: str, text: str = "Yes.") -> Answer:
    """A short one."""
    turns = (Turn("user", question), Turn("assistant", text))
    return Answer(question, text, False, None, (), (), "extractive", turns=turns)


def python(code: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """A process that runs this code."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], env=environment, text=True)


# PostgreSQL

_BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
"""Where Debian puts what it does not put on the path."""

_found = shutil.which("pg_ctl") or (_BIN and str(_BIN / "pg_ctl"))
PG_CTL = _found if _found and Path(_found).exists() else None


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a server that is ours alone, on a port of this machine. It does not run as root."""
    assert PG_CTL
    user = {"user": "postgres", "group": "postgres"} if hasattr(os, "getuid") and os.getuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="phi-postgres-"))
    if user:
        shutil.chown(folder, user["user"], user["group"])
    port = _free_port()

    def control(*arguments: str) -> None:
        command = [PG_CTL, "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **user)

    control("initdb", "-o", "--auth=trust --username=phi --encoding=UTF8 --locale=C --no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    control("start", "-w", "-l", str(folder / "log"), "-o", options)
    try:
        yield f"postgresql://phi:secret@127.0.0.1:{port}"
    finally:
        control("stop", "-m", "immediate")
        shutil.rmtree(folder)


def emptied(server: str) -> str:
    """The address of the server's own database, with nothing in it; sooner than a new one."""
    tell(f"{server}/postgres", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    return f"{server}/postgres"


def new_database(server: str) -> str:
    """The address of a database that nobody has used yet."""
    name = f"db{uuid4().hex}"
    tell(f"{server}/postgres", f"CREATE DATABASE {name}")
    return f"{server}/{name}"


def tell(address: str, *statements: str) -> None:
    """Runs statements as the server's owner, each by itself."""
    url = make_url(address).set(drivername="postgresql+pg8000")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
