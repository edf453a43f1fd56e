"""Who may come in, as it was settled at the start: anybody on this machine, who knows a password, or whom an OIDC
provider vouches for.

Where other machines can reach the front end there is a password or a provider, or it does not start. A password
lets in owners, unless another is set for them: then it lets in those who ask. At a provider, owners are those whose
addresses are listed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from phi_assistant.errors import ConfigError
from phi_assistant.settings import read_secret
from ui.cookies import Cookies, Role, cookies_of

if TYPE_CHECKING:
    from pydantic import SecretStr

    from phi_assistant.settings import Settings

Kind = Literal["open", "password", "oidc"]
LEAST = 8
"""Characters of a password."""


@dataclass(frozen=True)
class Access:
    """What was settled."""

    kind: Kind
    cookies: Cookies
    passwords: Mapping[Role, str] = field(default_factory=dict, repr=False)
    owners: frozenset[str] = frozenset()
    """Addresses, in lower case."""
    people: frozenset[str] = frozenset()
    """Addresses, or "@school.example" for all of a domain; empty for all whom the provider signs in."""
    published: bool = False
    """Whether people reach it at another address than the one it listens on."""
    forwarded: bool = False
    """Whether only programs of this machine reach it there, which are believed when they say for whom they ask."""

    def role_of(self, cookie: str | None) -> Role | None:
        """Of a browser with this cookie; None if it has to sign in."""
        if self.kind == "open":
            return "owner"
        return self.cookies.role(cookie, self.passwords)

    def role_by_password(self, given: str) -> Role | None:
        """Of whoever gave this password; takes the same time for every wrong one."""
        same = [role for role, secret in self.passwords.items() if _same(given, secret)]
        return same[0] if same else None

    def role_at_provider(self, address: str) -> Role | None:
        """Of whom the provider vouches for, by a verified address or none; None for those who are not to come in."""
        address = address.lower()
        if address in self.owners:
            return "owner"
        domain = address[address.rfind("@") :] if "@" in address else ""
        return "asker" if not self.people or self.people & {address, domain} else None


def settle(settings: Settings, *, address: str | None, secrets: Mapping[str, Any]) -> Access:
    """Who may come in, by the settings and Streamlit's secrets. `address` is where it listens; None is everywhere.
    Where it is published elsewhere, that counts.

    Raises `ConfigError` where nobody would be asked who he is though others can reach it.
    """
    cookies = cookies_of(settings.data)
    passwords = _passwords(settings)
    forwarded = is_loopback(settings.published)
    if "auth" in secrets:
        if passwords:
            raise ConfigError(
                "There is both a password and [auth] in Streamlit's secrets, and only one of them can decide who "
                "comes in. Take PHI_ASSISTANT_PASSWORD away, or the section [auth]."
            )
        owners, people = _addresses(settings.owners), _addresses(settings.people)
        return Access("oidc", cookies, owners=owners, people=people, forwarded=forwarded)
    if passwords:
        return Access("password", cookies, passwords=passwords, forwarded=forwarded)
    reached = settings.published or address
    if not is_loopback(reached):
        raise ConfigError(open_to_all(reached))
    return Access("open", cookies, published=settings.published is not None, forwarded=forwarded)


def open_to_all(address: str | None) -> str:
    """Why it does not start."""
    where = address or "all addresses of this machine"
    return (
        f"The front end would listen on {where}, where others can reach it, and would ask nobody who they are. "
        "Set a password: `PHI_ASSISTANT_PASSWORD` or `PHI_ASSISTANT_PASSWORD_FILE`; or sign people in with OIDC: "
        "[auth] in .streamlit/secrets.toml. For this machine alone: `phi-assistant ui --address 127.0.0.1`."
    )


def is_loopback(address: str | None) -> bool:
    """Whether only this machine reaches what listens there."""
    if address == "localhost":
        return True
    try:
        return ip_address((address or "").strip("[]")).is_loopback
    except ValueError:
        return False


def _passwords(settings: Settings) -> dict[Role, str]:
    """By role; that of owners first, which wins where both are the same."""
    everyone = _password("password", settings.password, settings.password_file)
    owners = _password("owner_password", settings.owner_password, settings.owner_password_file)
    if owners and not everyone:
        raise ConfigError(
            "There is a password for owners and none for those who ask: set `PHI_ASSISTANT_PASSWORD` as well, or "
            "it alone, which then lets in owners."
        )
    if not everyone:
        return {}
    return {"owner": owners, "asker": everyone} if owners else {"owner": everyone}


def _password(name: str, given: SecretStr | None, file: Path | None) -> str:
    password = given.get_secret_value() if given else read_secret(name, file) if file else ""
    if (given or file) and len(password) < LEAST:
        raise ConfigError(
            f"The setting {name!r} is too short: whoever reaches the front end may try as well. Take {LEAST} "
            'characters or more: `python -c "import secrets; print(secrets.token_urlsafe(12))"`.'
        )
    return password


def _addresses(listed: Collection[str]) -> frozenset[str]:
    return frozenset(address.strip().lower() for address in listed)


def _same(given: str, secret: str) -> bool:
    """Compared as digests, whose lengths tell nothing."""
    one, other = (hashlib.sha256(each.encode("utf-8", "surrogatepass")).digest() for each in (given, secret))
    return hmac.compare_digest(one, other)
