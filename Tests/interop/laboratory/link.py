"""The link as a process: carries IP packets between two TUN devices whose file descriptors it inherits.

Usage: link.py DESCRIPTOR_A DESCRIPTOR_B SEED. Packets from A to B go down, the others up. Each line of standard input
is a JSON object with settings to change, {"down": {"rate_kbps": 500}, "up": {}}; each is answered by one line with the
counters. It ends with its input.
"""

import gc
import json
import os
import pathlib
import select
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from impairment import Direction  # noqa: E402

LARGEST_PACKET = 65536
# Packets read from one device before the other one has its turn.
READ_BATCH = 64
# How much too late packets were delivered is counted in steps of so much, up to so many steps.
LATENESS_STEP_MS = 0.1
LATENESS_STEPS = 300


class Pipe:
    """A direction between two devices."""

    def __init__(self, source, target, seed):
        self.source = source
        self.target = target
        self.direction = Direction(seed=seed)
        self.lateness = [0] * (LATENESS_STEPS + 1)

    def read(self):
        for _ in range(READ_BATCH):
            try:
                packet = os.read(self.source, LARGEST_PACKET)
            except BlockingIOError:
                return
            self.direction.offer(time.monotonic(), packet)

    def deliver(self):
        now = time.monotonic()
        if self.direction.next_time() > now:
            return
        for due, packet in self.direction.take(now):
            os.write(self.target, packet)
            steps = int((time.monotonic() - due) * 1000 / LATENESS_STEP_MS)
            self.lateness[min(steps, LATENESS_STEPS)] += 1

    def report(self):
        return {
            **vars(self.direction.counters),
            "queue_ms": self.direction.queue_milliseconds(time.monotonic()),
            "late_ms_median": self._late(0.5),
            "late_ms_p99": self._late(0.99),
        }

    def _late(self, share):
        """The delay of the link's own making that this share of all packets stayed under."""
        left = sum(self.lateness) * share
        for steps, count in enumerate(self.lateness):
            left -= count
            if left <= 0:
                break
        return (steps + 1) * LATENESS_STEP_MS


def run_ahead_of_others():
    """Other processes must not delay the packets; where this is not allowed it goes without."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except OSError:
        try:
            os.nice(-15)
        except OSError:
            pass
    gc.collect()
    gc.freeze()
    gc.disable()


def main():
    a, b, seed = map(int, sys.argv[1:])
    down, up = Pipe(a, b, seed), Pipe(b, a, seed + 1)
    pipes = {"down": down, "up": up}
    run_ahead_of_others()
    commands, line = sys.stdin.fileno(), b""
    while True:
        next_time = min(down.direction.next_time(), up.direction.next_time())
        wait = None if next_time == float("inf") else max(0.0, next_time - time.monotonic())
        ready, _, _ = select.select([a, b, commands], [], [], wait)
        for pipe in (down, up):
            if pipe.source in ready:
                pipe.read()
            pipe.deliver()
        if commands in ready:
            data = os.read(commands, 65536)
            if not data:
                return
            *lines, line = (line + data).split(b"\n")
            for text in lines:
                for name, settings in json.loads(text).items():
                    pipes[name].direction.change(**settings)
                report = {"t": time.monotonic(), **{name: pipe.report() for name, pipe in pipes.items()}}
                sys.stdout.write(json.dumps(report) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
