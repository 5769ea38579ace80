"""Real browsers on the page that Relais serves: Chromium through Playwright, Firefox through WebDriver BiDi."""

import asyncio
import contextlib
import itertools
import json
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import wave
from urllib.parse import urlencode

import numpy
import websockets
from livekit.protocol import rtc as signal
from playwright.async_api import async_playwright

from relais_server import free_port

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--auto-select-desktop-capture-source=Entire screen",
]


def speech_like_wave(path):
    """A tone with syllables: steady tones are eaten by noise suppression, the built-in beep is too short."""
    rate = 48000
    moments = numpy.arange(rate * 10) / rate
    voice = sum(numpy.sin(2 * numpy.pi * 140 * harmonic * moments) / harmonic for harmonic in range(1, 12))
    syllables = numpy.clip(numpy.sin(2 * numpy.pi * 3.1 * moments) + 0.3, 0, 1)
    samples = (voice * syllables * 6000).astype(numpy.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


def page_address(server, room, name, audio=True, video=True, **more):
    query = {"room": room, "name": name, "autojoin": 1, "audio": int(audio), "video": int(video), **more}
    return f"{server.http}/?{urlencode(query)}"


@contextlib.asynccontextmanager
async def chromium(flags=(), executable=None):
    """A headless Chromium with fake devices; `executable` may be a script that starts it."""
    with tempfile.TemporaryDirectory() as folder:
        voice = speech_like_wave(pathlib.Path(folder) / "voice.wav")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=executable or shutil.which("chromium"),
                args=[*CHROMIUM_FLAGS, *flags, f"--use-file-for-fake-audio-capture={voice}"],
            )
            try:
                yield browser
            finally:
                await browser.close()


class TappedSignal:
    """The signalling of a page with the test in between: sees what the page says, can speak in the server's name."""

    def __init__(self):
        self.requests = []
        self.responses = []
        self._page_side = None

    async def attach(self, page):
        await page.route_web_socket(re.compile("/rtc/v1"), self._opened)

    def _opened(self, page_side):
        server_side = page_side.connect_to_server()
        self._page_side = page_side

        def from_page(message):
            self.requests.append(signal.SignalRequest.FromString(message))
            server_side.send(message)

        def from_server(message):
            self.responses.append(signal.SignalResponse.FromString(message))
            page_side.send(message)

        page_side.on_message(from_page)
        server_side.on_message(from_server)

    def say(self, **response):
        """Sends a SignalResponse to the page as if it came from the server."""
        self._page_side.send(signal.SignalResponse(**response).SerializeToString())

    def requested(self, name):
        """All requests of one kind, in order."""
        return [getattr(request, name) for request in self.requests if request.WhichOneof("message") == name]

    def answered(self, name):
        """All responses of one kind that the server sent, in order."""
        return [getattr(response, name) for response in self.responses if response.WhichOneof("message") == name]


class ChromiumPage:
    """One person in the call."""

    def __init__(self, page):
        self.page = page
        self.complaints = []
        page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @classmethod
    async def open(cls, browser, address, size=(1280, 720), script=None, tap=None, **context_options):
        """Opens an address in a browser of its own; `script` runs before the page's, `tap` is a TappedSignal."""
        context = await browser.new_context(
            permissions=["camera", "microphone"],
            viewport={"width": size[0], "height": size[1]},
            **{"locale": "fr-FR", **context_options},
        )
        self = cls(await context.new_page())
        if script:
            await self.page.add_init_script(script)
        if tap:
            await tap.attach(self.page)
        await self.page.goto(address)
        return self

    @classmethod
    async def join(cls, browser, server, room, name, tap=None, size=(1280, 720), **options):
        return await cls.open(browser, page_address(server, room, name, **options), size=size, tap=tap)

    async def evaluate(self, expression):
        return await self.page.evaluate(expression)

    async def screenshot(self, path):
        await self.page.screenshot(path=str(path))


