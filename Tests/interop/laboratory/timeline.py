"""A call as lines of text while it runs, twice a second."""

import time

ROW_SECONDS = 0.5
HEADING = "     s  down kbit/s  queue ms  dropped  lost  frames  width  latency ms  concealed %  layers kbit/s"


class Timeline:
    """Give it to a call as its `watch`."""

    def __init__(self):
        self.began = self.previous = time.monotonic()
        self.marks = 0
        print(HEADING)

    def __call__(self, call):
        now = time.monotonic()
        recording = call.recording
        for moment, change in recording.marks[self.marks :]:
            print(f"{moment - self.began:6.1f}  link: {change}", flush=True)
        self.marks = len(recording.marks)
        if now - self.previous < ROW_SECONDS:
            return
        # Told a little later, so that what comes by polling is there.
        window = (self.previous - ROW_SECONDS, now - ROW_SECONDS)
        self.previous = now
        grown = recording.link_growth(window)
        frames = recording.frames_in(window)
        layers = recording.layer_kbps((now - 2.5, now))
        print(
            f"{window[1] - self.began:6.1f}"
            f"  {grown['delivered_bytes'] * 8 / 1000 / grown['seconds']:11.0f}"
            f"  {grown['queue_ms']:8.0f}  {grown['dropped_packets']:7}  {grown['lost_packets']:4}"
            f"  {len(frames):6}  {'→'.join(_changes(frame.width for frame in frames)) or '—':>5}"
            f"  {_text(recording.latency_ms(window, 0.5)):>10}"
            f"  {recording.concealed_percent(window):11.1f}"
            f"  {' '.join(f'{rid}:{rate:.0f}' for rid, rate in sorted(layers.items()))}",
            flush=True,
        )


def _text(value):
    return "—" if value is None else f"{value:.0f}"


def _changes(values):
    result = []
    for value in values:
        if not result or result[-1] != str(value):
            result.append(str(value))
    return result
