"""A storm: clients and backends that do legal and illegal things at random, kills and drains among them.

The program must not break (asserts and sanitizers speak), must not forget a connection, must not spin when it is over, and
must still answer. The seed is fixed, so a run differs from the next only in timing; STORM_SEED and STORM_SECONDS make
other and longer ones.
"""

import os
import random
import signal
import socket
import threading
import time

from support import (
    SWITCHING,
    RawSocket,
    ScriptedBackend,
    ok,
    request,
    stop_all,
    wait_until,
    websocket_request,
)

SEED = int(os.environ.get("STORM_SEED", "20"))
SECONDS = float(os.environ.get("STORM_SECONDS", "2"))
CLIENTS = 12
GARBAGE = b"\0\1\2\r\n\r\n"


def chunks(rng, count, size, end=b"0\r\n\r\n"):
    """A chunked body with lines of every kind."""
    out = b""
    for _ in range(count):
        data = b"c" * rng.randint(1, size)
        out += b"%x%s\r\n%s\r\n" % (len(data), rng.choice([b"", b";ext=1"]), data)
    return out + end


def answer(rng):
    """Bytes of an answer, now and then a broken one."""
    head = b"HTTP/1.1 200 OK\r\n"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
    return rng.choice(
        [
            lambda: ok(b"x" * rng.choice([0, 1, 100, 70000, 400000])),
            lambda: ok(b"y" * 3000, [("Connection", "close")]),
            lambda: chunked + chunks(rng, rng.randint(0, 200), rng.choice([1, 3000])),
            lambda: chunked + chunks(rng, 3, 100, b"0\r\nTrailer: x\r\n\r\n"),
            lambda: b"HTTP/1.1 100 Continue\r\n\r\n" * rng.randint(1, 50) + ok(),
            lambda: b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok(),
            lambda: b"HTTP/1.1 204 No Content\r\n\r\n",
            lambda: b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n",
            lambda: head + b"\r\n" + b"u" * rng.choice([0, 5, 200000]),
            lambda: b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
            lambda: ok() + b"more than was said",
            lambda: ok(b"z" * 5000)[:-10],
            lambda: chunked + b"zz\r\n",
            lambda: SWITCHING,
            lambda: GARBAGE,
            lambda: b"",
        ]
    )()


def in_pieces(rng, send, data):
    """Sends bytes at once or in pieces, so that reads end anywhere."""
    if rng.random() < 0.6 or len(data) > 100000:
        send(data)
        return
    while data:
        size = rng.choice([1, 7, 100, 5000])
        if size == 1 and len(data) > 300:
            size = len(data) // 3
        send(data[:size])
        data = data[size:]


def backend(seed):
    """A handler of backend connections: reads some of what comes, says something, ends somehow."""
    state = {"count": 0}
    lock = threading.Lock()

    def serve(conn):
        with lock:
            state["count"] += 1
            rng = random.Random(seed * 100003 + state["count"])
        for _ in range(rng.randint(1, 6)):
            if rng.random() < 0.9:
                head = conn.head()
                if b"\r\nUpgrade: websocket" in head and rng.random() < 0.8:
                    tunnel(rng, conn)
                    return
                if b"chunked" in head and rng.random() < 0.7:
                    conn.expect(b"0\r\n\r\n")
                elif rng.random() < 0.1:
                    time.sleep(rng.random() * 0.1)
            in_pieces(rng, conn.send, answer(rng))
        leave(rng, conn)

    return serve


def leave(rng, conn):
    end = rng.random()
    if end < 0.3:
        conn.reset()
    elif end < 0.6:
        conn.half_close()
        conn.drain()


def tunnel(rng, conn):
    conn.send(SWITCHING + b"f" * rng.choice([0, 0, 1, 70000]))
    for _ in range(rng.randint(0, 8)):
        conn.send(b"s" * rng.choice([1, 100, 60000, 300000]))
        if rng.random() < 0.5:
            conn.more()
    leave(rng, conn)


