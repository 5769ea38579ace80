"""One direction of a link as a model without clock or sockets: a line of some rate with a drop-tail queue before it,
then the way through the air with delay, jitter, loss and reordering. Times are seconds on any monotonic clock.
"""

import collections
import dataclasses
import heapq
import itertools
import random


@dataclasses.dataclass
class Settings:
    """What the direction does to packets; sizes are those of IP packets."""

    rate_kbps: float | None = None  # None: as fast as packets come
    queue_ms: float = 300.0  # packets that would wait longer for the line are dropped
    delay_ms: float = 0.0
    jitter_ms: float = 0.0  # at most as much on top of the delay, uniformly; packets stay in order
    loss: float = 0.0  # share of packets that the air swallows
    burst: int = 1  # so many in a row each time
    reorder: float = 0.0  # share of packets that the following ones overtake
    reorder_ms: float = 20.0  # by being held back so much longer

    def __post_init__(self):
        if self.rate_kbps is not None and not self.rate_kbps > 0:
            raise ValueError("rate_kbps must be positive or None")
        if min(self.queue_ms, self.delay_ms, self.jitter_ms, self.reorder_ms) < 0:
            raise ValueError("times must not be negative")
        if not (0 <= self.loss < 1 and 0 <= self.reorder <= 1 and self.burst >= 1):
            raise ValueError("loss is in [0, 1), reorder in [0, 1], burst at least 1")


@dataclasses.dataclass
class Counters:
    offered_packets: int = 0
    offered_bytes: int = 0
    delivered_packets: int = 0
    delivered_bytes: int = 0
    dropped_packets: int = 0  # the queue was full
    lost_packets: int = 0  # in the air
    reordered_packets: int = 0


class Direction:
    """Takes packets with `offer` and gives them back with `take` when their time has come."""

    def __init__(self, settings=None, seed=None):
        self.settings = settings or Settings()
        self.counters = Counters()
        self._random = random.Random(seed)
        self._queue = collections.deque()  # (arrival, packet) before the line
        self._queued_bytes = 0
        self._line_free = float("-inf")  # when the line has sent what it began
        self._air = []  # heap of (due, order, packet)
        self._order = itertools.count()
        self._last_due = float("-inf")
        self._burst_left = 0

    def change(self, **settings):
        """Changes some settings; what is in the air already arrives as it would have."""
        self.settings = dataclasses.replace(self.settings, **settings)
        self._burst_left = 0

    def queue_milliseconds(self, now):
        """How long a packet that came now would wait for the line."""
        rate = self.settings.rate_kbps
        waiting = 0.0 if rate is None else self._queued_bytes * 8 / rate
        return max(0.0, self._line_free - now) * 1000 + waiting

    def offer(self, now, packet):
        self._send_queued(now)
        self.counters.offered_packets += 1
        self.counters.offered_bytes += len(packet)
        if self._queue and self.queue_milliseconds(now) > self.settings.queue_ms:
            self.counters.dropped_packets += 1
            return
        self._queue.append((now, packet))
        self._queued_bytes += len(packet)
        self._send_queued(now)

    def next_time(self):
        """When `take` has something to do; infinity when nothing is under way."""
        line = self._line_free if self._queue else float("inf")
        return min(line, self._air[0][0]) if self._air else line

    def take(self, now):
        """The packets that arrive by now, as (moment they were due, packet)."""
        self._send_queued(now)
        while self._air and self._air[0][0] <= now:
            due, _, packet = heapq.heappop(self._air)
            self.counters.delivered_packets += 1
            self.counters.delivered_bytes += len(packet)
            yield due, packet

    def _send_queued(self, now):
        while self._queue and self._line_free <= now:
            arrival, packet = self._queue.popleft()
            self._queued_bytes -= len(packet)
            rate = self.settings.rate_kbps
            seconds = 0.0 if rate is None else len(packet) * 8 / (rate * 1000)
            self._line_free = max(arrival, self._line_free) + seconds
            self._fly(self._line_free, packet)

    def _fly(self, sent, packet):
        if self._is_lost():
            self.counters.lost_packets += 1
            return
        settings = self.settings
        due = sent + (settings.delay_ms + self._random.random() * settings.jitter_ms) / 1000
        if settings.reorder and self._random.random() < settings.reorder:
            self.counters.reordered_packets += 1
            due += settings.reorder_ms / 1000
        else:
            due = self._last_due = max(due, self._last_due)
        heapq.heappush(self._air, (due, next(self._order), packet))

    def _is_lost(self):
        if self._burst_left > 0:
            self._burst_left -= 1
            return True
        loss, burst = self.settings.loss, self.settings.burst
        # Bursts begin so often that their packets make up the wished share of all.
        if loss and self._random.random() < loss / (loss + burst * (1 - loss)):
            self._burst_left = burst - 1
            return True
        return False
