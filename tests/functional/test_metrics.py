"""/metrics: what stands there, that Prometheus's own tools are content with it, and that a real Prometheus can scrape it."""

import contextlib
import json
import re
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from support import SWITCHING, free_port, is_listening, ok, patience, request, wait_until, websocket_request

SAMPLE = re.compile(r'^([a-z_]+)(?:\{([a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*)\})? (\S+)$')
DASHBOARD = json.loads((Path(__file__).parents[2] / "docs" / "grafana.json").read_text(encoding="utf-8"))
WEB_PASSWORD = "web-password"


def node(conn):
    while True:
        head = conn.head()
        if b"upgrade: websocket" in head.lower():
            conn.send(SWITCHING)
            conn.drain()
            return
        conn.send(ok(b"x" * 100))


def samples(text):
    """{(name, labels): value}; every line must be one of the format's."""
    found = {}
    for line in text.splitlines():
        if line.startswith("# "):
            assert re.match(r"# (HELP|TYPE) [a-z_]+ \S.*|# EOF$", line), line
            continue
        match = SAMPLE.match(line)
        assert match, line
        labels = frozenset(re.findall(r'([a-z_]+)="([^"]*)"', match.group(2) or ""))
        assert (match.group(1), labels) not in found, line
        found[match.group(1), labels] = float(match.group(3))
    return found


def value(found, name, **labels):
    return found[name, frozenset(labels.items())]


@pytest.fixture
def busy(lavaproxy, scripted):
    """A proxy with a tunnel, two answers and a wrong password behind it; and the tunnel's socket."""
    proxy = lavaproxy(backends=[scripted(node)], web_password=WEB_PASSWORD, config={"web": {"tokens": ["reader"]}})
    sock = proxy.connect().send(websocket_request(client_name='evil"{}'))
    assert sock.read_answer(to_head=True).status == 101
    assert proxy.exchange(request("GET", "/v4/info")).status == 200
    assert proxy.exchange(request("GET", "/v4/info", password="wrong")).status == 403
    wait_until(lambda: "lavaproxy_connections_opened_total 3\n" in scrape(proxy).text, 5, "all three connections")
    return proxy, sock


def scrape(proxy, accept=None):
    headers = {"Authorization": "Bearer reader"}
    if accept:
        headers["Accept"] = accept
    answer = proxy.api("/metrics", headers=headers)
    assert answer.status == 200, answer
    return answer


def test_figures(busy):
    proxy, _ = busy
    found = samples(scrape(proxy).text)
    assert value(found, "lavaproxy_connections", protocol="v4", backend="b0-v4") == 1
    assert value(found, "lavaproxy_http_requests_total", protocol="v4", code_class="1xx") == 1
    assert value(found, "lavaproxy_http_requests_total", protocol="v4", code_class="2xx") == 1
    assert value(found, "lavaproxy_auth_failures_total", kind="wrong") == 1
    assert sum(v for (name, labels), v in found.items() if name == "lavaproxy_http_requests_total" and ("code_class", "4xx") in labels) == 1
    assert value(found, "lavaproxy_backend_up", backend="b0-v4", protocol="v4") == 1
    assert abs(value(found, "lavaproxy_backend_last_check_timestamp_seconds", backend="b0-v4") - time.time()) < patience(30)
    assert value(found, "lavaproxy_backend_check_duration_seconds_count", backend="b0-v4") >= 1
    assert value(found, "lavaproxy_loop_lag_seconds_count") >= 1
    assert value(found, "process_open_fds") > 5 and value(found, "process_cpu_seconds_total") > 0
    assert abs(value(found, "process_start_time_seconds") - time.time()) < patience(60)
    totals = proxy.get("/api/data-usage")["totals"]
    for direction, key in (("in", "bytesIn"), ("out", "bytesOut")):
        told = sum(v for (name, labels), v in found.items() if name == "lavaproxy_bytes_total" and ("direction", direction) in labels)
        assert told == totals[key] > 0
    assert "evil" not in scrape(proxy).text
    assert len(found) < 200 and len(scrape(proxy).body) < 65536


def test_an_answer_we_did_not_pass_on_is_not_counted(lavaproxy, scripted):
    """A node says 200, but what follows is broken: the client got our 502 and nothing else."""
    def liar(conn):
        conn.head()
        conn.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n")
        conn.drain()

    proxy = lavaproxy(backends=[scripted(liar)], web_password=WEB_PASSWORD, config={"web": {"tokens": ["reader"]}})
    assert proxy.exchange(request("GET", "/v4/info")).status == 502

    def answers():
        found = samples(scrape(proxy).text)
        return {c: v for c in ("2xx", "5xx") if (v := value(found, "lavaproxy_http_requests_total", protocol="v4", code_class=c))}
    assert wait_until(answers, 5) == {"5xx": 1}


