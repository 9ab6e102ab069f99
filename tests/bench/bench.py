#!/usr/bin/python3
"""Figures beside haproxy (mode http) and nginx with the equivalent configuration, all from one run.

Each proxy has one worker, pinned to one core; the node and the load share the other. What counts is CPU time: the kernel's
account of all threads of the proxy (schedstat), divided by the operations done. Proxies take turns within a round, and medians
over the rounds are printed with the ratio to haproxy, so that a noisy machine is noisy for all of them. Exit status 1 when a
bar is missed.

    bench.py [--rounds N] [--seconds S] [--only rest,close,...] [--json FILE]
"""
import argparse
import json
import pathlib
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import backends
from parts import (BUILD, NODE_PASSWORD, PASSWORD, Node, Proxy, background, cpu_per, finish_load, free_port, spawn_load)

HAPROXY = """
global
  maxconn 9950
  nbthread 1
defaults
  mode http
  timeout connect 3s
  timeout client 75s
  timeout server 75s
  timeout tunnel 24h
  timeout http-request 10s
  http-reuse always
  option forwardfor
frontend f
  bind 127.0.0.1:{port}
  http-request deny deny_status 401 unless {{ req.hdr(Authorization) -m str {password} }}
  http-request set-header Authorization {node_password}
  http-request del-header Sec-WebSocket-Extensions
  use_backend v3 if {{ path_beg /v3/ }}
  default_backend v4
backend v3
  server a 127.0.0.1:{node} check inter 60s
backend v4
  server a 127.0.0.1:{node} check inter 60s
"""
NGINX = """
worker_processes 1; daemon off; pid {dir}/nginx.pid; error_log {dir}/nginx.log crit;
worker_rlimit_nofile 20000;
events {{ worker_connections 19990; }}
http {{
  access_log off; proxy_temp_path {dir}/p; client_body_temp_path {dir}/b; fastcgi_temp_path {dir}/f;
  uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  keepalive_requests 1000000000; keepalive_timeout 75s;
  map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
  upstream v4 {{ server 127.0.0.1:{node}; keepalive 256; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      if ($http_authorization != "{password}") {{ return 401; }}
      proxy_pass http://v4; proxy_http_version 1.1; proxy_read_timeout 24h; proxy_send_timeout 24h;
      proxy_set_header Authorization "{node_password}"; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header Sec-WebSocket-Extensions "";
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
    }}
  }}
}}
"""
LAVAPROXY = """
proxy: {{listen: "127.0.0.1:{port}", password: {password}, workers: 1}}
web: {{listen: "off"}}
backends:
  - {{name: v4, version: 4, address: "127.0.0.1:{node}", password: {node_password}}}
"""


def p99_busy(proxy, seconds):
    """REST p99 at 500/s, due at fixed times, beside 1 000 pushed sockets and one bulk stream; in microseconds.

    The stream is paced (100 MB/s): unpaced, it would load the core that node and load share the more the faster the proxy is.
    """
    with background("read", proxy.port, 1000, seconds + 60, "push=5,300"), \
            background("read", proxy.port, 1, seconds + 60, "push=2000,50000"):
        return finish_load(spawn_load("rate", proxy.port, 32, seconds, 500))["p99_us"]


def idle_memory(proxy, count=9900):
    """Bytes of PSS each idle tunnel adds. The handshake is traffic, so each has its 60 s history in the books and in the
    snapshot while this is measured."""
    before = proxy.memory()
    process = spawn_load("idle", proxy.port, count, 0, stdin=subprocess.PIPE)
    process.stdout.readline()
    time.sleep(3)  # snapshots with these rows have been drawn and the last one let go
    grown = proxy.memory() - before
    process.communicate("")
    return grown / count


# label, scale, bar (largest ratio to haproxy, or None), measure
WORKS = {
    "rest": ("keep-alive GET, 2 KB: CPU us/request", 1e6, 0.85, lambda p, s: cpu_per(
        p, ("rest", p.port, 32, s), lambda r: r["done"])),
    "close": ("connection per GET: CPU us/request", 1e6, 1.0, lambda p, s: cpu_per(
        p, ("close", p.port, 32, s), lambda r: r["done"])),
    "echo": ("WebSocket echo, 200 B: CPU us/round trip", 1e6, 0.9, lambda p, s: cpu_per(
        p, ("echo", p.port, 32, s), lambda r: r["done"])),
    "push": ("push 300 B at 5/s to 1 000: CPU s/million frames", 1e6, 0.95, lambda p, s: cpu_per(
        p, ("read", p.port, 1000, s + 2, "push=5,300"), lambda r: r["bytes"] / 304)),
    "bulk": ("bulk through a tunnel: CPU s/GB", 1, 1.0, lambda p, s: cpu_per(
        p, ("read", p.port, 1, s, "bulk=1000000000000"), lambda r: r["bytes"] / 1e9)),
    "p99": ("REST p99 us at 500/s beside pushes and 100 MB/s", 1, 1.0, p99_busy),
    "idle": ("memory of an idle tunnel of 9 900: bytes", 1, None, lambda p, s: idle_memory(p)),
}


IDLE_BYTES = 4096
OWN_BARS = {
    "RSS after 100 000 short connections, MB": 4,
    "descriptors more than before": 0,
    "CPU % with 500 idle tunnels": 1,
    "CPU % at the descriptor limit": 5,
    "seconds until service is back": 1,
}


