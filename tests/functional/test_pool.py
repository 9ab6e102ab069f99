"""Backend connections are kept, shared between clients, and a request is sent twice only when that is safe."""

import threading

import pytest

from stage import Stage, assert_refusal, closing, read_request
from support import ok, request, wait_until


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = Stage(tmp_path_factory.mktemp("pool"), config={"proxy": {"workers": 1}})
    yield made
    made.stop()


@pytest.fixture
def stage(shared):
    shared.reset()
    yield shared


def keeping(conn):
    """Answers every request with its number on this connection."""
    count = 0
    while True:
        read_request(conn)
        count += 1
        conn.send(ok(str(count).encode()))


def test_one_backend_connection_serves_many_clients(stage):
    stage.script(keeping)
    for i in range(1, 11):
        with stage.connect() as sock:
            answer = sock.send(request(target="/v4/x")).read_answer()
            assert answer.body == str(i).encode()
    assert len(stage.connections()) == 1


def test_connections_of_a_burst_are_reused(stage):
    stage.script(keeping)
    for _ in range(3):
        socks = [stage.connect().send(request(target="/v4/x")) for _ in range(10)]
        for sock in socks:
            assert sock.read_answer().status == 200
            sock.close()
    assert len(stage.connections()) <= 10


def test_pools_of_versions_are_apart(stage):
    stage.script(keeping)
    with stage.connect() as sock:
        for target in ("/v3/x", "/v4/x") * 3:
            sock.send(request(target=target)).read_answer()
    assert (len(stage.v3.connections), len(stage.v4.connections)) == (1, 1)


@pytest.mark.parametrize("head", [b"Connection: close\r\nContent-Length: 2\r\n\r\nok", b"\r\nok"])
def test_what_the_backend_closes_is_not_reused(stage, head):
    stage.script([(b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + head)])
    for _ in range(3):
        assert stage.ask(request("POST", "/v4/x", [("Content-Length", "0")])).body == b"ok"
    assert len(stage.connections()) == 3


def test_a_connection_closed_while_idle_is_no_error(stage):
    """The backend closes between two requests, without a word: even a POST must get through."""
    stage.script([(b"\r\n\r\n", ok(b"first"))])
    for i in range(5):
        assert stage.ask(request("POST", "/v4/x", [("Content-Length", "0")])).body == b"first"
        wait_until(lambda n=i: stage.v4.connections[n].closed.is_set(), 5)


def dying(stage, behind):
    """The first connection answers once, takes a second request and dies with `behind` said; others answer."""
    def backend(conn):
        conn.head()
        if conn.index == 0:
            conn.send(ok(b"first"))
            conn.head()
            conn.send(behind)
            return
        conn.send(closing(b"again"))

    stage.script(backend)
    assert stage.ask(request(target="/v4/first")).body == b"first"


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_idempotent_request_is_sent_again(stage, method):
    dying(stage, b"")
    data = request(method, "/v4/second", [("Content-Length", "0")])
    assert stage.ask(data).body == b"again"
    assert len(stage.connections()) == 2


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_other_request_is_not_sent_again(stage, method):
    dying(stage, b"")
    data = request(method, "/v4/second", [("Content-Length", "2")], b"{}")
    assert_refusal(stage.ask(data), 502)
    assert sum(b"/v4/second" in c.received for c in stage.connections()) == 1


@pytest.mark.parametrize("behind", [b"H", b"HTTP/1.1 200 OK\r\nContent-Le"])
def test_nothing_is_sent_again_behind_the_first_answer_byte(stage, behind):
    dying(stage, behind)
    assert_refusal(stage.ask(request(target="/v4/second")), 502)
    assert sum(b"/v4/second" in c.received for c in stage.connections()) == 1


def test_a_request_is_not_sent_a_third_time(stage):
    count = []

    def backend(conn):
        conn.head()
        count.append(1)
        if len(count) == 1:
            conn.send(ok(b"first"))
            conn.head()

    stage.script(backend)
    assert stage.ask(request(target="/v4/first")).body == b"first"
    assert_refusal(stage.ask(request(target="/v4/second")), 502)
    assert len(count) <= 3


def test_body_is_not_lost_by_a_second_try(stage):
    """A PUT whose body was partly sent may only be sent again whole, or be answered 502."""
    body = b"x" * 300000

    def backend(conn):
        conn.head()
        if conn.index == 0:
            conn.send(ok(b"first"))
            conn.head()
            return
        conn.send(closing(conn.exact(len(body))))

    stage.script(backend)
    assert stage.ask(request(target="/v4/first")).body == b"first"
    answer = stage.ask(request("PUT", "/v4/second", body=body))
    assert answer.status == 502 or answer.body == body


def test_client_that_leaves_takes_its_exchange_along(stage):
    """An exchange whose client is gone must not leave its answer for somebody else."""
    go = threading.Event()

    def backend(conn):
        conn.head()
        if conn.index == 0:
            go.wait(10)
            conn.send(ok(b"of somebody else"))
            conn.drain()
        else:
            conn.send(closing(b"mine"))

    stage.script(backend)
    sock = stage.connect().send(request(target="/v4/left"))
    first = stage.v4.wait_connection(0)
    sock.reset()
    wait_until(lambda: not stage.proxy.connections(), 5)
    go.set()
    assert stage.ask(request(target="/v4/x")).body == b"mine"
    assert first.closed.wait(5)


def test_idle_connections_to_a_backend_are_not_hoarded(stage):
    """After a burst the pool keeps some, not all for ever; none of them leaks a descriptor when the backend goes."""
    stage.script(keeping)
    before = stage.proxy.descriptors()
    socks = [stage.connect().send(request(target="/v4/x")) for _ in range(60)]
    for sock in socks:
        assert sock.read_answer().status == 200
        sock.close()
    stage.v4.down()
    try:
        wait_until(lambda: stage.proxy.descriptors() <= before + 2, 10, "the descriptors to be as before")
    finally:
        stage.handler = None
        stage.v4.start()
        wait_until(lambda: stage.ask(request(target="/v4/x")).status == 200, 10, "the backend's return")
