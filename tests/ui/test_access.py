"""Who may come in: what is settled at the start, passwords and cookies, owners and askers, and tries that wait."""

from __future__ import annotations

import stat
from dataclasses import replace

import pytest

from phi_assistant.errors import ConfigError
from phi_assistant.settings import Settings
from ui.access import settle
from ui.cookies import SIGNED_IN_S, Cookies, cookies_of
from ui.person import Person, vouched
from ui.tries import FREE, LONGEST_S, Tries

GOOD, OTHER = "correct horse", "battery staple"


@pytest.fixture
def settled(tmp_path):
    """What is settled with these settings; on loopback if not said otherwise."""

    def settled(address="127.0.0.1", secrets=None, **flags):
        return settle(Settings.load(data=tmp_path, **flags), address=address, secrets=secrets or {})

    return settled


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"])
def test_on_this_machine_whoever_is_there_is_owner(settled, address):
    access = settled(address)
    assert (access.kind, access.role_of(None)) == ("open", "owner")


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "::", "192.168.1.7", "school.example"])
def test_where_others_can_come_it_refuses_to_start_without_a_question_who_they_are(settled, address):
    with pytest.raises(ConfigError, match=r"PHI_ASSISTANT_PASSWORD.*\[auth\].*--address 127\.0\.0\.1"):
        settled(address)
    assert settled(address, password=GOOD).kind == "password"
    assert settled(address, secrets={"auth": {}}).kind == "oidc"


def test_a_password_lets_in_owners_unless_they_have_one_of_their_own(settled):
    assert settled(password=GOOD).role_by_password(GOOD) == "owner"
    access = settled(password=GOOD, owner_password=OTHER)
    assert access.role_by_password(GOOD) == "asker"
    assert access.role_by_password(OTHER) == "owner"
    for wrong in ("", "correct hors", GOOD + " ", "Correct horse", "\ud800"):
        assert access.role_by_password(wrong) is None


def test_a_password_may_stand_in_a_file_as_secrets_of_containers_do(settled, tmp_path):
    file = tmp_path / "secret"
    file.write_text(GOOD + "\n")
    assert settled(password_file=file).role_by_password(GOOD) == "owner"
    with pytest.raises(ConfigError, match="PHI_ASSISTANT_PASSWORD_FILE"):
        settled(password_file=tmp_path / "none")


def test_a_password_that_cannot_be_meant_is_refused_and_not_shown(settled, tmp_path):
    empty = tmp_path / "empty"
    empty.write_text("\n")
    for flags in ({"password": "secret1"}, {"password_file": empty}, {"password": GOOD, "owner_password": "x"}):
        with pytest.raises(ConfigError, match="too short") as caught:
            settled(**flags)
        assert "secret1" not in str(caught.value)
    with pytest.raises(ConfigError, match="none for those who ask"):
        settled(owner_password=GOOD)


def test_two_ways_of_signing_in_at_once_are_refused(settled):
    with pytest.raises(ConfigError, match="only one of them"):
        settled(password=GOOD, secrets={"auth": {}})


def test_a_signed_in_browser_stays_so_until_its_password_is_another(settled):
    access = settled(password=GOOD, owner_password=OTHER)
    cookie = access.cookies.signed_in(GOOD, "asker")
    assert access.role_of(cookie) == "asker"
    assert settled(password=GOOD, owner_password=OTHER).role_of(cookie) == "asker"  # after a restart
    assert settled(password="another one", owner_password=OTHER).role_of(cookie) is None
    assert settled(password=OTHER).role_of(cookie) is None


def test_cookies_cannot_be_made_elsewhere_or_raised_to_another_role(settled):
    access = settled(password=GOOD, owner_password=OTHER)
    forged = Cookies(b"another key of thirty-two bytes!")
    for cookie in (None, "", "owner", forged.signed_in(GOOD, "owner"), access.cookies.new_browser()):
        assert access.role_of(cookie) is None
    assert access.role_of(access.cookies.signed_in(GOOD, "owner")) is None
    assert access.cookies.browser(forged.new_browser()) is None
    assert access.cookies.browser(access.cookies.signed_in(GOOD, "asker")) is None


