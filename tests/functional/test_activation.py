"""Sockets passed by a service manager (LISTEN_FDS) and readiness (NOTIFY_SOCKET), with the test as the manager."""

import functools
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from unittest import mock

import pytest

import support
from support import RawSocket, exchange, free_port, is_listening, ok, patience, request, wait_until

# Runs in the child: only there is its process id known. Sockets go to 3 and up, as the protocol has it.
LAUNCH = """
import fcntl, os, sys
high = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in sys.argv[1].split(",") if fd]
for place, fd in enumerate(high, 3):
    os.dup2(fd, place, inheritable=True)
os.closerange(3 + len(high), 200)
if high:
    os.environ["LISTEN_PID"] = sys.argv[2] or str(os.getpid())
    os.environ["LISTEN_FDS"] = str(len(high))
if sys.argv[3]:
    os.environ["LISTEN_FDNAMES"] = sys.argv[3]
os.execv(sys.argv[4], sys.argv[4:])
"""
numbers = itertools.count()


class Manager:
    """Holds listening sockets and hears what the program says of itself."""

    def __init__(self):
        self.sockets = []
        self.names = []
        self.address = f"lavaproxy-test-{os.getpid()}-{next(numbers)}"
        self.ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ear.bind("\0" + self.address)

    def listen(self, name="", host="127.0.0.1"):
        """A listening socket to pass; returns its port."""
        sock = socket.create_server((host, 0), backlog=1024)
        self.add(sock, name)
        return sock.getsockname()[1]

    def add(self, sock, name=""):
        self.sockets.append(sock)
        self.names.append(name)

    def popen(self, argv, pid="", **options):
        """subprocess.Popen, with the sockets passed."""
        fds = [sock.fileno() for sock in self.sockets]
        launch = [sys.executable, "-c", LAUNCH, ",".join(map(str, fds)), pid, ":".join(filter(None, self.names))]
        return REAL_POPEN([*launch, *argv], pass_fds=fds, **options)

    def start(self, lavaproxy, pid="", **options):
        """A Lavaproxy whose ports are the sockets held here."""
        env = {"NOTIFY_SOCKET": "@" + self.address}
        with mock.patch.object(support.subprocess, "Popen", functools.partial(self.popen, pid=pid)):
            return lavaproxy(wait="none", env=env, **options)

    def hear(self, timeout=15.0):
        """The next message, as a dictionary."""
        self.ear.settimeout(patience(timeout))
        return dict(line.split("=", 1) for line in self.ear.recv(4096).decode().splitlines())

    def close(self):
        for thing in [*self.sockets, self.ear]:
            thing.close()


REAL_POPEN = subprocess.Popen


@pytest.fixture
def manager():
    made = Manager()
    yield made
    made.close()


def answer(conn):
    while True:
        conn.head()
        conn.send(ok(b"served"))


CALL = request(target="/v4/info")


# --- which socket is what ----------------------------------------------------------------------------------------


def test_named_sockets_take_the_place_of_the_configured_ones(lavaproxy, scripted, manager):
    first, web, second = manager.listen("proxy"), manager.listen("web"), manager.listen("proxy")
    proxy = manager.start(lavaproxy, backends=[scripted(answer)])
    ready = manager.hear()
    assert ready["READY"] == "1"
    assert f"127.0.0.1:{first} 127.0.0.1:{second}" in ready["STATUS"]
    assert not is_listening(proxy.port) and not is_listening(proxy.web_port)
    proxy.wait_log("proxy.listen is left aside")
    proxy.wait_log("web.listen is left aside")
    proxy.web_port = web
    wait_until(lambda: proxy.api("/readyz").status == 200, 15, "the backend")
    for port in (first, second):
        assert exchange(port, CALL).body == b"served"


def test_without_names_the_address_decides(lavaproxy, scripted, manager):
    web, port = manager.listen(), manager.listen()
    proxy = manager.start(lavaproxy, backends=[scripted(answer)], config={"web": {"listen": f"127.0.0.1:{web}"}})
    assert manager.hear()["READY"] == "1"
    proxy.web_port = web
    wait_until(lambda: proxy.api("/readyz").status == 200, 15, "the backend")
    assert exchange(port, CALL).body == b"served"
    assert "web.listen is left aside" not in proxy.log()


