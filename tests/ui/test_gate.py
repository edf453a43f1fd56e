"""The gate, at a front end that runs: what can be had without signing in, and what a browser is given."""

from __future__ import annotations

import re
import socket

import httpx
import psutil
import pytest
from front import ROOT, end, free_port, front, start, wait_for
from programs import gone
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

PASSWORD, OWNERS = "correct horse", "battery staple"
PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A front end on all addresses, with passwords."""
    data = tmp_path_factory.mktemp("closed")
    with front(data, address="0.0.0.0", password=PASSWORD, owner_password=OWNERS) as running:
        yield running


@pytest.fixture(scope="module")
def open_(tmp_path_factory):
    """A front end for this machine alone."""
    with front(tmp_path_factory.mktemp("open")) as running:
        yield running


@pytest.fixture(scope="module")
def contained(tmp_path_factory):
    """A front end in a container, whose port is published for this machine alone; what is forwarded there comes from
    an address that is not loopback."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORWARDED_ALLOW_IPS", "192.0.2.1")
        with front(tmp_path_factory.mktemp("contained"), address="0.0.0.0", published="127.0.0.1") as running:
            yield running


@pytest.fixture
def visitor(closed):
    """A browser that has not signed in."""
    with httpx.Client(base_url=closed.url, headers=PAGE) as client:
        yield client


@pytest.fixture
def signed_in(visitor):
    """A browser that has."""
    assert visitor.post("/sign-in", data={"password": PASSWORD}).status_code == 303
    return visitor


@pytest.mark.slow
def test_whoever_has_not_signed_in_gets_the_form_and_nothing_else(closed, visitor):
    asked = visitor.get("/library?c=1")
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2Flibrary%3Fc%3D1")
    for path in ("/_stcore/host-config", "/media/x", "/_stcore/upload_file/a/b", "/static/index.js", "//library"):
        assert httpx.get(closed.url + path).status_code == 401
    assert httpx.put(f"{closed.url}/_stcore/upload_file/a/b", files={"x": b"x"}).status_code == 401
    with pytest.raises(InvalidStatus, match="403"):
        connect(closed.url.replace("http", "ws") + "/_stcore/stream")
    form = visitor.get("/sign-in").text
    assert 'type="password"' in form
    assert "streamlit" not in form.lower()


