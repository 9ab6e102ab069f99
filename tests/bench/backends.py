"""Figures of several backends: reloads under load, fail-over, return and death of a node, affinity and observer.

Real nodes, loopback, one worker on a core of its own. Latencies are taken by the clock, of one request at a time; what is
compared in CPU time is run on two proxies at once, which change roles after each round.
"""
import base64
import contextlib
import http.client
import json
import random
import re
import select
import socket
import statistics
import subprocess
import time

from parts import (BUILD, LOAD_CORE, NODE_PASSWORD, PASSWORD, Node, Proxy, finish_load, free_port, spawn_load)

GETS, HANDSHAKES = 20, 180  # failed over
IN_A_ROW = 20  # nodes
RETURNS = 10
TUNNELS = 1000


class Front(Proxy):
    """A lavaproxy before nodes, with its web port."""

    def __init__(self, folder, nodes):
        port = free_port()
        self.web_port = free_port()
        self.file = folder / f"front-{port}.yaml"
        self.config = {
            "proxy": {"listen": [f"127.0.0.1:{port}"], "password": [PASSWORD], "workers": 1},
            "web": {"listen": f"127.0.0.1:{self.web_port}"},
            "backends": nodes,
        }
        self.file.write_text(json.dumps(self.config))
        super().__init__("lavaproxy", [str(BUILD / "lavaproxy"), "--headless", "-c", str(self.file)], port)

    def wait_online(self):
        while any(b["status"] != "online" for b in self.ask("GET", "/api/health")[1]["backendList"]):
            time.sleep(0.05)

    def ask(self, method, path):
        client = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=20)
        with contextlib.closing(client):
            client.request(method, path)
            answer = client.getresponse()
            return answer.status, json.loads(answer.read())

    def reload(self, **changes):
        """Whether it went well."""
        for key, value in changes.items():
            self.config[key] = {**self.config[key], **value} if key in self.config and isinstance(value, dict) else value
        self.file.write_text(json.dumps(self.config))
        return self.ask("POST", "/api/reload")[0] == 200


def entry(name, node, weight=1):
    return {"name": name, "version": node.version, "address": f"127.0.0.1:{node.port}", "password": NODE_PASSWORD,
            "weight": weight}


@contextlib.contextmanager
def running(folder, weights):
    """A node for each weight, and what makes a front before them; all end with it."""
    with contextlib.ExitStack() as stack:
        nodes = []
        for _ in weights:
            nodes.append(Node())
            stack.callback(nodes[-1].kill)

        def front():
            proxy = Front(folder, [entry(f"n{i}", node, weights[i]) for i, node in enumerate(nodes)])
            stack.callback(proxy.stop)
            proxy.wait_online()
            return proxy

        yield nodes, front


def head(path, *more):
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: bench", f"Authorization: {PASSWORD}", *more, "", ""]).encode()


