"""Chromium on the page that the server itself serves, as a subscriber on the far side of the link."""

import asyncio
import pathlib
import shlex
import shutil
import tempfile
import threading
import time

from browsers import chromium, page_address

from .network import FIRST

POLL_SECONDS = 0.2

# Large enough that the page asks for the full layer.
VIEWPORT = {"width": 1600, "height": 900}

# Notes every picture that comes to the screen, and keeps the connections for their statistics.
WATCH = """
window.laboratory = { frames: [], connections: [] };
{
    const Original = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Original {
        constructor(...options) { super(...options); laboratory.connections.push(this); }
    };
    const watched = new WeakSet();
    setInterval(() => {
        for (const video of document.querySelectorAll('video')) {
            if (watched.has(video)) continue;
            watched.add(video);
            const note = (now, picture) => {
                laboratory.frames.push([now, picture.width]);
                video.requestVideoFrameCallback(note);
            };
            video.requestVideoFrameCallback(note);
        }
    }, 50);
}
"""

TAKE = """
(async () => {
    const rows = [];
    for (const connection of laboratory.connections)
        for (const row of (await connection.getStats()).values())
            if (row.type === 'inbound-rtp') rows.push(row);
    return { now: performance.now(), frames: laboratory.frames.splice(0), rows };
})()
"""


class BrowserSubscriber:
    """Joins the room of a call and fills the call's recording; use as a context manager."""

    def __init__(self, call):
        self.call = call
        self.ended = threading.Event()
        self.page_began = float("inf")

    def __enter__(self):
        self.running = self.call.network.subscriber_side.start(lambda: asyncio.run(self._run()))
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.running.result(30)

    def check(self):
        """Fails when the browser has failed."""
        if self.running.done():
            self.running.result()
            raise RuntimeError("the browser has ended")

    async def _run(self):
        server = self.call.server
        flags = [f"--unsafely-treat-insecure-origin-as-secure={server.http}"]
        with tempfile.TemporaryDirectory() as folder:
            async with chromium(flags, _script(pathlib.Path(folder) / "chromium")) as browser:
                context = await browser.new_context(viewport=VIEWPORT)
                await context.add_init_script(WATCH)
                page = await context.new_page()
                await page.goto(page_address(server, self.call.room, "Chromium", audio=False, video=False))
                while not self.ended.is_set():
                    await self._take(page)
                    await asyncio.sleep(POLL_SECONDS)

    async def _take(self, page):
        taken = await page.evaluate(TAKE)
        # The answer takes its time: the quickest one tells best where the page's clock stands.
        self.page_began = page_began = min(self.page_began, time.monotonic() - taken["now"] / 1000)
        add = self.call.recording.add
        for moment, width in taken["frames"]:
            add({"kind": "frame", "t": page_began + moment / 1000, "width": width})
        for row in taken["rows"]:
            add(
                {
                    "kind": row["kind"],
                    "t": page_began + taken["now"] / 1000,
                    "packets": row.get("packetsReceived", 0),
                    "lost": row.get("packetsLost", 0),
                    "concealed": row.get("concealedSamples", 0),
                    "samples": row.get("totalSamplesReceived", 0),
                    "width": row.get("frameWidth", 0),
                    "frames": row.get("framesDecoded", 0),
                    "frozen": row.get("totalFreezesDuration", 0.0),
                    "freezes": row.get("freezeCount", 0),
                    "plis": row.get("pliCount", 0),
                }
            )


def _script(path):
    """A command that starts Chromium before others have their turn."""
    path.write_text(f'#!/bin/sh\nexec {shlex.join(FIRST)} {shutil.which("chromium")} "$@"\n')
    path.chmod(0o755)
    return path
