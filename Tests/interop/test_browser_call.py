"""Chromium and Firefox through the web client of Relais."""

import asyncio

import pytest

from browsers import ChromiumPage, FirefoxPage, chromium, page_until, png_size
from sdk import Client, advances, clients, until


async def frames_decoded(page):
    rows = await page.evaluate("relais.stats()")
    return {row["sid"]: row["framesDecoded"] for row in rows if row["kind"] == "video"}


async def sees_moving_pictures(page, count=1, timeout_seconds=30):
    """Waits until the decoded frames of `count` remote videos grow."""
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout_seconds
    while True:
        before = await frames_decoded(page)
        await asyncio.sleep(1)
        after = await frames_decoded(page)
        moving = [sid for sid in after if (after[sid] or 0) > (before.get(sid) or 0) + 3]
        if len(moving) >= count:
            return
        assert loop.time() < end, f"decoded frames do not grow: {before} then {after}; {page.complaints[-5:]}"


async def hears(page, timeout_seconds=20):
    await page_until(
        page,
        "relais.stats().then(rows => rows.some(row => row.kind === 'audio' && row.totalAudioEnergy > 0.0001))",
        timeout_seconds,
        "audio energy of the other side",
    )


def test_two_chromium_hold_a_call(server, room, output):
    async def run():
        async with chromium() as browser:
            alice = await ChromiumPage.join(browser, server, room, "Alice")
            bob = await ChromiumPage.join(browser, server, room, "Bob")
            for page in (alice, bob):
                await page_until(page, "relais.state === 'connected'")
                await page_until(page, "relais.participants().length === 2")
            for page in (alice, bob):
                await sees_moving_pictures(page)
                await hears(page)
            await page_until(alice, "relais.speakers.length > 0", what="active speakers")

            await alice.evaluate("relais.sendChat('Bonjour Bob')")
            await page_until(bob, "relais.messages.some(m => m.text === 'Bonjour Bob')", what="chat message")
            assert await bob.evaluate("relais.messages.filter(m => m.text === 'Bonjour Bob').length") == 1

            screenshot = output / "two-chromium.png"
            await alice.screenshot(screenshot)
            assert png_size(screenshot) == (1280, 720)
            assert not alice.complaints and not bob.complaints

    asyncio.run(run())


def test_screen_share_reaches_the_other_side(server, room, output):
    async def run():
        async with chromium() as browser:
            alice = await ChromiumPage.join(browser, server, room, "Alice")
            bob = await ChromiumPage.join(browser, server, room, "Bob", video=False)
            for page in (alice, bob):
                await page_until(page, "relais.state === 'connected'")
            await sees_moving_pictures(bob)
            await alice.page.get_by_role("button", name="Partager").first.click()
            share = "relais.participants().flatMap(p => p.tracks).filter(t => t.source === 'screen_share')"
            await page_until(bob, f"{share}.length === 1 && {share}[0].subscribed", what="screen share at Bob")
            await sees_moving_pictures(bob, count=2)
            await bob.screenshot(output / "screen-share.png")

    asyncio.run(run())


def test_a_dropped_signal_is_resumed_without_a_lost_picture(server, room):
    async def run():
        async with chromium() as browser:
            alice = await ChromiumPage.join(browser, server, room, "Alice")
            bob = await ChromiumPage.join(browser, server, room, "Bob", video=False)
            await sees_moving_pictures(bob)
            await bob.evaluate("relais.dropSignal()")
            await page_until(bob, "relais.state === 'connected'", 20)
            await sees_moving_pictures(bob)
            assert await alice.evaluate("relais.participants().length") == 2

    asyncio.run(run())


def test_chromium_and_an_sdk_client(server, room):
    async def run():
        async with chromium() as browser, clients(Client(server, room, "sdk")) as (sdk,):
            await sdk.publish_camera()
            await sdk.publish_microphone()
            page = await ChromiumPage.join(browser, server, room, "Alice")
            await page_until(page, "relais.state === 'connected'")
            await sees_moving_pictures(page)
            await hears(page)
            alice = await page.evaluate("relais.participants().find(p => p.isLocal).identity")
            await until(lambda: len(sdk.numbers[alice]) > 20, 20, "pictures of the browser at the SDK")
            await until(lambda: sdk.levels[alice] > 0.02, 10, "sound of the browser at the SDK")

    asyncio.run(run())


def test_firefox_and_chromium_hold_a_call(server, room, output):
    async def run():
        async with chromium() as browser:
            alice = await ChromiumPage.join(browser, server, room, "Alice")
            async with FirefoxPage.join(server, room, "Fabien") as firefox:
                for page in (alice, firefox):
                    await page_until(page, "relais.state === 'connected'", 30)
                for page in (alice, firefox):
                    await sees_moving_pictures(page)
                    await hears(page)
                await firefox.screenshot(output / "firefox.png")

    asyncio.run(run())
