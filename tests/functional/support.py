"""What the functional tests share: the programs under test, scripted backends, raw sockets, waiting.

Nothing here sleeps for a fixed time: everything waits for an event, with a deadline.
"""

import base64
import contextlib
import http.client
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "front-password"
BACKEND_PASSWORD = "backend-password"
SANITIZER = re.compile(
    r"ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:|Sanitizer:DEADLYSIGNAL|Assertion .* failed"
)


def flavour():
    return os.environ.get("LAVAPROXY_FLAVOUR", "release")


def binary(name, which=None):
    """Path of a program in the flavour under test."""
    which = which or flavour()
    build = Path(os.environ.get("BUILD", ROOT / "build"))
    return str(build / name if which == "release" else build / which / name)


def patience(seconds):
    """Deadlines stretched where a sanitizer slows the program down."""
    return seconds * {"asan": 2, "tsan": 4}.get(flavour(), 1)


def wait_until(predicate, timeout=10.0, what="the condition"):
    """Calls `predicate` until it returns something true, which is returned; AssertionError after `timeout`."""
    deadline = time.monotonic() + patience(timeout)
    pause = 0.002
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"waited {timeout} s in vain for {what}; last value: {value!r}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


_handed_out = set()


def free_port(host="127.0.0.1"):
    """A TCP port nobody listens on, never the same one twice in a run.

    Below the range the kernel takes ports of outgoing connections from, and apart for each process of a parallel run, so
    that nobody else takes it between this call and its use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    share = 20000 // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    ports = range(12000 + share * worker, 12000 + share * (worker + 1))
    if len(_handed_out) == share:
        _handed_out.clear()
    while True:
        port = random.choice(ports)
        if port in _handed_out:
            continue
        _handed_out.add(port)
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((host, port))
                return port


def is_listening(port):
    """Whether some socket listens on `port`: read from the kernel's table, since a try would be counted."""
    want = f"{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except FileNotFoundError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == "0A" and fields[1].rsplit(":", 1)[1] == want:
                return True
    return False


def stop_all(things):
    """Stops everything, newest first, and raises the first complaint."""
    complaint = None
    for thing in reversed(things):
        try:
            thing.stop()
        except (AssertionError, OSError) as error:
            complaint = complaint or error
    if complaint:
        raise complaint


def merge(base, extra):
    """`extra` over `base`, dictionaries joined key by key."""
    out = dict(base)
    for key, value in (extra or {}).items():
        out[key] = merge(out[key], value) if isinstance(value, dict) and isinstance(out.get(key), dict) else value
    return out


class Answer:
    """One HTTP answer as it came."""

    def __init__(self, status, phrase, headers, body, head):
        self.status = status
        self.phrase = phrase
        self.headers = headers  # [(name as sent, value)]
        self.body = body
        self.head = head  # raw bytes

    def header(self, name):
        """The value of the only header of that name, or None."""
        values = [v for n, v in self.headers if n.lower() == name.lower()]
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None

    @property
    def text(self):
        return self.body.decode("utf-8", "strict")

    def json(self):
        return json.loads(self.text)

    def __repr__(self):
        return f"<Answer {self.status} {self.phrase!r} {self.headers} {self.body[:200]!r}>"


