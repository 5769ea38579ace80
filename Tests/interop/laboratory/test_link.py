"""The link does what it is set to: the model in virtual time, and the real thing measured from outside."""

import itertools

import pytest

from laboratory.impairment import Direction, Settings
from laboratory.network import SERVER_ADDRESS, SUBSCRIBER_ADDRESS, Network, why_not
from laboratory.probe import send_and_receive


def carry(settings, count=10000, size=1000, interval=0.001, seed=3, changes=()):
    """Offers packets at even intervals of virtual time; returns the direction and arrivals (number, sent, arrived)."""
    direction = Direction(Settings(**settings), seed=seed)
    changes = dict(changes)
    arrivals = []

    def collect(now):
        while (due := direction.next_time()) <= now:
            for arrived, packet in direction.take(due):
                number = int.from_bytes(packet[:4], "big")
                arrivals.append((number, number * interval, arrived))

    for number in range(count):
        collect(number * interval)
        if number in changes:
            direction.change(**changes[number])
        direction.offer(number * interval, number.to_bytes(4, "big") + bytes(size - 4))
    collect(1e9)
    return direction, arrivals


def runs_of_loss(arrivals, count):
    present = {number for number, _, _ in arrivals}
    return [len(list(run)) for lost, run in itertools.groupby(range(count), lambda n: n not in present) if lost]


def test_rate_and_queue_are_kept():
    # 8 Mbit/s into 2 Mbit/s.
    direction, arrivals = carry({"rate_kbps": 2000, "queue_ms": 100, "delay_ms": 20})
    seconds = arrivals[-1][2] - arrivals[0][2]
    assert (len(arrivals) - 1) * 8000 / seconds == pytest.approx(2e6, rel=0.001)
    waits = [arrived - sent - 0.020 for _, sent, arrived in arrivals]
    assert 0.100 <= max(waits) <= 0.109  # a packet of 4 ms before it, its own 4 ms
    assert min(waits) == pytest.approx(0.004)
    counters = direction.counters
    assert counters.offered_packets == 10000 == counters.delivered_packets + counters.dropped_packets
    assert counters.delivered_bytes == counters.delivered_packets * 1000
    assert direction.queue_milliseconds(100) == 0


def test_a_packet_larger_than_the_queue_still_passes_when_the_line_is_idle():
    direction, arrivals = carry({"rate_kbps": 100, "queue_ms": 0}, count=10, interval=1.0)
    assert len(arrivals) == 10 and direction.counters.dropped_packets == 0


def test_jitter_stays_in_its_bounds_and_keeps_the_order():
    _, arrivals = carry({"delay_ms": 15, "jitter_ms": 10})
    delays = [arrived - sent for _, sent, arrived in arrivals]
    assert min(delays) >= 0.015 - 1e-9 and max(delays) <= 0.025 + 1e-9
    assert max(delays) - min(delays) > 0.009
    assert [number for number, _, _ in arrivals] == list(range(10000))


@pytest.mark.parametrize("share, burst", [(0.1, 1), (0.2, 4), (0.05, 10)])
def test_loss_has_its_share_and_its_length(share, burst):
    direction, arrivals = carry({"loss": share, "burst": burst}, count=200_000, size=100)
    assert direction.counters.lost_packets == 200_000 - len(arrivals)
    assert direction.counters.lost_packets / 200_000 == pytest.approx(share, rel=0.06)
    runs = runs_of_loss(arrivals, 200_000)
    # Two bursts may follow one another at once; the last one may reach over the end.
    assert all(run % burst == 0 for run in runs[:-1])
    assert runs.count(burst) > len(runs) * (0.7 if burst > 1 else 0.85)


def test_reordered_packets_are_overtaken():
    direction, arrivals = carry({"delay_ms": 10, "reorder": 0.1, "reorder_ms": 5})
    numbers = [number for number, _, _ in arrivals]
    overtaken = sum(later < earlier for earlier, later in zip(numbers, numbers[1:]))
    assert direction.counters.reordered_packets == pytest.approx(1000, rel=0.1)
    assert overtaken > 800 and sorted(numbers) == list(range(10000))


