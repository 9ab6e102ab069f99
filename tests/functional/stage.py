"""A proxy between two scripted backends (v3 and v4), shared by the tests of a module.

Starting a proxy takes longer than most tests, so they share one and change what the backends say. What a backend got is
kept as parsed requests; that nothing got there is shown by a marker request sent behind.
"""

import base64
import hashlib
import socket
import struct

import pytest

from support import BACKEND_PASSWORD, Lavaproxy, ScriptedBackend, exchange, ok, request, stop_all, wait_until

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
WEBSOCKET_KEY = base64.b64encode(b"0123456789abcdef")


class Request:
    """One request as a backend got it."""

    def __init__(self, head, body):
        self.head = head
        self.body = body
        lines = head[:-4].split(b"\r\n")
        self.method, self.target, self.protocol = lines[0].split(b" ")
        self.headers = [(n, v.strip(b" \t")) for n, _, v in (line.partition(b":") for line in lines[1:])]

    def values(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower().encode()]

    def header(self, name):
        values = self.values(name)
        assert len(values) <= 1, f"{name} came {len(values)} times: {self.head!r}"
        return values[0] if values else None

    def names(self):
        return [n.lower().decode() for n, _ in self.headers]


def read_chunks(conn):
    """The content of a chunked body, read strictly: no extensions, no trailers."""
    body = bytearray()
    while True:
        # Without conn.expect, which copies all that waits for every line.
        while (end := conn.received.find(b"\r\n", conn.at)) < 0:
            if not conn.more():
                raise EOFError("closed inside a chunked body")
        size = int(conn.received[conn.at:end], 16)
        conn.at = end + 2
        data = conn.exact(size + 2)
        assert data[-2:] == b"\r\n"
        if size == 0:
            return bytes(body)
        body += data[:-2]


def read_request(conn):
    """The next request, its body by its framing."""
    head = conn.head()
    fields = {n.lower(): v for n, v in Request(head, b"").headers}
    if fields.get(b"transfer-encoding") == b"chunked":
        return Request(head, read_chunks(conn))
    return Request(head, conn.exact(int(fields.get(b"content-length", b"0"))))


def accept_value(key):
    return base64.b64encode(hashlib.sha1(key + GUID).digest())


def switching(got=None, headers=()):
    """The 101 to a WebSocket request."""
    key = got.header("Sec-WebSocket-Key") if got else WEBSOCKET_KEY
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
    head += b"Sec-WebSocket-Accept: " + accept_value(key) + b"\r\n"
    for name, value in headers:
        head += f"{name}: {value}\r\n".encode()
    return head + b"\r\n"


def closing(body=b"ok", headers=()):
    """A 200 after which the backend closes, so that nothing stays in the proxy's pool."""
    return ok(body, [*headers, ("Connection", "close")])


def text_frame(text):
    """A server's text frame."""
    data = text.encode()
    if len(data) < 126:
        return bytes([0x81, len(data)]) + data
    return bytes([0x81, 126]) + struct.pack(">H", len(data)) + data


def masked_frame(data, opcode=1):
    """A client's frame."""
    key = b"\x12\x34\x56\x78"
    size = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + struct.pack(">H", len(data))
    return bytes([0x80 | opcode]) + size + key + bytes(b ^ key[i % 4] for i, b in enumerate(data))


def ready_frame(session, resumed=False):
    return text_frame('{"op":"ready","resumed":%s,"sessionId":"%s"}' % (str(resumed).lower(), session))


def is_websocket(got):
    return (got.header("Upgrade") or b"").lower() == b"websocket"