def test_being_signed_in_ends_after_two_weeks(settled, monkeypatch):
    access = settled(password=GOOD)
    cookie = access.cookies.signed_in(GOOD, "owner")
    later = int(__import__("time").time()) + SIGNED_IN_S
    monkeypatch.setattr("itsdangerous.timed.TimestampSigner.get_timestamp", lambda signer: later - 5)
    assert access.role_of(cookie) == "owner"
    monkeypatch.setattr("itsdangerous.timed.TimestampSigner.get_timestamp", lambda signer: later + 5)
    assert access.role_of(cookie) is None


def test_the_key_is_kept_and_nobody_else_can_read_it(tmp_path):
    first, second = cookies_of(tmp_path / "data"), cookies_of(tmp_path / "data")
    assert second.browser(first.new_browser())
    assert stat.S_IMODE((tmp_path / "data" / "ui-key").stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["ui-key"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="--data DIR"):
        cookies_of(tmp_path / "file" / "data")


def test_at_a_provider_owners_are_those_who_are_listed(settled):
    access = settled(secrets={"auth": {}}, owners="Ana@school.example, ben@school.example")
    assert access.role_at_provider("ana@School.example") == "owner"
    assert access.role_at_provider("eva@school.example") == "asker"
    assert access.role_at_provider("") == "asker"


def test_at_a_provider_only_those_come_in_who_are_meant_if_anybody_is_said(settled):
    access = settled(secrets={"auth": {}}, owners="ana@home.example", people="@school.example,guest@home.example")
    roles = {
        "ana@home.example": "owner",
        "eva@school.example": "asker",
        "guest@home.example": "asker",
        "eva@home.example": None,
        "school.example": None,
        "eva@school.example.evil.example": None,
        "@evil.example": None,
        "": None,
    }
    assert {address: access.role_at_provider(address) for address in roles} == roles


def test_a_person_at_a_provider_is_the_verified_address_and_else_nobody_who_has_one(settled):
    access = settled(secrets={"auth": {}}, owners="ana@school.example")
    told = {"is_logged_in": True, "iss": "https://id.example", "sub": "7", "email": "Ana@School.example"}
    assert vouched(told, access) == Person("oidc:ana@school.example", "owner", "Ana@School.example")
    assert vouched({**told, "email_verified": True, "name": "Ana"}, access).name == "Ana"
    unverified = vouched({**told, "email_verified": False}, access)
    assert (unverified.owner, unverified.role) == ("oidc:https://id.example#7", "asker")
    assert vouched({**told, "is_logged_in": False}, access) is None
    assert vouched({"is_logged_in": True}, access) is None


def test_after_a_few_wrong_passwords_each_further_one_waits_longer_and_never_for_ever():
    now = 0.0
    tries = Tries(clock=lambda: now)
    waits = []
    for _ in range(FREE + 8):
        tries.wrong("10.0.0.1")
        waits.append(tries.wait("10.0.0.1"))
        now += waits[-1]
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, LONGEST_S, LONGEST_S, LONGEST_S]
    assert tries.wait("10.0.0.2") == 0
    tries.right("10.0.0.1")
    tries.wrong("10.0.0.1")
    assert tries.wait("10.0.0.1") == 0


def test_wrong_passwords_are_forgotten_after_an_hour_and_counted_by_network_for_ipv6():
    now = 0.0
    tries = Tries(clock=lambda: now)
    for host in range(FREE):
        tries.wrong(f"2001:db8:1:2::{host + 1}")
    assert tries.wait("2001:db8:1:2:ffff::9") == 1
    assert tries.wait("2001:db8:1:3::1") == 0
    now += 3601
    tries.wrong("2001:db8:1:2::1")
    assert tries.wait("2001:db8:1:2::1") == 0


def test_secrets_are_in_no_picture_of_what_was_settled(settled):
    access = settled(password=GOOD)
    assert GOOD not in repr(access)
    assert access.cookies.key not in repr(replace(access)).encode("latin-1", "replace")


def test_in_a_container_the_address_counts_at_which_it_is_published(settled):
    assert settled("0.0.0.0", published="127.0.0.1").kind == "open"
    for published in ("0.0.0.0", "192.168.1.7"):
        with pytest.raises(ConfigError, match=f"listen on {published}"):
            settled("0.0.0.0", published=published)
        access = settled("0.0.0.0", published=published, password=GOOD)
        assert (access.kind, access.forwarded) == ("password", False)  # anybody could say for whom he asks
    assert settled("0.0.0.0", published="127.0.0.1", password=GOOD).forwarded
