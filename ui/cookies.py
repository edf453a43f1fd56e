"""The cookies: what is written in them, signed, so that none can be made elsewhere.

Two are kept: which browser this is, for as long as browsers keep cookies, and that somebody has signed in, for two
weeks and no longer than the password that was given. Knows no requests.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import uuid4

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

from phi_assistant.errors import ConfigError

BROWSER, SIGNED_IN = "phi_browser", "phi_signed_in"
"""Their names."""

SIGNED_IN_S = 14 * 24 * 3600
BROWSER_S = 400 * 24 * 3600
"""As long as browsers allow."""

Role = Literal["owner", "asker"]
"""Everyone asks; owners manage the documents and the settings as well."""

_KEY_FILE = "ui-key"


@dataclass(frozen=True)
class Cookies:
    """Writes and reads them with one key."""

    key: bytes

    def new_browser(self) -> str:
        """A cookie for a browser that was not seen before."""
        return str(self._browsers.dumps(uuid4().hex))

    def browser(self, cookie: str | None) -> str | None:
        """The id in it; None if there is none that we have written."""
        try:
            return str(self._browsers.loads(cookie)) if cookie else None
        except BadSignature:
            return None

    def signed_in(self, secret: str, role: Role) -> str:
        """A cookie for somebody who gave the password `secret`."""
        return str(self._sessions.dumps([role, self._trace(secret)]))

    def role(self, cookie: str | None, passwords: Mapping[Role, str]) -> Role | None:
        """The role in it, if it is young enough and its password is still the one of this role."""
        try:
            said, trace = self._sessions.loads(cookie, max_age=SIGNED_IN_S) if cookie else ("", "")
        except (BadSignature, ValueError, TypeError):
            return None
        given = ((role, self._trace(password)) for role, password in passwords.items())
        return next((role for role, known in given if role == said and hmac.compare_digest(trace, known)), None)

    @property
    def _browsers(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.key, salt="browser")

    @property
    def _sessions(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.key, salt="signed in")

    def _trace(self, secret: str) -> str:
        """What changes with a password and tells nothing of it."""
        return hmac.new(self.key, secret.encode(), hashlib.sha256).hexdigest()


def cookies_of(data: Path) -> Cookies:
    """With the key that is kept in the data folder, made at the first start. Raises `ConfigError`."""
    file = data / _KEY_FILE
    try:
        data.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            _write(file, secrets.token_bytes(32))
        return Cookies(file.read_bytes())
    except OSError as exc:
        raise ConfigError(
            f"The key that cookies are signed with cannot be kept in {file}: {exc.strerror}. Choose a folder that can "
            "be written with `--data DIR`."
        ) from exc


def _write(file: Path, key: bytes) -> None:
    """Whole or not at all, for nobody else to read; whoever comes second leaves the first one's."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(key)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
