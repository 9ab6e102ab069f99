"""Backends and sessions at their edges: verdicts on backends that are stale, late or not theirs, keys of
another version or another request, and handshakes that nobody wakes."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import threading
import time

import pytest

from fleet import Fleet, Node
from kernel import DIALLING, sockets
from names import set_addresses, several_addresses
from stage import assert_refusal, masked_frame
from support import free_port, patience, request, wait_until, websocket_request
from test_backends import QUIET, fill_backlog

LATE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A thread that has just sent a ready frame to a client is not scheduled for a while. */
ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    ssize_t (*real)(int, const void *, size_t, int) = dlsym(RTLD_NEXT, "send");
    ssize_t sent = real(fd, bytes, len, flags);
    if (len > 2 && memmem(bytes, len, "\"op\":\"ready\"", 12))
        usleep(300000);
    return sent;
}

/* Towards 127.0.0.9 all local ports are taken, once a file says so. */
int connect(int fd, const struct sockaddr *to, socklen_t len)
{
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)to;
    if (v4->sin_family == AF_INET && v4->sin_addr.s_addr == htonl(0x7f000009) &&
        access(getenv("TEST_ODD"), F_OK) == 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    return real(fd, to, len);
}
"""


def odd_kernel(directory):
    """The environment for a program whose calls behave as LATE says."""
    (directory / "late.c").write_text(LATE)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", directory / "late.so", directory / "late.c", "-ldl"], check=True)
    return {"LD_PRELOAD": str(directory / "late.so"), "TEST_ODD": str(directory / "odd"),
            "ASAN_OPTIONS": "verify_asan_link_order=0"}


def both(first, second):
    """Two such environments in one."""
    return {**first, **second, "LD_PRELOAD": f"{first['LD_PRELOAD']}:{second['LD_PRELOAD']}"}


# Held handshakes


def test_an_undrained_node_takes_the_held_handshake_before_its_next_check(tmp_path):
    config = {**QUIET, "timeouts": {"backend_wait": "20s"}}
    with Fleet(tmp_path / "held", (4,), config=config) as fleet:
        fleet.proxy.post("/api/backends/a/drain")
        with fleet.proxy.connect() as sock:
            sock.send(websocket_request())
            wait_until(lambda: fleet.proxy.get("/api/health")["connections"]["active"] == 1, 5, "it is seen")
            began = time.monotonic()
            fleet.proxy.post("/api/backends/a/undrain")
            assert sock.read_answer().status == 101
            assert time.monotonic() - began < patience(5)


def test_held_handshakes_are_answered_when_the_proxy_ends(tmp_path):
    config = {**QUIET, "timeouts": {"backend_wait": "60s", "drain": "2s"}}
    with Fleet(tmp_path / "ends", (4,), config=config) as fleet:
        fleet.proxy.post("/api/backends/a/drain")
        with fleet.proxy.connect() as sock:
            sock.send(websocket_request())
            wait_until(lambda: fleet.proxy.get("/api/health")["connections"]["active"] == 1, 5, "it is seen")
            fleet.proxy.signal(signal.SIGTERM)
            assert_refusal(sock.read_answer(), 503, "/v4/websocket")
        fleet.proxy.wait()


# Keys


def test_a_resume_key_of_one_version_says_nothing_about_the_other(tmp_path):
    """A bot that goes over to v4 with its old settings still sends the key."""
    with Fleet(tmp_path / "key", (3, 4), config=QUIET) as fleet:
        headers = [("Resume-Key", "the same")]
        assert fleet.bot(3, user="1", headers=headers).greeted().node.version == 3
        assert fleet.bot(4, user="1", headers=headers).greeted().node.version == 4
        fleet.bots[0].close()
        again = fleet.bot(3, user="1", headers=headers).greeted()
        assert again.node.version == 3


def test_a_refused_handshakes_resume_key_is_forgotten(tmp_path):
    """The next handshake on the same connection is another bot's, without a key, and lands on another node."""
    with Fleet(tmp_path / "refused", (3, 3), config={**QUIET, "proxy": {"workers": 1}}) as fleet:
        keyed = [("Resume-Key", "mine")]
        owner = fleet.bot(3, user="1", headers=keyed).greeted()
        assert owner.node.name == "a"
        owner.close()
        with fleet.proxy.connect() as sock:
            normal, fleet["a"].handler = fleet["a"].handler, refuse_once
            answer = sock.send(websocket_request("/v3/websocket", keyed, user_id="1")).read_answer()
            assert answer.status == 400
            fleet["a"].handler = normal
            full = [fleet.bot(3, user="3")]
            assert full[0].node.name == "a"
            sock.send(websocket_request("/v3/websocket", user_id="2"))
            answer = sock.read_answer()
            assert (answer.status, answer.header("X-Node")) == (101, "b")
            again = fleet.bot(3, user="1", headers=keyed)
            assert again.node.name == "a", "its key was taken for that of user 2"


def refuse_once(conn):
    conn.head()
    conn.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    conn.drain()