class RawSocket:
    """A client socket that sends exactly the bytes given and counts what moves."""

    def __init__(self, port, host="127.0.0.1", source=None, timeout=20.0):
        bind = (source, 0) if source else None
        self.sock = socket.create_connection((host, port), timeout=patience(timeout), source_address=bind)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.address = self.sock.getsockname()
        self.pending = b""
        self.sent = 0
        self.received = 0

    @property
    def name(self):
        """This end as the proxy shows it: "127.0.0.1:40000"."""
        return f"{self.address[0]}:{self.address[1]}"

    def send(self, data):
        self.sock.sendall(data)
        self.sent += len(data)
        return self

    def _more(self):
        data = self.sock.recv(65536)
        self.received += len(data)
        self.pending += data
        return bool(data)

    def read_until(self, mark):
        """Everything up to and including `mark`."""
        while mark not in self.pending:
            if not self._more():
                raise EOFError(f"closed before {mark!r}: {self.pending[:300]!r}")
        end = self.pending.index(mark) + len(mark)
        out, self.pending = self.pending[:end], self.pending[end:]
        return out

    def read_exact(self, count):
        parts = [self.pending]
        have = len(self.pending)
        while have < count:
            data = self.sock.recv(min(1 << 20, max(65536, count - have)))
            if not data:
                raise EOFError(f"closed after {have} of {count} bytes")
            self.received += len(data)
            parts.append(data)
            have += len(data)
        whole = b"".join(parts)
        self.pending = whole[count:]
        return whole[:count]

    def read_to_end(self):
        """Everything until the other side closes."""
        parts = [self.pending]
        while True:
            data = self.sock.recv(65536)
            if not data:
                break
            self.received += len(data)
            parts.append(data)
        self.pending = b""
        return b"".join(parts)

    def _read_chunks(self):
        body = b""
        while True:
            size = int(self.read_until(b"\r\n").split(b";")[0], 16)
            data = self.read_exact(size + 2)
            assert data[-2:] == b"\r\n", "chunk data is not followed by CRLF"
            body += data[:-2]
            if size == 0:
                return body

    def read_answer(self, to_head=False):
        """The next answer (1xx ones too: call again for the final one)."""
        head = self.read_until(b"\r\n\r\n")
        lines = head[:-4].decode("latin-1").split("\r\n")
        _, status, phrase = (lines[0] + " ").split(" ", 2)
        status = int(status)
        headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        fields = {n.lower(): v for n, v in headers}
        if to_head or status in (204, 304) or status < 200:
            body = b""
        elif fields.get("transfer-encoding", "").lower() == "chunked":
            body = self._read_chunks()
        elif "content-length" in fields:
            body = self.read_exact(int(fields["content-length"]))
        else:
            body = self.read_to_end()
        return Answer(status, phrase.strip(), headers, body, head)

    def is_closed(self, timeout=10.0):
        """Waits for the other side's FIN or RST; False when it stays open (or more bytes come)."""
        self.sock.settimeout(patience(timeout))
        try:
            return not self.pending and not self._more()
        except ConnectionResetError:
            return True
        except socket.timeout:
            return False

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        """Closes with a TCP reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def exchange(port, data, host="127.0.0.1", source=None, to_head=False):
    """Sends `data` on a new connection and returns the answer."""
    with RawSocket(port, host, source) as sock:
        return sock.send(data).read_answer(to_head)


def request(method="GET", target="/version", headers=(), body=b"", password=PASSWORD, host="localhost"):
    """Bytes of a request. `headers`: [(name, value)], str or bytes; `password` or `host` None: no such header."""
    out = [f"{method} {target} HTTP/1.1"]
    if host is not None:
        out.append(f"Host: {host}")
    if password is not None:
        out.append(f"Authorization: {password}")
    head = b"\r\n".join(line.encode("utf-8", "surrogateescape") for line in out) + b"\r\n"
    for name, value in headers:
        name = name if isinstance(name, bytes) else name.encode()
        value = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
        head += name + b": " + value + b"\r\n"
    if body and not any(str(n).lower() in ("content-length", "transfer-encoding") for n, _ in headers):
        head += f"Content-Length: {len(body)}\r\n".encode()
    return head + b"\r\n" + body


def websocket_request(target="/v4/websocket", headers=(), password=PASSWORD, user_id="123456789012345678",
                      client_name="tests/1.0", host="localhost"):
    """Bytes of a Lavalink WebSocket handshake."""
    fixed = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", base64.b64encode(b"0123456789abcdef").decode()),
    ]
    if user_id is not None:
        fixed.append(("User-Id", user_id))
    if client_name is not None:
        fixed.append(("Client-Name", client_name))
    return request("GET", target, fixed + list(headers), password=password, host=host)


def ok(body=b"ok", headers=()):
    """Bytes of a 200 answer with a length."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
    for name, value in headers:
        head += f"{name}: {value}\r\n".encode()
    return head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Accept: x\r\n\r\n"


