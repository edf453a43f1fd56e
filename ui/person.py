"""Who looks at a page: a value, and how it is found.

    browser     an id in a signed cookie that the gate has set; whose browser keeps none is known for this tab only
    password    the same, and the gate has let nobody in without the password
    OIDC        the address that the provider vouches for

Knows nothing of what a person may see: a conversation is found by its owner alone (`Conversations`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import streamlit as st

from ui import resources
from ui.access import Access
from ui.cookies import BROWSER, SIGNED_IN, Role


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever looks at a page."""

    owner: str
    """The key under which conversations are kept; says nothing of how one gets at it."""
    role: Role
    name: str = ""
    """As it is shown; empty for a browser."""

    @property
    def is_owner(self) -> bool:
        return self.role == "owner"


def person() -> Person | None:
    """Whoever looks; None where nobody has signed in yet and somebody must, or who did is not to come in."""
    access = resources.access()
    if access.kind == "oidc":
        return vouched(dict(st.user), access)
    role = access.role_of(st.context.cookies.get(SIGNED_IN))
    if role is None:
        return None
    return Person(owner=f"browser:{_digest(_browser(access))}", role=role)


def vouched(told: Mapping[str, Any], access: Access) -> Person | None:
    """The person of whom a provider has told this, if he has signed in and is to come in.

    An address that the provider has not verified is anybody's: it gives no role, and no conversations.
    """
    if not told.get("is_logged_in"):
        return None
    address = "" if told.get("email_verified") is False else str(told.get("email") or "").lower()
    role = access.role_at_provider(address)
    if role is None or not (address or told.get("sub")):
        return None
    owner = f"oidc:{address}" if address else f"oidc:{told.get('iss', '')}#{told['sub']}"
    return Person(owner=owner, role=role, name=str(told.get("name") or told.get("email") or ""))


def _browser(access: Access) -> str:
    known = access.cookies.browser(st.context.cookies.get(BROWSER))
    if known is None:
        known = st.session_state.setdefault("browser", uuid4().hex)
    return known


def _digest(browser: str) -> str:
    """What is kept in the database: it does not open the door to whoever reads it there."""
    return hashlib.sha256(browser.encode()).hexdigest()[:32]
