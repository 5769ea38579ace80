"""Fixtures of the interop tests: clients that Relais did not write talk to a real process on loopback."""

import itertools
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from relais_server import RelaisServer  # noqa: E402

room_numbers = itertools.count(1)
outcome = 0


@pytest.fixture(scope="session")
def output():
    """Where screenshots and logs go."""
    folder = pathlib.Path(os.environ.get("RELAIS_OUTPUT", pathlib.Path(__file__).parent.parent / ".output"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory, output):
    """One Relais for all tests that do not stop it."""
    with RelaisServer(tmp_path_factory.mktemp("relais")) as running:
        yield running
        (output / "relais.log").write_text(running.log_path.read_text(errors="replace"))


@pytest.fixture
def own_server(tmp_path):
    """A Relais that the test may stop, kill or measure."""
    with RelaisServer(tmp_path) as running:
        yield running


@pytest.fixture
def room():
    return f"room-{next(room_numbers)}"


def pytest_sessionfinish(session, exitstatus):
    global outcome
    outcome = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    # The SDK leaves native threads behind that would keep the interpreter from ending.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(outcome)
