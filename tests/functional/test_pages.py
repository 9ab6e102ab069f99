"""The pages as a browser without scripts gets them: logging in, forms, assets, and what strangers are refused."""

import csv
import io
import re
import urllib.parse

from support import SWITCHING, wait_until, websocket_request

WEB_PASSWORD = "web-password"
SESSION = re.compile(r"lavaproxy_session=([0-9a-f]{64}); HttpOnly; SameSite=Strict; Path=/; Max-Age=43200")


def form(**fields):
    return urllib.parse.urlencode(fields).encode()


def log_in(proxy, **fields):
    answer = proxy.api("/login", "POST", body=form(password=WEB_PASSWORD, **fields))
    assert answer.status == 303, answer
    return answer


def cookie_of(answer):
    return {"Cookie": "lavaproxy_session=" + SESSION.fullmatch(answer.header("Set-Cookie")).group(1)}


def token_of(page):
    return re.search(r'name="token" value="([0-9a-f]{64})"', page).group(1)


def test_without_a_password_pages_are_open_to_this_host(lavaproxy):
    proxy = lavaproxy()
    answer = proxy.api("/")
    assert answer.status == 200 and answer.header("Content-Type") == "text/html; charset=utf-8"
    page = answer.text
    assert page.startswith("<!DOCTYPE html>") and page.rstrip().endswith("</html>")
    assert "style=" not in page and "<style" not in page and "<script>" not in page and " on" + "click" not in page


def test_logging_in(lavaproxy):
    proxy = lavaproxy(web_password=WEB_PASSWORD)
    answer = proxy.api("/?q=a%26b")
    assert answer.status == 303 and answer.header("Location") == "/login?next=%2F%3Fq%3Da%2526b"
    page = proxy.api(answer.header("Location"))
    assert page.status == 200 and 'value="/?q=a%26b"' in page.text and "b0-v4" not in page.text
    answer = log_in(proxy, next="/?q=a%26b")
    assert answer.header("Location") == "/?q=a%26b"
    cookie = cookie_of(answer)
    wait_until(lambda: "b0-v4" in proxy.api("/", headers=cookie).text, 5, "the page behind the login")
    assert proxy.api("/api/health", headers=cookie).status == 200

    token = token_of(proxy.api("/", headers=cookie).text)
    assert proxy.api("/logout", "POST", headers=cookie, body=form(token="0" * 64)).status == 403
    answer = proxy.api("/logout", "POST", headers=cookie, body=form(token=token))
    assert answer.status == 303 and answer.header("Location") == "/login" and "Max-Age=0" in answer.header("Set-Cookie")
    assert proxy.api("/", headers=cookie).status == 303
    assert proxy.api("/api/health", headers=cookie).status == 401


def test_next_stays_here(lavaproxy):
    proxy = lavaproxy(web_password=WEB_PASSWORD)
    for target in ["//evil.example/", "/\\evil.example", "http://evil.example/", "evil", "/a b", "/a\r\nX: y", "", "/%0d%0aX:y\x7f"]:
        answer = log_in(proxy, next=target)
        assert answer.header("Location") == "/" and answer.header("X") is None, target


def test_wrong_passwords_are_throttled(lavaproxy):
    proxy = lavaproxy(web_password=WEB_PASSWORD)
    for typed in ["", "x", WEB_PASSWORD[:-1], WEB_PASSWORD + "x", "x" * 300]:
        answer = proxy.api("/login", "POST", body=form(password=typed))
        assert answer.status == 401 and "Wrong password." in answer.text and answer.header("Set-Cookie") is None
        assert "b0-v4" not in answer.text
    answer = proxy.api("/login", "POST", body=form(password=WEB_PASSWORD))
    assert answer.status == 429 and "Too many wrong passwords" in answer.text
    assert 0 < int(answer.header("Retry-After")) <= 60


