"""`python -m phi_assistant.fakes.ollama`: the server by itself, to try what talks to Ollama where there is none."""

from __future__ import annotations

import sys
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from phi_assistant.fakes.ollama.model import FakeModel
from phi_assistant.fakes.ollama.server import OllamaServer
from phi_assistant.models.catalogue import InOllama, catalogue

EMBEDDER = "nomic-embed-text"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until Ctrl-C; 1 if the port is taken."""
    given = _parser().parse_args(arguments)
    models = [_chat_model(name, given) for name in given.models or ["phi3.5"]]
    fetched = [_chat_model(each.ollama.name, given) for each in catalogue() if isinstance(each.ollama, InOllama)]
    embedder = FakeModel(EMBEDDER, capabilities=["embedding"], family="nomic-bert")
    server = OllamaServer([*models, embedder], library=fetched, host=given.host, port=given.port)
    try:
        with server:
            print(f"Answers as Ollama does, without weights, at {server.url}: {', '.join(_names(models))}", flush=True)
            print("Ctrl-C ends it.", flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except OSError as exc:
        print(
            f"Nothing can be served at {given.host}:{given.port} ({exc.strerror}). Another server may be there: take "
            "another port with --port.",
            file=sys.stderr,
        )
    return 1


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m phi_assistant.fakes.ollama", description=__doc__)
    parser.add_argument("models", nargs="*", help="names of chat models that are there (phi3.5); an embedder is always")
    parser.add_argument("--says", default=FakeModel.says, help="what they answer to everything (%(default)s)")
    parser.add_argument("--seconds", type=float, default=0.05, help="for each token (%(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (%(default)s)")
    parser.add_argument("--port", type=int, default=11434, help="0 takes one that is free (%(default)s)")
    return parser


def _chat_model(name: str, given: Namespace) -> FakeModel:
    return FakeModel(name, says=given.says, token_s=given.seconds)


def _names(models: Sequence[FakeModel]) -> list[str]:
    return [*(each.name for each in models), EMBEDDER]


if __name__ == "__main__":
    sys.exit(main())
