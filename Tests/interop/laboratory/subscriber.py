"""A participant who only watches and listens, as a process. Usage: subscriber.py URL TOKEN.

Lines: `frame` for each decoded picture with its number and width, `audio` and `video` with totals of the receiver's
statistics, `event`.
"""

import sys

import lines
from livekit import rtc

from pictures import read_number

STATISTICS_SECONDS = 0.2


async def watch(track):
    async for event in rtc.VideoStream(track):
        lines.write("frame", number=read_number(event.frame), width=event.frame.width)


async def listen(track):
    async for _ in rtc.AudioStream(track, sample_rate=48000, num_channels=1):
        pass


async def tell_statistics(track, kind):
    for row in await track.get_stats():
        if row.WhichOneof("stats") != "inbound_rtp":
            continue
        received, inbound = row.inbound_rtp.received, row.inbound_rtp.inbound
        lines.write(
            kind,
            packets=received.packets_received,
            lost=received.packets_lost,
            concealed=inbound.concealed_samples,
            samples=inbound.total_samples_received,
            delay=inbound.jitter_buffer_delay,
            emitted=inbound.jitter_buffer_emitted_count,
            bytes=inbound.bytes_received,
            frames=inbound.frames_decoded,
            keyframes=inbound.key_frames_decoded,
            freezes=inbound.freeze_count,
            frozen=inbound.total_freeze_duration,
            nacks=inbound.nack_count,
            plis=inbound.pli_count,
        )


async def main():
    url, token = sys.argv[1:]
    room = rtc.Room()
    tasks = []

    @room.on("track_subscribed")
    def subscribed(track, *_):
        kind, read = ("video", watch) if track.kind == rtc.TrackKind.KIND_VIDEO else ("audio", listen)
        tasks.append(lines.start(read(track)))
        tasks.append(lines.start(lines.every(STATISTICS_SECONDS, lambda: tell_statistics(track, kind))))

    for name in ("reconnecting", "reconnected", "disconnected", "track_unsubscribed"):
        room.on(name, lambda *_, name=name: lines.write("event", name=name))

    await room.connect(url, token, rtc.RoomOptions(dynacast=False, connect_timeout=10))
    lines.write("event", name="connected")
    await lines.until_input_ends(room, tasks)


lines.run(main)
