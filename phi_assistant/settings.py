"""Settings: one frozen object, read once at the edge.

Each of these overrides the one before: the defaults, a TOML file, `PHI_ASSISTANT_*` variables, flags.
Everything below the command line receives plain arguments; no other module reads the environment.

    # phi-assistant.toml
    collection = "support"
    language = "de"
    context_tokens = 1500
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from platformdirs import user_config_path, user_data_path
from pydantic import BeforeValidator, ByteSize, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from phi_assistant.errors import ConfigError

Named = Annotated[Path | None, BeforeValidator(lambda given: given or None)]
"""A file, or none; an empty variable, as container files leave them, is none."""

Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(lambda given: _listed(given))]
"""Several of something; in a variable with commas between them."""

COLLECTION = r"^[\w-]{1,64}$"
"""The name of a collection, which becomes a folder's."""

_PREFIX = "PHI_ASSISTANT_"
_FILE_VARIABLE = f"{_PREFIX}CONFIG"


class Settings(BaseSettings):
    """What can be set.

    >>> Settings.load()                                   # file and environment
    >>> Settings.load(language="de", collection="physik")  # these win over both
    >>> Settings.load(file=Path("class-7.toml"))
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    data: Path = Field(default_factory=lambda: user_data_path("phi-assistant"))
    """Where collections and models are kept."""
    models: Path | None = None
    """Where models are kept, if not in `data`."""
    chroma: str | None = None
    """A Chroma server that keeps the vectors: `http://HOST:PORT`. None keeps them in `data`, in one process at a time;
    with one, any number of them share the documents."""
    database: SecretStr | None = None
    """Where conversations are kept: `postgresql://USER:PASSWORD@HOST/DATABASE`, which takes libpq's `?sslmode=…`, or
    `sqlite:///FILE`; none takes a file in `data`."""
    database_password_file: Named = None
    """The password for that address, in a file."""
    collection: str = Field("documents", pattern=COLLECTION, description="up to 64 letters, digits, - and _")
    """Which set of documents is meant; each is a folder in `data`."""
    embedder: str | None = None
    """`backend:name`; none takes the one that the collection was begun with, at first all-MiniLM-L6-v2."""
    language: str | None = None
    """Of the documents, as a two-letter code: it decides stems and stop words; none takes the one that the
    collection was begun with, at first English."""
    model: str | None = None
    """Who answers: a model spec; none takes the best available."""
    ollama: str | None = None
    """Where an Ollama server is; none takes `OLLAMA_HOST`, which Ollama itself reads, else this machine."""
    openai: str | None = None
    """Where a server is that speaks OpenAI's API, such as vLLM or llama.cpp: `http://HOST:PORT/v1`; none is asked
    without it."""
    openai_key: SecretStr | None = None
    """What that server wants to let anybody in."""
    openai_key_file: Named = None
    """The same, in a file."""
    hits: int = Field(10, ge=1, le=200)
    """Chunks consulted for an answer."""
    context_tokens: int = Field(1024, ge=64, le=100_000)
    """What the passages given to a language model may take."""
    rewrite: bool = False
    """Whether the language model makes a follow-up stand alone before it is searched for; one more call of it, and the
    search knows the conversation anyway."""
    wait: float = Field(10.0, ge=0)
    """Seconds to wait while another process holds the documents."""
    ocr_languages: str = Field("eng", pattern=r"^[\w/]+(\+[\w/]+)*$", description="names joined by +, such as eng+deu")
    """Of scanned pages, as Tesseract names them: "eng+deu", "script/Cyrillic"."""
    workers: int = Field(0, ge=0, le=64)
    """Processes that read files; 0 chooses by the cores there are."""
    file_seconds: float = Field(900.0, gt=0)
    """What reading one file may take; of a scan, one page."""
    file_memory: ByteSize = Field(ByteSize(2_000_000_000), ge=100_000_000)
    """What reading one file may take; "4 GB" is understood, as with all sizes."""
    file_bytes: ByteSize = Field(ByteSize(500_000_000), ge=1)
    """Larger files are not read."""
    file_text: int = Field(50_000_000, ge=1)
    """Files with more characters of text are not stored."""
    file_pages: int = Field(10_000, ge=1)
    """Pages, slides or sheets that are read of one file."""
    file_unpacked: ByteSize = Field(ByteSize(1_000_000_000), ge=1)
    """What a compressed file may unpack to."""

    upload_files: int = Field(200, ge=1)
    """Files that owners may add at once in the front end."""
    upload_bytes: ByteSize = Field(ByteSize(20_000_000_000), ge=1)
    """What the files that were added there may take on the disk, for each collection."""

    password: SecretStr | None = None
    """That lets people into the front end; without another for owners it lets in owners."""
    password_file: Named = None
    """The password, in a file."""
    owner_password: SecretStr | None = None
    """That of owners, who manage documents and settings, where `password` is for those who only ask."""
    owner_password_file: Named = None
    """The password of owners, in a file."""
    published: str | None = None
    """The address at which people reach the front end, where that is not the one it listens on, as in a container:
    127.0.0.1 for this machine alone. Whoever sets it answers for it."""
    owners: Listed = ()
    """Where people sign in with OIDC, the addresses of owners: "ana@school.example, ben@school.example"."""
    people: Listed = ()
    """Where people sign in with OIDC, who may come in: addresses, and "@school.example" for all of a domain; empty
    for all whom the provider signs in."""

    @property
    def collection_folder(self) -> Path:
        return self.data / "collections" / self.collection

    @property
    def models_folder(self) -> Path:
        return self.models or self.data / "models"

    @property
    def conversations_place(self) -> str | Path:
        """What `open_database` takes. Raises `ConfigError` if the password cannot be read."""
        if self.database is None:
            return self.data / "conversations.db"
        place = self.database.get_secret_value()
        return _with_password(place, self.database_password_file) if self.database_password_file else place

    @property
    def bots_folder(self) -> Path:
        return self.data / "bots"

    @property
    def ollama_address(self) -> str:
        return self.ollama or os.environ.get("OLLAMA_HOST") or "http://127.0.0.1:11434"

    @property
    def openai_secret(self) -> str | None:
        """Raises `ConfigError` if its file cannot be read."""
        if self.openai_key_file:
            return read_secret("openai_key", self.openai_key_file)
        return self.openai_key.get_secret_value() if self.openai_key else None

    @classmethod
    def load(cls, file: Path | None = None, **flags: Any) -> Settings:
        """Settings from all four places; a flag that is None was not given.

        Raises `ConfigError` for a key nobody knows, naming the nearest known one, and for a bad value.
        """
        path = file or _default_file()
        _check_keys(_read(path), origin=str(path))
        _check_keys(_environment(), origin="the environment", shown=lambda key: _PREFIX + key.upper())
        _check_keys(flags, origin="the flags")
        given = {name: value for name, value in flags.items() if value is not None}

        class FromFile(cls, toml_file=path):  # type: ignore[valid-type, misc, call-arg]
            """The settings, reading this file."""

        try:
            return cls.model_construct(**dict(FromFile(**given)))
        except ValidationError as exc:
            first = exc.errors()[0]
            name = ".".join(map(str, first["loc"]))
            wrong = "what was given" if name == "database" else repr(first["input"])  # a password may be in it
            raise ConfigError(f"The setting {name!r} cannot be {wrong}: {_why(name, first)}.") from exc

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def _with_password(place: str, file: Path) -> str:
    """The address of a database with the password in it."""
    start, at, rest = place.partition("@")
    if not at or ":" in start.partition("://")[2]:
        raise ConfigError(
            "There is a file with the password of the database, and its address has no user to take it, or a password "
            "already: give `postgresql://USER@HOST/DATABASE`."
        )
    return f"{start}:{quote(read_secret('database_password', file), safe='')}@{rest}"


def read_secret(name: str, file: Path) -> str:
    """What a file holds for a setting, without the end of its line. Raises `ConfigError`."""
    try:
        return file.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(
            f"The secret in {file} cannot be read: {exc}. Correct `PHI_ASSISTANT_{name.upper()}_FILE`."
        ) from exc


def _listed(given: Any) -> Any:
    return [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given


def _why(name: str, error: ErrorDetails) -> str:
    """What is wrong with a value; of one that does not fit a pattern, what would."""
    wanted = Settings.model_fields[name].description if error["type"] == "string_pattern_mismatch" else None
    return f"it must be {wanted}" if wanted else error["msg"]


def _default_file() -> Path | None:
    """The file that a variable names, else one in the current folder, else one in the user's folder."""
    if named := os.environ.get(_FILE_VARIABLE):
        return Path(named)
    places = [Path("phi-assistant.toml"), user_config_path("phi-assistant") / "phi-assistant.toml"]
    return next((place for place in places if place.is_file()), None)


def _read(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise ConfigError(
            f"The settings file {file} cannot be read: {exc}. Mend it, or name another with `--config FILE`."
        ) from exc


def _environment() -> list[str]:
    """The settings that the environment names, in lower case."""
    names = [name.upper() for name in os.environ if name.upper().startswith(_PREFIX)]
    return [name.removeprefix(_PREFIX).lower() for name in names if name != _FILE_VARIABLE]


def _check_keys(keys: Iterable[str], *, origin: str, shown: Callable[[str], str] = str) -> None:
    known = list(Settings.model_fields)
    for key in keys:
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"Did you mean {shown(near[0])!r}?" if near else f"Known are {', '.join(map(shown, known))}."
            raise ConfigError(f"There is no setting {shown(key)!r}, named in {origin}. {hint}")
