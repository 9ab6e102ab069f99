"""Fixtures of the functional tests: programs started for one test, stopped and judged at its end."""

import os

import pytest

import support


def pytest_addoption(parser):
    parser.addoption(
        "--flavour",
        choices=("release", "asan", "tsan", "clang"),
        default=None,
        help="which build to test (default: LAVAPROXY_FLAVOUR, else asan when it is built, else release)",
    )


def pytest_configure(config):
    chosen = config.getoption("--flavour") or os.environ.get("LAVAPROXY_FLAVOUR")
    if not chosen:
        built = os.path.exists(support.binary("lavaproxy", "asan"))
        chosen = "asan" if built else "release"
    os.environ["LAVAPROXY_FLAVOUR"] = chosen


def pytest_report_header():
    return f"lavaproxy: {support.binary('lavaproxy')}"


@pytest.fixture
def flavour():
    return support.flavour()


@pytest.fixture
def scripted():
    """A factory of ScriptedBackend; all of them are closed at the end and their handlers' errors raised."""
    made = []

    def make(handler, **options):
        made.append(support.ScriptedBackend(handler, **options))
        return made[-1]

    yield make
    support.stop_all(made)


@pytest.fixture
def lavanode():
    """A factory of Lavanode."""
    made = []

    def make(*args, **options):
        made.append(support.Lavanode(*args, **options))
        return made[-1]

    yield make
    support.stop_all(made)


@pytest.fixture
def lavaproxy(tmp_path, scripted, lavanode):
    """A factory of Lavaproxy. It depends on the backends' fixtures so that the proxy stops before them."""
    made = []

    def make(**options):
        made.append(support.Lavaproxy(tmp_path / f"proxy{len(made)}", **options))
        return made[-1]

    yield make
    support.stop_all(made)