def test_a_web_socket_alone_leaves_the_proxy_port_to_the_configuration(lavaproxy, manager):
    web = manager.listen("web")
    proxy = manager.start(lavaproxy)
    assert manager.hear()["READY"] == "1"
    assert is_listening(proxy.port)
    proxy.web_port = web
    wait_until(lambda: proxy.api("/api/health").status == 200, 15, "the first snapshot")
    assert "proxy.listen is left aside" not in proxy.log()


def test_sockets_for_another_process_are_left_alone(lavaproxy, manager):
    port = manager.listen("proxy")
    proxy = manager.start(lavaproxy, pid="1")
    assert manager.hear()["READY"] == "1"
    assert is_listening(proxy.port)
    with RawSocket(port) as client:
        client.sock.settimeout(0.2)
        with pytest.raises(socket.timeout):
            client.send(CALL).read_answer()


def unix_socket():
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind("\0" + f"lavaproxy-wrong-{os.getpid()}-{next(numbers)}")
    sock.listen()
    return sock


def udp_socket():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    return sock


def mute_socket():
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock


@pytest.mark.parametrize("make, why", [
    (udp_socket, "it is no TCP socket"),
    (mute_socket, "it does not listen"),
    (unix_socket, "it is no TCP socket"),
    (lambda: open(os.devnull, "rb"), "it is no socket"),
])
@pytest.mark.parametrize("args", [[], ["--daemon"]])
def test_what_cannot_be_listened_on_is_refused(lavaproxy, manager, make, why, args):
    manager.add(make(), "proxy")
    proxy = manager.start(lavaproxy, args=args)
    assert proxy.wait() == 1
    proxy.stopped = True
    proxy.assert_clean()
    assert f"lavaproxy: the socket 'proxy' passed by the service manager is of no use: cannot listen on descriptor 3: {why}" \
        in proxy.log()
    assert not is_listening(proxy.port)


def test_two_web_sockets_are_one_too_many(lavaproxy, manager):
    manager.listen("web")
    manager.listen("web")
    proxy = manager.start(lavaproxy)
    assert proxy.wait() == 1
    proxy.stopped = True
    assert "two sockets for the web port" in proxy.log()


# --- across a restart --------------------------------------------------------------------------------------------


def test_nobody_is_refused_across_a_restart(lavaproxy, scripted, manager):
    port, web = manager.listen("proxy"), manager.listen("web")
    backend = scripted(answer)
    served, refused = [], []
    done = threading.Event()

    def keep_coming():
        while not done.is_set():
            try:
                with RawSocket(port, timeout=60) as client:
                    served.append(client.send(CALL).read_answer().status)
            except ConnectionRefusedError as error:
                refused.append(error)
            except (ConnectionError, EOFError):
                pass  # accepted, and cut off by the end of the process: a client tries again

    def start():
        proxy = manager.start(lavaproxy, backends=[backend])
        assert manager.hear()["READY"] == "1"
        proxy.web_port = web
        wait_until(lambda: proxy.api("/readyz").status == 200, 15, "the backend")
        return proxy

    proxy = start()
    comers = [threading.Thread(target=keep_coming) for _ in range(4)]
    for comer in comers:
        comer.start()
    try:
        for _ in range(2):
            count = len(served)
            wait_until(lambda: len(served) > count + 20, 15, "some answers")
            proxy.signal(signal.SIGTERM)
            assert manager.hear()["STOPPING"] == "1"
            proxy.stop()
            # Nobody is there now, and nobody is refused.
            waiting = [RawSocket(port, timeout=60).send(CALL) for _ in range(50)]
            proxy = start()
            for client in waiting:
                with client:
                    assert client.read_answer().body == b"served"
    finally:
        done.set()
        for comer in comers:
            comer.join()
    assert not refused
    assert set(served) == {200}