def test_histograms_add_up(busy):
    found = samples(scrape(busy[0]).text)
    buckets = [(float(dict(labels)["le"].replace("+Inf", "inf")), v) for (name, labels), v in found.items()
               if name == "lavaproxy_loop_lag_seconds_bucket"]
    assert [v for _, v in sorted(buckets)] == sorted(v for _, v in buckets)
    assert max(buckets)[1] == value(found, "lavaproxy_loop_lag_seconds_count")


def test_who_may_ask_and_in_which_format(busy):
    proxy, _ = busy
    assert proxy.api("/metrics").status == 401
    answer = scrape(proxy)
    assert answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8" and "# EOF" not in answer.text
    accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"
    answer = scrape(proxy, accept)
    assert answer.header("Content-Type").startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("\n# EOF\n") and "# TYPE lavaproxy_bytes counter\n" in answer.text
    assert value(samples(answer.text), "lavaproxy_messages_created") > 0


def test_lint(busy):
    text = scrape(busy[0]).text
    done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True)
    assert done.returncode == 0 and not done.stdout and not done.stderr, done


def panels():
    """The panels of the dashboard that show something."""
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries():
    """Every query of the dashboard, by its panel's title, with Grafana's own variables filled in."""
    found = []
    for panel in panels():
        for target in panel["targets"]:
            text = target["expr"].replace("$__rate_interval", "5s").replace("$instance", ".*")
            assert "$" not in text, text
            found.append((panel["title"], text))
    return found


@contextlib.contextmanager
def prometheus(proxy, directory):
    """A real Prometheus that scrapes the proxy; the way to ask it."""
    port = free_port()
    (directory / "prometheus.yml").write_text(json.dumps({"scrape_configs": [{
        "job_name": "lavaproxy", "scrape_interval": "1s", "authorization": {"credentials": "reader"},
        "static_configs": [{"targets": [f"127.0.0.1:{proxy.web_port}"]}]}]}))
    with subprocess.Popen(["prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data",
                           f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
        def ask(path, **parameters):
            target = f"http://127.0.0.1:{port}/api/v1/{path}?" + urllib.parse.urlencode(parameters)
            with urllib.request.urlopen(target, timeout=patience(10)) as answer:
                return json.load(answer)["data"]

        try:
            wait_until(lambda: is_listening(port), 30, "Prometheus")
            yield ask
        finally:
            program.terminate()


def test_a_real_prometheus_and_the_dashboard(busy, tmp_path):
    proxy, _ = busy
    assert proxy.exchange(request("GET", "/v4/loadtracks?identifier=x")).status == 200
    flow = 'rate(lavaproxy_flow_duration_seconds_count{leg="search"}[5s])'
    with prometheus(proxy, tmp_path) as ask:
        def results(text):
            return ask("query", query=text)["result"]

        wait_until(lambda: results('up{job="lavaproxy"} == 1'), 30, "a scrape that went well")
        assert float(results("sum(lavaproxy_connections)")[0]["value"][1]) >= 1
        wait_until(lambda: results("rate(lavaproxy_bytes_total[5s])") and results(flow), 30, "a second scrape")
        empty = [(title, text) for title, text in queries() if not results(text)]
        assert not empty
        down = dict(queries())["Backends down"]
        assert [result["value"][1] for result in results(down)] == ["0"]
        assert ask("label/instance/values", **{"match[]": "lavaproxy_build_info"}) == [f"127.0.0.1:{proxy.web_port}"]


def test_the_dashboard_is_whole(busy):
    """Each family of ours is on it; panels have numbers of their own, lie within the grid, and none lies on another."""
    shown = " ".join(text for _, text in queries())
    families = set(re.findall(r"# TYPE (lavaproxy_[a-z_]+)", scrape(busy[0]).text))
    assert not {name for name in families if name not in shown}
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)
    taken = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
    source = {"type": "prometheus", "uid": "${datasource}"}
    assert all(part["datasource"] == source for panel in panels() for part in (panel, *panel["targets"]))
    assert {variable["name"] for variable in DASHBOARD["templating"]["list"]} == {"datasource", "instance"}
