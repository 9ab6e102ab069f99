"""The JSON of the web port: every field, who may ask, what strangers and hostile text can do."""

import base64
import json
import re
import socket
import time
import urllib.parse

import pytest

from support import (
    BACKEND_PASSWORD,
    PASSWORD,
    SWITCHING,
    RawSocket,
    exchange,
    free_port,
    is_listening,
    ok,
    patience,
    request,
    wait_until,
    websocket_request,
)

ISO = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
SIZE = re.compile(r"^\d+(\.\d{1,2})? (Bytes|KB|MB|GB|TB)$")
RATE = re.compile(r"^\d+(\.\d{1,2})? (Bytes|KB|MB|GB|TB)/s$")
WEB_PASSWORD = "web-password"


def node(conn):
    """A backend that answers requests for ever, and switches when asked for a WebSocket."""
    while True:
        head = conn.head()
        if b"upgrade: websocket" in head.lower():
            conn.send(SWITCHING)
            conn.drain()
            return
        conn.send(ok(b"hello"))


def tunnel(proxy, **options):
    """A WebSocket through the proxy, past its 101."""
    sock = proxy.connect()
    answer = sock.send(websocket_request(**options)).read_answer()
    assert answer.status == 101, answer
    return sock


def when(text):
    assert ISO.match(text), text
    return time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def check_history(history):
    assert 1 <= len(history) <= 60
    stamps = []
    for point in history:
        assert set(point) == {"timestamp", "bytesInRate", "bytesOutRate"}
        assert is_count(point["bytesInRate"]) and is_count(point["bytesOutRate"])
        stamps.append(when(point["timestamp"]))
    assert stamps == sorted(stamps) and len(set(stamps)) == len(stamps), "oldest first, a second each"


def bearer(password=WEB_PASSWORD):
    return {"Authorization": f"Bearer {password}"}


def basic(password=WEB_PASSWORD, user="anyone"):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def asked(proxy, text):
    """The answer to raw bytes on the web port."""
    return exchange(proxy.web_port, text)


# --- fields ---------------------------------------------------------------------------------------------------------


def test_version(lavaproxy):
    proxy = lavaproxy()
    document = proxy.get("/api/version")
    assert set(document) == {"version", "name", "description"}
    assert document["name"] == "lavaproxy"
    assert re.match(r"^\d+\.\d+\.\d+", document["version"])
    assert document["description"]


def test_no_connections(lavaproxy):
    proxy = lavaproxy()
    assert proxy.get("/api/connections") == {"activeConnections": 0, "connections": []}
    assert proxy.get("/api/data-usage") == {
        "totalIps": 0,
        "ipUsage": [],
        "totals": {"bytesIn": 0, "bytesOut": 0, "activeConnections": 0},
    }


def test_connection_fields(lavaproxy, scripted):
    backend = scripted(node, version=4)
    proxy = lavaproxy(backends=[backend])
    began = time.time()
    sock = tunnel(proxy, target="/v4/websocket?trace=1", user_id="987654321098765432", client_name="bot/2.1",
                  headers=[("User-Agent", "agent 007")])

    def complete():
        found = proxy.connection_of(sock)
        return found if found["kind"] == "websocket" and found["bytesOut"] else None

    row = wait_until(complete, 5, "the connection with its counters")
    assert set(row) == {
        "id", "clientAddress", "clientIp", "backend", "version", "startTime", "uptime", "bytesIn", "bytesOut",
        "bytesInRate", "bytesOutRate", "formattedBytesInRate", "formattedBytesOutRate", "messages", "messageRate", "rateHistory", "status", "kind",
        "backendName", "userId", "clientName", "userAgent", "path", "players", "playing", "bot",
    }  # fmt: skip
    assert isinstance(row["id"], str) and row["id"].isdigit()
    assert row["clientAddress"] == sock.name
    assert row["clientIp"] == "127.0.0.1"
    assert row["backend"] == backend.address
    assert row["backendName"] == "b0-v4"
    assert row["version"] == "v4"
    assert abs(when(row["startTime"]) - began) < patience(5)
    assert is_count(row["uptime"]) and row["uptime"] < patience(10)
    assert is_count(row["bytesIn"]) and is_count(row["bytesOut"])
    assert is_count(row["bytesInRate"]) and is_count(row["bytesOutRate"])
    assert RATE.match(row["formattedBytesInRate"]) and RATE.match(row["formattedBytesOutRate"])
    check_history(row["rateHistory"])
    assert row["status"] == "active"
    assert row["userId"] == "987654321098765432"
    assert row["clientName"] == "bot/2.1"
    assert row["userAgent"] == "agent 007"
    assert row["path"] == "/v4/websocket"
    assert row["bot"] and row["players"] == 0 and row["playing"] == 0
    assert proxy.get("/api/connections")["activeConnections"] == 1
    sock.close()
    wait_until(lambda: proxy.get("/api/connections")["activeConnections"] == 0, 5, "its end")