def test_acting_needs_token_and_origin(lavaproxy):
    proxy = lavaproxy(web_password=WEB_PASSWORD)
    here = f"http://127.0.0.1:{proxy.web_port}"
    cookie = cookie_of(log_in(proxy))
    wait_until(lambda: proxy.api("/", headers=cookie).status == 200, 5, "the first figures")
    token = token_of(proxy.api("/", headers=cookie).text)
    target = "/api/backends/b0-v4/drain"
    for headers, body in [({}, b""), ({}, form(token="0" * 64)), ({"Origin": "http://evil.example"}, form(token=token)),
                          ({"Sec-Fetch-Site": "cross-site"}, form(token=token)), ({"Origin": "null"}, form(token=token))]:
        answer = proxy.api(target, "POST", headers={**cookie, **headers}, body=body)
        assert answer.status == 403, headers
    assert proxy.api(target, "POST", headers={"Origin": here}, body=form(token=token)).status == 401
    answer = proxy.api(target, "POST", headers={**cookie, "X-Form-Token": token})
    assert answer.status == 200 and answer.json()["draining"]
    answer = proxy.api("/api/backends/b0-v4/undrain", "POST", headers={**cookie, "Origin": here}, body=form(token=token, back="/?x=1"))
    assert answer.status == 303 and answer.header("Location") == "/?x=1"
    answer = proxy.api("/api/backends/none/drain", "POST", headers=cookie, body=form(token=token, back="/"))
    assert answer.status == 404 and "There is no such backend." in answer.text


def test_tokens_only_read(lavaproxy):
    proxy = lavaproxy(web_password=WEB_PASSWORD, config={"web": {"tokens": ["for-prometheus"]}})
    reader = {"Authorization": "Bearer for-prometheus"}
    assert proxy.api("/api/health", headers=reader).status == 200
    assert proxy.api("/api/reload", "POST", headers=reader).status == 403


def test_looks_are_a_choice(lavaproxy):
    proxy = lavaproxy()
    wait_until(lambda: proxy.api("/").status == 200, 5, "the first figures")
    assert 'data-tint="auto"' in proxy.api("/").text
    answer = proxy.api("/setup", "POST", body=form(tint="dark", back="/"))
    assert answer.status == 303 and answer.header("Set-Cookie").startswith("lavaproxy_tint=dark; SameSite=Strict")
    assert 'data-tint="dark"' in proxy.api("/", headers={"Cookie": "lavaproxy_tint=dark"}).text
    assert 'data-tint="auto"' in proxy.api("/", headers={"Cookie": 'lavaproxy_tint="><script>'}).text
    assert proxy.api("/setup", "POST", body=form(tint="pink", back="/")).status == 400
    assert proxy.api("/setup").status == 405


def test_assets(lavaproxy):
    proxy = lavaproxy(web_password=WEB_PASSWORD)
    for name, kind in [("style.css", "text/css; charset=utf-8"), ("up.svg", "image/svg+xml"), ("down.svg", "image/svg+xml")]:
        answer = proxy.api("/assets/" + name)
        assert answer.status == 200 and answer.header("Content-Type") == kind and answer.body
        again = proxy.api("/assets/" + name, headers={"If-None-Match": '"x", ' + answer.header("ETag")})
        assert again.status == 304 and not again.body
        assert proxy.api("/assets/" + name, headers={"If-None-Match": '"x"'}).status == 200
    for name in ["", "none.css", "../api.c", "style.css/", "STYLE.CSS"]:
        assert proxy.api("/assets/" + name).status == 404, name


def node(conn):
    """A backend that switches and then keeps quiet."""
    conn.head()
    conn.send(SWITCHING)
    conn.drain()


def bots(proxy, names):
    socks = [proxy.connect().send(websocket_request(client_name=name)) for name in names]
    for sock in socks:
        assert sock.read_answer(to_head=True).status == 101
    return socks


def rows_of(page):
    return re.findall(r'<tr id="c(\d+)">.*?</td><td>([^<]*)</td><td>b0-v4', page)


