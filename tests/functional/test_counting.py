"""Counting: exact to the byte on the client's socket, per connection, per IP, per backend, in total; nobody is missed."""

import random
import threading

from stage import masked_frame, text_frame
from support import SWITCHING, ok, patience, request, wait_until, websocket_request

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n1;ext=1\r\n!\r\n0\r\nTrailer: dropped\r\n\r\n"
)


def node(conn):
    """Answers requests for ever (chunked where asked), echoes a tunnel."""
    while True:
        head = conn.head()
        if b"upgrade: websocket" in head.lower():
            conn.send(SWITCHING)
            while conn.at < len(conn.received) or conn.more():
                conn.send(bytes(conn.received[conn.at:]))
                conn.at = len(conn.received)
            return
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        conn.exact(length)
        conn.send(CHUNKED if b"/chunked" in head.split(b"\r\n")[0] else ok(b"x" * 1000))


def usage(proxy, ip="127.0.0.1"):
    rows = [r for r in proxy.get("/api/data-usage")["ipUsage"] if r["ip"] == ip]
    assert len(rows) <= 1
    return rows[0] if rows else {"bytesIn": 0, "bytesOut": 0, "connections": 0, "activeConnections": 0}


def moved(row):
    return row["bytesIn"], row["bytesOut"]


def wait_counts(read, expected, what):
    """Waits for the next snapshots to show `expected`, and shows both figures when they do not."""
    seen = None

    def equal():
        nonlocal seen
        seen = read()
        return seen == expected

    try:
        wait_until(equal, 6, what)
    except AssertionError:
        assert seen == expected, what


def tunnel(proxy, source=None, target="/v4/websocket"):
    sock = proxy.connect(source=source)
    assert sock.send(websocket_request(target)).read_answer().status == 101
    return sock


def echo(sock, data):
    """Sends data through an echoing tunnel and reads it back, both at once."""
    sender = threading.Thread(target=sock.send, args=(data,))
    sender.start()
    back = sock.read_exact(len(data))
    sender.join()
    assert back == data


def test_tunnel_is_counted_to_the_byte(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    sock = tunnel(proxy)
    rng = random.Random(7)
    for size in (1, 5, 77, 65536, 65537, 1_000_003):
        echo(sock, rng.randbytes(size))
        wait_counts(lambda: moved(proxy.connection_of(sock)), (sock.sent, sock.received), "the connection")
    wait_counts(lambda: moved(usage(proxy)), (sock.sent, sock.received), "its IP")
    wait_counts(lambda: moved(proxy.get("/api/data-usage")["totals"]), (sock.sent, sock.received), "the total")
    wait_counts(lambda: moved(proxy.get("/api/health")["backendList"][0]), (sock.sent, sock.received), "its backend")
    sock.close()
    wait_until(lambda: not proxy.connections(), 5, "its end")
    assert moved(usage(proxy)) == (sock.sent, sock.received)
    assert moved(proxy.get("/api/health")["backendList"][0]) == (sock.sent, sock.received)


def test_rest_is_counted_as_the_client_sees_it(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    sock = proxy.connect()
    for body in (b"", b"x", b"y" * 30000):
        sock.send(request("POST", "/v4/plain", body=body))
        assert len(sock.read_answer().body) == 1000
        sock.send(request("PATCH", "/v4/chunked", body=body))
        assert sock.read_answer().body == b"hello!"
    assert not sock.pending
    wait_counts(lambda: moved(proxy.connection_of(sock)), (sock.sent, sock.received), "the connection")
    wait_counts(lambda: moved(usage(proxy)), (sock.sent, sock.received), "its IP")
    backend = proxy.get("/api/health")["backendList"][0]
    assert backend["requests"] == 6 and backend["failures"] == 0
    sock.close()


def test_rest_then_websocket_on_one_socket(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node, version=3), scripted(node, version=4)])
    sock = proxy.connect()
    for target in ("/v3/info", "/v4/info"):
        assert sock.send(request("GET", target)).read_answer().status == 200
    assert sock.send(websocket_request()).read_answer().status == 101
    echo(sock, b"frame" * 100)
    wait_counts(lambda: moved(proxy.connection_of(sock)), (sock.sent, sock.received), "the connection")

    def backends():
        listed = proxy.get("/api/health")["backendList"]
        return sum(b["bytesIn"] for b in listed), sum(b["bytesOut"] for b in listed)

    wait_counts(backends, (sock.sent, sock.received), "both backends together")
    assert all(b["bytesIn"] and b["bytesOut"] for b in proxy.get("/api/health")["backendList"])
    sock.close()