def test_a_session_is_known_before_its_client_can_ask(tmp_path):
    """However long a worker pauses behind its send, the answer to `ready` finds the session."""
    with Fleet(tmp_path / "late", (4, 4), start=False) as fleet:
        fleet.begin(config={"proxy": {"workers": 3}}, env=odd_kernel(tmp_path))
        bot = fleet.bot().greeted()
        for _ in range(8):
            bot.call()


# Verdicts


def test_two_failures_of_connects_around_a_good_check(tmp_path):
    """The second is news again: whoever hears only of the first takes the backend for up, and the workers do not."""
    port = free_port("127.0.0.2")
    hole = socket.create_server(("127.0.0.2", port), backlog=0)
    with hole, Fleet(tmp_path / "two", (), start=False) as fleet:
        fleet.entries = [{"name": "hole", "version": 4, "address": f"127.0.0.2:{port}", "password": "x", "weight": 1}]
        fleet.begin(config={**QUIET, "proxy": {"workers": 1}, "timeouts": {"connect": "700ms"}})
        fleet.wait_backend("hole", status="online")
        fill = fill_backlog(hole.getsockname())
        first, second = fleet.proxy.connect(), fleet.proxy.connect()
        first.send(request(target="/v4/a"))
        time.sleep(0.05)  # both end within a tenth of a second, and a check fits between
        second.send(request(target="/v4/b"))
        for sock in fill:
            sock.close()
        serve(hole)
        first.read_answer(), second.read_answer()
        wait_until(lambda: fleet.ask(request(target="/v4/c")).status == 200, 5, "the backend to be used again")


def dialling(port):
    """How many connects to a port wait for an answer."""
    return sum(remote == port and row[0] == DIALLING for (_, remote), row in sockets().items())


def serve(listener):
    """Every connection from now on is answered 200."""
    def run():
        while True:
            try:
                sock, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            threading.Thread(target=talk, args=(sock,), daemon=True).start()

    def talk(sock):
        while sock.recv(65536):
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    threading.Thread(target=run, daemon=True).start()


@pytest.mark.parametrize("lasts", [(9,), (2, 9), (9, 2)], ids=["alone", "behind-a-refusal", "before-a-refusal"])
def test_ports_that_ran_out_towards_one_node_leave_the_others(tmp_path, lasts):
    """Local ports are counted by address and port of the other end."""
    env = both(several_addresses(tmp_path, *lasts), odd_kernel(tmp_path))
    port = free_port(f"127.0.0.{lasts[0]}")
    with contextlib.ExitStack() as stack, Fleet(tmp_path / "ports", (4,), start=False) as fleet:
        listeners = [stack.enter_context(socket.create_server((f"127.0.0.{last}", port))) for last in lasts]
        fleet.entries.insert(0, {**fleet.entries[0], "name": "full", "address": f"full.test:{port}"})
        fleet.begin(config={**QUIET, "proxy": {"workers": 1}}, env=env)
        fleet.wait_backend("full", status="online")
        (tmp_path / "odd").touch()
        for listener in listeners:
            listener.close()
        assert {fleet.get("/v4/info") for _ in range(6)} == {"a"}
        assert fleet.bot().node.name == "a"


def test_a_name_that_moved_while_its_old_address_was_dialled(tmp_path):
    """What the old address did not answer says nothing against the new one."""
    port = free_port("127.0.0.3")
    hole = socket.create_server(("127.0.0.2", port), backlog=0)
    node = Node("n", 4, port=port, host="127.0.0.3")
    with hole, Fleet(tmp_path / "moved", (), start=False) as fleet:
        fleet.nodes["n"] = node
        fleet.entries = [node.entry(address=f"moves.test:{port}")]
        fleet.begin(config={"proxy": {"workers": 1}, "health": {"interval": "60s", "timeout": "300ms"},
                            "timeouts": {"connect": "4s"}}, env=several_addresses(tmp_path, 2))
        fleet.wait_backend("n", status="online")
        fill = fill_backlog(hole.getsockname())
        before = dialling(port)
        with fleet.proxy.connect() as sock:
            sock.send(request(target="/v4/a"))
            wait_until(lambda: dialling(port) > before, 5, "the connect")
            set_addresses(tmp_path, 3)
            fleet.proxy.post("/api/backend-health")
            fleet.wait_backend("n", status="timeout")
            fleet.wait_backend("n", status="online")
            answer = sock.read_answer()
            assert (answer.status, answer.header("X-Node")) == (200, "n")
        for each in fill:
            each.close()


def test_a_black_hole_that_a_reload_adds_slows_nobody_down(tmp_path):
    """It has not been seen to answer yet, and others have."""
    port = free_port("127.0.0.2")
    with socket.create_server(("127.0.0.2", port), backlog=0) as hole, Fleet(tmp_path / "adds", (4,)) as fleet:
        fill = fill_backlog(hole.getsockname())
        hole_entry = {**fleet.entries[0], "name": "hole", "address": f"127.0.0.2:{port}"}
        fleet.proxy.reload({"backends": [hole_entry, *fleet.entries]})
        began = time.monotonic()
        for _ in range(4):
            assert fleet.get("/v4/info") == "a"
        assert fleet.bot().node.name == "a"
        assert time.monotonic() - began < 2.5, "it was dialled"
        for sock in fill:
            sock.close()


