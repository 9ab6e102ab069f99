"""Data usage by client, user and backend: sums that agree with the totals, sorted and searched, names that stay text."""

import html
import re
import urllib.parse

import pytest

from support import SWITCHING, request, wait_until, websocket_request

HOSTILE = "<img src=x onerror=alert(1)>\"'&amp;"
SUMMED = ("bytesIn", "bytesOut", "activeConnections")


def node(conn):
    """A backend that switches and then keeps quiet."""
    conn.head()
    conn.send(SWITCHING)
    conn.drain()


def usage(proxy, group):
    return proxy.get("/api/data-usage?group=" + group)


@pytest.fixture
def busy(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    names = [("alpha/1.0", "111"), ("alpha/1.0", "222"), (HOSTILE, "<b>333</b>")]
    socks = [proxy.connect().send(websocket_request(client_name=name, user_id=user)) for name, user in names]
    for sock in socks:
        assert sock.read_answer(to_head=True).status == 101
    proxy.exchange(request("GET", "/v4/info", password="guess"))
    wait_until(lambda: len(proxy.connections()) == 3 and None in {row["name"] for row in usage(proxy, "client")["usage"]}, 5, "all of them")
    yield proxy
    for sock in socks:
        sock.close()


@pytest.mark.parametrize("group", ["client", "user", "backend"])
def test_sums_are_the_totals(busy, group):
    def agree():
        document = usage(busy, group)
        rows = document["usage"] + [document["others"]]
        return document if all(sum(row[key] for row in rows) == document["totals"][key] for key in SUMMED) else None

    document = wait_until(agree, 5, "sums that agree")
    assert document["group"] == group and document["totals"]["bytesIn"] > 300
    rows = {row["name"]: row for row in document["usage"]}
    if group == "client":
        assert set(rows) == {"alpha/1.0", HOSTILE, None}
        assert rows["alpha/1.0"]["activeConnections"] == 2 and rows[None]["connections"] == 1 and rows[None]["lastActive"]
    elif group == "user":
        assert set(rows) == {"111", "222", "<b>333</b>", None} and rows["111"]["connections"] == 1
    else:
        assert rows["b0-v4"]["connections"] == 3 and rows["b0-v4"]["activeConnections"] == 3
        assert document["others"]["connections"] == 1 and document["others"]["bytesOut"] > 0
    for row in rows.values():
        assert row["totalBytes"] == row["bytesIn"] + row["bytesOut"]


def test_pages_of_groups(busy):
    page = busy.api("/data-usage?group=client").text
    assert html.escape(HOSTILE).replace("&#x27;", "&#39;") in page and "<img" not in page
    assert 'href="/data-usage?group=client" aria-current="true"' in page and "Usage by client" in page
    names = re.findall(r'<th scope="row">([^<]*)</th>', busy.api("/data-usage?group=user&sort=name&order=desc").text)
    assert names == ["&lt;b&gt;333&lt;/b&gt;", "222", "111", "(none)"]
    found = busy.api("/data-usage?group=user&q=22").text
    assert "(1 of 4)" in found and 'value="22"' in found and '<input type="hidden" name="group" value="user">' in found
    found = busy.api("/data-usage?group=client&" + urllib.parse.urlencode({"q": HOSTILE})).text
    assert "(1 of 3)" in found and "<img" not in found
    for target in ("/data-usage?group=user&sort=in&order=asc", "/data-usage?sort=in&order=asc", "/?sort=in&order=asc"):
        form = re.search(r"<form [^>]*role=.search.*?</form>", busy.api(target).text, re.S).group()
        assert 'name="sort" value="in">' in form and 'name="order" value="asc">' in form, "a search keeps the order"
    assert "b0-v4" in busy.api("/data-usage?group=backend").text
    assert "Usage by IP" in busy.api("/data-usage?group=ip").text and "Usage by IP" in busy.api("/data-usage?group=colour").text


def test_the_group_of_the_api_is_checked(busy):
    assert "ipUsage" in busy.get("/api/data-usage?group=ip")
    for bad in ["", "colour", "%zz", "x" * 99]:
        assert busy.api("/api/data-usage?group=" + bad).status == 400, bad
