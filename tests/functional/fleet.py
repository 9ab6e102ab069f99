"""A proxy before scripted Lavalink nodes with names, and bots that know which of them they are on.

The nodes say who they are in a header of every answer, so that a test sees where a request went from the client's side;
what came is kept at the node as well.
"""

import json
import re
import socket
import struct
import threading

from stage import is_websocket, masked_frame, read_request, ready_frame, switching, text_frame
from support import (BACKEND_PASSWORD, PASSWORD, Lavaproxy, ScriptedBackend, exchange, ok, patience, request, stop_all,
                     wait_until, websocket_request)


def info(fleet, password=PASSWORD, port=None):
    """The status of a small call on a new connection."""
    return exchange(port or fleet.proxy.port, request(target="/v4/info", password=password)).status


def stats(playing, players=None):
    """What a node says of itself, its load and memory made up."""
    return {"players": playing if players is None else players, "playingPlayers": playing, "uptime": 60000,
            "memory": {"free": 1, "used": 123456789, "allocated": 2, "reservable": 3},
            "cpu": {"cores": 4, "systemLoad": 0.25, "lavalinkLoad": 0.125}}


def stats_frame(playing, players=None):
    return text_frame(json.dumps({"op": "stats", **stats(playing, players), "frameStats": None}))


def read_frame(sock):
    """(opcode, payload) of the next frame a server sent."""
    first, size = sock.read_exact(2)
    if size == 126:
        size, = struct.unpack(">H", sock.read_exact(2))
    elif size == 127:
        size, = struct.unpack(">Q", sock.read_exact(8))
    return first & 15, sock.read_exact(size)


def read_op(sock, op):
    """The next message of that op; others before it are passed over."""
    while True:
        opcode, payload = read_frame(sock)
        assert opcode == 1, f"opcode {opcode} before {op!r}: {payload!r}"
        message = json.loads(payload)
        if message["op"] == op:
            return message


SESSION_PATH = re.compile(rb"^(?:/v[34])?/sessions/([^/?]+)")


class Node(ScriptedBackend):
    """A scripted Lavalink node with a name: it says `X-Node: NAME` on every answer, gives every WebSocket a session id and
    its ready frame, and knows the sessions it made, for ever. `requests` keeps what came, `tunnels` the WebSockets by
    session id. `ready(session, resumed)` makes the bytes behind a 101 (b"": none), sent `together` or apart. What checks ask for (/version and
    /vN/stats) it answers after `lag` seconds and keeps in `checked`."""

    def __init__(self, name, version=4, **options):
        self.name = name
        self.requests = []
        self.tunnels = {}
        self.keys = {}  # resume key -> session id
        self.made = 0
        self.checked = []
        self.lag = 0
        self.playing = 0
        self.ready = ready_frame
        self.together = False
        super().__init__(self._talk, version=version, **options)

    def entry(self, **extra):
        """This node in the configuration."""
        return {"name": self.name, "version": self.version, "address": self.address, "password": BACKEND_PASSWORD,
                "weight": 1, **extra}

    def _check(self, got):
        """The answer to a health check; None: it is none."""
        if got.target == b"/version":
            body = b"3.7.13" if self.version == 3 else b"4.0.8"
        elif got.target == f"/v{self.version}/stats".encode():
            body = json.dumps(stats(self.playing)).encode()
        else:
            return None
        self.checked.append(got)
        threading.Event().wait(self.lag)
        return ok(body, [("Lavalink-Api-Version", self.version), ("X-Node", self.name)])

    def _answer(self, got):
        session = SESSION_PATH.match(got.target)
        if session and session.group(1).decode() not in self.tunnels:
            body = json.dumps({"status": 404, "message": "Session not found", "node": self.name}).encode()
            head = f"HTTP/1.1 404 Not Found\r\nX-Node: {self.name}\r\nContent-Length: {len(body)}\r\n\r\n"
            return head.encode() + body
        return ok(self.name.encode(), [("X-Node", self.name)])

    def _session(self, got):
        """(id, resumed) for a handshake."""
        wanted = (got.header("Session-Id") or b"").decode()
        wanted = self.keys.get((got.header("Resume-Key") or b"").decode(), wanted)
        if wanted in self.tunnels:
            return wanted, True
        with self.lock:
            self.made += 1
            return f"{self.name}{self.made:0{16 - len(self.name)}}", False

    def _talk(self, conn):
        while True:
            got = read_request(conn)
            check = self._check(got)
            if check:
                conn.send(check)
                continue
            self.requests.append(got)
            if is_websocket(got):
                break
            conn.send(self._answer(got))
        session, resumed = self._session(got)
        self.tunnels[session] = conn
        headers = [("Session-Resumed", str(resumed).lower()), ("X-Node", self.name), ("X-Session", session)]
        answer, hello = switching(got, headers), self.ready(session, resumed)
        for data in [answer + hello] if self.together else [answer, hello]:
            conn.send(data)
        conn.drain()

    def sessions_asked(self):
        """The session ids in the paths of the requests that came."""
        found = (SESSION_PATH.match(r.target) for r in self.requests)
        return [f.group(1).decode() for f in found if f]


