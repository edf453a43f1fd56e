"""Which bots there are: the user's, then those that come with the package; and writing a new one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from phi_assistant.bots.bot import Bot
from phi_assistant.bots.loading import load
from phi_assistant.errors import ConfigError

NAME = re.compile(r"[\w-]{1,64}")

SHIPPED = Path(__file__).parent
"""Where `support.toml` and `tutor.toml` are."""


def names(folders: Sequence[Path] = ()) -> dict[str, Path]:
    """The bots by name, in order, with their files; the first folder that has one by a name wins."""
    files = [file for folder in (*folders, SHIPPED) for file in sorted(folder.glob("*.toml"))]
    first: dict[str, Path] = {}
    for file in files:
        first.setdefault(file.stem, file)
    return dict(sorted(first.items()))


def find(name: str, folders: Sequence[Path] = ()) -> Bot:
    """The bot by its name, or that of a path to a file. Raises `ConfigError`, naming the nearest one.

    >>> find("support", [settings.bots_folder]).collection
    'demo-support'
    """
    if name.endswith(".toml"):
        return load(Path(name))
    known = names(folders)
    if name in known:
        return load(known[name])
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(known)}."
    raise ConfigError(f"There is no bot {name!r}. {hint} `phi-assistant new-bot {name}` begins one.")


def write_new(name: str, folder: Path, *, collection: str) -> Path:
    """Writes a file that explains every key and can be used at once. Raises `ConfigError` rather than overwrite one."""
    if not NAME.fullmatch(name):
        raise ConfigError(f"A bot cannot be called {name!r}: take up to 64 letters, digits, - and _.")
    file = folder / f"{name}.toml"
    text = (SHIPPED / "new.txt").read_text("utf-8").replace("<NAME>", name).replace("<COLLECTION>", collection)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as new:
            new.write(text)
    except FileExistsError as exc:
        raise ConfigError(
            f"There is a bot {name!r} already, in {file}; it was left as it is. Edit it, or take another name."
        ) from exc
    except OSError as exc:
        raise ConfigError(
            f"The bot {name!r} cannot be written to {file}: {exc}. Choose another folder with `--data DIR`."
        ) from exc
    return file