def test_refused_connections_are_counted(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    sent = received = 0
    for data in (request(password=None), request(password="wrong"), b"GARBAGE\n\n"):
        sock = proxy.connect()
        sock.send(data).read_answer()
        assert sock.is_closed()
        sent += sock.sent
        received += sock.received
        sock.close()
    wait_counts(lambda: moved(usage(proxy)), (sent, received), "their IP")
    row = usage(proxy)
    assert row["connections"] == 3 and row["activeConnections"] == 0


def test_every_ip_for_itself(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    socks = {}
    for index, ip in enumerate(("127.0.0.2", "127.0.0.3", "127.0.0.4"), 1):
        socks[ip] = [tunnel(proxy, source=ip) for _ in range(index)]
        for sock in socks[ip]:
            echo(sock, b"z" * 1000 * index)
    for ip, mine in socks.items():
        expected = sum(s.sent for s in mine), sum(s.received for s in mine)
        wait_counts(lambda ip=ip: moved(usage(proxy, ip)), expected, ip)
        assert usage(proxy, ip)["activeConnections"] == len(mine)
        assert usage(proxy, ip)["connections"] == len(mine)
    document = proxy.get("/api/data-usage")
    assert document["totalIps"] == 3 and document["totals"]["activeConnections"] == 6
    for name in ("bytesIn", "bytesOut"):
        assert document["totals"][name] == sum(row[name] for row in document["ipUsage"])
    for sock in sum(socks.values(), []):
        sock.close()
    wait_until(lambda: proxy.get("/api/data-usage")["totals"]["activeConnections"] == 0, 5, "their ends")
    for ip, mine in socks.items():
        row = usage(proxy, ip)
        assert row["activeConnections"] == 0 and row["connections"] == len(mine), "kept after the end"
        assert moved(row) == (sum(s.sent for s in mine), sum(s.received for s in mine))


def test_short_connections_are_not_missed(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)], config={"proxy": {"workers": 3}})
    lock = threading.Lock()
    total = [0, 0]

    def some(count):
        for _ in range(count):
            with proxy.connect(source="127.0.0.5") as sock:
                sock.send(request("GET", "/v4/short"))
                assert sock.read_answer().status == 200
                with lock:
                    total[0] += sock.sent
                    total[1] += sock.received

    threads = [threading.Thread(target=some, args=(125,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_counts(lambda: usage(proxy, "127.0.0.5")["connections"], 500, "500 connections")
    wait_counts(lambda: usage(proxy, "127.0.0.5")["activeConnections"], 0, "none left")
    assert moved(usage(proxy, "127.0.0.5")) == tuple(total)
    assert proxy.get("/api/health")["backendList"][0]["requests"] == 500


def test_history_adds_up(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)])
    sock = tunnel(proxy)
    for _ in range(3):
        echo(sock, b"h" * 100_000)

    def added():
        row = proxy.connection_of(sock)
        points = row["rateHistory"]
        return sum(p["bytesInRate"] for p in points), sum(p["bytesOutRate"] for p in points)

    wait_counts(added, (sock.sent, sock.received), "the connection's history")

    def of_ip():
        points = usage(proxy).get("rateHistory", [])
        return sum(p["bytesInRate"] for p in points), sum(p["bytesOutRate"] for p in points)

    wait_counts(of_ip, (sock.sent, sock.received), "the IP's history")
    sock.close()


def test_rates_rise_and_fall(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(node)], config={"rates": {"interval": "2s"}})
    sock = tunnel(proxy)
    echo(sock, b"r" * 400_000)

    def fast():
        row = proxy.connection_of(sock)
        return row if row["bytesInRate"] > 0 and row["bytesOutRate"] > 0 else None

    row = wait_until(fast, 5, "a rate")
    assert row["bytesInRate"] <= sock.sent and row["bytesOutRate"] <= sock.received
    assert row["formattedBytesInRate"].endswith(" KB/s")
    by_ip = usage(proxy)
    assert by_ip["totalRate"] == by_ip["bytesInRate"] + by_ip["bytesOutRate"]
    wait_until(lambda: proxy.connection_of(sock)["bytesInRate"] == 0, patience(6), "silence")
    assert proxy.connection_of(sock)["formattedBytesInRate"] == "0 Bytes/s"
    assert moved(proxy.connection_of(sock)) == (sock.sent, sock.received), "the sum stays"
    sock.close()


def test_messages_are_requests_and_frames(lavaproxy, scripted):
    """A fragmented message is one, pings and pongs are none; the client's own count on v3, where bots send ops."""

    def talker(conn):
        conn.head()
        conn.send(SWITCHING)
        conn.send(text_frame("a") * 5 + b"\x89\x00" + b"\x01\x01b" + b"\x80\x01c" + b"\x82\x01d")
        conn.drain()

    proxy = lavaproxy(backends=[scripted(talker, version=3)])
    sock = proxy.connect()
    assert sock.send(websocket_request("/v3/websocket")).read_answer(to_head=True).status == 101
    sock.send(masked_frame(b'{"op":"x"}') * 2 + masked_frame(b"", opcode=9))

    def told():
        row = proxy.connection_of(sock)
        return row["messages"]

    wait_until(lambda: told() == 1 + 7 + 2, 5, "every message")
    wait_until(lambda: usage(proxy)["messages"] == 10, 5, "those of the IP")
    backend = wait_until(lambda: (b := proxy.get("/api/health")["backendList"][0])["messages"] == 10 and b, 5, "the backend's")
    assert backend["messageRate"] <= 10
    sock.close()
    wait_until(lambda: not proxy.connections(), 5, "its end")
    assert usage(proxy)["messages"] == 10