def test_settings_change_under_way():
    _, arrivals = carry({"delay_ms": 10}, changes={5000: {"delay_ms": 50, "loss": 0.5}, 8000: {"loss": 0}})
    by_number = {number: arrived - sent for number, sent, arrived in arrivals}
    assert by_number[4999] == pytest.approx(0.010) and by_number[9999] == pytest.approx(0.050)
    assert all(number in by_number for number in [*range(5000), *range(8000, 10000)])
    assert 1300 < sum(number in by_number for number in range(5000, 8000)) < 1700


def test_the_same_seed_loses_the_same_packets():
    kept = [[number for number, _, _ in carry({"loss": 0.3}, count=500, seed=seed)[1]] for seed in (1, 1, 2)]
    assert kept[0] == kept[1] != kept[2]


@pytest.mark.parametrize("wrong", [{"rate_kbps": 0}, {"delay_ms": -1}, {"loss": 1.5}, {"burst": 0}, {"reorder": 2}])
def test_senseless_settings_are_refused(wrong):
    with pytest.raises(ValueError):
        Settings(**wrong)


@pytest.fixture(scope="module")
def network():
    if reason := why_not():
        pytest.skip(reason)
    with Network(seed=11) as network:
        yield network


@pytest.fixture
def probe(network):
    """Measures the downlink under some settings, with the uplink untouched."""
    clean = {"rate_kbps": None, "queue_ms": 300, "delay_ms": 0, "jitter_ms": 0, "loss": 0, "burst": 1, "reorder": 0}

    def measure(settings, up=False, **traffic):
        network.change(down=settings if not up else None, up=settings if up else None)
        sides = (network.server_side, network.subscriber_side)
        address = SERVER_ADDRESS if up else SUBSCRIBER_ADDRESS
        return send_and_receive(*(reversed(sides) if up else sides), address, **traffic)

    yield measure
    network.change(down=clean, up=clean)


@pytest.mark.parametrize("up", [False, True], ids=["down", "up"])
def test_a_real_link_delays_as_told_and_adds_little(network, probe, up, capsys):
    # 5 Mbit/s in 600 packets a second.
    measured = probe({"delay_ms": 15}, up=up, count=1800, size=1040, interval=1 / 600)
    late = network.counters()["up" if up else "down"]["late_ms_p99"]
    with capsys.disabled():
        print(
            f"\nlink set to 15 ms: {measured.delay(0):.2f} … median {measured.delay(0.5):.2f}, "
            f"p95 {measured.delay(0.95):.2f}, worst {measured.delay(1):.2f} ms; its own delay p99 {late:.1f} ms"
        )
    assert measured.lost == 0 and measured.overtaken == 0
    assert 15.0 <= measured.delay(0) < 15.5
    assert measured.delay(0.5) < 15.7
    assert measured.delay(0.95) < 17


def test_a_real_link_has_a_rate_and_a_queue(network, probe):
    before = network.counters()["down"]
    measured = probe({"rate_kbps": 500, "queue_ms": 300}, count=400, size=1000, interval=0.008)
    grown = {key: value - before[key] for key, value in network.counters()["down"].items()}
    # As many as pass while 3.2 s of packets come, and what the queue holds then.
    assert len(measured.arrivals) == pytest.approx((3.2 + 0.3) * 500_000 / 8000, rel=0.05)
    assert 300 < measured.delay(0.9) < 325
    assert grown["offered_packets"] == 400 and grown["delivered_packets"] == len(measured.arrivals)
    assert grown["dropped_packets"] == 400 - len(measured.arrivals) and grown["lost_packets"] == 0


def test_a_real_link_loses_in_bursts(network, probe):
    measured = probe({"loss": 0.2, "burst": 4}, count=3000, size=100, interval=0.0005)
    assert measured.lost == pytest.approx(0.2, abs=0.06)
    assert measured.runs_of_loss.count(4) > 0.7 * len(measured.runs_of_loss)


def test_directions_are_separate(probe):
    probe({"delay_ms": 40}, count=10)
    assert probe({}, up=True, count=100).delay(0.5) < 5
