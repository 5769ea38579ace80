"""Pictures that carry a counter, readable after any codec: black and white cells over the top eighth of the frame."""

import numpy
from livekit import rtc

CELLS = 16


def numbered_frame(width, height, number):
    """An I420 frame: a moving grey gradient with `number` in the band at the top."""
    columns = (numpy.arange(width) + number * 3) % 256
    luma = numpy.tile(columns.astype(numpy.uint8) // 2 + 64, (height, 1))
    return numbered(luma, number)


def numbered(luma, number):
    """A grey I420 frame of a plane of luma, into which it writes `number`."""
    height, width = luma.shape
    band = height // 8
    edges = numpy.linspace(0, width, CELLS + 1).astype(int)
    for cell in range(CELLS):
        luma[:band, edges[cell] : edges[cell + 1]] = 235 if number >> cell & 1 else 16
    chroma = numpy.full(width * height // 2, 128, dtype=numpy.uint8)
    data = numpy.concatenate([luma.ravel(), chroma]).tobytes()
    return rtc.VideoFrame(width, height, rtc.VideoBufferType.I420, data)


def read_number(frame):
    """The counter of a decoded frame; None when a cell is neither black nor white."""
    frame = frame.convert(rtc.VideoBufferType.I420)
    width, height = frame.width, frame.height
    luma = numpy.frombuffer(frame.data, dtype=numpy.uint8)[: width * height].reshape(height, width)
    band = luma[height // 32 : height // 8 - height // 32]
    edges = numpy.linspace(0, width, CELLS + 1).astype(int)
    number = 0
    for cell in range(CELLS):
        inset = max(1, (edges[cell + 1] - edges[cell]) // 4)
        mean = band[:, edges[cell] + inset : edges[cell + 1] - inset].mean()
        if 90 < mean < 160:
            return None
        number |= int(mean >= 128) << cell
    return number