class BackendConnection:
    """One connection a ScriptedBackend accepted, in the hands of its handler."""

    def __init__(self, sock, index):
        self.sock = sock
        self.index = index  # 0 for the first connection that sent anything
        self.received = bytearray()  # everything
        self.at = 0  # how much of it the handler has used
        self.closed = threading.Event()

    def more(self):
        """Reads once; False at the end."""
        data = self.sock.recv(65536)
        self.received += data
        return bool(data)

    def expect(self, mark):
        """Waits until `mark` (bytes, or a compiled pattern) has come behind what was used; returns what it covered."""
        while True:
            rest = bytes(self.received[self.at:])
            if isinstance(mark, bytes):
                found = rest.find(mark)
                end = found + len(mark) if found >= 0 else -1
            else:
                match = mark.search(rest)
                end = match.end() if match else -1
            if end >= 0:
                self.at += end
                return rest[:end]
            if not self.more():
                raise EOFError(f"closed before {mark!r}: {rest[:300]!r}")

    def head(self):
        """The next request head, raw."""
        return self.expect(b"\r\n\r\n")

    def exact(self, count):
        while len(self.received) - self.at < count:
            if not self.more():
                raise EOFError("closed")
        self.at += count
        return bytes(self.received[self.at - count:self.at])

    def send(self, data):
        self.sock.sendall(data)

    def drain(self):
        """Reads (and records) until the other side closes."""
        try:
            while self.more():
                pass
        except ConnectionError:
            pass

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def close(self):
        self.sock.close()

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class ScriptedBackend:
    """A raw TCP server on loopback that does what the test says and keeps every byte it got.

    `handler` is a function called with a BackendConnection in a thread of its own, or a list of (expect, send): wait for
    the bytes `expect` (None: do not wait), then send the bytes `send` (None: nothing); at the end of the list the
    connection is read until the peer closes. Connections that never send a byte (health checks) are not recorded and get
    no handler. The end of a connection is not an error in a handler; every other exception is raised by stop().
    """

    def __init__(self, handler, version=4, port=0, host="127.0.0.1", timeout=60.0):
        self.version = version
        self.host = host
        self.timeout = patience(timeout)
        self.handler = handler if callable(handler) else self._script(handler)
        self.connections = []
        self.probes = 0  # connections that came and went without a byte
        self.errors = []
        self.lock = threading.Lock()
        self.sockets = set()
        self.listener = None
        self.port = port or free_port(host)
        self.start()

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    @staticmethod
    def _script(steps):
        def run(conn):
            for expect, send in steps:
                if expect is not None:
                    conn.expect(expect)
                if send is not None:
                    conn.send(send)
            conn.drain()

        return run

    def start(self):
        """Listens (again, on the same port, after down())."""
        listener = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.host, self.port))
        listener.listen(1024)
        self.port = listener.getsockname()[1]
        self.listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.settimeout(self.timeout)
            with self.lock:
                self.sockets.add(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        conn = BackendConnection(sock, -1)
        try:
            if not conn.more():
                with self.lock:
                    self.probes += 1
                return
            with self.lock:
                conn.index = len(self.connections)
                self.connections.append(conn)
            self.handler(conn)
        except (OSError, EOFError):
            pass
        except Exception as error:  # pylint: disable=broad-except
            self.errors.append(error)
        finally:
            sock.close()
            conn.closed.set()
            with self.lock:
                self.sockets.discard(sock)

    @property
    def received(self):
        """All bytes of all connections, one bytes object each, in order of arrival."""
        with self.lock:
            return [bytes(c.received) for c in self.connections]

    def wait_connection(self, index=0, timeout=10.0):
        """The `index`th connection that sent something, once it is there."""
        wait_until(lambda: len(self.connections) > index, timeout, f"connection {index} at the backend")
        return self.connections[index]

    def down(self):
        """Stops listening and resets every connection, as a node that died does."""
        self._close_listener()
        with self.lock:
            sockets = list(self.sockets)
        for sock in sockets:
            try:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _close_listener(self):
        if self.listener:
            # Only shutdown wakes a thread that waits in accept.
            try:
                self.listener.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            self.listener.close()
            self.listener = None

    def stop(self):
        self.down()
        if self.errors:
            raise AssertionError(f"a backend handler failed: {self.errors[0]!r}") from self.errors[0]


class Program:
    """A process with its standard error collected line by line."""

    def __init__(self, argv, env=None, cwd=None, preexec=None, stdout_too=False):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PROXY_", "WEB_", "LAVALINK_"))}
        environment.setdefault("ASAN_OPTIONS", "detect_leaks=1")
        environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
        environment.setdefault("TSAN_OPTIONS", "second_deadlock_stack=1")
        environment.update(env or {})
        self.lines = []
        self.changed = threading.Condition()
        self.process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if stdout_too else subprocess.DEVNULL,
            stderr=subprocess.STDOUT if stdout_too else subprocess.PIPE,
            env=environment,
            cwd=cwd,
            preexec_fn=preexec,
        )
        pipe = self.process.stdout if stdout_too else self.process.stderr
        self.reader = threading.Thread(target=self._collect, args=(pipe,), daemon=True)
        self.reader.start()

    def _collect(self, pipe):
        for line in iter(pipe.readline, b""):
            with self.changed:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self.changed.notify_all()
        pipe.close()
        with self.changed:
            self.changed.notify_all()

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        with self.changed:
            return "\n".join(self.lines)

    def wait_log(self, pattern, timeout=10.0, after=0):
        """The match of `pattern` in a log line at index `after` or later, once there is one."""
        pattern = re.compile(pattern)
        deadline = time.monotonic() + patience(timeout)
        with self.changed:
            while True:
                for line in self.lines[after:]:
                    match = pattern.search(line)
                    if match:
                        return match
                left = deadline - time.monotonic()
                if left <= 0 or not self.reader.is_alive():
                    raise AssertionError(f"no log line matches {pattern.pattern!r}:\n" + "\n".join(self.lines))
                self.changed.wait(left)

    def is_running(self):
        return self.process.poll() is None

    def wait(self, timeout=20.0):
        """The exit status, once it has ended and its log is complete."""
        try:
            status = self.process.wait(patience(timeout))
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            self.process.wait()
            self.reader.join(5)
            raise AssertionError(f"it did not end within {timeout} s:\n{self.log()}") from None
        self.reader.join(5)
        return status

    def assert_clean(self):
        report = SANITIZER.search(self.log())
        assert not report, f"sanitizer or assertion:\n{self.log()}"

    def rss_kb(self):
        return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text()).group(1))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Lavanode(Program):
    """build/lavanode, a Lavalink node. `args` go to it as they are; ports are read from its `listening` lines."""

    def __init__(self, *args, version=4, password=BACKEND_PASSWORD, port=0, env=None):
        argv = [binary("lavanode"), "--version", str(version), "--listen", f"127.0.0.1:{port or free_port()}",
                "--password", password, *map(str, args)]
        super().__init__(argv, env, stdout_too=True)
        self.version = version
        self.password = password
        match = self.wait_log(r"listening.*?(?:[\d.]+|\[[^\]]*\]|localhost):(\d+)")
        self.port = int(match.group(1))

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def stop(self):
        if self.is_running():
            self.process.send_signal(signal.SIGTERM)
        self.wait()
        self.assert_clean()


