"""What happens to errors at the edge: one clear line, and a traceback only on request."""

from __future__ import annotations

import io
import logging
import os
import sys
from typing import NoReturn

import typer

from phi_assistant.errors import ConfigError, PhiAssistantError

DEBUG = "Add --debug to any command to see the traceback of an error."
"""Said at the end of every help text."""

INTERRUPTED = 130


def guarded(program: typer.Typer, *, name: str) -> None:
    """Runs a command line. Exits with 1 after an error, 2 after a wrong flag or setting, 130 after Ctrl-C."""
    _write_utf8()
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    logging.basicConfig(level=logging.DEBUG if debug else logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    try:
        program(prog_name=name, standalone_mode=True)
    except ConfigError as exc:
        _fail(str(exc), debug=debug, code=2)
    except PhiAssistantError as exc:
        _fail(str(exc), debug=debug)
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as exc:
        _fail(f"Unexpected: {type(exc).__name__}: {exc}. Run it again with `--debug` to see where.", debug=debug)


def _write_utf8() -> None:
    """Whatever the locale: programs read our JSON, and Windows gives files and pipes another character set.

    Half a character becomes "\\ud800", which JSON knows as well.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _fail(message: str, *, debug: bool, code: int = 1) -> NoReturn:
    if debug:
        logging.getLogger(__name__).exception("failed")
    print(f"Error: {message}", file=sys.stderr)
    sys.exit(code)