def test_pages_show_what_is_there(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    socks = bots(proxy, ["alpha/1.0", "beta/2.0"])
    page = wait_until(lambda: (p := proxy.api("/").text) if "beta/2.0" in (p := proxy.api("/").text) else None, 5, "the bots")
    assert f"127.0.0.1:{proxy.port}" in page and "b0-v4" in page and "online" in page and "open 127.0.0.1" in page
    number = dict((name, number) for number, name in rows_of(page))["alpha/1.0"]
    detail = proxy.api(f"/connections/{number}").text
    assert socks[0].name in detail and "alpha/1.0" in detail and "/v4/websocket" in detail
    assert "127.0.0.1" in proxy.api("/data-usage").text
    health = proxy.api("/health").text
    assert "b0-v4" in health and "Check now" in health and "Drain" in health
    assert re.search(r'id="cpu">\d+\.\d s \(', health) and re.search(r'id="lag">worst (at most|more than) [\d.]+ ms', health)
    open_fds, most = map(int, re.search(r'id="descriptors">(\d+) of (\d+)<', health).groups())
    assert 5 < open_fds < most
    assert "nobody is blocked" in proxy.api("/blocked").text
    assert "open 127.0.0.1" in proxy.api("/events").text
    answer = proxy.api("/health", "POST")
    assert answer.status == 405 and answer.header("Allow") == "GET, HEAD"
    for target, words in (("/connections/999999", "There is no such connection"), ("/connections/x", "There is nothing"),
                          ("/data-usage/", "There is nothing"), ("/healthy", "There is nothing")):
        answer = proxy.api(target)
        assert answer.status == 404 and words in answer.text, target


def test_crawlers_are_asked_to_stay_away(lavaproxy):
    answer = lavaproxy(web_password=WEB_PASSWORD).api("/robots.txt")
    assert answer.status == 200 and answer.header("Content-Type").startswith("text/plain")
    assert answer.text == "User-agent: *\nDisallow: /\n"


def test_people_who_lose_their_way_get_a_page(lavaproxy):
    accept = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    proxy = lavaproxy(web_password=WEB_PASSWORD)
    for target in ("/nothing", "/connections/x", "/api"):
        answer = proxy.api(target, headers=accept)
        assert answer.status == 303 and answer.header("Location").startswith("/login?next=%2F"), target
        answer = proxy.api(target, headers={**accept, **cookie_of(log_in(proxy))})
        assert answer.status == 404 and "There is nothing at this path." in answer.text and '<a href="/">' in answer.text
        assert answer.header("Content-Type") == "text/html; charset=utf-8"
        answer = proxy.api(target, password=WEB_PASSWORD, headers={"Accept": "*/*"})
        assert answer.status == 404 and answer.json()["message"] == "There is nothing at this path."
    assert proxy.api("/api/nothing", password=WEB_PASSWORD, headers=accept).json()["status"] == 404
    assert proxy.api("/nothing", "POST", password=WEB_PASSWORD, headers=accept).json()["status"] == 404


def test_units_are_a_choice(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    (alpha,) = bots(proxy, ["alpha/1.0"])
    number = proxy.connection_of(alpha)["id"]
    page = proxy.api("/").text
    assert ">In</a>" in page and ">Messages/s<" not in page and re.search(rf'id="i{number}">\d+ Bytes/s<', page)
    answer = proxy.api("/setup", "POST", body=form(units="messages", back="/?x=1"))
    assert answer.status == 303 and answer.header("Location") == "/?x=1"
    chosen = {"Cookie": "a=b; " + answer.header("Set-Cookie").split(";")[0]}
    page = proxy.api("/", headers=chosen).text
    assert ">In</a>" not in page and ">Messages/s<" in page and f'<td id="i{number}">1</td>' in page
    assert ">Messages/s<" in proxy.api("/health", headers=chosen).text
    assert re.search(r"<dt>Messages</dt><dd id=\"messages\">1 \(0\.\d/s\)", proxy.api(f"/connections/{number}").text)


def test_search_sort_and_pages(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    names = [f"bot{i:02}/1.0" for i in range(20)]
    socks = bots(proxy, names)
    wait_until(lambda: "20 of 20" in proxy.api("/").text, 5, "all of them")
    first = proxy.api("/?sort=client&order=desc").text
    assert [name for _, name in rows_of(first)] == names[::-1][:15]
    assert 'aria-sort="descending"' in first and "Page 1 of 2" in first
    second = proxy.api("/?sort=client&order=desc&page=2").text
    assert [name for _, name in rows_of(second)] == names[::-1][15:] and ">previous<" in second
    found = proxy.api("/connections?q=client:bot0&sort=client").text
    assert [name for _, name in rows_of(found)] == names[:10] and "10 of 20" in found
    bad = proxy.api("/?q=rate%3E10Q").text
    assert "unknown unit Q" in bad and "20 of 20" in bad
    none = proxy.api("/?q=nobody&page=99&sort=colour&order=up").text
    assert "no connection matches" in none and "0 of 20" in none
    assert not any(sock.is_closed(0.01) for sock in socks)


def table_of(answer, name):
    """The rows of a CSV answer."""
    assert answer.status == 200 and answer.header("Content-Type") == "text/csv; charset=utf-8; header=present"
    assert answer.header("Content-Disposition") == f'attachment; filename="{name}"'
    assert answer.body.endswith(b"\r\n")
    return list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))


def test_lists_as_csv(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    names = ['=cmd|"calc"!A1', "plain/1.0", 'with,comma "and quotes"']
    socks = bots(proxy, names)
    numbers = [proxy.connection_of(sock)["id"] for sock in socks]
    rows = table_of(proxy.api("/api/connections?format=csv"), "connections.csv")
    assert [row["id"] for row in rows] == numbers and [row["clientAddress"] for row in rows] == [sock.name for sock in socks]
    assert [row["clientName"] for row in rows] == ["'" + names[0], names[1], names[2]]
    assert rows[1]["backendName"] == "b0-v4" and rows[1]["path"] == "/v4/websocket" and rows[1]["kind"] == "websocket"
    (row,) = table_of(proxy.api("/api/connections?format=csv&q=client:plain"), "connections.csv")
    assert row["id"] == numbers[1]
    assert table_of(proxy.api("/api/connections?format=csv&q=client:nobody"), "connections.csv") == []
    (row,) = table_of(proxy.api("/api/data-usage?format=csv"), "data-usage.csv")
    assert row["ip"] == "127.0.0.1" and row["activeConnections"] == "3" and int(row["totalBytes"]) > 0
    assert proxy.api("/api/data-usage?format=json").json()["totalIps"] == 1
    head = proxy.api("/api/connections?format=csv", "HEAD")
    assert head.status == 200 and head.header("Content-Disposition") and not head.body
    for target in ["/api/connections?format=xml", "/api/data-usage?format=", "/api/data-usage?format=" + "x" * 99, "/api/connections?format=csv&q=rate%3E1Q"]:
        assert proxy.api(target).status == 400, target
    assert 'href="/api/data-usage?format=csv"' in proxy.api("/data-usage").text
    found = proxy.api("/connections?q=client:%22plain%22").text
    assert 'href="/api/connections?format=csv&amp;q=client%3A%22plain%22"' in found
    assert 'href="/api/connections?format=csv"' in proxy.api("/?q=rate%3E1Q").text


def test_forms_act(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    (alpha,) = bots(proxy, ["alpha/1.0"])
    number = proxy.connection_of(alpha)["id"]
    answer = proxy.api(f"/api/connections/{number}/kill", "POST", body=form(mode="reset", back="/connections"))
    assert answer.status == 303 and answer.header("Location") == "/connections"
    assert alpha.is_closed(5)
    answer = proxy.api(f"/api/connections/{number}/kill", "POST", body=form(mode="close", back="/connections"))
    assert answer.status == 404 and answer.text.startswith("<!DOCTYPE html>")
    assert proxy.api(f"/api/connections/{number}/kill", "POST", body=form(mode="softly", back="/")).status == 400
    assert proxy.api("/api/block", "POST", body=form(**{"ip": "192.0.2.7", "for": "1h", "back": "/blocked"})).status == 303
    wait_until(lambda: "192.0.2.7" in proxy.api("/blocked").text, 5, "the block")
    assert proxy.api("/api/unblock", "POST", body=form(ip="192.0.2.7", back="/blocked")).status == 303
    wait_until(lambda: "nobody is blocked" in proxy.api("/blocked").text, 5, "the end of the block")
    assert proxy.api("/api/block", "POST", body=form(ip="nonsense", back="/blocked")).status == 400
    for target in ["/api/connections/1/kill", "/api/unblock", "/api/reload", "/logout"]:
        assert proxy.api(target).status == 405, target


def test_hostile_text_stays_text(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    hostile = "\"><script>alert(1)</script>'&amp;<img src=x>"
    sock = proxy.connect().send(websocket_request(client_name=hostile, user_id="<b>1</b>", headers=[("User-Agent", hostile)]))
    assert sock.read_answer(to_head=True).status == 101
    number = proxy.connection_of(sock)["id"]
    query = urllib.parse.urlencode({"q": hostile, "sort": hostile, "page": hostile, "level": hostile})
    targets = ["/", f"/connections/{number}", "/connections", f"/?{query}", f"/events?{query}", f"/data-usage?{query}", f"/login?next={query}"]
    for target in targets:
        answer = proxy.api(target)
        assert answer.status == 200, target
        assert "<script>" not in answer.text and "<img" not in answer.text and "<b>1" not in answer.text, target
        assert len(answer.body) < 15000
    assert "&lt;script&gt;alert(1)" in proxy.api(f"/connections/{number}").text
