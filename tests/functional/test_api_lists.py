"""Sorted and paged lists of the JSON API, and streams that resume."""

import json
import urllib.parse

import pytest

from support import SWITCHING, wait_until, websocket_request
from test_stream import Stream


def node(conn):
    conn.head()
    conn.send(SWITCHING)
    conn.drain()


def tunnel(proxy, name):
    sock = proxy.connect().send(websocket_request(client_name=name))
    assert sock.read_answer(to_head=True).status == 101
    return sock


def page(proxy, **parameters):
    return proxy.get("/api/connections?" + urllib.parse.urlencode(parameters))


def names(document):
    return [row["clientName"] for row in document["connections"]]


@pytest.fixture
def seven(lavaproxy, scripted):
    """A proxy with seven tunnels, a to g, and their sockets by name."""
    proxy = lavaproxy(backends=[scripted(node)])
    socks = {name: tunnel(proxy, name) for name in "dbgfaec"}
    wait_until(lambda: page(proxy, q="kind:websocket", limit=1)["matching"] == 7, 5, "all seven")
    return proxy, socks


def test_pages_of_connections(seven):
    proxy, socks = seven
    assert "nextCursor" not in proxy.get("/api/connections") and "nextCursor" not in page(proxy, sort="client")
    assert names(page(proxy, sort="client")) == list("abcdefg")
    assert names(page(proxy, sort="client", order="desc")) == list("gfedcba")
    assert names(page(proxy, limit=3)) == list("dbg"), "oldest first, as without parameters"
    first = page(proxy, sort="client", limit=3, q="v:4")
    assert names(first) == list("abc") and first["matching"] == 7 and first["activeConnections"] == 7
    # What the cursor names ends, one opens in front of it and one behind it.
    socks["c"].close()
    tunnels = [tunnel(proxy, "aa"), tunnel(proxy, "ca")]
    wait_until(lambda: names(page(proxy, sort="client")) == ["a", "aa", "b", "ca", "d", "e", "f", "g"], 5, "the change")
    second = page(proxy, sort="client", limit=3, cursor=first["nextCursor"])
    assert names(second) == ["ca", "d", "e"]
    last = page(proxy, sort="client", limit=3, cursor=second["nextCursor"])
    assert names(last) == ["f", "g"] and last["nextCursor"] is None
    rest = page(proxy, sort="client", cursor=first["nextCursor"])
    assert names(rest) == ["ca", "d", "e", "f", "g"] and "nextCursor" not in rest
    for sock in tunnels:
        sock.close()


def test_pages_of_data_usage(seven):
    proxy, _ = seven
    document = proxy.get("/api/data-usage?sort=total&limit=1")
    assert [row["ip"] for row in document["ipUsage"]] == ["127.0.0.1"]
    assert document["totalIps"] == 1 and document["totals"] and document["nextCursor"] is None


def test_data_usage_is_searched_like_connections(seven):
    proxy, _ = seven
    for q, found in (("127.0.0", 1), ("ip:127.0.0.0/8 total>10", 1), ("ip:10.0.0.0/8", 0), ("192.0.2", 0), ("total>1G", 0)):
        document = proxy.get("/api/data-usage?" + urllib.parse.urlencode({"q": q}))
        assert (len(document["ipUsage"]), document["matching"], document["totalIps"]) == (found, found, 1), q
        assert document["totals"]["activeConnections"] == 7
        text = proxy.api("/data-usage?" + urllib.parse.urlencode({"q": q})).text
        assert f"{found} of 1<" in text and ("no address matches" in text) == (found == 0)
        rows = proxy.api("/api/data-usage?" + urllib.parse.urlencode({"q": q, "format": "csv"})).text.splitlines()
        assert len(rows) == 1 + found
    assert "matching" not in proxy.get("/api/data-usage")
    error = proxy.api("/api/data-usage?q=rate%3E10Q")
    assert error.status == 400 and json.loads(error.body)["message"] == "unknown unit Q (use K M G)"
    text = proxy.api("/data-usage?q=rate%3E10Q").text
    assert "unknown unit Q" in text and "1 of 1" in text
    assert 'href="/api/data-usage?format=csv&amp;q=127"' in proxy.api("/data-usage?q=127").text


@pytest.mark.parametrize("path, query, word", [
    ("/api/connections", "sort=colour", "sort"), ("/api/data-usage", "sort=user", "sort"),
    ("/api/connections", "order=up", "order"), ("/api/data-usage", "limit=0", "limit"),
    ("/api/connections", "limit=1001", "limit"), ("/api/connections", "cursor=7", "cursor"),
    ("/api/connections", "sort=out&cursor=id.asc.1..1", "cursor")])
def test_bad_parameters(lavaproxy, path, query, word):
    proxy = lavaproxy()
    for method in ("GET", "HEAD"):
        assert proxy.api(f"{path}?{query}", method).status == 400
    assert json.loads(proxy.api(f"{path}?{query}").body)["message"].startswith(word + "=")


@pytest.mark.parametrize("view", [None, "/"])
def test_a_stream_resumes(lavaproxy, scripted, view):
    proxy = lavaproxy(backends=[scripted(node)])
    wait_until(lambda: proxy.api("/").status == 200, 5, "the first figures")
    stream = Stream(proxy, view)
    newest = stream.event()["seq"]
    stream.sock.close()
    for known in (str(newest), "0", "1", "18446744073709551616", "-1", "x" * 1000, "", "9 9", '"><'):
        again = Stream(proxy, view, headers=[("Last-Event-ID", known)])
        assert again.answer.status == 200, known
        news = again.event()
        assert news["seq"] >= newest
        if view:
            assert {"rows", "ips", "total-In"} <= set(news["set"]), "everything, whatever was known"
        else:
            assert {"connections", "bytesIn", "backends"} <= set(news)
        again.sock.close()
    assert proxy.api("/livez").status == 200
