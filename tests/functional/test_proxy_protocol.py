"""The PROXY protocol, v1 and v2, from the listed peers only: figures and limits are those of the real client."""

import socket
import struct

import pytest

from stage import Stage, assert_refusal, rows
from support import request, wait_until, websocket_request

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
PEER = "127.0.0.9"
PER_IP = 8  # more than there are tests whose connections may still be ending
V4 = socket.inet_aton("203.0.113.7") + socket.inet_aton("198.51.100.1") + struct.pack(">HH", 4000, 6923)
V6 = (socket.inet_pton(socket.AF_INET6, "2001:db8::7") + socket.inet_pton(socket.AF_INET6, "2001:db8::1")
      + struct.pack(">HH", 4000, 6923))


def v2(command, family, block):
    return SIGNATURE + bytes([0x20 | command, family]) + struct.pack(">H", len(block)) + block


GOOD = [
    ("v1-tcp4", b"PROXY TCP4 203.0.113.7 198.51.100.1 4000 6923\r\n", "203.0.113.7"),
    ("v1-tcp6", b"PROXY TCP6 2001:db8::7 2001:db8::1 4000 6923\r\n", "2001:db8::7"),
    ("v1-unknown", b"PROXY UNKNOWN\r\n", PEER),
    ("v1-unknown-with-more", b"PROXY UNKNOWN 1 2 3 4\r\n", PEER),
    ("v2-tcp4", v2(1, 0x11, V4), "203.0.113.7"),
    ("v2-tcp6", v2(1, 0x21, V6), "2001:db8::7"),
    ("v2-tlv", v2(1, 0x11, V4 + b"\x04\x00\x03abc"), "203.0.113.7"),
    ("v2-local", v2(0, 0x00, b""), PEER),
    ("v2-local-with-block", v2(0, 0x11, V4), PEER),
    ("v2-unspec", v2(1, 0x00, b""), PEER),
]
BAD = [
    ("no header", b""),
    ("v1 no CRLF", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n"),
    ("v1 too long", b"PROXY TCP4 " + b"1" * 120 + b"\r\n"),
    ("v1 no address", b"PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n"),
    ("v1 wrong family", b"PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n"),
    ("v1 port", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 70000\r\n"),
    ("v1 lower case", b"proxy tcp4 1.2.3.4 5.6.7.8 1 2\r\n"),
    ("v2 version 1", SIGNATURE + b"\x11\x11\x00\x0c" + V4),
    ("v2 command 5", SIGNATURE + b"\x25\x11\x00\x0c" + V4),
    ("v2 short block", v2(1, 0x11, V4[:8])),
    ("v2 huge block", SIGNATURE + b"\x21\x11\xff\xff" + V4 + b"x" * 70000),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    config = {"proxy": {"proxy_protocol": [f"{PEER}/32"]},
              "limits": {"allow": [], "deny": ["203.0.113.66"], "connections_per_ip": PER_IP},
              "timeouts": {"header": "2s"}}
    made = Stage(tmp_path_factory.mktemp("pp"), config=config)
    yield made
    made.stop()


@pytest.fixture
def stage(shared):
    shared.reset()
    yield shared


@rows("name, header, client", GOOD)
def test_client_of_a_listed_peer(stage, name, header, client):
    with stage.connect(source=PEER) as sock:
        sock.send(header + request(target="/v4/x"))
        assert sock.read_answer().status == 200, name
        assert stage.last.header("X-Forwarded-For") == client.encode()
        # Only the first bytes of a connection may be a header.
        assert sock.send(request(target="/v4/y")).read_answer().status == 200
        rows = wait_until(lambda: [r for r in stage.proxy.connections() if r["clientIp"] == client], 5,
                          f"a connection of {client}")
        assert rows


def test_header_in_pieces(stage):
    for _, header, client in GOOD:
        with stage.connect(source=PEER) as sock:
            for i in range(len(header)):
                sock.send(header[i:i + 1])
            sock.send(websocket_request())
            assert sock.read_answer().status == 101
        assert stage.last.header("X-Forwarded-For") == client.encode()


@rows("name, header", BAD)
def test_bad_header_of_a_listed_peer(stage, name, header):
    with stage.connect(source=PEER) as sock:
        sock.send(header + request(target="/v4/x"))
        assert_refusal(sock.read_answer(), (400, 408))
        assert stage.requests == [], name


@rows("name, header, client", GOOD)
def test_strangers_are_refused(stage, name, header, client):
    with stage.connect(source="127.0.0.10") as sock:
        try:
            sock.send(header + request(target="/v4/x"))
        except ConnectionError:
            pass
        assert_refusal(sock.read_answer(), 400)
        assert sock.is_closed(), name
    stage.assert_untouched()


def test_strangers_without_a_header_are_served(stage):
    with stage.connect(source="127.0.0.10") as sock:
        assert sock.send(request(target="/v4/x", headers=[("X-Forwarded-For", "1.1.1.1")])).read_answer().status == 200
    assert stage.last.header("X-Forwarded-For") == b"127.0.0.10"


def test_forwarded_chain_of_a_trusted_peer_is_kept(stage):
    with stage.connect(source=PEER) as sock:
        sock.send(b"PROXY TCP4 203.0.113.9 198.51.100.1 4000 6923\r\n"
                  + request(target="/v4/x", headers=[("X-Forwarded-For", "192.0.2.1")]))
        assert sock.read_answer().status == 200
    assert [v.strip() for v in stage.last.header("X-Forwarded-For").split(b",")] == [b"192.0.2.1", b"203.0.113.9"]


def test_limits_and_deny_count_the_real_client(stage):
    def via(client):
        sock = stage.connect(source=PEER)
        sock.send(f"PROXY TCP4 {client} 198.51.100.1 4000 6923\r\n".encode() + request(target="/v4/x"))
        return sock, sock.read_answer()

    sock, answer = via("203.0.113.66")
    assert_refusal(answer, 403)
    held = [sock]
    for client, status in [("203.0.113.101", 200)] * PER_IP + [("203.0.113.101", 429), ("203.0.113.102", 200)]:
        sock, answer = via(client)
        held.append(sock)
        assert answer.status == status
    for sock in held:
        sock.close()
