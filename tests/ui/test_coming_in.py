"""Coming in, as people do it in a browser: the password, the provider, the roles, the language."""

from __future__ import annotations

import re

import pytest
from front import free_port, front
from oidc_provider import providing
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD, OWNERS = "correct horse", "battery staple"
ALL, FEW = ["Ask", "Library", "Compare", "Settings"], ["Ask", "Compare"]


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A front end with a password for those who ask and another for owners."""
    with front(tmp_path_factory.mktemp("closed"), password=PASSWORD, owner_password=OWNERS) as running:
        yield running


def sign_in(page: Page, password: str) -> None:
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def pages(page: Page) -> list[str]:
    """The names of the pages that one can go to."""
    links = page.get_by_test_id("stSidebarNavLink")
    expect(links.first).to_be_visible()
    return [text.splitlines()[-1] for text in links.all_inner_texts()]


def test_a_wrong_password_is_told_the_right_one_opens_and_a_reload_does_not_ask_again(closed, visit):
    page = visit(closed.url)
    sign_in(page, "not this one")
    expect(page.get_by_role("alert")).to_have_text("That is not the password.")
    sign_in(page, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert pages(page) == FEW


def test_owners_see_all_pages_and_those_who_ask_cannot_go_to_the_others_by_address(closed, visit):
    owner, asker = visit(closed.url), visit(closed.url)
    sign_in(owner, OWNERS)
    assert pages(owner) == ALL
    sign_in(asker, PASSWORD)
    assert pages(asker) == FEW
    for path in ("/settings", "/library"):
        asker.goto(closed.url + path)
        assert pages(asker) == FEW
        expect(asker.get_by_role("heading", level=1, name=re.compile("Settings|Library"))).to_have_count(0)


def test_after_signing_out_the_browser_is_outside(closed, visit):
    page = visit(closed.url)
    sign_in(page, PASSWORD)
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto(f"{closed.url}/compare")
    expect(page.get_by_label("Password")).to_be_visible()


def test_the_language_is_one_click_away_and_stays(closed, visit):
    page = visit(closed.url)
    sign_in(page, OWNERS)
    page.get_by_role("link", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert pages(page) == ["Fragen", "Bibliothek", "Vergleichen", "Einstellungen"]
    page.goto(f"{closed.url}/settings")
    expect(page.get_by_role("heading", level=1)).to_have_text("Einstellungen")
    page.get_by_role("link", name="Español").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ajustes")
    assert page.url == f"{closed.url}/settings"


def test_the_browser_chooses_the_language_until_somebody_does(closed, visit):
    page = visit(closed.url, locale="fil-PH")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mag-sign in")


@pytest.fixture(scope="module")
def provided(tmp_path_factory):
    """A front end that asks an OIDC provider, and the provider."""
    folder, port = tmp_path_factory.mktemp("provided"), free_port()
    with providing() as provider:
        (folder / ".streamlit").mkdir()
        (folder / ".streamlit" / "secrets.toml").write_text(provider.secrets_for(f"http://127.0.0.1:{port}"))
        people = {"owners": "ana@school.example", "people": "@school.example"}
        with front(folder / "data", folder=folder, port=port, address="0.0.0.0", **people) as running:
            yield running, provider


@pytest.mark.parametrize(("email", "seen"), [("Ana@school.example", ALL), ("eva@school.example", FEW)])
def test_a_provider_signs_people_in_and_owners_are_those_listed(provided, visit, email, seen):
    running, provider = provided
    provider.person = {"sub": email, "email": email, "email_verified": True, "name": "**Ana** <b>"}
    page = visit(running.url)
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)
    page.get_by_role("button", name="Sign in").click()
    assert pages(page) == seen
    expect(page.get_by_text("**Ana** <b>", exact=True)).to_be_visible()
    page.reload()
    assert pages(page) == seen
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


@pytest.mark.parametrize(
    "person",
    [{"email": "eva@home.example"}, {"email": "ana@school.example", "email_verified": False}, {}],
    ids=["another domain", "an address that nobody has verified", "no address"],
)
def test_whom_the_provider_knows_and_nobody_has_named_stays_outside(provided, visit, person):
    running, provider = provided
    provider.person = {"sub": "7", **person}
    page = visit(running.url)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("may not use this assistant")
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)
