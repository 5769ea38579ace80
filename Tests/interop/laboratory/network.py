"""Two network namespaces and the link between them. Nothing of it has a name on the machine: the namespaces vanish with
the threads, descriptors and processes that are in them.
"""

import concurrent.futures
import contextlib
import ctypes
import fcntl
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import threading

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
DEVICE = "relais0"

# A command before a command that runs first in a session of its own: a busy machine must not pass for a bad network.
# Where the scheduler shares between sessions, it is the session's niceness that counts.
PRIORITY = -15
FIRST = ("sh", "-c", f'{{ echo {PRIORITY} >/proc/self/autogroup; }} 2>/dev/null; exec nice -n {PRIORITY} "$@"', "first")

SERVER_ADDRESS = "10.77.0.1"
SUBSCRIBER_ADDRESS = "10.77.0.2"


def why_not():
    """Why there can be no laboratory on this machine; None when there can."""
    if not sys.platform.startswith("linux"):
        return "network namespaces are Linux's"
    for command in ("ip", "setpriv"):
        if not shutil.which(command):
            return f"the command {command} is not installed"
    namespace = Namespace("probe")
    try:
        namespace.enter()
        os.close(namespace.call(open_tun, DEVICE))
    except OSError as error:
        return f"no network namespace with a TUN device (needs root and /dev/net/tun): {error}"
    finally:
        namespace.close()
    return None


class Namespace:
    """A network namespace, held by a thread that lives in it: what `call` runs opens its sockets there, and starts its
    processes there.
    """

    def __init__(self, name):
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix=f"namespace-{name}")

    def enter(self):
        self.call(_unshare_network)
        return self

    def start(self, function, *arguments, **options):
        """Runs a function in the namespace; returns its future."""
        return self._thread.submit(function, *arguments, **options)

    def call(self, function, *arguments, **options):
        return self.start(function, *arguments, **options).result()

    def close(self):
        self._thread.shutdown(wait=False, cancel_futures=True)


def _unshare_network():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def open_tun(name):
    """A descriptor that gives and takes the IP packets of a new device in the namespace of the calling thread."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _configure(address, peer):
    for command in (
        "link set lo up",
        # No address of its own making: its neighbour discovery would count among the packets.
        f"link set {DEVICE} addrgenmode none",
        f"address add {address}/32 peer {peer}/32 dev {DEVICE}",
        f"link set {DEVICE} up",
        # Clients find out their own address by asking for the way to anywhere.
        f"route add default dev {DEVICE} src {address}",
    ):
        subprocess.run(["ip", *command.split()], check=True, stdin=subprocess.DEVNULL)


class LineProcess:
    """A process that writes JSON objects line by line and ends when its input does; `on_line` gets each object, on a
    thread of its own.
    """

    def __init__(self, namespace, script, *arguments, on_line, pass_fds=()):
        command = [*FIRST, sys.executable, str(pathlib.Path(__file__).parent / script), *map(str, arguments)]

        def start():
            return subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=pass_fds, start_new_session=True
            )

        self.name = script
        self.on_line = on_line
        self.process = namespace.call(start)
        self.reader = threading.Thread(target=self._read, name=f"lines of {script}", daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with contextlib.suppress(json.JSONDecodeError):
                self.on_line(json.loads(line))

    def send(self, value):
        self.process.stdin.write(json.dumps(value).encode() + b"\n")
        self.process.stdin.flush()

    def check(self):
        """Fails when the process has ended by itself."""
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}")

    def close(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        for stop in (lambda: None, self.process.terminate, self.process.kill):
            stop()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(3)
                break
        self.reader.join(3)
        self.process.stdout.close()


class Network:
    """The server's namespace and the subscriber's, and the link between them; use as a context manager."""

    def __init__(self, seed=1):
        self.seed = seed
        self.server_side = Namespace("server")
        self.subscriber_side = Namespace("subscriber")
        self._reports = []
        self._reported = threading.Condition()
        self._asking = threading.Lock()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            sides = (
                (self.server_side, SERVER_ADDRESS, SUBSCRIBER_ADDRESS),
                (self.subscriber_side, SUBSCRIBER_ADDRESS, SERVER_ADDRESS),
            )
            tuns = []
            for side, address, peer in sides:
                stack.callback(side.close)
                side.enter()
                tuns.append(side.call(open_tun, DEVICE))
                # The link has its own copies: the devices end with it.
                stack.callback(os.close, tuns[-1])
                side.call(_configure, address, peer)
            self.link = LineProcess(
                self.server_side, "link.py", *tuns, self.seed, on_line=self._on_report, pass_fds=tuns
            )
            stack.callback(self.link.close)
            self.counters()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def change(self, down=None, up=None):
        """Changes settings of the link (see `impairment.Settings`); returns its counters at that moment."""
        with self._asking, self._reported:
            self._reports.clear()
            self.link.send({"down": down or {}, "up": up or {}})
            if not self._reported.wait_for(lambda: self._reports, 5):
                self.link.check()
                raise RuntimeError("the link does not answer")
            return self._reports[0]

    def counters(self):
        return self.change()

    def _on_report(self, report):
        with self._reported:
            self._reports.append(report)
            self._reported.notify_all()
