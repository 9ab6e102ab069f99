"""/api/stream: what changes on a page, once a second; who may listen, and how many."""

import contextlib
import json
import re
import urllib.parse

import pytest

from support import SWITCHING, RawSocket, wait_until, websocket_request

WEB_PASSWORD = "web-password"


def node(conn):
    conn.head()
    conn.send(SWITCHING)
    conn.drain()


class Stream:
    """A reader of server-sent events."""

    def __init__(self, proxy, view=None, headers=()):
        self.sock = RawSocket(proxy.web_port)
        target = "/api/stream" + ("?view=" + urllib.parse.quote(view, safe="") if view else "")
        lines = [f"GET {target} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers)]
        self.sock.send("\r\n".join([*lines, "", ""]).encode())
        self.answer = self.sock.read_answer(to_head=True)

    def event(self):
        """The data of the next event."""
        while True:
            block = self.sock.read_until(b"\n\n").decode()
            match = re.search(r"^data: (.*)$", block, re.M)
            if match:
                assert re.match(r"id: \d+\n", block)
                return json.loads(match.group(1))


def test_parts_of_a_page_follow(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    wait_until(lambda: proxy.api("/").status == 200, 5, "the first figures")
    stream = Stream(proxy, "/")
    assert stream.answer.status == 200 and stream.answer.header("Content-Type") == "text/event-stream"
    assert stream.answer.header("Cache-Control") == "no-store"
    first = stream.event()
    assert {"rows", "ips", "backends", "events", "total-In", "total-Out"} <= set(first["set"])
    assert "no connections at present" in first["set"]["rows"] and first["down"] == 0
    sock = proxy.connect().send(websocket_request(client_name="alpha/1.0 <&>"))
    assert sock.read_answer(to_head=True).status == 101
    began = first["seq"]
    while True:
        news = stream.event()
        if "alpha/1.0" in news["set"].get("rows", ""):
            break
        assert news["seq"] - began < 20
    assert "&lt;&amp;&gt;" in news["set"]["rows"] and "<&>" not in news["set"]["rows"]
    page = proxy.api("/").text
    for part in news["set"]:
        assert f'id="{part}"' in page, part


def test_a_connection_is_followed_to_its_end(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    sock = proxy.connect()
    number = proxy.connection_of(sock)["id"]
    view = f"/connections/{number}"
    stream = Stream(proxy, view)
    first = stream.event()["set"]
    assert first["ended"] == "" and first["kind"] == "-" and first["requests"] == "0"
    sock.send(websocket_request(client_name="alpha/1.0"))
    assert sock.read_answer(to_head=True).status == 101

    def told(part):
        return wait_until(lambda: stream.event()["set"].get(part), 20, part)

    assert told("kind") == "WebSocket"
    assert 'id="ended"></p>' in proxy.api(view).text
    sock.close()
    assert told("ended") == "There is no such connection, or it has ended."


@pytest.mark.parametrize("view, part", [("/data-usage", "usage"), ("/data-usage?group=client", "groups"),
                                        ("/blocked", "clients")])
def test_the_books_follow(lavaproxy, scripted, view, part):
    """Tables that are long and change little: every fifth second."""
    proxy = lavaproxy(backends=[scripted(node)])
    wait_until(lambda: proxy.api("/").status == 200, 5, "the first figures")
    stream = Stream(proxy, view)
    first = stream.event()
    assert "<tr>" in first["set"][part] and "alpha/1.0" not in first["set"][part]
    sock = proxy.connect(source="127.0.0.9").send(websocket_request(client_name="alpha/1.0"))
    assert sock.read_answer(to_head=True).status == 101
    news = stream.event()
    assert news["seq"] - first["seq"] in range(4, 8)
    while "alpha/1.0" not in news["set"].get(part, "") and "127.0.0.9" not in news["set"].get(part, ""):
        news = stream.event()
        assert news["seq"] - first["seq"] < 20
    page = proxy.api(view).text
    for name in news["set"]:
        assert f'id="{name}"' in page, name


def test_the_compact_snapshot(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    stream = Stream(proxy)
    news = stream.event()
    assert news["connections"] == {"active": 0, "v3": 0, "v4": 0}
    assert news["backends"][0]["name"] == "b0-v4" and news["backends"][0]["status"] in ("unknown", "online")
    assert stream.event()["seq"] > news["seq"]


def test_what_is_no_page(lavaproxy):
    proxy = lavaproxy()
    for view in ["/nothing", "/api/health", "/login", "/assets/style.css", "//", "x", "%00", "/" + "x" * 500]:
        assert Stream(proxy, view).answer.status == 400, view
    assert proxy.api("/api/stream", "POST").status == 405


def test_the_longest_search_is_followed(lavaproxy):
    proxy = lavaproxy()
    wait_until(lambda: proxy.api("/").status == 200, 5, "the first figures")
    view = "/connections?sort=backend&order=desc&page=1&q=" + urllib.parse.quote("\u00e9" * 100)
    stream = Stream(proxy, view)
    assert stream.answer.status == 200 and "rows" in stream.event()["set"]


def test_few_streams_for_each_address(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    streams = [Stream(proxy, "/") for _ in range(4)]
    assert [stream.answer.status for stream in streams] == [200] * 4
    assert Stream(proxy, "/").answer.status == 429
    streams.pop().sock.close()
    with contextlib.closing(wait_until(lambda: (s := Stream(proxy, "/health")).answer.status == 200 and s.sock, 5, "room")):
        for stream in streams:
            assert stream.event()["set"]


def test_a_stream_ends_with_its_login(lavaproxy):
    proxy = lavaproxy(web_password=WEB_PASSWORD)
    assert Stream(proxy, "/").answer.status == 401
    answer = proxy.api("/login", "POST", body=urllib.parse.urlencode({"password": WEB_PASSWORD}).encode())
    cookie = {"Cookie": answer.header("Set-Cookie").split(";")[0]}
    wait_until(lambda: proxy.api("/", headers=cookie).status == 200, 5, "the first figures")
    stream = Stream(proxy, "/health", headers=cookie.items())
    news = stream.event()
    token = re.search(r'name="token" value="(\w+)"', news["set"]["backends"]).group(1)
    assert proxy.api("/logout", "POST", headers=cookie, body=f"token={token}".encode()).status == 303
    with pytest.raises(EOFError):
        for _ in range(20):
            stream.event()