def requests(rng):
    """Bytes of one or several requests, now and then broken ones."""
    pad = [("X-Pad", "p" * rng.choice([0, 100, 4000]))]
    method = rng.choice(["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"])
    length = rng.choice([0, 10, 20000, 300000])
    target = rng.choice(["/v4/a", "/v4/b?c=d", "/v3/none", "/version"])
    chunked = request("POST", target, [("Transfer-Encoding", "chunked"), *pad])
    return rng.choice(
        [
            lambda: request(method, target, pad),
            lambda: request(method, target, pad) * rng.randint(2, 100),
            lambda: request("POST", target, pad, b"b" * length),
            lambda: request("POST", target, [("Expect", "100-continue"), *pad], b"b" * length) + request(),
            lambda: request("POST", target, pad, b"b" * (length + 10))[:-5],
            lambda: chunked + chunks(rng, rng.randint(0, 100), rng.choice([1, 5000])) + request(),
            lambda: chunked + chunks(rng, 5, 50, b"nonsense\r\n"),
            lambda: request(method, target, [("Connection", "close")]),
            lambda: request(method, target).replace(b"HTTP/1.1", b"HTTP/1.0"),
            lambda: websocket_request() + b"w" * rng.choice([0, 0, 5, 30000]),
            lambda: websocket_request(),
            lambda: request(password=rng.choice([None, "wrong"])),
            lambda: request()[: rng.randint(1, 60)],
            lambda: b"G" * 20000,
            lambda: GARBAGE,
        ]
    )()


def client(rng, port, ending):
    """One connection after another until the time is over."""
    while time.monotonic() < ending:
        try:
            with RawSocket(port, timeout=1.0) as sock:
                sock.sock.settimeout(rng.choice([0.02, 0.1, 0.4]))
                if rng.random() < 0.2:
                    sock.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                act(rng, sock)
        except OSError:
            pass  # refused, reset, timed out: all as it should be


def act(rng, sock):
    for _ in range(rng.randint(1, 4)):
        in_pieces(rng, sock.send, requests(rng))
        if rng.random() < 0.7:
            for _ in range(rng.randint(1, 20)):
                if not sock.sock.recv(rng.choice([1, 1000, 65536])):
                    return
    end = rng.random()
    if end < 0.3:
        sock.reset()
    elif end < 0.6:
        sock.half_close()
        while sock.sock.recv(65536):
            pass


def killer(rng, proxy, ending):
    """Kills what it finds in the list, again and again."""
    while time.monotonic() < ending:
        rows = proxy.connections()
        for row in rng.sample(rows, min(2, len(rows))):
            proxy.api(f"/api/connections/{row['id']}", method="DELETE", password=proxy.web_password)
        time.sleep(0.1)


def run_all(targets):
    threads = [threading.Thread(target=t, args=a) for t, *a in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def clients(proxy, seed, seconds):
    ending = time.monotonic() + seconds
    return ending, [(client, random.Random(seed * 1000 + i), proxy.port, ending) for i in range(CLIENTS)]


def test_storm(lavaproxy):
    backends = [ScriptedBackend(backend(SEED + i), timeout=2.0) for i in range(2)]
    steady = ScriptedBackend(lambda conn: (conn.head(), conn.send(ok(b"steady", [("Connection", "close")]))), version=3)
    try:
        proxy = lavaproxy(
            backends=[*backends, steady],
            web_password="web",
            config={
                "proxy": {"workers": 2},
                "limits": {"auth_failures": "off"},
                "log": {"level": "warn"},
                "timeouts": {"header": "1s", "idle": "1s", "response": "1s", "backend_wait": "300ms", "tunnel": "1s"},
            },
        )
        ending, all_clients = clients(proxy, SEED, SECONDS)
        run_all([*all_clients, (killer, random.Random(SEED), proxy, ending)])
        assert proxy.is_running(), proxy.log()
        wait_until(lambda: proxy.get("/api/connections")["activeConnections"] == 0, 15, "every connection to end")
        before, since = proxy.cpu_seconds(), time.monotonic()
        answered = proxy.exchange(request(target="/v3/x", headers=[("Connection", "close")]))
        assert answered.body == b"steady", answered
        wait_until(lambda: time.monotonic() > since + 0.5, 2)
        assert proxy.cpu_seconds() - before < 0.2, "it spins after the storm"
        # The end comes in the middle of another one.
        ending, all_clients = clients(proxy, SEED + 1, 1.0)
        stop = threading.Timer(0.4, proxy.signal, [signal.SIGTERM])
        stop.start()
        run_all(all_clients)
        stop.join()
        proxy.stopped = True
        assert proxy.wait(10) == 0, proxy.log()
        proxy.assert_clean()
    finally:
        stop_all([*backends, steady])