def backend_entry(backend, index):
    """A backend for the configuration from an object with port and version, a (version, "host:port"), or a dict."""
    if isinstance(backend, dict):
        return backend
    if isinstance(backend, tuple):
        version, address = backend
        password = BACKEND_PASSWORD
    else:
        version, address = backend.version, backend.address
        password = getattr(backend, "password", BACKEND_PASSWORD)
    return {"name": f"b{index}-v{version}", "version": version, "address": address, "password": password, "weight": 1}


class Lavaproxy(Program):
    """The program under test, headless, on free loopback ports.

    `backends`: see backend_entry; none: one v4 backend on a port where nobody listens. `config` is joined over the
    generated configuration. `wait`: "ready" waits until /readyz says 200, "started" until the ports are open and the
    first snapshot is there, "none" does not wait; by default ready when backends are given.
    """

    def __init__(self, directory, backends=None, config=None, password=PASSWORD, web_password="", args=(), env=None,
                 wait=None, preexec=None):
        directory.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.web_port = free_port()
        self.password = password
        self.web_password = web_password
        wanted = backends if backends is not None else [(4, f"127.0.0.1:{free_port()}")]
        entries = [backend_entry(b, i) for i, b in enumerate(wanted)]
        self.config = merge(
            {
                "proxy": {"listen": f"127.0.0.1:{self.port}", "password": password},
                "web": {"listen": f"127.0.0.1:{self.web_port}", "password": web_password},
                "backends": entries,
                # Scripted backends know no /version, and a loaded machine is no slow backend.
                "health": {"interval": "1s", "timeout": "1s", "check": "tcp", "slow": "1m"},
                "timeouts": {"drain": "1s"},
                "log": {"level": "debug"},
            },
            config,
        )
        self.config_path = directory / "lavaproxy.yaml"
        self.write_config()
        argv = [binary("lavaproxy"), "--headless", "-c", str(self.config_path), *map(str, args)]
        super().__init__(argv, env, cwd=directory, preexec=preexec)
        self.stopped = False
        try:
            self._wait_for(wait or ("ready" if backends else "started"))
        except BaseException:
            self.process.kill()
            self.wait()
            raise

    def write_config(self, text=None):
        """Puts self.config, or `text`, into the file, whole at any moment, as a careful editor does."""
        # JSON is YAML, and needs no library that is not there.
        text = json.dumps(self.config, indent=2, ensure_ascii=False) if text is None else text
        fresh = self.config_path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o600)
        fresh.replace(self.config_path)

    def post(self, target):
        """A POST to the web port with the configured web password."""
        return self.api(target, method="POST", password=self.web_password or None)

    def reload(self, changes=None, status=200):
        """Joins `changes` into the configuration, writes the file and has it loaded; the answer's JSON."""
        self.config = merge(self.config, changes)
        self.write_config()
        answer = self.post("/api/reload")
        assert answer.status == status, answer
        return answer.json()

    def _wait_for(self, what):
        if what == "none":
            return

        def listening():
            assert self.is_running(), f"it ended with status {self.process.poll()}:\n{self.log()}"
            return is_listening(self.port) and (self.config["web"]["listen"] == "off" or is_listening(self.web_port))

        wait_until(listening, 15, "the ports")
        if self.config["web"]["listen"] == "off":
            return
        auth = self.web_password or None
        wait_until(lambda: self.api("/api/health", password=auth).status == 200, 15, "the first snapshot")
        if what == "ready":
            wait_until(lambda: self.api("/readyz", password=auth).status == 200, 15, "every version online")

    def connect(self, **options):
        """A RawSocket to the proxy port."""
        return RawSocket(self.port, **options)

    def exchange(self, data, **options):
        return exchange(self.port, data, **options)

    def api(self, target, method="GET", password=None, headers=None, body=None, source=None):
        """One request to the web port. `password`: sent as Bearer."""
        fields = dict(headers or {})
        if password is not None:
            fields["Authorization"] = f"Bearer {password}"
        bind = (source, 0) if source else None
        client = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=patience(20), source_address=bind)
        try:
            client.request(method, target, body, fields)
            response = client.getresponse()
            content = response.read()
            return Answer(response.status, response.reason, response.getheaders(), content, b"")
        finally:
            client.close()

    def get(self, target):
        """The JSON of a GET that must be answered 200, with the configured web password."""
        answer = self.api(target, password=self.web_password or None)
        assert answer.status == 200, f"{target}: {answer}"
        return answer.json()

    def connections(self):
        return self.get("/api/connections")["connections"]

    def connection_of(self, sock, timeout=5.0):
        """The row of /api/connections that belongs to a RawSocket."""
        return wait_until(
            lambda: next((r for r in self.connections() if r["clientAddress"] == sock.name), None),
            timeout,
            f"{sock.name} in /api/connections",
        )

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, status=0):
        """SIGTERM; asserts the exit status, and that no sanitizer complained."""
        if self.stopped:
            return
        self.stopped = True
        if self.is_running():
            self.signal(signal.SIGTERM)
        ended = self.wait(30)
        self.assert_clean()
        assert ended == status, f"exit status {ended}, not {status}:\n{self.log()}"
