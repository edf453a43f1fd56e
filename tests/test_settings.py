"""Settings: defaults < file < environment < flags, and a clear word on each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from phi_assistant.errors import ConfigError
from phi_assistant.settings import Settings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, and no settings of the user's own."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def toml(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_each_place_overrides_the_one_before(home, monkeypatch):
    assert Settings.load().hits == 10
    file = toml(home / "my.toml", "hits = 11\ncontext_tokens = 111")
    assert Settings.load(file).hits == 11
    monkeypatch.setenv("PHI_ASSISTANT_HITS", "12")
    assert Settings.load(file).hits == 12
    assert Settings.load(file, hits=13).hits == 13
    assert Settings.load(file, hits=13).context_tokens == 111


def test_a_flag_that_is_none_was_not_given(monkeypatch):
    monkeypatch.setenv("PHI_ASSISTANT_COLLECTION", "support")
    assert Settings.load(collection=None).collection == "support"


def test_a_file_in_the_current_folder_is_read(home):
    toml(home / "phi-assistant.toml", 'collection = "here"')
    assert Settings.load().collection == "here"


def test_a_variable_names_another_file(home, monkeypatch):
    toml(home / "phi-assistant.toml", 'collection = "here"')
    monkeypatch.setenv("PHI_ASSISTANT_CONFIG", str(toml(home / "other.toml", 'collection = "other"')))
    assert Settings.load().collection == "other"


def test_a_key_that_nobody_knows_in_the_file_names_the_nearest(home):
    with pytest.raises(ConfigError, match=r"'colection', named in .*my\.toml\. Did you mean 'collection'\?"):
        Settings.load(toml(home / "my.toml", 'colection = "x"'))


def test_a_variable_that_nobody_knows_names_the_nearest(monkeypatch):
    monkeypatch.setenv("PHI_ASSISTANT_CONTEXT_TOKEN", "100")
    with pytest.raises(ConfigError, match=r"Did you mean 'PHI_ASSISTANT_CONTEXT_TOKENS'\?"):
        Settings.load()


def test_a_flag_that_nobody_knows_names_the_nearest():
    with pytest.raises(ConfigError, match=r"'langauge'.* Did you mean 'language'\?"):
        Settings.load(langauge="de")


def test_a_key_like_no_other_is_told_all_there_are(home):
    with pytest.raises(ConfigError, match=r"Known are data, .*hits"):
        Settings.load(toml(home / "my.toml", "zzzzzz = 1"))


@pytest.mark.parametrize(
    ("name", "value"),
    [("hits", "0"), ("hits", "many"), ("collection", "../x"), ("collection", ""), ("wait", "-1")],
)
def test_a_bad_value_is_named_with_its_setting(monkeypatch, name, value):
    monkeypatch.setenv(f"PHI_ASSISTANT_{name.upper()}", value)
    with pytest.raises(ConfigError, match=rf"The setting '{name}' cannot be '{value}'"):
        Settings.load()


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("ocr_languages", "eng,deu", r"it must be names joined by \+, such as eng\+deu\."),
        ("collection", "../x", "it must be up to 64 letters, digits, - and _."),
    ],
)
def test_a_value_of_the_wrong_form_is_told_the_right_one(name, value, wanted):
    with pytest.raises(ConfigError, match=wanted):
        Settings.load(**{name: value})


def test_sizes_are_written_as_people_write_them(home, monkeypatch):
    toml(home / "phi-assistant.toml", 'file_bytes = "1.5 GB"\nfile_unpacked = 2000000')
    monkeypatch.setenv("PHI_ASSISTANT_FILE_MEMORY", "700MB")
    settings = Settings.load()
    assert (settings.file_bytes, settings.file_unpacked, settings.file_memory) == (
        1_500_000_000,
        2_000_000,
        700_000_000,
    )
    assert settings.file_seconds == 900  # what is not set stays as it was


@pytest.mark.parametrize("content", [b"hits = ", b"hits = 1\nhits = 2", b'collection = "\xff"'])
def test_a_file_that_is_not_toml_is_one_clear_error(home, content):
    (home / "my.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"my\.toml cannot be read: .*--config FILE"):
        Settings.load(home / "my.toml")


def test_a_file_that_is_not_there_is_an_error(home):
    with pytest.raises(ConfigError, match="cannot be read"):
        Settings.load(home / "none.toml")


def test_settings_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        Settings.load().hits = 3


def test_each_collection_has_a_folder_and_models_have_theirs(home):
    settings = Settings.load(data=home, collection="support")
    assert settings.collection_folder == home / "collections" / "support"
    assert settings.models_folder == home / "models"
    assert Settings.load(data=home, models=home / "m").models_folder == home / "m"


# What stands in files, as secrets of containers do


def test_the_password_of_the_database_may_stand_in_a_file(home):
    secret = toml(home / "secret", "p@ss:w/rd\n")
    settings = Settings.load(database="postgresql://ana@db/phi?sslmode=disable", database_password_file=secret)
    assert settings.conversations_place == "postgresql://ana:p%40ss%3Aw%2Frd@db/phi?sslmode=disable"


@pytest.mark.parametrize("address", ["postgresql://db/phi", "postgresql://ana:known@db/phi"])
def test_a_password_that_the_address_has_no_place_for_is_refused(home, address):
    settings = Settings.load(database=address, database_password_file=toml(home / "secret", "hidden"))
    with pytest.raises(ConfigError, match="postgresql://USER@HOST/DATABASE") as caught:
        _ = settings.conversations_place
    assert "hidden" not in str(caught.value)


def test_a_secret_that_cannot_be_read_names_its_variable(home):
    settings = Settings.load(database="postgresql://ana@db/phi", database_password_file=home / "none")
    with pytest.raises(ConfigError, match="PHI_ASSISTANT_DATABASE_PASSWORD_FILE"):
        _ = settings.conversations_place


def test_a_file_that_an_empty_variable_names_is_none(monkeypatch):
    for name in ("PASSWORD_FILE", "OWNER_PASSWORD_FILE", "DATABASE_PASSWORD_FILE"):
        monkeypatch.setenv(f"PHI_ASSISTANT_{name}", "")
    settings = Settings.load()
    assert (settings.password_file, settings.owner_password_file, settings.database_password_file) == (None,) * 3