def test_connections_by_filter(lavaproxy, scripted):
    backend = scripted(node, version=4)
    proxy = lavaproxy(backends=[backend])
    socks = [tunnel(proxy, client_name=name) for name in ("erela_one", "Shoukaku/4.1", "a & b")]
    wait_until(lambda: proxy.get("/api/connections?q=kind:websocket")["matching"] == 3, 5, "all three")

    def names(expression):
        document = proxy.get("/api/connections?q=" + urllib.parse.quote_plus(expression))
        assert document["activeConnections"] == 3
        assert document["matching"] == len(document["connections"])
        return sorted(row["clientName"] for row in document["connections"])

    assert names("client:shou") == ["Shoukaku/4.1"]
    assert names("!client:erela_ & ip:127.0.0.0/8") == ["Shoukaku/4.1", "a & b"]
    assert names('client:"a & b" | erela') == ["a & b", "erela_one"]
    assert names("v:3") == []
    assert names("") == ["Shoukaku/4.1", "a & b", "erela_one"]
    assert names("tag:") == []

    for method in ("GET", "HEAD"):
        answer = proxy.api("/api/connections?q=v:4+%26+rate%3E10Q", method=method)
        assert answer.status == 400
    answer = proxy.api("/api/connections?q=v:4+%26+rate%3E10Q")
    assert json.loads(answer.body) == {
        "status": 400,
        "error": "Bad Request",
        "message": "unknown unit Q (use K M G)",
        "position": 6,
        "length": 8,
    }
    for bad in ("%zz", "%00", "x" * 3000):
        assert proxy.api("/api/connections?q=" + bad).status == 400
    assert json.loads(proxy.api("/api/connections?q=" + "x" * 201).body)["message"] == "longer than 200 characters"
    for sock in socks:
        sock.close()


def test_rest_and_silent_connections(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node, version=3), scripted(node, version=4)])
    rest = proxy.connect()
    assert rest.send(request("GET", "/v3/info")).read_answer().body == b"hello"
    silent = proxy.connect()
    row = proxy.connection_of(rest)
    assert (row["kind"], row["version"], row["backendName"]) == ("rest", "v3", "b0-v3")
    assert row["userId"] is None and row["clientName"] is None
    row = proxy.connection_of(silent)
    assert row["kind"] is None and row["version"] is None and row["backend"] is None and row["path"] is None
    assert row["bytesIn"] == 0
    rest.close()
    silent.close()


def test_data_usage_fields(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node, version=4)])
    sock = tunnel(proxy)

    def one():
        document = proxy.get("/api/data-usage")
        return document if document["totalIps"] == 1 and document["ipUsage"][0]["bytesOut"] else None

    document = wait_until(one, 5, "the IP")
    assert set(document) == {"totalIps", "ipUsage", "totals"}
    assert document["totals"]["activeConnections"] == 1
    row = document["ipUsage"][0]
    assert set(row) == {
        "ip", "bytesIn", "bytesOut", "totalBytes", "formattedBytesIn", "formattedBytesOut", "formattedTotal",
        "bytesInRate", "bytesOutRate", "totalRate", "formattedBytesInRate", "formattedBytesOutRate",
        "formattedTotalRate", "messages", "messageRate", "rateHistory", "activeConnections", "lastActive", "connections",
    }  # fmt: skip
    assert row["ip"] == "127.0.0.1"
    assert row["totalBytes"] == row["bytesIn"] + row["bytesOut"]
    assert row["totalRate"] == row["bytesInRate"] + row["bytesOutRate"]
    for name in ("formattedBytesIn", "formattedBytesOut", "formattedTotal"):
        assert SIZE.match(row[name]), row[name]
    for name in ("formattedBytesInRate", "formattedBytesOutRate", "formattedTotalRate"):
        assert RATE.match(row[name]), row[name]
    check_history(row["rateHistory"])
    assert row["activeConnections"] == 1 and row["connections"] == 1
    assert abs(when(row["lastActive"]) - time.time()) < patience(5)
    sock.close()


