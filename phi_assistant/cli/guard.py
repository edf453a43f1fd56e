"""What happens to errors at the edge: one clear line, and a traceback only on request."""

from __future__ import annotations

import logging
import os
import sys
from typing import NoReturn

import typer

from phi_assistant.errors import PhiAssistantError

_INTERRUPTED = 130


def guarded(program: typer.Typer, *, name: str) -> None:
    """Runs a command line. Exits with 1 after an error, 2 after a wrong flag, 130 after Ctrl-C."""
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    logging.basicConfig(level=logging.DEBUG if debug else logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    try:
        program(prog_name=name, standalone_mode=True)
    except PhiAssistantError as exc:
        _fail(str(exc), debug=debug)
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception as exc:
        _fail(f"Unexpected: {type(exc).__name__}: {exc}. Run it again with `--debug` to see where.", debug=debug)


def _fail(message: str, *, debug: bool) -> NoReturn:
    if debug:
        logging.getLogger(__name__).exception("failed")
    print(f"Error: {message}", file=sys.stderr)
    sys.exit(1)
