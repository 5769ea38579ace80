"""Measures the link from outside: numbered UDP packets between the namespaces, with the kernel's time of arrival."""

import select
import socket
import struct
import time

HEADER = struct.Struct("!IQ")
HEADERS_OF_IP_AND_UDP = 28
SO_TIMESTAMPNS = 35
PORT = 9


class Probe:
    """What came of `count` packets of `size` bytes (as IP packets), `interval` seconds apart."""

    def __init__(self, count):
        self.count = count
        self.arrivals = []  # (number, one-way milliseconds) in the order of arrival

    @property
    def numbers(self):
        return [number for number, _ in self.arrivals]

    @property
    def delays(self):
        return sorted(delay for _, delay in self.arrivals)

    def delay(self, share):
        return self.delays[int((len(self.arrivals) - 1) * share)]

    @property
    def lost(self):
        return 1 - len(self.arrivals) / self.count

    @property
    def runs_of_loss(self):
        """Lengths of the gaps in the numbers."""
        present = sorted(self.numbers)
        gaps = [after - before - 1 for before, after in zip([-1, *present], [*present, self.count])]
        return [gap for gap in gaps if gap]

    @property
    def overtaken(self):
        """Share of arrived packets that a later one overtook."""
        highest, late = -1, 0
        for number in self.numbers:
            late += number < highest
            highest = max(highest, number)
        return late / len(self.arrivals)


def send_and_receive(sender, receiver, address, count, size=200, interval=0.002):
    """Sends from a namespace to `address` in another one; one thread does both ends, so that neither waits."""

    def open_receiver():
        socket_ = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        socket_.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        socket_.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        socket_.setblocking(False)
        socket_.bind((address, PORT))
        return socket_

    probe = Probe(count)
    padding = bytes(size - HEADERS_OF_IP_AND_UDP - HEADER.size)
    with receiver.call(open_receiver) as into, sender.call(socket.socket, socket.AF_INET, socket.SOCK_DGRAM) as out:
        next_time, number, last = time.monotonic(), 0, time.monotonic()
        while number < count or time.monotonic() - last < 1.0:
            now = time.monotonic()
            if number < count and now >= next_time:
                out.sendto(HEADER.pack(number, time.time_ns()) + padding, (address, PORT))
                number, next_time, last = number + 1, next_time + interval, now
            wait = max(0.0, next_time - time.monotonic()) if number < count else 0.1
            if select.select([into], [], [], wait)[0]:
                data, ancillary, _, _ = into.recvmsg(2048, 256)
                got, sent = HEADER.unpack_from(data)
                seconds, nanoseconds = struct.unpack("qq", ancillary[0][2][:16])
                probe.arrivals.append((got, (seconds * 10**9 + nanoseconds - sent) / 1e6))
                last = time.monotonic()
    return probe
