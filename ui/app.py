"""`streamlit run ui/app.py`: the front end as a web application, with the gate before its pages.

Refuses to start where strangers could come in (see `access`). The pages begin in `main.py`.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path.insert(1, str(_HERE.parent))  # for `ui`, from whatever folder it is started

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware  # noqa: E402

from ui.gate.doors import doors  # noqa: E402
from ui.gate.guard import Guard  # noqa: E402
from ui.gate.tongue import Tongue  # noqa: E402
from ui.start import open_while_it_runs, settled  # noqa: E402
from ui.trouble import told  # noqa: E402

logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")

_access = settled()
_base = st.config.get_option("server.baseUrlPath").strip("/")
_base = f"/{_base}" if _base else ""

# A server that TLS ends at asks from an address of its own: of a container's network, which uvicorn does not know.
_forwarded = [Middleware(ProxyHeadersMiddleware, trusted_hosts="*")] if _access.forwarded else []

app = st.App(
    _HERE / "main.py",
    lifespan=open_while_it_runs,
    routes=doors(_access, base=_base),
    middleware=[*_forwarded, Middleware(Guard, access=_access, base=_base), Middleware(Tongue)],
    on_script_error=told,
)