def test_health_fields(lavaproxy, scripted):
    up = scripted(node, version=4)
    down = free_port()
    proxy = lavaproxy(backends=[up, (4, f"127.0.0.1:{down}")], wait="started")

    def states():
        return [b["status"] for b in proxy.get("/api/health")["backendList"]]

    wait_until(lambda: states() == ["online", "offline"], 10, "the first checks")
    document = proxy.get("/api/health")
    assert set(document) == {"status", "version", "uptime", "connections", "memory", "backends", "backendList", "reload",
                             "warnings"}
    assert document["status"] == "ok"
    assert document["version"] == proxy.get("/api/version")["version"]
    assert is_count(document["uptime"]) and document["uptime"] < patience(30)
    assert document["connections"] == {"active": 0, "v3": 0, "v4": 0}
    assert set(document["memory"]) == {"rss"}
    assert re.match(r"^[1-9]\d*MB$", document["memory"]["rss"])
    assert set(document["backends"]) == {"v3", "v4"}
    assert document["backends"]["v3"] is None
    first = document["backends"]["v4"]
    assert set(first) == {"url", "status", "lastChecked", "responseTime"}
    assert first["url"] == up.address
    assert first["status"] == "online"
    assert abs(when(first["lastChecked"]) - time.time()) < patience(5)
    assert isinstance(first["responseTime"], (int, float)) and 0 <= first["responseTime"] < 3000
    assert [b["name"] for b in document["backendList"]] == ["b0-v4", "b1-v4"]
    for entry in document["backendList"]:
        assert set(entry) == {
            "name", "version", "url", "status", "reason", "lastChecked", "responseTime", "checks", "connections",
            "draining", "removed", "safeToStop", "sockets", "waiting", "players", "playing", "systemLoad",
            "lavalinkLoad", "memoryUsed", "bytesIn", "bytesOut", "messages", "messageRate", "requests", "failures",
            "seenPlayers", "seenPlaying", "flows",
        }  # fmt: skip
        assert entry["version"] == "v4"
        for name in ("draining", "removed", "safeToStop"):
            assert entry[name] is False
        for name in ("connections", "sockets", "waiting"):
            assert entry[name] == 0
        for name in ("players", "playing", "systemLoad", "lavalinkLoad", "memoryUsed"):
            assert entry[name] is None, "a check by TCP does not ask"
        assert 1 <= len(entry["checks"]) <= 60
    dead = document["backendList"][1]
    assert dead["reason"] and dead["responseTime"] is None and ISO.match(dead["lastChecked"])
    assert dead["checks"] == [None] * len(dead["checks"])
    alive = document["backendList"][0]
    assert alive["reason"] == ""
    assert all(isinstance(ms, (int, float)) and 0 <= ms < 3000 for ms in alive["checks"])
    assert alive["checks"][-1] == alive["responseTime"]
    assert document["reload"] is None
    assert isinstance(document["warnings"], list)


def test_health_counts_versions(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node, version=3), scripted(node, version=4)])
    socks = [tunnel(proxy, target="/v3/websocket"), tunnel(proxy), tunnel(proxy)]
    wait_until(lambda: proxy.get("/api/health")["connections"] == {"active": 3, "v3": 1, "v4": 2}, 5, "3 connections")
    listed = {b["name"]: b["connections"] for b in proxy.get("/api/health")["backendList"]}
    assert listed == {"b0-v3": 1, "b1-v4": 2}
    for sock in socks:
        sock.close()
    wait_until(lambda: proxy.get("/api/health")["connections"]["active"] == 0, 5, "their ends")


def test_default_password_is_a_warning(lavaproxy):
    proxy = lavaproxy(password="DevamOP")
    warnings = proxy.get("/api/health")["warnings"]
    assert any("password" in text for text in warnings), warnings
    assert not any("DevamOP" in text for text in warnings)


def test_readyz_follows_the_backends(lavaproxy, scripted):
    backend = scripted(node, version=4)
    backend.down()
    proxy = lavaproxy(backends=[backend], wait="started")
    assert proxy.api("/livez").status == 200
    assert proxy.api("/health").status == 503 and "<nav" in proxy.api("/health").text
    answer = proxy.api("/readyz")
    assert answer.status == 503
    assert answer.header("Content-Type").startswith("text/plain")
    backend.start()
    wait_until(lambda: proxy.api("/readyz").status == 200, 10, "the backend's return")
    assert proxy.api("/health").status == 200
    backend.down()
    wait_until(lambda: proxy.api("/readyz").status == 503, 10, "the backend's end")
    assert b"v4" in proxy.api("/readyz").body
    assert proxy.api("/livez").status == 200


def test_backend_health_checks_afresh(lavaproxy, scripted):
    backend = scripted(node, version=4)
    proxy = lavaproxy(backends=[backend], config={"health": {"interval": "1h"}})
    before = proxy.get("/api/health")["backends"]["v4"]["lastChecked"]
    probes = backend.probes
    document = proxy.get("/api/backend-health")
    assert set(document) == {"v3", "v4"}
    assert document["v3"] is None
    assert set(document["v4"]) == {"url", "status", "lastChecked", "responseTime"}
    assert document["v4"]["status"] == "online"
    assert document["v4"]["lastChecked"] > before
    wait_until(lambda: backend.probes > probes, 5, "the check at the backend")
    # Those within two seconds share one check.
    probes = backend.probes
    answers = [proxy.api("/api/backend-health", method).json() for method in ("POST", "GET", "POST")]
    assert all(answer["v4"]["status"] == "online" for answer in answers)
    assert backend.probes <= probes + 1

    backend.down()

    def offline():
        return proxy.api("/api/backend-health", "POST").json()["v4"]["status"] == "offline"

    wait_until(offline, 10, "offline")


