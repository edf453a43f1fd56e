"""The tests themselves: they stay on this machine."""

from __future__ import annotations

import socket

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.org", 443)])
def test_the_tests_cannot_reach_the_network(address):
    with pytest.raises(ConnectionRefusedError, match="stay on this machine"):
        socket.create_connection(address, timeout=1)


def test_the_tests_can_reach_a_server_of_their_own():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
