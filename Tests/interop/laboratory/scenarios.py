"""What happens to the link in each scenario, the figures that come of it, and the targets they have to meet."""

import dataclasses
import time
import typing

from .recording import NEVER

# What the publisher sends (publisher.py).
FULL_WIDTH = 960
LOW_WIDTH = 320
FRAMES_PER_SECOND = 20

AMPLE_SECONDS = 10.0
CAP_KBPS = 500
CAP_SECONDS = 15.0
QUEUE_MS = 300
RELEASE_SECONDS = 12.0
LOSS_SETTLE_SECONDS = 3.0
LOSS_SECONDS = 20.0

LOW_LAYER = "low layer after the drop, s"
HIGH_LAYER = "high layer after the release, s"
LONGEST_GAP = "longest gap, s"
CONCEALED = "concealed audio, %"
FRAMES = "frames a second"


@dataclasses.dataclass(frozen=True)
class Target:
    """`limit` is an upper bound for what should be small (`below`), else the least that will do.

    `guard` is a looser one: what has been reached so far and must not be lost again, also on a busy machine.
    """

    figure: str
    limit: float
    guard: float
    below: bool = True

    def is_met(self, value):
        return self._is_within(value, self.limit)

    def is_guarded(self, value):
        return self._is_within(value, self.guard)

    def _is_within(self, value, limit):
        return value < limit if self.below else value >= limit

    def __str__(self):
        return f"{'<' if self.below else '≥'} {self.limit:g}"


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    run: typing.Callable  # of a call; gives figures by name
    targets: tuple
    subscriber: str = "sdk"


def cap(call):
    """The downlink falls to 500 kbit/s, which only the lowest layer fits in, and is lifted again."""
    recording = call.recording
    call.settle(FULL_WIDTH, FRAMES_PER_SECOND)
    begin = time.monotonic()
    ample = (begin, call.wait(AMPLE_SECONDS))
    begin = call.change(down={"rate_kbps": CAP_KBPS, "queue_ms": QUEUE_MS})
    capped = (begin, call.wait(CAP_SECONDS))
    low = recording.seconds_until(_is_low, capped)
    begin = call.change(down={"rate_kbps": None})
    call.wait_until(lambda: call.width() >= FULL_WIDTH, RELEASE_SECONDS)
    released = (begin, call.wait(1.0))
    high = recording.seconds_until(_is_full, released)
    return {
        LOW_LAYER: low,
        LONGEST_GAP: recording.longest_gap(capped),
        CONCEALED: recording.concealed_percent(capped),
        # Who never went down cannot come back.
        HIGH_LAYER: high if low < NEVER else NEVER,
        FRAMES: recording.decoded_per_second(capped),
        "frames in the low layer, %": 100 * recording.share(_is_low, capped),
        "longest gap after the release, s": recording.longest_gap(released),
        "queue of the link p95, ms": recording.queue_ms(capped, 0.95),
        "concealed audio before the drop, %": recording.concealed_percent(ample),
        **_common(recording, (capped[0], released[1])),
    }


def loss(share, burst):
    """Packets are lost, on a link of any rate."""

    def run(call):
        recording = call.recording
        call.settle(FULL_WIDTH, FRAMES_PER_SECOND)
        call.wait(LOSS_SETTLE_SECONDS)
        harm = {"loss": share, "burst": burst}
        begin = call.change(down=harm, up=harm if call.loss_both_ways else None)
        window = (begin, call.wait(LOSS_SECONDS))
        return {
            FRAMES: recording.decoded_per_second(window),
            CONCEALED: recording.concealed_percent(window),
            LONGEST_GAP: recording.longest_gap(window),
            "frames in the full layer, %": 100 * recording.share(_is_full, window),
            "packets lost by the link, %": recording.link_loss_percent(window),
            **_common(recording, window),
        }

    return run


def _common(recording, window):
    """What explains the other figures."""
    figures = {
        "freezes that the receiver counts": recording.growth("video", "freezes", window),
        "keyframe requests": recording.growth("video", "plis", window),
        "pictures captured a second": recording.captured_per_second(window),
    }
    latency = recording.latency_ms(window, 0.95)
    return figures if latency is None else {**figures, "picture latency p95, ms": latency}


def _is_low(frame):
    return frame.width <= LOW_WIDTH


def _is_full(frame):
    return frame.width >= FULL_WIDTH


CAP_TARGETS = (
    Target(LOW_LAYER, 1.5, guard=4.0),
    Target(LONGEST_GAP, 0.5, guard=5.0),
    Target(CONCEALED, 0.5, guard=8.0),
    Target(HIGH_LAYER, 6.0, guard=12.0),
)

CAP = Scenario("cap", f"Downlink falls to {CAP_KBPS} kbit/s and is lifted again", cap, CAP_TARGETS)
LOSS = Scenario(
    "loss",
    "10 % of the packets are lost, each on its own",
    loss(0.10, 1),
    (Target(FRAMES, 19.0, guard=11.0, below=False), Target(CONCEALED, 0.4, guard=1.5)),
)
BURSTS = Scenario(
    "bursts",
    "20 % of the packets are lost, in bursts of four",
    loss(0.20, 4),
    (
        Target(FRAMES, 16.0, guard=7.0, below=False),
        Target(CONCEALED, 3.0, guard=5.0),
        Target(LONGEST_GAP, 0.6, guard=1.2),
    ),
)
CHROMIUM_CAP = Scenario("chromium-cap", f"{CAP.title}, Chromium subscribes", cap, CAP_TARGETS, "chromium")

ALL = (CAP, LOSS, BURSTS, CHROMIUM_CAP)