@pytest.mark.slow
def test_the_password_opens_the_page_that_was_asked_for(closed, visitor):
    done = visitor.post("/sign-in?next=%2Flibrary", data={"password": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/library")
    page = visitor.get("/library")
    assert page.status_code == 200
    assert "streamlit" in page.text.lower()
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    with connect(closed.url.replace("http", "ws") + "/_stcore/stream", additional_headers={"Cookie": cookies}):
        pass


@pytest.mark.slow
def test_a_wrong_password_is_told_and_after_some_has_to_wait(tmp_path):
    with front(tmp_path, password=PASSWORD) as running, httpx.Client(base_url=running.url, headers=PAGE) as visitor:
        first = visitor.post("/sign-in", data={"password": "wrong"})
        assert (first.status_code, "That is not the password." in first.text) == (403, True)
        assert "phi_signed_in" not in visitor.cookies
        while (answer := visitor.post("/sign-in", data={"password": "wrong"})).status_code == 403:
            pass
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert "Try again in" in answer.text
        assert visitor.post("/sign-in", data={"password": PASSWORD}).status_code == 429  # the right one waits as well


@pytest.mark.slow
def test_signing_out_closes_the_door_and_makes_it_another_browser_unless_nobody_else_uses_it(signed_in):
    signed_in.get("/")
    before = signed_in.cookies["phi_browser"]
    assert signed_in.post("/sign-out", data={"keep": "yes"}).headers["location"] == "/sign-in"
    assert signed_in.get("/").headers["location"].startswith("/sign-in")
    assert signed_in.cookies["phi_browser"] == before
    signed_in.post("/sign-in", data={"password": PASSWORD})
    assert "can then not be opened any more" in signed_in.get("/sign-out").text
    assert signed_in.post("/sign-out").status_code == 303
    assert signed_in.get("/").headers["location"].startswith("/sign-in")
    assert signed_in.cookies["phi_browser"] != before


@pytest.mark.slow
def test_forms_that_another_site_sends_are_not_heeded(signed_in):
    evil = {"Origin": "https://evil.example"}
    assert signed_in.post("/sign-out", headers=evil).status_code == 403
    assert signed_in.post("/sign-in", headers=evil, data={"password": PASSWORD}).status_code == 403
    assert signed_in.get("/").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("next_", ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil", "x"])
def test_no_address_leads_from_here_to_another_site(visitor, next_):
    for asked in (
        visitor.post("/sign-in", params={"next": next_}, data={"password": PASSWORD}),
        visitor.get("/language/de", params={"next": next_}),
    ):
        assert asked.headers["location"] == "/"


@pytest.mark.slow
def test_cookies_are_for_this_site_alone_and_no_script_reads_them(visitor):
    visitor.post("/sign-in", data={"password": PASSWORD})
    answers = [visitor.post("/sign-in", data={"password": PASSWORD}), visitor.get("/language/de")]
    visitor.cookies.delete("phi_browser")
    answers.append(visitor.get("/"))
    for name, answer in zip(("phi_signed_in", "phi_language", "phi_browser"), answers, strict=True):
        told = next(each for each in answer.headers.get_list("set-cookie") if each.startswith(name))
        assert {"httponly", "samesite=lax", "path=/"} <= {part.strip().lower() for part in told.split(";")}
        assert re.search(r"max-age=\d+", told, re.IGNORECASE)


@pytest.mark.slow
def test_a_browser_keeps_its_id_and_gets_another_if_it_makes_one_up(open_):
    with httpx.Client(base_url=open_.url, headers=PAGE) as browser:
        browser.get("/")
        known = browser.cookies["phi_browser"]
        browser.get("/")
        assert browser.cookies["phi_browser"] == known
        browser.cookies.set("phi_browser", "made-up")
        assert "phi_browser" in browser.get("/").headers["set-cookie"]


@pytest.mark.slow
def test_the_form_speaks_the_language_of_the_browser_and_the_switch_is_kept(visitor):
    assert 'lang="de"' in visitor.get("/sign-in", headers={"Accept-Language": "de-AT,de;q=0.9"}).text
    switched = visitor.get("/language/es", params={"next": "/sign-in?next=%2F%3Fc%3D7"})
    assert switched.headers["location"] == "/sign-in?next=%2F%3Fc%3D7"
    form = visitor.get("/sign-in", headers={"Accept-Language": "de"}).text
    assert '<html lang="es">' in form
    assert visitor.get("/language/xx").status_code == 404


@pytest.mark.slow
def test_what_was_asked_for_is_no_markup_in_the_form(visitor):
    form = visitor.get("/sign-in", params={"next": '"><script>alert(1)</script>'}).text
    assert "<script" not in form


@pytest.mark.slow
def test_browsers_are_told_to_load_nothing_from_elsewhere(open_):
    headers = httpx.get(open_.url, headers=PAGE).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["img-src"] == "'self' data: blob:"
    assert policy["frame-ancestors"] == "'self'"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.slow
def test_without_sign_in_it_answers_to_the_names_of_this_machine_only(open_):
    port = open_.url.rpartition(":")[2]
    for host in ("evil.example", f"evil.example:{port}", "192.168.1.7", "localhost.evil.example", ""):
        assert httpx.get(open_.url, headers={"Host": host}).status_code == 403
    for host in (f"localhost:{port}", "127.0.0.1", f"[::1]:{port}"):
        assert httpx.get(open_.url, headers={"Host": host}).status_code == 200
    with pytest.raises(InvalidStatus, match="403"):
        connect(f"ws://evil.example:{port}/_stcore/stream", sock=socket.create_connection(("127.0.0.1", int(port))))


STREAMLIT = ["-m", "streamlit", "run", "ui/app.py", "--server.headless=true"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [["-m", "phi_assistant", "ui", "--address", "0.0.0.0"], [*STREAMLIT, "--server.address=0.0.0.0"]],
    ids=["phi-assistant", "streamlit"],
)
def test_where_others_can_come_it_refuses_to_start(arguments, tmp_path):
    port = "--port" if "ui" in arguments else "--server.port"
    process = start([*arguments, f"{port}={free_port()}"], data=tmp_path)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 2
    assert re.search(r"Error: The front end would listen on 0\.0\.0\.0.*PHI_ASSISTANT_PASSWORD", said)
    assert "Traceback" not in said


@pytest.mark.slow
def test_streamlit_by_itself_listens_on_this_machine_alone_from_whatever_folder(tmp_path):
    app = STREAMLIT[3]
    port = free_port()
    arguments = [*STREAMLIT[:3], str(ROOT / app), *STREAMLIT[4:], f"--server.port={port}"]
    process = start(arguments, folder=tmp_path, data=tmp_path)
    try:
        wait_for(process, f"http://127.0.0.1:{port}/_stcore/health")
        with socket.socket() as probe, pytest.raises(OSError, match="refused"):
            probe.connect((_own_address(), port))
    finally:
        end(process)


def _own_address():
    """An address of this machine that is not loopback; every 127.x.y.z is, and so the network's is looked for."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 1))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return probe.getsockname()[0]


@pytest.mark.slow
def test_it_ends_in_order_leaves_no_process_behind_and_asked_nobody_elsewhere_where_it_is(tmp_path):
    public = {"address": "0.0.0.0", "published": "127.0.0.1"}
    with front(tmp_path, **public) as running, connect(running.url.replace("http", "ws") + "/_stcore/stream"):
        family = psutil.Process(running.process.pid).children(recursive=True)
        said = end(running.process)
        assert family
        assert all(gone(process.pid) for process in family)
        assert "  URL: http://localhost:" in said
        assert "xternal" not in said  # as Streamlit calls the address that it has from outside


@pytest.mark.slow
def test_behind_a_server_with_a_certificate_cookies_are_for_https_alone(contained):
    for scheme, secure in {"https": True, "http": False}.items():
        answer = httpx.get(contained.url, headers=PAGE | {"X-Forwarded-Proto": scheme, "X-Forwarded-For": "192.0.2.7"})
        assert ("Secure" in answer.headers["set-cookie"]) is secure


@pytest.mark.slow
def test_where_a_container_publishes_it_on_loopback_only_names_of_this_machine_are_answered(contained):
    own = _own_address()  # as a port that is forwarded arrives
    port = contained.url.rpartition(":")[2]
    assert httpx.get(f"http://{own}:{port}/", headers=PAGE | {"Host": f"localhost:{port}"}).status_code == 200
    assert httpx.get(f"http://{own}:{port}/", headers=PAGE | {"Host": f"evil.example:{port}"}).status_code == 403