GET = head("/v4/loadtracks?identifier=bench:200")
HANDSHAKE = head("/v4/websocket", "User-Id: 1", "Client-Name: bench/1", "Connection: Upgrade", "Upgrade: websocket",
                 "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + base64.b64encode(b"0123456789abcdef").decode())


def dial(front):
    sock = socket.create_connection(("127.0.0.1", front.port), 10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def timed(sock, request):
    """Seconds to the first bytes of the answer, which must be good."""
    start = time.perf_counter()
    sock.sendall(request)
    answer = sock.recv(65536)
    took = time.perf_counter() - start
    if answer[9:12] not in (b"200", b"101"):
        raise SystemExit(f"refused: {answer[:60]!r}")
    return took


# --- reloads ----------------------------------------------------------------------------------------------------------


def reloads(folder):
    """Nodes added, renamed, removed, weighed and replaced, passwords rotated, a listener opened and closed."""
    with running(folder, [1, 1, 1]) as (nodes, front):
        a, b, c = [entry(name, node) for name, node in zip("abc", nodes)]
        proxy = front()
        port = f"127.0.0.1:{proxy.port}"
        proxy.reload(backends=[a, b])
        loads = [spawn_load("read", proxy.port, 50, 9, "push=5,300")]
        loads[0].stdout.readline()
        loads += [spawn_load("rest", proxy.port, 16, 7), spawn_load("close", proxy.port, 4, 7)]
        steps = [
            {"backends": [a, b, c]},
            {"backends": [{**a, "name": "renamed"}, b, c], "proxy": {"password": [PASSWORD, "second"]}},
            {"backends": [b, c]},
            {"backends": [{**a, "weight": 5}, b]},
            {"proxy": {"listen": [port, f"127.0.0.1:{free_port()}"]}},
            {"proxy": {"password": ["second", PASSWORD]}, "timeouts": {"idle": "70s"}},
            {"proxy": {"listen": [port]}},
            {"backends": [a]},
            {"backends": [c, b, a], "health": {"interval": "30s"}},
            {"backends": [a, b], "proxy": {"password": [PASSWORD]}},
        ]
        failed = 0
        for step in steps:
            time.sleep(0.5)
            failed += not proxy.reload(**step)
        if any(load.poll() is not None for load in loads):
            raise SystemExit("the load ended before the reloads did")
        results = [finish_load(load) for load in reversed(loads)]
        failed += sum(r["errors"] for r in results)
        made = sum(r["done"] for r in results)
        return [(f"10 reloads: failed of {made} GETs, cut of 50 tunnels", failed, 0)]


# --- a node goes, and returns -------------------------------------------------------------------------------------------


def until_used(front, node):
    """Seconds until a new WebSocket reaches this node."""
    start = time.perf_counter()
    used = False
    while not used:
        if time.perf_counter() - start > 90:
            raise SystemExit("a node that returned is not used")
        with dial(front) as sock:
            timed(sock, HANDSHAKE)
            used = node.websockets() > 0
        time.sleep(0.001)
    took = time.perf_counter() - start
    while node.websockets() > 0:
        time.sleep(0.001)
    time.sleep(0.01)
    return took


def failover_get(folder, usual, after):
    """The first choice is the one with a thousand times the weight."""
    with running(folder, [1000, 1]) as (nodes, front):
        proxy = front()
        for _ in range(GETS):
            with dial(proxy) as sock:
                usual.append(timed(sock, GET))
                nodes[0].kill()
                after.append(timed(sock, GET))
            nodes[0].start()
            until_used(proxy, nodes[0])
        return refused(proxy)


def failover_handshake(folder, usual, after):
    """While none has a WebSocket, the first choice is the first in the list that is up."""
    with running(folder, [1] * (IN_A_ROW + 1)) as (nodes, front):
        proxy = front()
        for _ in range(HANDSHAKES // IN_A_ROW):
            for node in nodes[:IN_A_ROW]:
                with dial(proxy) as sock:
                    usual.append(timed(sock, HANDSHAKE))
                time.sleep(0.01)  # so that it no longer counts
                with dial(proxy) as sock:
                    node.kill()
                    after.append(timed(sock, HANDSHAKE))
                time.sleep(0.01)
            for node in nodes[:IN_A_ROW]:
                node.start()
            time.sleep(1.2)  # what is shown is a second old
            proxy.wait_online()
        return refused(proxy)


def refused(proxy):
    """Requests that met a node that was gone."""
    time.sleep(1.2)
    return sum(b["failures"] for b in proxy.ask("GET", "/api/health")[1]["backendList"])


def failover(folder):
    """A request on a connection that stands is timed with the first choice up, then once its process has gone, unknown to
    the proxy."""
    usual, after = [], []
    met = failover_get(folder, usual, after) + failover_handshake(folder, usual, after)
    middle = statistics.median(usual)
    print(f"failed over: {met} of {len(after)} met a node that was gone; ms, median and worst: "
          f"{1e3 * statistics.median(after):.2f}, {1e3 * max(after):.2f}; not failed over: "
          f"{1e3 * middle:.2f}, {1e3 * max(usual):.2f}")
    return [("failed-over request: ms more, median", 1e3 * (statistics.median(after) - middle), 5),
            (f"failed-over request: ms more, worst of {len(after)} against worst", 1e3 * (max(after) - max(usual)), 5)]


def returns(folder):
    """Down for up to three seconds, beside another node and alone; alone a handshake is held meanwhile."""
    beside, alone = [], []
    with running(folder, [1000, 1]) as (nodes, front):
        proxy = front()
        for _ in range(RETURNS):
            nodes[0].kill()
            with dial(proxy) as sock:
                timed(sock, HANDSHAKE)
            time.sleep(random.uniform(0.1, 3))
            nodes[0].start()
            beside.append(until_used(proxy, nodes[0]))
    with running(folder, [1]) as (nodes, front):
        proxy = front()
        for _ in range(RETURNS):
            nodes[0].kill()
            with dial(proxy) as sock:
                sock.sendall(HANDSHAKE)
                time.sleep(random.uniform(0.1, 3))
                nodes[0].start()
                start = time.perf_counter()
                if not sock.recv(100).startswith(b"HTTP/1.1 101"):
                    raise SystemExit("a handshake that waited was refused")
                alone.append(time.perf_counter() - start)
    return [(f"s until a node that returned is used: worst of {RETURNS}", max(beside), 1),
            (f"s until a waiting handshake reaches it: worst of {RETURNS}", max(alone), 1)]


def is_over(sock):
    try:
        return sock.recv(65536) == b""
    except ConnectionResetError:
        return True


def death(folder):
    """From the SIGKILL to the end of each of a thousand tunnels."""
    with running(folder, [1]) as (nodes, front), contextlib.ExitStack() as stack:
        proxy = front()
        poll = stack.enter_context(select.epoll())
        socks = {}
        for _ in range(TUNNELS):
            sock = stack.enter_context(dial(proxy))
            timed(sock, HANDSHAKE)
            socks[sock.fileno()] = sock
            poll.register(sock, select.EPOLLIN)
        start = time.perf_counter()
        nodes[0].process.kill()
        worst = 0.0
        while socks and worst < 20:
            for number, _ in poll.poll(1):
                worst = time.perf_counter() - start
                if is_over(socks[number]):
                    poll.unregister(number)
                    del socks[number]
        return [(f"s until {TUNNELS} clients know that their node died: worst", worst, 1)]


# --- CPU time ---------------------------------------------------------------------------------------------------------


def affinity(_):
    out = subprocess.run(["taskset", "-c", LOAD_CORE, str(BUILD / "bench" / "affinity")], stdout=subprocess.PIPE, check=True)
    ns = json.loads(out.stdout)
    return [(f"us of CPU to find a session among {count}", ns[count] / 1e3, 0.3) for count in ("10", "1000", "100000")]


def beside(fronts, words, seconds, rounds, unit):
    """CPU seconds per unit of two loads, `words` of each for each front, run at once on two proxies that change roles; and
    the median over pairs of rounds of how much more the first takes, so that neither the proxy nor the moment matters."""
    costs = []
    for turn in range(rounds):
        order = fronts if turn % 2 == 0 else fronts[::-1]
        works = [words(front)[i] for i, front in enumerate(order)]
        loads, before = [], []
        for front, (mode, conns, *more) in zip(order, works):
            loads.append(spawn_load(mode, front.port, conns, seconds, *more))
            if mode == "read":
                loads[-1].stdout.readline()
            before.append(front.cpu())
        cost = []
        for front, load, start in zip(order, loads, before):
            result = finish_load(load)
            cost.append((front.cpu() - start) / unit(result))
        costs.append(cost)
    ratios = [(costs[i][0] * costs[i + 1][0] / (costs[i][1] * costs[i + 1][1])) ** 0.5 for i in range(0, rounds, 2)]
    return [statistics.median(c[i] for c in costs) for i in (0, 1)], statistics.median(ratios)


def observer(folder):
    """Against the same pushes behind a frame at which the observer gives up: reading the costliest message there is, and
    entering it into the book of players."""
    with running(folder, [1]) as (_, front):
        fronts = [front(), front()]
        (on, off), ratio = beside(fronts, lambda f: [("read", 1000, "push=5,300"), ("read", 1000, "push=5,300&odd")], 5, 8,
                                  lambda r: r["bytes"] / 304)
    return [(f"observer: % of CPU more (us a frame {1e6 * on:.2f}, without {1e6 * off:.2f})", 100 * (ratio - 1), 10)]


def session_request(folder):
    """A whole GET that names a session against one that names none; answers of like size."""
    with running(folder, [1]) as (_, front), contextlib.ExitStack() as stack:
        fronts = [front(), front()]
        paths = {}
        for proxy in fronts:
            sock = stack.enter_context(dial(proxy))
            timed(sock, HANDSHAKE)
            session = re.search(rb'"sessionId":"(\w+)"', sock.recv(4096))[1].decode()
            paths[proxy] = f"/v4/sessions/{session}/players"
        (named, plain), ratio = beside(
            fronts, lambda f: [("rest", 16, paths[f]), ("rest", 16, "/v4/loadtracks?identifier=empty")], 2, 8,
            lambda r: r["done"])
    return [(f"us of CPU more for a whole GET of a session (of {1e6 * plain:.1f})", 1e6 * plain * (ratio - 1), None)]


WORKS = {"reloads": reloads, "failover": failover, "returns": returns, "death": death, "affinity": affinity,
         "observer": observer, "session": session_request}


def measure(wanted, folder):
    """Prints and yields (label, value, bar or None) of the works that are wanted."""
    for key, work in WORKS.items():
        if key not in wanted:
            continue
        for label, value, bar in work(folder):
            good = bar is None or value <= bar
            print(f"{label:75}{value:9.3f}   {'' if bar is None else f'bar {bar:g}'} {'' if good else 'MISSED'}", flush=True)
            yield label, value, good