class Bot:
    """One WebSocket through the proxy to a Node of `fleet`."""

    def __init__(self, fleet, version=4, headers=(), user="123456789012345678", target=None):
        self.fleet = fleet
        self.version = version
        self.user = user
        self.sock = fleet.proxy.connect()
        self.sock.send(websocket_request(target or f"/v{version}/websocket", headers, user_id=user,
                                         password=fleet.proxy.password))
        self.answer = self.sock.read_answer()
        assert self.answer.status == 101, self.answer
        self.node = fleet.nodes[self.answer.header("X-Node")]
        self.session = self.answer.header("X-Session")
        self.backend = self.node.tunnels[self.session]  # the node's end
        self.resumed = self.answer.header("Session-Resumed") == "true"

    def greeted(self):
        """Waits for the ready frame: from now on the proxy knows the session."""
        message = read_op(self.sock, "ready")
        assert message["sessionId"] == self.session
        return self

    def ask(self, method="GET", rest="/players", body=b"", prefix=None):
        """A call of this session; the answer."""
        prefix = f"/v{self.version}" if prefix is None else prefix
        return self.fleet.ask(request(method, f"{prefix}/sessions/{self.session}{rest}", body=body,
                                      password=self.fleet.proxy.password))

    def call(self, *args, **options):
        """The same; it must be answered by the node of this session."""
        answer = self.ask(*args, **options)
        assert (answer.status, answer.header("X-Node")) == (200, self.node.name), answer
        return answer

    def echo(self, data=b"still there"):
        """Bytes go both ways."""
        self.backend.send(data)
        assert self.sock.read_exact(len(data)) == data
        frame = masked_frame(data)
        self.sock.send(frame)
        wait_until(lambda: bytes(self.backend.received).endswith(frame), 5, "the frame at the node")

    def cut(self):
        """The node ends the WebSocket."""
        self.backend.sock.shutdown(socket.SHUT_RDWR)

    def close(self):
        """Leaves, and waits until the node has seen it."""
        self.sock.close()
        assert self.backend.closed.wait(patience(10)), "the node's end is still open"


class Fleet:
    """A proxy before Nodes: `versions` says which, for example (4, 4, 3). They are called a, b, c... in that order, with
    `weights` where given. Without `start` the nodes are there first; begin() starts the proxy."""

    def __init__(self, directory, versions=(4, 4), weights=(), start=True, **options):
        self.directory = directory
        self.bots = []
        self.nodes = {}
        self.proxy = None
        for version in versions:
            self.add(version)
        weights = dict(zip(self.nodes, weights))
        self.entries = [n.entry(weight=weights.get(n.name, 1)) for n in self.nodes.values()]
        if start:
            self.begin(**options)

    def begin(self, **options):
        try:
            self.proxy = Lavaproxy(self.directory, backends=self.entries, **options)
        except BaseException:
            stop_all(list(self.nodes.values()))
            raise

    def add(self, version=4):
        """One more node; the proxy does not know it yet."""
        name = chr(ord("a") + len(self.nodes))
        self.nodes[name] = Node(name, version)
        return self.nodes[name]

    def __getitem__(self, name):
        return self.nodes[name]

    def ask(self, data, **options):
        return self.proxy.exchange(data, **options)

    def get(self, target, **options):
        """The name of the node that answers a GET."""
        answer = self.ask(request(target=target, password=self.proxy.password, **options))
        assert answer.status == 200, answer
        return answer.header("X-Node")

    def bot(self, version=4, **options):
        self.bots.append(Bot(self, version, **options))
        return self.bots[-1]

    def spread(self, count, version=4, **options):
        """Opens bots one after the other; how many each node of the version got."""
        got = {n.name: 0 for n in self.nodes.values() if n.version == version}
        for i in range(count):
            got[self.bot(version, user=str(10000 + i), **options).node.name] += 1
        return got

    def backend(self, name):
        """The row of /api/health; None without one."""
        return next((r for r in self.proxy.get("/api/health")["backendList"] if r["name"] == name), None)

    def wait_backend(self, name, timeout=10.0, **fields):
        """The row once those fields have those values."""
        def is_so():
            row = self.backend(name)
            return row if row and all(row[k] == v for k, v in fields.items()) else None

        return wait_until(is_so, timeout, f"{name} with {fields}")

    def reset(self):
        """Ends every bot; nothing of them is left at a node."""
        while self.bots:
            self.bots.pop().close()
        for node in self.nodes.values():
            node.requests.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for bot in self.bots:
            bot.sock.close()
        stop_all([*self.nodes.values(), *([self.proxy] if self.proxy else [])])
