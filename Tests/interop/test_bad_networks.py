"""What a subscriber sees and hears when the network becomes bad: real clients beyond a link that can be harmed.

Not all targets are met yet. A test fails when a figure is worse than what has been reached (the guard); the targets
stand beside the figures, and with RELAIS_LAB_TARGETS a missed one fails too.

RELAIS_LAB_RUNS sets how often each scenario runs. Without it each runs once, and two times more when it would fail; the
median counts. RELAIS_WRITE_FIGURES writes the figures to Benchmarks/bad-networks.md.
"""

import os

import pytest

from laboratory import figures, scenarios
from laboratory.call import Call, LaboratoryServer
from laboratory.network import Network, why_not

DELAY_MS = 15
SEED = 1
SECOND_CHANCES = 2


@pytest.fixture(scope="module")
def network():
    if reason := why_not():
        pytest.skip(f"no network laboratory here: {reason}")
    with Network(SEED) as network:
        yield network


@pytest.fixture(scope="module")
def far_server(network, tmp_path_factory, output):
    with LaboratoryServer(network, tmp_path_factory.mktemp("bad-networks")) as server:
        yield server
        (output / "relais-bad-networks.log").write_text(server.log_path.read_text(errors="replace"))


@pytest.fixture(scope="module")
def tables():
    """The tables by scenario; written at the end where all are there."""
    tables = {}
    yield tables
    if os.environ.get("RELAIS_WRITE_FIGURES") and len(tables) == len(scenarios.ALL):
        figures.write(tables.values(), rtt=2 * DELAY_MS, queue=scenarios.QUEUE_MS)


def runs_wanted(scenario):
    """How many runs, and how many more when they miss."""
    told = os.environ.get("RELAIS_LAB_RUNS")
    if told is None:
        return 1, SECOND_CHANCES
    # A browser once: it is there to confirm what the other subscriber measures.
    return (1, SECOND_CHANCES) if scenario.subscriber == "chromium" else (int(told), 0)


def failures(scenario, results):
    return (figures.missed if os.environ.get("RELAIS_LAB_TARGETS") else figures.lost)(scenario, results)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scenario", scenarios.ALL, ids=lambda scenario: scenario.name)
def test_a_subscriber_bears_a_bad_network(network, far_server, tables, scenario, capsys):
    results = []

    def run():
        room = f"{scenario.name}-{len(results)}"
        with Call(network, far_server, room, DELAY_MS, subscriber=scenario.subscriber) as call:
            results.append(scenario.run(call))

    runs, more = runs_wanted(scenario)
    for _ in range(runs):
        run()
    for _ in range(more):
        if failures(scenario, results):
            run()
    tables[scenario.name] = figures.table(scenario, results)
    with capsys.disabled():
        print(f"\n\n{tables[scenario.name]}", flush=True)
    if found := failures(scenario, results):
        pytest.fail("; ".join(found), pytrace=False)
