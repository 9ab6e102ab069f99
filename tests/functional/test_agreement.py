"""One snapshot, one set of figures: stream, lists, health, metrics, CSV, pages and screen agree on a proxy where nothing moves."""

import contextlib
import csv
import http.client
import io
import json
import re

from support import patience, wait_until
from test_metrics import samples
from test_screen import bots, screen  # noqa: F401
from test_stream import Stream


def get(proxy, path):
    client = http.client.HTTPConnection("127.0.0.1", proxy.web_port, timeout=patience(20))
    with contextlib.closing(client):
        client.request("GET", path)
        answer = client.getresponse()
        assert answer.status == 200, path
        return answer.read().decode()


def told_by_stream(proxy):
    """Figures of the next event, those of the backend included."""
    stream = Stream(proxy)
    with contextlib.closing(stream.sock):
        return stream.event()


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def total(rows, name):
    return sum(int(row[name]) for row in rows)


def figures_of_programs(proxy):
    """(connections, bytes in, bytes out) by who tells them: what is exact everywhere."""
    usage, lists = json.loads(get(proxy, "/api/data-usage")), json.loads(get(proxy, "/api/connections"))
    health = json.loads(get(proxy, "/api/health"))
    metrics = samples(get(proxy, "/metrics"))
    by_csv, ips_by_csv = rows_of(get(proxy, "/api/connections?format=csv")), rows_of(get(proxy, "/api/data-usage?format=csv"))

    def measured(name, **labels):
        return sum(value for (known, all_labels), value in metrics.items() if known == name and set(labels.items()) <= all_labels)

    sums = usage["totals"]
    return {
        "totals": (sums["activeConnections"], sums["bytesIn"], sums["bytesOut"]),
        "connections": (lists["activeConnections"], total(lists["connections"], "bytesIn"), total(lists["connections"], "bytesOut")),
        "IPs": (total(usage["ipUsage"], "activeConnections"), total(usage["ipUsage"], "bytesIn"), total(usage["ipUsage"], "bytesOut")),
        "connections, CSV": (len(by_csv), total(by_csv, "bytesIn"), total(by_csv, "bytesOut")),
        "IPs, CSV": (total(ips_by_csv, "activeConnections"), total(ips_by_csv, "bytesIn"), total(ips_by_csv, "bytesOut")),
        "health": (health["connections"]["active"], total(health["backendList"], "bytesIn"), total(health["backendList"], "bytesOut")),
        "metrics": (measured("lavaproxy_connections"), measured("lavaproxy_bytes_total", direction="in"),
                    measured("lavaproxy_bytes_total", direction="out")),
    }


def figures_of_page(proxy):
    page = get(proxy, "/")
    cells = re.findall(r'id="(total-\w+)">(.*?)</dd>', page)
    shown = {name: re.sub(r"<svg.*?</svg>|<[^>]*>", " ", cell) for name, cell in cells}
    return tuple(int(re.search(pattern, shown[name]).group(1)) for name, pattern in (
        ("total-connections", r"(\d+) "), ("total-In", r"(\d+) Bytes\s*$"), ("total-Out", r"(\d+) Bytes\s*$")))


def figures_of_screen(proxy):
    found = re.search(r" (\d+) conns.*?\n in .*? total +(\d+) .*?\n out .*? total +(\d+) ", proxy.text(), re.S)
    return tuple(map(int, found.groups())) if found else None


def test_all_tell_the_same(screen):  # noqa: F811
    proxy = screen(rows=42, cols=140, config={"rates": {"interval": "1s"}})
    with bots(proxy, ["alpha/1.0", "beta/2.0"]) as (alpha, _):
        alpha.send(b"x" * 100)  # little enough to be shown to the byte

        def is_quiet():
            news = told_by_stream(proxy)
            return news if news["bytesIn"] > 500 and news["bytesInRate"] == news["bytesOutRate"] == 0 else None

        before = wait_until(is_quiet, 20, "a proxy where nothing moves")
        expected = (before["connections"]["active"], before["bytesIn"], before["bytesOut"])
        assert expected[0] == 2 and 0 < expected[2] < expected[1] < 1000
        told = figures_of_programs(proxy)
        told["page"] = figures_of_page(proxy)
        wait_until(lambda: figures_of_screen(proxy) == expected, 5, f"{expected} on the screen")
        after = told_by_stream(proxy)
        assert after["seq"] > before["seq"] and (after["bytesIn"], after["bytesOut"]) == expected[1:]
        assert told == dict.fromkeys(told, expected)
        # One by one, too: the row of each connection on the screen has the total of its row in JSON.
        for row in json.loads(get(proxy, "/api/connections"))["connections"]:
            shown = proxy.wait_for(rf" {row['id']} v4 WS +127\.0\.0\.1 +{row['clientName']} [^\n]* b0-v4 +0 +0 +(\d+) ").group(1)
            assert int(shown) == row["bytesIn"] + row["bytesOut"]