class Stage:
    """`v3` and `v4`: the backends. `script(handler)` says what both do from now on; without, they mirror: every request
    is kept in `requests` as (version, Request) and answered with its own head and body, a WebSocket request with a 101
    and then an echo of every byte."""

    def __init__(self, directory, **options):
        self.requests = []
        self.handler = None
        self.backends = [ScriptedBackend(lambda conn, v=v: self._serve(conn, v), version=v) for v in (3, 4)]
        self.v3, self.v4 = self.backends
        try:
            self.proxy = Lavaproxy(directory, backends=options.pop("backends", self.backends), **options)
        except BaseException:
            stop_all(self.backends)
            raise
        self.port = self.proxy.port

    def _serve(self, conn, version):
        if self.handler:
            self.handler(conn)
        else:
            self.mirror(conn, version)

    def mirror(self, conn, version=4):
        while True:
            got = read_request(conn)
            self.requests.append((version, got))
            if is_websocket(got):
                conn.send(switching(got))
                while True:
                    if conn.at == len(conn.received) and not conn.more():
                        conn.half_close()
                        return
                    data = bytes(conn.received[conn.at:])
                    conn.at = len(conn.received)
                    conn.send(data)
            answer = got.head + got.body
            conn.send(ok(b"" if got.method == b"HEAD" else answer, [("X-Version", version)]))

    def script(self, handler):
        """A function of a BackendConnection, or a list of (expect, send); the connection is closed behind a list."""
        if isinstance(handler, list):
            steps = handler

            def run(conn):
                for expect, send in steps:
                    if expect is not None:
                        conn.expect(expect)
                    if send is not None:
                        conn.send(send)

            handler = run
        self.handler = handler

    def connect(self, **options):
        return self.proxy.connect(**options)

    def ask(self, data, **options):
        return exchange(self.port, data, **options)

    def upgrade(self, sock, data, status=101):
        answer = sock.send(data).read_answer()
        assert answer.status == status, answer
        return answer

    @property
    def last(self):
        """The newest request that was mirrored."""
        return self.requests[-1][1]

    def connections(self):
        """Connections the backends got that carried something."""
        return [c for b in self.backends for c in b.connections]

    def assert_untouched(self):
        """Nothing reached a backend since reset: the first request there is the marker sent now."""
        self.handler = None
        assert self.ask(request(target="/v4/marker", headers=[("Connection", "close")])).status == 200
        for got in (bytes(c.received) for c in self.connections()):
            assert got.startswith(b"GET /v4/marker HTTP/1.1\r\n"), f"a backend got {got[:300]!r}"
            assert got.count(b"\r\n\r\n") == 1, f"a backend got {got[:600]!r}"

    def reset(self):
        """Ends what the test before left behind: every connection to a backend, and what was kept."""
        self.handler = None
        for backend in self.backends:
            with backend.lock:
                left = list(backend.sockets)
            for sock in left:
                try:
                    sock.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
            try:
                wait_until(lambda b=backend: not b.sockets, 1.0)
            except AssertionError:
                for sock in list(backend.sockets):
                    try:
                        sock.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass
                wait_until(lambda b=backend: not b.sockets, 5.0, "the backend's connections to end")
            backend.connections.clear()
            if backend.errors:
                error, backend.errors = backend.errors[0], []
                raise AssertionError(f"a backend handler failed: {error!r}") from error
        self.requests.clear()

    def stop(self):
        stop_all([*self.backends, self.proxy])


def assert_refusal(answer, status, path=None):
    """An answer made by the proxy, in Lavalink's shape."""
    allowed = status if isinstance(status, tuple) else (status,)
    assert answer.status in allowed, answer
    content = answer.json()
    assert content["status"] == answer.status
    assert isinstance(content["timestamp"], int) and content["error"] and content["message"], content
    assert "path" in content and (path is None or content["path"] == path), content
    for secret in (BACKEND_PASSWORD, "front-password"):
        assert secret not in answer.body.decode("utf-8", "replace")


def data_segments(sock):
    """How many TCP segments with data a socket has received (tcp_info.tcpi_data_segs_in)."""
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
    return struct.unpack_from("=I", info, 152)[0]


def rows(names, table):
    """pytest.mark.parametrize for a table whose rows begin with their name."""
    return pytest.mark.parametrize(names, table, ids=[row[0].replace(" ", "-") for row in table])
