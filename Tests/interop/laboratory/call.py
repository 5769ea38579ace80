"""A call through the link: the server and a publisher on one side, a subscriber on the other one, and a recording."""

import contextlib
import threading
import time

from relais_server import RelaisServer

from .browser import BrowserSubscriber
from .network import FIRST, SERVER_ADDRESS, LineProcess
from .recording import Recording

POLL_SECONDS = 0.1
STEP_SECONDS = 0.02


class LaboratoryServer(RelaisServer):
    """A Relais in the server's namespace. It ends with the laboratory, however that one ends."""

    launcher = ("setpriv", "--pdeathsig", "TERM", "setsid", *FIRST)

    def __init__(self, network, folder):
        super().__init__(folder, address=SERVER_ADDRESS)
        self.network = network

    def __enter__(self):
        return self.network.server_side.call(super().__enter__)


class Call:
    """A room with a publisher and a subscriber ("sdk" or "chromium"), and a recording of what the latter gets; use as a
    context manager. The link begins and ends without any harm but `delay_ms` each way. `watch` is called often while
    time passes.
    """

    ample = {"rate_kbps": None, "jitter_ms": 0, "loss": 0, "burst": 1, "reorder": 0}

    def __init__(self, network, server, room, delay_ms=15, loss_both_ways=True, subscriber="sdk", watch=None):
        self.network = network
        self.server = server
        self.room = room
        self.delay_ms = delay_ms
        self.loss_both_ways = loss_both_ways
        self.subscriber = subscriber
        self.watch = watch or (lambda call: None)
        self.recording = Recording()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            clean = {**self.ample, "delay_ms": self.delay_ms}
            self.network.change(down=clean, up=clean)
            stack.callback(self.network.change, down=clean, up=clean)
            self.parts = [self._start(stack, self.network.server_side, "publisher.py", "publisher")]
            if self.subscriber == "chromium":
                self.parts.append(stack.enter_context(BrowserSubscriber(self)))
            else:
                self.parts.append(self._start(stack, self.network.subscriber_side, "subscriber.py", "subscriber"))
            self._polling = threading.Event()
            poller = threading.Thread(target=self._poll, name="link counters", daemon=True)
            poller.start()
            stack.callback(poller.join)
            stack.callback(self._polling.set)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _start(self, stack, side, script, identity):
        token = self.server.token(identity, self.room)
        process = LineProcess(side, script, self.server.url, token, on_line=self.recording.add)
        stack.callback(process.close)
        return process

    def _poll(self):
        while not self._polling.wait(POLL_SECONDS):
            with contextlib.suppress(Exception):
                self.recording.link.append(self.network.counters())

    def change(self, down=None, up=None):
        """Changes the link; returns the moment."""
        now = self.network.change(down, up)["t"]
        self.recording.marks.append((now, {"down": down or {}, "up": up or {}}))
        return now

    def wait(self, seconds):
        """Lets time pass; returns the moment after it."""
        self.wait_until(lambda: False, seconds)
        return time.monotonic()

    def wait_until(self, condition, seconds):
        """True as soon as `condition()` is, False when it does not come about."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for part in (*self.parts, self.network.link):
                part.check()
            if condition():
                return True
            self.watch(self)
            time.sleep(STEP_SECONDS)
        return False

    def width(self):
        """Of the newest picture."""
        return self.recording.frames[-1].width if self.recording.frames else 0

    def settle(self, width, frames_per_second, seconds=30):
        """Waits until the subscriber hears, and has had the layer of this width at about its rate for a while: until
        the publisher's own estimate of its network has grown.
        """

        def settled():
            now = time.monotonic()
            fluent = self.recording.decoded_per_second((now - 2.0, now)) > 0.8 * frames_per_second
            return fluent and self.width() >= width and bool(self.recording.totals["audio"])

        if not self.wait_until(settled, seconds):
            window = (time.monotonic() - 5, time.monotonic())
            raise AssertionError(
                f"the subscriber has {self.recording.decoded_per_second(window):.1f} pictures a second, of width "
                f"{self.width()} instead of {frames_per_second} of {width} after {seconds} s on a good link; "
                f"events: {self.recording.events[-5:]}, layers in kbit/s: {self.recording.layer_kbps(window)}, "
                f"server:\n{self.server.log()[-2000:]}"
            )