class FirefoxPage:
    """A headless Firefox with one page, spoken to by WebDriver BiDi (no driver program needed)."""

    PREFERENCES = {
        "media.navigator.streams.fake": True,
        "media.navigator.permission.disabled": True,
        "media.peerconnection.ice.loopback": True,
        "media.peerconnection.ice.obfuscate_host_addresses": False,
        "media.autoplay.default": 0,
        "media.autoplay.blocking_policy": 0,
        "media.gmp-manager.updateEnabled": False,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "toolkit.telemetry.enabled": False,
        "app.normandy.enabled": False,
        "browser.safebrowsing.update.enabled": False,
        "extensions.systemAddon.update.enabled": False,
        "services.settings.server": "data:,none",
    }

    @classmethod
    @contextlib.asynccontextmanager
    async def join(cls, server, room, name, **options):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            lines = [f"user_pref({json.dumps(key)}, {json.dumps(value)});" for key, value in cls.PREFERENCES.items()]
            (pathlib.Path(profile) / "user.js").write_text("\n".join(lines))
            port = free_port()
            process = subprocess.Popen(
                ["firefox-esr", "--headless", "--no-remote", "--profile", profile, f"--remote-debugging-port={port}"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                socket = await cls._connect(port)
                async with socket:
                    self = cls(socket)
                    await self._call("session.new", {"capabilities": {}})
                    tree = await self._call("browsingContext.getTree", {})
                    self.context = tree["contexts"][0]["context"]
                    await self._call(
                        "browsingContext.navigate",
                        {"context": self.context, "url": page_address(server, room, name, **options), "wait": "complete"},
                    )
                    yield self
                    self.reader.cancel()
            finally:
                process.terminate()
                process.wait(10)

    @staticmethod
    async def _connect(port):
        for _ in range(200):
            with contextlib.suppress(OSError):
                return await websockets.connect(f"ws://127.0.0.1:{port}/session", max_size=None)
            await asyncio.sleep(0.1)
        raise AssertionError("Firefox does not open its debugging port")

    def __init__(self, socket):
        self.socket = socket
        self.numbers = itertools.count(1)
        self.waiting = {}
        self.complaints = []
        self.reader = asyncio.ensure_future(self._read())

    async def _read(self):
        async for text in self.socket:
            message = json.loads(text)
            if message.get("id") in self.waiting:
                self.waiting.pop(message["id"]).set_result(message)

    async def _call(self, method, parameters):
        number = next(self.numbers)
        self.waiting[number] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        answer = await asyncio.wait_for(self.waiting[number], 60)
        assert answer["type"] == "success", answer
        return answer["result"]

    async def evaluate(self, expression):
        result = await self._call(
            "script.evaluate",
            {
                "expression": f"(async () => JSON.stringify(await ({expression})))()",
                "target": {"context": self.context},
                "awaitPromise": True,
            },
        )
        assert result["type"] == "success", result
        value = result["result"].get("value")
        return None if value is None else json.loads(value)

    async def screenshot(self, path):
        import base64

        result = await self._call("browsingContext.captureScreenshot", {"context": self.context})
        pathlib.Path(path).write_bytes(base64.b64decode(result["data"]))


async def page_until(page, expression, timeout_seconds=20.0, what=None):
    """Waits until a JavaScript expression is true on the page."""
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout_seconds
    while True:
        if await page.evaluate(expression):
            return
        if loop.time() > end:
            state = await page.evaluate("window.relais && {state: relais.state, ended: relais.ended}")
            events = await page.evaluate("window.relais && relais.events.slice(-12)")
            raise AssertionError(
                f"{what or expression} did not come about in {timeout_seconds} s; page: {state}, "
                f"events: {events}, console: {page.complaints[-5:]}"
            )
        await asyncio.sleep(0.1)


def png_size(path):
    """Width and height of a PNG."""
    return struct.unpack(">II", pathlib.Path(path).read_bytes()[16:24])
