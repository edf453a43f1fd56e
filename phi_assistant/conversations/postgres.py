"""A PostgreSQL server: from a URL, as libpq understands it, to connections of pg8000.

pg8000 is the one driver for threads under a licence like our own (psycopg is LGPL). It knows nothing of libpq's
options, so that those which URLs of hosted servers have are understood here.
"""

from __future__ import annotations

import getpass
import socket
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext

from phi_assistant.errors import ConfigError, MissingExtra

REACHED_S = 10.0
"""Seconds within which a server must be reached."""

_PORT = 5432
_OPTIONS = ("user", "password", "host", "port", "sslmode", "sslrootcert", "application_name")
_ENDED = ("57P01", "57P02", "57P03", "57P05")
"""SQLSTATEs of a connection that the server has ended, which pg8000 does not tell from other errors."""


def server(url: URL, *, wait: float) -> Engine:
    """Connections to the server, none of them made yet.

    `wait` is how many seconds a statement waits for a lock. Raises `ConfigError` for an option that nobody knows,
    `MissingExtra` without the driver, and `OSError` if the server is not reached.
    """
    try:
        import pg8000  # noqa: F401
    except ImportError as exc:
        raise MissingExtra("pg8000", extra="postgres", purpose="Keeping conversations on a PostgreSQL server") from exc
    arguments = _arguments(url, wait)
    _reach(arguments)
    engine = create_engine(url.set(query={}), connect_args=arguments, hide_parameters=True, pool_pre_ping=True)
    engine.dialect.do_ping = partial(_ping, engine.dialect.do_ping)  # type: ignore[method-assign]

    @event.listens_for(engine, "handle_error")
    def failed(context: ExceptionContext) -> None:
        if state_of(context.original_exception) in _ENDED:
            context.is_disconnect = True

    return engine


def _ping(ping: Callable[[Any], bool], connection: Any) -> bool:
    """As SQLAlchemy's, which takes no bare error of a socket for the end of a connection; pg8000 raises them when it
    reads."""
    from pg8000 import InterfaceError

    try:
        return ping(connection)
    except OSError as exc:
        raise InterfaceError("network error") from exc


def state_of(exc: BaseException | None) -> str:
    """The SQLSTATE of an error; empty where no server was reached to give one."""
    return str(_fields(exc).get("C", ""))


def reason_of(exc: BaseException | None) -> str:
    """What the server says of an error, or the system of a connection that could not be made."""
    return str(_fields(exc).get("M") or (exc and exc.__cause__) or exc).strip()


def _fields(exc: BaseException | None) -> Mapping[str, Any]:
    given = exc.args[0] if exc and exc.args else None
    return given if isinstance(given, dict) else {}


def _arguments(url: URL, wait: float) -> dict[str, Any]:
    """What pg8000 is called with; host, port and names in the URL's own places count where no option names them."""
    options = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    unknown = sorted(set(options) - set(_OPTIONS))
    if unknown:
        raise ConfigError(
            f"The setting 'database' has the option {unknown[0]!r}, which is not known here, so it could not be kept. "
            f"Leave it out; known are {', '.join(_OPTIONS)}."
        )
    host, port = options.get("host") or url.host or "localhost", _port(options.get("port"), url)
    place = {"unix_sock": f"{host}/.s.PGSQL.{port}"} if host.startswith("/") else {"host": host, "port": port}
    return place | {
        "user": options.get("user") or url.username or getpass.getuser(),
        "password": options.get("password") or url.password,
        "ssl_context": False if "unix_sock" in place else _encryption(options),
        "application_name": options.get("application_name", "phi-assistant"),
        "startup_params": {"options": f"-c lock_timeout={round(wait * 1000)}"},
        "timeout": wait + REACHED_S,  # of every answer: who waits for a lock must not take the network for dead
    }


def _port(given: str | None, url: URL) -> int:
    try:
        return int(given) if given else url.port or _PORT
    except ValueError:
        raise ConfigError("The setting 'database' has a port that is no number. Give one, such as 5432.") from None


def _encryption(options: Mapping[str, str]) -> ssl.SSLContext | bool | None:
    """As libpq's `sslmode` says, in pg8000's terms: None tries, True insists, a context verifies as well."""
    mode, root = options.get("sslmode", "prefer"), options.get("sslrootcert")
    modes: dict[str, Callable[[], ssl.SSLContext | bool | None]] = {
        "disable": lambda: False,
        "allow": lambda: None,
        "prefer": lambda: None,
        "require": lambda: True,
        "verify-ca": lambda: _verifying(root, names=False),
        "verify-full": lambda: _verifying(root, names=True),
    }
    if mode not in modes:
        raise ConfigError(f"The setting 'database' has no sslmode {mode!r}: known are {', '.join(modes)}.")
    return modes[mode]()


def _verifying(root: str | None, *, names: bool) -> ssl.SSLContext:
    """Trusts this file of certificates, or those of the system."""
    try:
        context = ssl.create_default_context(cafile=None if root in (None, "system") else root)
    except OSError as exc:
        raise ConfigError(
            f"The certificates {root!r}, which the setting 'database' names as sslrootcert, cannot be read ({exc}), "
            "so the server cannot be verified. Name a PEM file."
        ) from exc
    context.check_hostname = names
    return context


def _reach(arguments: Mapping[str, Any]) -> None:
    """Sees within a shorter time than a lock may take whether anybody is there. Raises `OSError`."""
    if "host" in arguments:
        socket.create_connection((arguments["host"], arguments["port"]), timeout=REACHED_S).close()
