"""What a subscriber saw and heard over time, and the figures that come of it. Times are seconds on the machine's
monotonic clock, windows are (begin, end).
"""

import bisect
import collections
import dataclasses

NEVER = float("inf")


@dataclasses.dataclass(frozen=True)
class Frame:
    t: float
    width: int
    number: int | None = None  # the counter in the picture


class Recording:
    """Filled line by line while a call runs."""

    def __init__(self):
        self.frames = []
        self.sent = {}  # moment of capture by number, the newest
        self.totals = {"audio": [], "video": []}
        self.layers = collections.defaultdict(list)
        self.link = []
        self.events = []
        self.marks = []

    def add(self, line):
        kind = line["kind"]
        if kind == "frame":
            self.frames.append(Frame(line["t"], line["width"], line.get("number")))
        elif kind == "sent":
            self.sent[line["number"]] = line["t"]
        elif kind == "layer":
            self.layers[line["rid"]].append(line)
        elif kind in self.totals:
            self.totals[kind].append(line)
        else:
            self.events.append(line)

    def frames_in(self, window):
        times = [frame.t for frame in self.frames]
        return self.frames[bisect.bisect_left(times, window[0]) : bisect.bisect_left(times, window[1])]

    def decoded_per_second(self, window):
        """Pictures that the receiver counts as decoded; of two at once the application may get one."""
        seconds = self.growth("video", "t", window)
        return self.growth("video", "frames", window) / seconds if seconds else 0.0

    def captured_per_second(self, window):
        """Of the publisher: less than its rate when the machine is too busy for the measurement."""
        return sum(window[0] <= t < window[1] for t in list(self.sent.values())) / (window[1] - window[0])

    def longest_gap(self, window):
        """Seconds without a new picture; the picture before the window and the end of the window count."""
        times = [frame.t for frame in self.frames]
        first = bisect.bisect_left(times, window[0])
        before = times[first - 1] if first else window[0]
        moments = [before, *times[first : bisect.bisect_left(times, window[1])], window[1]]
        return max(after - before for before, after in zip(moments, moments[1:]))

    def seconds_until(self, condition, window):
        """From the begin of the window to the first picture for which `condition(frame)` holds."""
        return next((frame.t - window[0] for frame in self.frames_in(window) if condition(frame)), NEVER)

    def share(self, condition, window):
        """Of the pictures, those for which `condition(frame)` holds."""
        frames = self.frames_in(window)
        return sum(map(condition, frames)) / len(frames) if frames else 0.0

    def concealed_percent(self, window):
        """Share of the audio that the receiver had to invent."""
        samples = self.growth("audio", "samples", window)
        return 100 * self.growth("audio", "concealed", window) / samples if samples else 100.0

    def growth(self, kind, key, window):
        """How much a total of the receiver's statistics grew, from the last report before each edge of the window."""
        rows = self.totals[kind]
        times = [row["t"] for row in rows]
        if not rows:
            return 0
        at = [rows[max(0, bisect.bisect_right(times, moment) - 1)][key] for moment in window]
        return at[1] - at[0]

    def latency_ms(self, window, share):
        """From capture at the publisher to the decoded picture here; None without numbers in the pictures."""
        delays = sorted(
            (frame.t - self.sent[frame.number]) * 1000
            for frame in self.frames_in(window)
            if frame.number in self.sent and frame.t >= self.sent[frame.number]
        )
        return delays[int((len(delays) - 1) * share)] if delays else None

    def queue_ms(self, window, share):
        """Wait before the downlink."""
        waits = sorted(row["down"]["queue_ms"] for row in self.link if window[0] <= row["t"] <= window[1])
        return waits[int((len(waits) - 1) * share)] if waits else 0.0

    def link_growth(self, window):
        """How much the downlink's counters grew, in `seconds`, with the newest queue."""
        rows = [row for row in list(self.link) if window[0] <= row["t"] <= window[1]]
        if len(rows) < 2:
            return collections.defaultdict(int, seconds=window[1] - window[0])
        first, last = rows[0]["down"], rows[-1]["down"]
        grown = {key: last[key] - first[key] for key in last}
        return {**grown, "seconds": rows[-1]["t"] - rows[0]["t"], "queue_ms": last["queue_ms"]}

    def link_loss_percent(self, window):
        """What the air swallowed of the downlink."""
        grown = self.link_growth(window)
        return 100 * grown["lost_packets"] / grown["offered_packets"] if grown["offered_packets"] else 0.0

    def layer_kbps(self, window):
        """What each layer of the publisher took."""
        rates = {}
        for rid, rows in self.layers.items():
            rows = [row for row in rows if window[0] <= row["t"] <= window[1]]
            if len(rows) > 1:
                seconds = rows[-1]["t"] - rows[0]["t"]
                rates[rid] = (rows[-1]["bytes"] - rows[0]["bytes"]) * 8 / seconds / 1000
        return rates
