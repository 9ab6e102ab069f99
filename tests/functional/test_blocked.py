"""Who is refused: the page /blocked, /api/blocked and /api/clients, with blocks, lists, wrong passwords and names."""

import html
import re
import urllib.parse

from support import SWITCHING, request, wait_until, websocket_request

HOSTILE = ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "\u202eevil\u202c", "&lt;b&gt;", "%s%n", "a'b\"c"]


def form(**fields):
    return urllib.parse.urlencode(fields).encode()


def node(conn):
    """A backend that switches and then keeps quiet."""
    conn.head()
    conn.send(SWITCHING)
    conn.drain()


def refusals(proxy):
    return {row["ip"]: row for row in proxy.get("/api/blocked")["refusals"]}


def test_blocking_by_the_form(lavaproxy):
    proxy = lavaproxy(config={"limits": {"allow": ["127.0.0.1"], "deny": ["192.0.2.0/24", "2001:db8::/32"]}})
    page = proxy.api("/blocked").text
    assert "nobody is blocked" in page and "limits.deny" in page and "192.0.2.0/24, 2001:db8::/32" in page
    for choice in ["1h", "24h", "168h", "720h", "good"]:
        assert f'<option value="{choice}">' in page
    answer = proxy.api("/api/block", "POST", body=form(ip="127.0.0.50", **{"for": "168h"}, back="/blocked"))
    assert answer.status == 303 and answer.header("Location") == "/blocked"
    answer = proxy.api("/api/block?ip=127.0.0.51&for=good", "POST")
    assert answer.status == 200 and answer.json() == {"ip": "127.0.0.51", "blocked": True, "seconds": None}
    proxy.wait_log(r"127\.0\.0\.51 blocked by hand for good, 0 connections ended")
    listed = wait_until(lambda: d if (d := proxy.get("/api/blocked"))["total"] == 2 else None, 5, "both blocks")
    good, week = listed["blocked"]
    assert good == {"ip": "127.0.0.51", "until": None, "seconds": None, "reason": "by hand"}
    assert 604700 < week["seconds"] <= 604800 and listed["allow"] == ["127.0.0.1"]
    assert listed["deny"] == ["192.0.2.0/24", "2001:db8::/32"]
    page = proxy.api("/blocked").text
    assert re.search(r'127\.0\.0\.51</th><td>by hand</td><td>for good</td>', page)
    found = proxy.api("/blocked?q=0.50").text
    assert "127.0.0.51" not in found and "127.0.0.50" in found
    refused = proxy.exchange(request("GET", "/v4/info"), source="127.0.0.51")
    assert refused.status == 403 and refused.header("Retry-After") is None and b"is blocked." in refused.body
    answer = proxy.api("/api/unblock", "POST", body=form(ip="127.0.0.51", back="/blocked"))
    assert answer.status == 303
    wait_until(lambda: proxy.get("/api/blocked")["total"] == 1, 5, "the block gone")


def test_refusals_by_ip(lavaproxy):
    proxy = lavaproxy(config={"limits": {"allow": ["127.0.0.1"], "auth_failures": "3/60s", "deny": ["127.0.0.63"]}})
    for _ in range(3):
        proxy.exchange(request("GET", "/v4/info", password="guess"), source="127.0.0.61")
    for _ in range(2):
        assert proxy.exchange(request("GET", "/v4/info"), source="127.0.0.61").status == 403
    proxy.exchange(request("GET", "/v4/info", password=None), source="127.0.0.62")
    assert proxy.exchange(request("GET", "/v4/info"), source="127.0.0.63").status == 403
    rows = wait_until(lambda: r if len(r := refusals(proxy)) == 3 and r["127.0.0.61"]["refused"] == 2 else None, 5, "the refusals")
    counts = {ip: (row["wrongPasswords"], row["missingPasswords"], row["refused"]) for ip, row in rows.items()}
    assert counts == {"127.0.0.61": (3, 0, 2), "127.0.0.62": (0, 1, 0), "127.0.0.63": (0, 0, 1)}
    assert all(row["last"] for row in rows.values())
    page = proxy.api("/blocked?sort=wrong").text
    assert '127.0.0.61</th><td>3</td><td>0</td><td>2</td>' in page and "wrong passwords</td>" in page
    assert page.index("127.0.0.61</th><td>3") < page.index("127.0.0.62</th><td>0")


def test_a_storm_of_guesses_counts_each(lavaproxy):
    """More addresses in one report than it has room for: the rest are counted among the others."""
    proxy = lavaproxy(config={"limits": {"auth_failures": "off"}})
    for i in range(150):
        proxy.exchange(request("GET", "/v4/info", password="guess"), source=f"127.0.1.{i + 1}")

    def total():
        document = proxy.get("/api/blocked")
        return sum(row["wrongPasswords"] for row in document["refusals"]) + document["otherRefusals"]["wrongPasswords"]

    wait_until(lambda: total() == 150, 5, "all guesses")


def test_clients_by_name(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    names = HOSTILE + ["plain/1.0"]
    socks = [proxy.connect(source=f"127.0.0.{80 + i}").send(websocket_request(client_name=name.encode())) for i, name in enumerate(names)]
    socks.append(proxy.connect(source="127.0.0.99").send(websocket_request(client_name="plain/1.0")))
    for sock in socks:
        assert sock.read_answer(to_head=True).status == 101
    proxy.exchange(request("GET", "/v4/info", headers=[("User-Agent", "scanner/9")], password="guess"))

    def clients():
        return {row["client"]: row for row in proxy.get("/api/clients")["clients"]}

    # Whoever has no password cannot fill the book with names.
    rows = wait_until(lambda: r if None in (r := clients()) and "plain/1.0" in r else None, 5, "the clients")
    assert "scanner/9" not in rows
    plain = rows["plain/1.0"]
    assert plain["activeConnections"] == 2 and plain["connections"] == 2 and plain["ips"] == 2
    assert plain["firstSeen"] and plain["lastSeen"] >= plain["firstSeen"]
    assert HOSTILE[0] in rows and HOSTILE[1] in rows
    page = proxy.api("/blocked").text
    for name in HOSTILE:
        if name.isascii():
            assert f'<th scope="row">{html.escape(name).replace("&#x27;", "&#39;")}</th>' in page, name
    assert "<script>alert" not in page and "<img" not in page and "\u202e" not in page
    found = proxy.api("/blocked?" + form(q=HOSTILE[1]).decode()).text
    assert "plain/1.0" not in found and "<img" not in found
    assert proxy.api("/api/clients", "POST").status == 405
