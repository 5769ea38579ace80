"""Small helpers around the LiveKit Python SDK."""

import asyncio
import collections
import contextlib
import time

import numpy
from livekit import rtc

from pictures import numbered_frame, read_number


async def until(condition, timeout_seconds=10.0, what="condition"):
    """Waits until `condition()` is true; returns the seconds it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > timeout_seconds:
            raise AssertionError(f"{what} did not come about in {timeout_seconds} s")
        await asyncio.sleep(0.01)
    return time.monotonic() - began


class Client:
    """A participant that remembers what it saw."""

    def __init__(self, server, room_name, identity, single=True, auto_subscribe=True, dynacast=False, **token_options):
        self.server = server
        self.identity = identity
        self.token = server.token(identity, room_name, **token_options)
        self.options = rtc.RoomOptions(
            auto_subscribe=auto_subscribe, dynacast=dynacast, single_peer_connection=single, connect_timeout=10
        )
        self.room = rtc.Room()
        self.events = []
        self.numbers = collections.defaultdict(list)
        self.sizes = {}
        self.levels = collections.defaultdict(float)
        self.data = []
        self.tasks = []
        for name in (
            "participant_connected", "participant_disconnected", "track_published", "track_unpublished",
            "track_subscribed", "track_unsubscribed", "track_muted", "track_unmuted", "active_speakers_changed",
            "participant_attributes_changed", "participant_metadata_changed", "participant_name_changed",
            "room_metadata_changed", "disconnected", "reconnecting", "reconnected", "connection_state_changed",
            "local_track_published", "local_track_unpublished", "local_track_subscribed",
        ):  # fmt: skip
            self.room.on(name, self._note(name))
        self.room.on("data_received", self.data.append)
        self.room.on("track_subscribed", self._watch)

    def _note(self, name):
        def handler(*arguments):
            self.events.append((name, arguments))

        return handler

    def seen(self, name):
        return [arguments for event, arguments in self.events if event == name]

    def _watch(self, track, publication, participant):
        if track.kind == rtc.TrackKind.KIND_VIDEO:
            self.tasks.append(asyncio.ensure_future(self._read_video(track, participant.identity)))
        else:
            self.tasks.append(asyncio.ensure_future(self._read_audio(track, participant.identity)))

    async def _read_video(self, track, identity):
        async for event in rtc.VideoStream(track):
            self.sizes[identity] = (event.frame.width, event.frame.height)
            number = read_number(event.frame)
            self.numbers[identity].append((time.monotonic(), number))

    async def _read_audio(self, track, identity):
        async for event in rtc.AudioStream(track, sample_rate=48000, num_channels=1):
            samples = numpy.frombuffer(event.frame.data, dtype=numpy.int16)
            if samples.size:
                self.levels[identity] = max(self.levels[identity], float(numpy.abs(samples).max()) / 32768)

    async def connect(self):
        began = time.monotonic()
        await self.room.connect(self.server.url, self.token, self.options)
        self.connect_seconds = time.monotonic() - began
        return self

    async def close(self):
        await self.room.disconnect()
        for task in self.tasks:
            task.cancel()

    @property
    def me(self):
        return self.room.local_participant

    def remote(self, identity):
        return self.room.remote_participants.get(identity)

    async def publish_camera(self, width=640, height=360, frames_per_second=20, simulcast=True, codec=None, **options):
        """Publishes numbered pictures until the client closes; returns the publication."""
        source = rtc.VideoSource(width, height)
        track = rtc.LocalVideoTrack.create_video_track("camera", source)
        publish = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=simulcast, **options)
        publish.video_codec = codec if codec is not None else rtc.VideoCodec.VP8
        self.tasks.append(asyncio.ensure_future(self._send_video(source, width, height, frames_per_second)))
        return await self.me.publish_track(track, publish)

    async def _send_video(self, source, width, height, frames_per_second):
        number = 0
        began = time.monotonic()
        while True:
            number += 1
            source.capture_frame(numbered_frame(width, height, number & 0xFFFF))
            await asyncio.sleep(max(0.0, began + number / frames_per_second - time.monotonic()))

    async def publish_microphone(self, hertz=440, **options):
        """Publishes a tone that swells and fades like speech; returns the publication."""
        source = rtc.AudioSource(48000, 1)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
        publish = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, **options)
        self.tasks.append(asyncio.ensure_future(self._send_audio(source, hertz)))
        return await self.me.publish_track(track, publish)

    async def _send_audio(self, source, hertz):
        position = 0
        while True:
            moments = (numpy.arange(480) + position) / 48000
            swell = 0.5 + 0.5 * numpy.sin(2 * numpy.pi * 3 * moments)
            samples = (numpy.sin(2 * numpy.pi * hertz * moments) * swell * 12000).astype(numpy.int16)
            position += 480
            await source.capture_frame(rtc.AudioFrame(samples.tobytes(), 48000, 1, 480))


@contextlib.asynccontextmanager
async def clients(*participants):
    """Connects clients one after the other and closes them all at the end."""
    try:
        for participant in participants:
            await participant.connect()
        yield participants
    finally:
        for participant in participants:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(participant.close(), 5)


def advances(numbers, count=10):
    """True when the counter of the decoded pictures was read `count` times and grew."""
    read = [number for _, number in numbers if number is not None]
    return len(read) >= count and read[-1] > read[0]
