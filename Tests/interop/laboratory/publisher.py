"""A camera and a microphone as a process. Usage: publisher.py URL TOKEN.

Lines: `sent` for each picture with its number, `layer` once a second for each simulcast layer.
"""

import asyncio
import itertools
import sys
import time

import lines
import numpy
from livekit import rtc

from pictures import numbered

WIDTH, HEIGHT, FRAMES_PER_SECOND = 960, 540, 20
RATE = 48000
TONE_HERTZ = 440
# Different pictures before they come again: enough that no encoder finds one among its references.
TEXTURES = 24


def textures():
    """Planes of moving coarse noise, so that an encoder needs all the bits it may spend, as with a camera."""
    random = numpy.random.default_rng(5)
    pattern = numpy.kron(random.integers(70, 180, (HEIGHT // 12, WIDTH // 12)), numpy.ones((12, 12)))
    for number in range(TEXTURES):
        moved = numpy.roll(pattern, number * WIDTH // TEXTURES, axis=1)
        yield numpy.clip(moved + random.normal(0, 6, moved.shape), 17, 234).astype(numpy.uint8)


async def send_video(source):
    planes = list(textures())
    began = time.monotonic()
    for number in itertools.count(1):
        source.capture_frame(numbered(planes[number % TEXTURES], number & 0xFFFF))
        lines.write("sent", number=number & 0xFFFF)
        await asyncio.sleep(max(0.0, began + number / FRAMES_PER_SECOND - time.monotonic()))


async def send_audio(source):
    """A tone that swells and fades like speech."""
    for block in itertools.count():
        moments = (numpy.arange(RATE // 100) + block * RATE // 100) / RATE
        swell = 0.5 + 0.5 * numpy.sin(2 * numpy.pi * 3 * moments)
        samples = (numpy.sin(2 * numpy.pi * TONE_HERTZ * moments) * swell * 12000).astype(numpy.int16)
        await source.capture_frame(rtc.AudioFrame(samples.tobytes(), RATE, 1, samples.size))


async def main():
    url, token = sys.argv[1:]
    room = rtc.Room()
    await room.connect(url, token, rtc.RoomOptions(auto_subscribe=False, dynacast=True, connect_timeout=10))
    camera = rtc.VideoSource(WIDTH, HEIGHT)
    video = rtc.LocalVideoTrack.create_video_track("camera", camera)
    microphone = rtc.AudioSource(RATE, 1)
    audio = rtc.LocalAudioTrack.create_audio_track("microphone", microphone)
    tasks = [lines.start(send_video(camera)), lines.start(send_audio(microphone))]
    await room.local_participant.publish_track(
        video,
        rtc.TrackPublishOptions(
            source=rtc.TrackSource.SOURCE_CAMERA, simulcast=True, video_codec=rtc.VideoCodec.VP8
        ),
    )
    await room.local_participant.publish_track(
        audio, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    )

    async def tell_layers():
        for row in await video.get_stats():
            if row.WhichOneof("stats") == "outbound_rtp":
                outbound, sent = row.outbound_rtp.outbound, row.outbound_rtp.sent
                lines.write(
                    "layer",
                    rid=outbound.rid,
                    width=outbound.frame_width,
                    frames=outbound.frames_encoded,
                    bytes=sent.bytes_sent,
                    limitation=outbound.quality_limitation_reason,
                )

    tasks.append(lines.start(lines.every(1.0, tell_layers)))
    await lines.until_input_ends(room, tasks)


lines.run(main)
