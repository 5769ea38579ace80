"""A Relais process for the interop tests: own ports, own keys, log kept on disk."""

import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.request

from livekit import api

KEY = "interop-key"
SECRET = "interop-secret-of-more-than-thirty-two-bytes"


def clean_environment():
    """The environment without the variables by which the tests find the binary: Relais would take them for settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RELAIS_")}


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RelaisServer:
    """Starts `relais serve` with a configuration file; use as a context manager."""

    # A command before the command.
    launcher = ()

    def __init__(
        self,
        folder: pathlib.Path,
        extra_configuration: str = "",
        guest_tokens: bool = True,
        address: str = "127.0.0.1",
    ):
        on_loopback = address == "127.0.0.1"
        media_address = "enable_loopback_candidate: true" if on_loopback else f"node_ip: {address}"
        self.binary = os.environ["RELAIS_BINARY"]
        self.folder = folder
        self.address = address
        self.port = free_port()
        self.udp_port = free_port(socket.SOCK_DGRAM)
        self.log_path = folder / "relais.log"
        self.configuration = folder / "relais.yaml"
        self.configuration.write_text(
            f"port: {self.port}\n"
            f"bind_addresses: {['127.0.0.1', '::1'] if on_loopback else [address]}\n"
            f"rtc:\n  udp_port: {self.udp_port}\n  {media_address}\n"
            f"keys:\n  {KEY}: {SECRET}\n"
            f"web:\n  guest_tokens: {str(guest_tokens).lower()}\n" + extra_configuration
        )
        self.process = None

    @property
    def url(self):
        return f"ws://{self.address}:{self.port}"

    @property
    def http(self):
        return f"http://{self.address}:{self.port}"

    def __enter__(self):
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [*self.launcher, self.binary, "serve", "--config", str(self.configuration)],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=clean_environment(),
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"relais ended with {self.process.returncode}:\n{self.log()}")
            try:
                with urllib.request.urlopen(f"{self.http}/healthz", timeout=1) as answer:
                    if answer.status == 200:
                        return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"relais does not answer on {self.http}:\n{self.log()}")

    def __exit__(self, *_):
        self.stop()

    def stop(self, timeout_seconds=10):
        """Asks the process to stop; returns (exit status, seconds it took)."""
        if self.process is None:
            return None, 0.0
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            took = time.monotonic() - began
        self.process = None
        return status, took

    def log(self):
        return self.log_path.read_text(errors="replace")[-8000:]

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def memory_bytes(self):
        """Resident set."""
        pages = int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def token(self, identity, room, name="", metadata="", attributes=None, key=KEY, secret=SECRET, **grants):
        token = api.AccessToken(key, secret).with_identity(identity)
        if name:
            token = token.with_name(name)
        if metadata:
            token = token.with_metadata(metadata)
        if attributes:
            token = token.with_attributes(attributes)
        return token.with_grants(api.VideoGrants(room_join=True, room=room, **grants)).to_jwt()