# --- who may ask ----------------------------------------------------------------------------------------------------


GUARDED = ("/api/version", "/api/connections", "/api/data-usage", "/api/health", "/api/backend-health", "/api/blocked",
           "/api/clients", "/nothing")


def test_password_matrix(lavaproxy):
    proxy = lavaproxy(web_password=WEB_PASSWORD)
    for path in ("/livez", "/readyz"):
        assert proxy.api(path).status in (200, 503), path
    for path in GUARDED:
        answer = proxy.api(path)
        assert answer.status == 401, path
        assert answer.header("WWW-Authenticate").startswith("Basic")
        assert answer.json()["error"] == "Unauthorized"
    good = {"/nothing": 404}
    for path in GUARDED:
        for headers in (bearer(), basic(), basic(user=""), basic(user="admin")):
            assert proxy.api(path, headers=headers).status == good.get(path, 200), (path, headers)
    assert proxy.api(f"/api/health?token={WEB_PASSWORD}").status == 401
    assert proxy.api("/api/health", headers={"Cookie": f"session={WEB_PASSWORD}"}).status == 401
    for headers in (bearer(WEB_PASSWORD + "x"), bearer(WEB_PASSWORD[:-1]), basic(""), {"Authorization": "Basic %%%"}):
        assert proxy.api("/api/health", headers=headers).status == 401, headers


def test_actions_need_bearer(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node, version=4)], web_password=WEB_PASSWORD)
    actions = [
        ("DELETE", "/api/connections/1"), ("POST", "/api/connections/1/kill"), ("POST", "/api/backend-health"),
        ("POST", "/api/backends/nobody/drain"), ("POST", "/api/backends/nobody/undrain"),
        ("POST", "/api/backends/nobody/check"), ("POST", "/api/reload"), ("POST", "/api/kill?ids=1"),
    ]  # fmt: skip
    for method, path in actions:
        assert proxy.api(path, method).status == 401
        answer = proxy.api(path, method, headers=basic())
        assert answer.status == 403
        assert "Bearer" in answer.json()["message"]
        assert proxy.api(path, method, headers=bearer()).status in (200, 404)


def test_wrong_passwords_are_throttled(lavaproxy):
    proxy = lavaproxy(web_password=WEB_PASSWORD)
    for _ in range(5):
        assert proxy.api("/api/health", password="guess", source="127.0.0.9").status == 401
    answer = proxy.api("/api/health", password=WEB_PASSWORD, source="127.0.0.9")
    assert answer.status == 429
    assert 1 <= int(answer.header("Retry-After")) <= 61
    assert proxy.api("/livez", source="127.0.0.9").status == 200
    assert proxy.api("/api/health", password=WEB_PASSWORD).status == 200, "others are let in"