def own_figures(proxy):
    """Figures of lavaproxy alone; of a process that has not worked yet, so that nothing is warmed up for them."""
    figures = {}
    rss, fds = proxy.memory("Rss"), proxy.descriptors()
    finish_load(spawn_load("burst", proxy.port, 100000, 0))
    time.sleep(52)  # kept-alive backend connections are closed after 45 s
    figures["RSS after 100 000 short connections, MB"] = (proxy.memory("Rss") - rss) / 1e6
    figures["descriptors more than before"] = proxy.descriptors() - fds
    process = spawn_load("idle", proxy.port, 500, 0, stdin=subprocess.PIPE)
    process.stdout.readline()
    time.sleep(2)
    before, t = proxy.cpu(), time.monotonic()
    time.sleep(10)
    figures["CPU % with 500 idle tunnels"] = 100 * (proxy.cpu() - before) / (time.monotonic() - t)
    process.communicate("")
    return figures


def descriptor_limit(node, folder):
    """CPU % while more clients knock than descriptors are left, and seconds until service is back."""
    port = free_port()
    config = folder / "limit.yaml"
    config.write_text(LAVAPROXY.format(port=port, password=PASSWORD, node=node, node_password=NODE_PASSWORD))
    proxy = Proxy("lavaproxy", ["prlimit", "--nofile=100:100", str(BUILD / "lavaproxy"), "--headless", "-c", str(config)], port)
    knocking = [socket.create_connection(("127.0.0.1", port)) for _ in range(300)]
    time.sleep(1)
    before, t = proxy.cpu(), time.monotonic()
    time.sleep(4)
    cpu = 100 * (proxy.cpu() - before) / (time.monotonic() - t)
    for s in knocking:
        s.close()
    t = time.monotonic()
    request = (f"GET /v4/info HTTP/1.1\r\nHost: b\r\nAuthorization: {PASSWORD}\r\nConnection: close\r\n\r\n").encode()
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(request)
        served = s.recv(100).startswith(b"HTTP/1.1 200")
    back = time.monotonic() - t
    proxy.stop()
    return {"CPU % at the descriptor limit": cpu, "seconds until service is back": back if served else float("inf")}


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--rounds", type=int, default=5)
    args.add_argument("--seconds", type=float, default=3)
    args.add_argument("--only", default="")
    args.add_argument("--json")
    args = args.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-"))
    node = Node()
    proxies = []
    results = {}
    missed = 0
    try:
        for name, text, command in (
                ("lavaproxy", LAVAPROXY, lambda f: [str(BUILD / "lavaproxy"), "--headless", "-c", f]),
                ("haproxy", HAPROXY, lambda f: ["haproxy", "-db", "-f", f]),
                ("nginx", NGINX, lambda f: ["nginx", "-c", f])):
            port = free_port()
            file = folder / f"{name}.conf"
            file.write_text(text.format(port=port, node=node.port, dir=folder, password=PASSWORD,
                                        node_password=NODE_PASSWORD))
            proxies.append(Proxy(name, command(str(file)), port))
        wanted = args.only.split(",") if args.only else [*WORKS, "own", *backends.WORKS]
        print(f"{'work':52}" + "".join(f"{p.name:>12}" for p in proxies) + "   /haproxy    /nginx    bar")
        for key, (label, scale, bar, measure) in WORKS.items():
            if key not in wanted:
                continue
            rounds = 1 if key == "idle" else args.rounds
            rows = [[measure(p, args.seconds) * scale for p in proxies] for _ in range(rounds)]
            median = [statistics.median(column) for column in zip(*rows)]
            ratio = [statistics.median(row[0] / row[i] for row in rows) for i in (1, 2)]
            if key == "idle":
                good, said = median[0] <= IDLE_BYTES, f"{IDLE_BYTES} B"
            else:
                good, said = ratio[0] <= bar, f"{bar:.2f}"
            missed += not good
            results[key] = {"label": label, "median": median, "to_haproxy": ratio[0], "to_nginx": ratio[1], "held": good}
            print(f"{label:52}" + "".join(f"{m:12.2f}" for m in median)
                  + f"{ratio[0]:11.2f}{ratio[1]:10.2f} {said:>6} {'' if good else 'MISSED'}", flush=True)
        if "own" in wanted:
            port = free_port()
            file = folder / "own.conf"
            file.write_text(LAVAPROXY.format(port=port, node=node.port, password=PASSWORD, node_password=NODE_PASSWORD))
            proxies.append(Proxy("fresh", [str(BUILD / "lavaproxy"), "--headless", "-c", str(file)], port))
            figures = {**own_figures(proxies[-1]), **descriptor_limit(node.port, folder)}
            results["own"] = figures
            for label, value in figures.items():
                good = value <= OWN_BARS[label]
                missed += not good
                print(f"{label:52}{value:12.2f}   bar {OWN_BARS[label]:g} {'' if good else 'MISSED'}")
        for label, value, good in backends.measure(wanted, folder):
            missed += not good
            results[label] = value
    finally:
        for proxy in proxies:
            proxy.stop()
        node.kill()
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(results, indent=1))
    print(f"{missed} bars missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