# All at once

SECONDS = float(os.environ.get("STORM_SECONDS", "2"))


class Storm:
    """Threads that use a fleet, spoil it and order it about until the time is over."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.over = threading.Event()
        self.errors = []
        self.served = 0
        self.removed = False

    def run(self, seed, act):
        rng = random.Random(seed)
        while not self.over.is_set():
            try:
                act(rng)
            except (OSError, EOFError):
                pass
            except Exception as error:  # pylint: disable=broad-except
                self.errors.append(error)
                return

    def bot(self, rng):
        """A WebSocket, now and then left half way, that resumes and configures and calls."""
        version, user = rng.choice([3, 4]), str(rng.randint(1, 20))
        headers = [("Session-Id", rng.choice(list(self.fleet[rng.choice("abcd")].tunnels) or ["none"]))]
        if rng.random() < 0.5:
            headers = [("Resume-Key", f"key{user}")]
        with self.fleet.proxy.connect() as sock:
            for _ in range(rng.randint(0, 2)):
                sock.send(request(target=rng.choice(["/v3/x", "/v4/x"]))).read_answer()
            sock.send(websocket_request(f"/v{version}/websocket", headers, user_id=user))
            if rng.random() < 0.2:
                return
            answer = sock.read_answer()
            if answer.status != 101:
                assert answer.status in (502, 503), answer
                return
            self.served += 1
            session = answer.header("X-Session")
            key = json.dumps({"op": "configureResuming", "key": rng.choice([f"key{user}", None]), "timeout": 1})
            sock.send(masked_frame(key.encode())[: rng.choice([3, 1000])])
            body = json.dumps({"resuming": rng.random() < 0.5, "timeout": 1}).encode()
            head = [("Connection", "close")] if rng.random() < 0.5 else []
            self.fleet.ask(request("PATCH", f"/v{version}/sessions/{session}", head, body))
            if rng.random() < 0.3:
                sock.reset()

    def rest(self, rng):
        with self.fleet.proxy.connect() as sock:
            for _ in range(rng.randint(1, 20)):
                target = rng.choice(["/v4/info", "/v3/info", "/version"])
                answer = sock.send(request(rng.choice(["GET", "POST"]), target)).read_answer()
                assert answer.status in (200, 502, 503), answer
                if answer.header("Connection") == "close":
                    break
            self.served += 1

    def order(self, rng):
        proxy, name = self.fleet.proxy, rng.choice("abcd")
        what = rng.randint(0, 4)
        if what == 0:
            rows = proxy.connections()
            if rows:
                proxy.api(f"/api/connections/{rng.choice(rows)['id']}", "DELETE")
        elif what == 1:
            proxy.post(f"/api/backends/{name}/{rng.choice(['drain', 'undrain'])}")
        elif what == 2:
            proxy.post("/api/backend-health")
        else:
            entries = [{**e, "weight": rng.randint(1, 3)} for e in self.fleet.entries]
            rng.shuffle(entries)
            proxy.reload({"backends": entries[: rng.randint(1, 4)], "proxy": {"workers": 3}})

    def spoil(self, rng):
        node = self.fleet[rng.choice("bd")]
        node.down()
        self.over.wait(rng.random() * 0.2)
        node.start()
        self.over.wait(0.3)


def test_storm_over_a_fleet(tmp_path):
    """Whatever happens at once, no count of sockets at a backend is left over: new bots spread evenly afterwards."""
    config = {"proxy": {"workers": 3}, "timeouts": {"backend_wait": "300ms"},
              "health": {"interval": "500ms", "timeout": "500ms"}}
    with Fleet(tmp_path / "storm", (4, 4, 3, 3), config=config) as fleet:
        storm = Storm(fleet)
        acts = [storm.bot] * 6 + [storm.rest] * 4 + [storm.order, storm.spoil]
        threads = [threading.Thread(target=storm.run, args=(i, act), daemon=True) for i, act in enumerate(acts)]
        for thread in threads:
            thread.start()
        storm.over.wait(SECONDS)
        storm.over.set()
        for thread in threads:
            thread.join(patience(30))
            assert not thread.is_alive()
        assert not storm.errors and storm.served > 10, storm.errors
        fleet.proxy.reload({"backends": fleet.entries})
        for name in "abcd":
            fleet.proxy.post(f"/api/backends/{name}/undrain")
            fleet.wait_backend(name, 20, status="online", removed=False)
        wait_until(lambda: fleet.proxy.get("/api/health")["connections"]["active"] == 0, 20, "everybody to leave")
        assert fleet.spread(6, 4) == {"a": 3, "b": 3}
        assert fleet.spread(6, 3) == {"c": 3, "d": 3}