def outside_address():
    """An address of this host that is not loopback, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return probe.getsockname()[0]


def test_strangers_need_a_password(lavaproxy):
    address = outside_address()
    if not address:
        pytest.skip("this host has no address but loopback")
    web_port = free_port()
    proxy = lavaproxy(config={"web": {"listen": f"0.0.0.0:{web_port}"}}, wait="none")
    proxy.web_port = web_port
    wait_until(lambda: is_listening(web_port), 10, "the web port")
    text = f"GET /api/health HTTP/1.1\r\nHost: {address}:{web_port}\r\n\r\n".encode()
    with RawSocket(web_port, host=address, source=address) as sock:
        answer = sock.send(text).read_answer()
    assert answer.status == 403
    assert "web.password" in answer.json()["message"]
    with RawSocket(web_port, host=address, source=address) as sock:
        assert sock.send(text.replace(b"/api/health", b"/livez")).read_answer().status == 200


def test_host_must_be_known(lavaproxy):
    proxy = lavaproxy(config={"web": {"hosts": ["status.example.org"]}})
    port = proxy.web_port
    known = [
        "localhost", f"localhost:{port}", "127.0.0.1", f"127.0.0.1:{port}", f"[::1]:{port}", "LOCALHOST",
        "status.example.org", f"status.example.org:{port}", "status.example.org:8443",
    ]  # fmt: skip
    unknown = [
        "evil.example", f"evil.example:{port}", "localhost.evil.example", "127.0.0.1.nip.io", "localhost:1",
        "10.9.8.7", "", "a.status.example.org",
    ]  # fmt: skip
    for host in known:
        answer = asked(proxy, f"GET /api/version HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert answer.status == 200, host
    for host in unknown:
        answer = asked(proxy, f"GET /api/version HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert answer.status in (400, 403), host
    assert asked(proxy, b"GET /api/version HTTP/1.1\r\n\r\n").status == 400
    assert asked(proxy, b"GET /api/version HTTP/1.0\r\n\r\n").status == 400
    assert "web.hosts" in asked(proxy, b"GET /none HTTP/1.1\r\nHost: evil.example\r\n\r\n").json()["message"]
    assert b"web.hosts" in asked(proxy, b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").body


def test_other_sites_cannot_act(lavaproxy):
    proxy = lavaproxy()
    host = f"127.0.0.1:{proxy.web_port}"
    refused = [
        {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": f"http://{host}.evil.example"},
        {"Origin": "http://127.0.0.1:3000"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"},
    ]  # fmt: skip
    allowed = [
        {}, {"Origin": f"http://{host}"}, {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{host}"},
        {"Sec-Fetch-Site": "none"},
    ]  # fmt: skip
    for method, path in (("DELETE", "/api/connections/1"), ("POST", "/api/connections/1/kill"),
                         ("POST", "/api/backends/nobody/drain"), ("POST", "/api/kill?ids=1")):
        for headers in refused:
            assert proxy.api(path, method, headers=headers).status == 403, headers
        for headers in allowed:
            assert proxy.api(path, method, headers=headers).status == 404, headers
    answer = proxy.api("/api/version", headers={"Origin": "http://evil.example"})
    assert answer.status == 200
    assert not [n for n, _ in answer.headers if n.lower().startswith("access-control")]


# --- HTTP -----------------------------------------------------------------------------------------------------------


def check_security(answer):
    assert answer.header("X-Content-Type-Options") == "nosniff" and answer.header("X-Frame-Options") == "DENY"
    assert answer.header("Referrer-Policy") == "same-origin"
    assert answer.header("Cache-Control") == "no-store"
    policy = answer.header("Content-Security-Policy")
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert answer.header("Cross-Origin-Resource-Policy") == "same-origin"
    assert answer.header("Cross-Origin-Opener-Policy") == "same-origin"
    assert answer.header("Server") is None


def check_error(answer, status):
    assert answer.status == status, answer
    assert answer.header("Content-Type").startswith("application/json")
    document = answer.json()
    assert set(document) == {"status", "error", "message"}
    assert document["status"] == status and document["error"] and document["message"]
    check_security(answer)


def test_methods_and_paths(lavaproxy):
    proxy = lavaproxy()
    for path in ("/api/version", "/api/connections", "/api/data-usage", "/api/health", "/livez", "/readyz"):
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            answer = proxy.api(path, method)
            check_error(answer, 405)
            assert answer.header("Allow") == "GET, HEAD"
    check_error(proxy.api("/api/connections/1"), 405)
    assert proxy.api("/api/connections/1").header("Allow") == "DELETE"
    assert proxy.api("/api/connections/1/kill").header("Allow") == "POST"
    assert proxy.api("/api/backend-health", "PUT").header("Allow") == "GET, HEAD, POST"
    for path in ("/api/backends/b0-v4/drain", "/api/backends/b0-v4/undrain", "/api/backends/b0-v4/check", "/api/reload"):
        for method in ("GET", "HEAD", "DELETE", "PUT"):
            answer = proxy.api(path, method)
            assert answer.status == 405 and answer.header("Allow") == "POST", path
    for path in ("/nothing", "/api", "/api/", "/api/health/", "/api/connections/abc", "/api/../api/health", "/%61pi/health",
                 "/api/backends", "/api/backends/b0-v4", "/api/backends//drain", "/api/reload/"):
        check_error(proxy.api(path), 404)


def test_every_answer_has_the_security_headers(lavaproxy):
    proxy = lavaproxy()
    for path in ("/api/version", "/api/connections", "/api/data-usage", "/api/health", "/livez", "/readyz"):
        answer = proxy.api(path)
        check_security(answer)
        if path.startswith("/api/"):
            assert answer.header("Content-Type") == "application/json; charset=utf-8"


def test_head_has_no_body(lavaproxy):
    proxy = lavaproxy()
    for path in ("/api/version", "/api/connections", "/api/data-usage", "/api/health", "/nothing"):
        with RawSocket(proxy.web_port) as sock:
            sock.send(f"HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            answer = sock.read_answer(to_head=True)
            assert answer.status == (404 if path == "/nothing" else 200)
            assert sock.read_to_end() == b""


def test_old_clients_and_keep_alive(lavaproxy):
    proxy = lavaproxy()
    answer = asked(proxy, b"GET /api/connections HTTP/1.0\r\nHost: localhost\r\n\r\n")
    assert answer.header("Transfer-Encoding") is None
    assert answer.json()["activeConnections"] == 0
    with RawSocket(proxy.web_port) as sock:
        for _ in range(20):
            sock.send(b"GET /api/connections HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert sock.read_answer().json()["activeConnections"] == 0
        sock.send(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert sock.read_answer().header("Connection") == "close"
        assert sock.is_closed()


def test_bad_requests(lavaproxy):
    proxy = lavaproxy()
    here = b" HTTP/1.1\r\nHost: localhost\r\n"
    bad = [
        (b"GET /livez HTTP/1.1\nHost: localhost\n\n", 400),
        (b"GET /livez" + here + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
        (b"POST /api/backend-health" + here + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET /livez" + here + b"Authorization: a\r\nAuthorization: b\r\n\r\n", 400),
        (b"GET /livez" + here + b"Host: localhost\r\n\r\n", 400),
        (b"GET /livez" + here + b"X : y\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"POST /api/backend-health" + here + b"Content-Length: 4097\r\n\r\n", 413),
        (b"POST /api/backend-health" + here + b"Transfer-Encoding: chunked\r\n\r\n2000\r\n" + b"x" * 0x2000, 413),
        (b"GET /livez" + here + b"X: " + b"x" * 20000 + b"\r\n\r\n", 431),
        (b"GET /livez" + here + b"X: y\r\n" * 120 + b"\r\n", 431),
        (b"POST /api/backend-health" + here + b"Transfer-Encoding: gzip\r\n\r\n", 501),
    ]
    for text, status in bad:
        with RawSocket(proxy.web_port) as sock:
            answer = sock.send(text).read_answer()
            check_error(answer, status)
            assert answer.header("Connection") == "close"
            assert sock.is_closed()


def test_small_bodies_are_taken(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node, version=4)])
    with RawSocket(proxy.web_port) as sock:
        head = b"POST /api/backend-health HTTP/1.1\r\nHost: localhost\r\n"
        sock.send(head + b"Content-Length: 4096\r\n\r\n" + b"x" * 4096)
        assert sock.read_answer().status == 200
        sock.send(head + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
        assert sock.read_answer().status == 200


def test_a_slow_head_is_refused(lavaproxy):
    proxy = lavaproxy()
    with RawSocket(proxy.web_port) as sock:
        began = time.monotonic()
        sock.send(b"GET /livez HTTP/1.1\r\nHost: loc")
        answer = sock.read_answer()
        check_error(answer, 408)
        assert 9 < time.monotonic() - began < patience(12)


# --- hostile text, secrets ------------------------------------------------------------------------------------------


HOSTILE = [
    b"<script>alert(1)</script>",
    b"\"'\\\"},{\"id\":\"0\"",
    b"\xff\xfe\xc0\xaf not UTF-8 \xed\xa0\x80",
    "\u202egnp.exe\u2066\u200b\u2028".encode(),
    "\U0001f3b5 m\u00fcsic \u6b4c \u0645".encode(),
    b"%s%n%x {{7*7}} ${jndi:ldap://x}",
    b"A" * 3000,
    "e".encode() + "\u0301".encode() * 300,
]


def test_hostile_text_stays_text(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node, version=4)])
    socks = []
    for text in HOSTILE:
        sock = proxy.connect()
        head = b"GET /v4/info HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + PASSWORD.encode()
        for name in (b"User-Id", b"Client-Name", b"User-Agent"):
            head += b"\r\n" + name + b": " + text
        assert sock.send(head + b"\r\n\r\n").read_answer().status == 200
        socks.append(sock)
    for sock in socks:
        proxy.connection_of(sock)
    answer = proxy.api("/api/connections")
    for raw in (b"<", b">", b"&", b"\x1b", b"\x7f"):
        assert raw not in answer.body, "safe inside HTML as well"
    rows = {row["clientAddress"]: row for row in answer.json()["connections"]}  # strict UTF-8, one document
    assert len(rows) == len(HOSTILE)
    for text, sock in zip(HOSTILE, socks):
        for name in ("userId", "clientName", "userAgent"):
            value = rows[sock.name][name]
            assert isinstance(value, str) and len(value) <= 200
            assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200b]", value), ascii(value)
        if text.isascii() and len(text) <= 64:
            assert rows[sock.name]["clientName"] == text.decode()
        sock.close()


def test_hostile_paths_stay_text(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node, version=4)])
    accepted = []
    for path in ("/v4/<b>&\"'", "/v4/%3Cscript%3E%0a", "/v4/\u6b4c\u202e", "/v4/" + "x" * 5000):
        sock = proxy.connect()
        answer = sock.send(request("GET", path + "?secret=1")).read_answer()
        assert answer.status in (200, 400)
        if answer.status == 200:
            accepted.append(sock)
    assert len(accepted) >= 2
    for sock in accepted:
        row = proxy.connection_of(sock)
        assert row["path"].startswith("/v4/") and "secret" not in row["path"]
        assert len(row["path"]) <= 200 and "\u202e" not in row["path"] and "\n" not in row["path"]
        sock.close()


def test_no_secret_in_any_answer(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node, version=4)], web_password=WEB_PASSWORD)
    sock = tunnel(proxy)
    proxy.connection_of(sock)
    for path in GUARDED + ("/readyz",):
        for headers in ({}, bearer(), bearer("wrong")):
            answer = proxy.api(path, headers=headers)
            text = answer.body.decode() + json.dumps(answer.headers)
            for secret in (PASSWORD, BACKEND_PASSWORD, WEB_PASSWORD):
                assert secret not in text, path
    sock.close()
    for secret in (PASSWORD, BACKEND_PASSWORD, WEB_PASSWORD):
        assert secret not in proxy.log()


# --- kill -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method, suffix", [("DELETE", ""), ("POST", "/kill")])
def test_kill(lavaproxy, scripted, method, suffix):
    backend = scripted(node, version=4)
    proxy = lavaproxy(backends=[backend])
    victim = tunnel(proxy)
    other = tunnel(proxy)
    row = proxy.connection_of(victim)
    answer = proxy.api(f"/api/connections/{row['id']}{suffix}", method)
    assert answer.status == 200
    assert answer.json() == {"id": row["id"], "killed": True}
    assert victim.is_closed()
    assert backend.wait_connection(0).closed.wait(patience(5)), "the backend's side ends as well"
    wait_until(lambda: [r["clientAddress"] for r in proxy.connections()] == [other.name], 5, "its end in the list")
    check_error(proxy.api(f"/api/connections/{row['id']}{suffix}", method), 404)
    other.close()


def test_kill_of_nobody(lavaproxy):
    proxy = lavaproxy()
    for unknown in ("0", "1", "999999999", "18446744073709551615", "18446744073709551616", "-1", "abc", "1%20"):
        check_error(proxy.api(f"/api/connections/{unknown}", "DELETE"), 404)
        check_error(proxy.api(f"/api/connections/{unknown}/kill", "POST"), 404)


def test_kill_by_a_client_that_left(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node, version=4)])
    victims = [tunnel(proxy) for _ in range(10)]
    for victim in victims:
        row = proxy.connection_of(victim)
        sock = RawSocket(proxy.web_port)
        sock.send(f"DELETE /api/connections/{row['id']} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        sock.reset()
    # A reset may overtake the request; whoever is left is killed in the usual way, and nothing breaks.
    wait_until(lambda: proxy.api("/livez").status == 200, 5, "the web port")
    for row in proxy.connections():
        proxy.api(f"/api/connections/{row['id']}", "DELETE")
    for victim in victims:
        assert victim.is_closed()


# --- block ----------------------------------------------------------------------------------------------------------


def test_block(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node, version=4)], config={"limits": {"allow": ["127.0.0.1"]}})
    victim = proxy.connect(source="127.0.0.44")
    assert victim.send(websocket_request()).read_answer().status == 101
    answer = proxy.api("/api/block?ip=127.0.0.44&for=90s", "POST")
    assert answer.status == 200, answer
    assert answer.json() == {"ip": "127.0.0.44", "blocked": True, "seconds": 90}
    assert victim.is_closed()
    refused = proxy.exchange(request("GET", "/v4/info"), source="127.0.0.44")
    assert refused.status == 403
    assert proxy.exchange(request("GET", "/v4/info"), source="127.0.0.45").status == 200
    answer = proxy.api("/api/block?ip=127.0.0.44", "DELETE")
    assert answer.status == 200 and answer.json() == {"ip": "127.0.0.44", "blocked": False}
    assert proxy.exchange(request("GET", "/v4/info"), source="127.0.0.44").status == 200
    check_error(proxy.api("/api/block?ip=127.0.0.44", "DELETE"), 404)
    check_error(proxy.api("/api/block?ip=127.0.0.1", "POST"), 409)
    for query in ("", "?ip=", "?ip=localhost", "?ip=1.2.3.4&for=soon", "?ip=1.2.3.4&for=0", "?ip=1.2.3.4&for=-1s",
                  "?ip=1.2.3.4&for=9000000h", "?ip=1.2.3.4&for=%zz", "?ip=%00"):
        check_error(proxy.api(f"/api/block{query}", "POST"), 400)
    check_error(proxy.api("/api/block?ip=1.2.3.4"), 405)
    assert proxy.api("/api/block?ip=1.2.3.4").header("Allow") == "POST, DELETE"
    check_error(proxy.api("/api/block?ip=1.2.3.4", "POST", headers={"Origin": "http://evil.example"}), 403)
    assert proxy.api("/api/block?ip=1.2.3.4", "POST").json()["seconds"] == 600, "limits.block"


# --- backends and reload ----------------------------------------------------------------------------------------------


def backend_row(proxy, name):
    return next(row for row in proxy.get("/api/health")["backendList"] if row["name"] == name)


def test_drain(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node, version=4)])
    sock = tunnel(proxy)
    wait_until(lambda: backend_row(proxy, "b0-v4")["sockets"] == 1, 5, "the socket")
    answer = proxy.api("/api/backends/b0-v4/drain", "POST")
    assert answer.status == 200, answer
    row = answer.json()
    assert row == dict(backend_row(proxy, "b0-v4"), **{n: row[n] for n in ("lastChecked", "responseTime", "checks")})
    assert (row["status"], row["draining"], row["removed"], row["safeToStop"]) == ("draining", True, False, False)
    assert row["reason"].startswith("1 socket")
    assert proxy.get("/api/health")["backends"]["v4"]["status"] == "draining"
    assert proxy.api("/readyz").status == 200, "what lives there is served"
    sock.close()
    wait_until(lambda: backend_row(proxy, "b0-v4")["safeToStop"], 10, "the word that it may be stopped")
    assert "may be stopped" in backend_row(proxy, "b0-v4")["reason"]
    answer = proxy.api("/api/backends/b0-v4/undrain", "POST")
    assert answer.status == 200
    assert (answer.json()["status"], answer.json()["draining"]) == ("online", False)
    for name in ("b0", "b0-v4x", "B0-v4", "nobody", "%00", "b0-v4%", "..", "b0%2Fv4"):
        for action in ("drain", "undrain", "check"):
            check_error(proxy.api(f"/api/backends/{name}/{action}", "POST"), 404)
    assert backend_row(proxy, "b0-v4")["draining"] is False


def test_check_of_one_backend(lavaproxy, scripted):
    backends = [scripted(node, version=4), scripted(node, version=4)]
    proxy = lavaproxy(backends=backends, config={"health": {"interval": "1h"}})
    before = [backend.probes for backend in backends]
    answer = proxy.api("/api/backends/b1-v4/check", "POST")
    assert answer.status == 200, answer
    assert answer.json()["name"] == "b1-v4" and len(answer.json()["checks"]) == 2
    wait_until(lambda: backends[1].probes == before[1] + 1, 5, "the check at the backend")
    assert backends[0].probes == before[0]
    answer = proxy.api("/api/backends/b1-v4/check", "POST")
    check_error(answer, 409)
    assert "2 s" in answer.json()["message"]


def test_reload(lavaproxy, scripted):
    backend = scripted(node, version=4)
    proxy = lavaproxy(backends=[backend], config={"health": {"interval": "1h"}})
    answer = proxy.api("/api/reload", "POST")
    assert answer.status == 200
    result = answer.json()
    assert set(result) == {"at", "ok", "changes", "restart", "problems"}
    assert abs(when(result["at"]) - time.time()) < patience(5)
    assert result["ok"] is True
    assert result["changes"] == result["restart"] == result["problems"] == []
    assert proxy.get("/api/health")["reload"] == result

    result = proxy.reload({"timeouts": {"idle": "66s"}, "proxy": {"workers": 3}})
    assert [line for line in result["changes"] if "timeouts.idle" in line]
    assert [line for line in result["restart"] if "proxy.workers" in line]

    whole = proxy.config_path.read_text()
    proxy.write_config(whole.replace('"idle"', '"idel"'))
    answer = proxy.api("/api/reload", "POST")
    assert answer.status == 409
    result = answer.json()
    assert result["ok"] is False and result["problems"] and not result["changes"]
    document = proxy.get("/api/health")
    assert document["reload"] == result
    assert [w for w in document["warnings"] if w.startswith("the configuration file is broken") and "idel" in w]
    assert proxy.exchange(request("GET", "/v4/info")).status == 200
    proxy.write_config(whole)
    assert proxy.reload()["ok"] is True
    assert not [w for w in proxy.get("/api/health")["warnings"] if "broken" in w]


def test_a_reload_changes_the_web_password(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node, version=4)], web_password=WEB_PASSWORD)
    fresh = "another-web-password"
    text = json.dumps(proxy.reload({"web": {"password": fresh}}))
    assert "web.password" in text
    assert WEB_PASSWORD not in text and fresh not in text
    assert proxy.api("/api/health", headers=bearer()).status == 401
    assert proxy.api("/api/health", headers=bearer(fresh)).status == 200


def test_removed_backends_do_not_count(lavaproxy, scripted):
    backends = [scripted(node, version=3), scripted(node, version=4)]
    proxy = lavaproxy(backends=backends)
    sock = tunnel(proxy, target="/v3/websocket")
    wait_until(lambda: backend_row(proxy, "b0-v3")["sockets"] == 1, 5, "the socket")
    proxy.reload({"backends": proxy.config["backends"][1:]})
    assert [row["name"] for row in proxy.get("/api/health")["backendList"]] == ["b1-v4", "b0-v3"]
    row = backend_row(proxy, "b0-v3")
    assert row["removed"] is True and row["draining"] is True
    assert proxy.get("/api/health")["backends"]["v3"] is None
    backends[0].down()
    sock.close()
    wait_until(lambda: [r["name"] for r in proxy.get("/api/health")["backendList"]] == ["b1-v4"], 15, "its end")
    assert proxy.api("/readyz").status == 200