def test_a_drain_leaves_comers_to_the_successor(lavaproxy, scripted, manager):
    """While tunnels have their time to end, new clients wait; a drain without a manager refuses them."""
    def upgrade(conn):
        conn.head()
        conn.send(support.SWITCHING)
        conn.drain()

    port, web = manager.listen("proxy"), manager.listen("web")
    proxy = manager.start(lavaproxy, backends=[scripted(upgrade)], config={"timeouts": {"drain": "60s"}})
    assert manager.hear()["READY"] == "1"
    proxy.web_port = web
    wait_until(lambda: proxy.api("/readyz").status == 200, 15, "the backend")
    with RawSocket(port) as tunnel:
        assert tunnel.send(support.websocket_request()).read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
        proxy.signal(signal.SIGTERM)
        assert manager.hear()["STOPPING"] == "1"
        # The web port is served to the end; its answer comes after the workers were told to stop accepting.
        wait_until(lambda: proxy.api("/livez").status == 200, 5, "the web port")
        comer = RawSocket(port)
    assert proxy.wait() == 0
    successor = manager.start(lavaproxy, backends=[scripted(answer)])
    successor.web_port = web
    assert manager.hear()["READY"] == "1"
    with comer:
        # Before the successor's first check of its backend a literal address is tried all the same.
        assert comer.send(CALL).read_answer().body == b"served"


def test_a_daemon_takes_passed_sockets_along(lavaproxy, scripted, manager, tmp_path):
    port = manager.listen("proxy")
    pid_file = tmp_path / "run.pid"
    parent = manager.start(lavaproxy, backends=[scripted(answer)], args=["--daemon", "--pid-file", pid_file])
    assert parent.wait() == 0
    parent.stopped = True
    pid = int(pid_file.read_text())
    try:
        assert manager.hear()["READY"] == "1"
        assert exchange(port, CALL).body == b"served"
    finally:
        os.kill(pid, signal.SIGTERM)
    assert manager.hear()["STOPPING"] == "1"
    wait_until(lambda: not pid_file.exists(), 15, "the end of the daemon")
    # Still the manager's: whoever comes waits.
    RawSocket(port).close()


# --- readiness ---------------------------------------------------------------------------------------------------


def test_ready_comes_with_open_ports_and_stopping_with_the_drain(lavaproxy, manager):
    proxy = manager.start(lavaproxy)
    ready = manager.hear()
    assert ready["READY"] == "1"
    assert ready["STATUS"] == f"Serving 1 backend on 127.0.0.1:{proxy.port}"
    assert is_listening(proxy.port) and is_listening(proxy.web_port)
    proxy.signal(signal.SIGTERM)
    assert manager.hear()["STOPPING"] == "1"
    assert proxy.wait() == 0


def test_a_reload_is_told_and_leaves_passed_sockets(lavaproxy, scripted, manager):
    port, web = manager.listen("proxy"), manager.listen("web")
    proxy = manager.start(lavaproxy, backends=[scripted(answer)])
    assert manager.hear()["READY"] == "1"
    before = time.monotonic_ns() // 1000
    proxy.config_path.write_text(json.dumps({**proxy.config, "proxy": {**proxy.config["proxy"], "listen": "127.0.0.9:1"},
                                             "web": {"listen": "off"}}), encoding="utf-8")
    proxy.signal(signal.SIGHUP)
    reloading = manager.hear()
    assert reloading["RELOADING"] == "1"
    assert before <= int(reloading["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
    ready = manager.hear()
    assert (ready["READY"], ready["STATUS"]) == ("1", f"Serving 1 backend on 127.0.0.1:{port}")
    proxy.web_port = web
    wait_until(lambda: proxy.api("/readyz").status == 200, 15, "the backend")
    assert exchange(port, CALL).body == b"served"

    proxy.config_path.write_text("proxy: [", encoding="utf-8")
    proxy.signal(signal.SIGHUP)
    assert manager.hear()["RELOADING"] == "1"
    ready = manager.hear()
    assert ready["READY"] == "1" and "broken" in ready["STATUS"]


def test_a_start_that_fails_is_never_ready(lavaproxy, manager):
    taken = free_port()
    with socket.create_server(("127.0.0.1", taken)):
        proxy = manager.start(lavaproxy, config={"proxy": {"listen": f"127.0.0.1:{taken}"}})
        assert proxy.wait() == 1
        proxy.stopped = True
    manager.ear.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.ear.recv(4096)


def test_a_manager_that_is_gone_does_not_matter(lavaproxy):
    proxy = lavaproxy(env={"NOTIFY_SOCKET": "@lavaproxy-nobody-is-here"})
    proxy.wait_log("cannot tell the service manager")
    assert proxy.get("/api/health")
