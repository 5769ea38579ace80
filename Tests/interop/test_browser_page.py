"""What people see on the page: their rights, their names, refusals, connections, sizes and codecs."""

import asyncio

import pytest

from browsers import ChromiumPage, TappedSignal, chromium, page_until
from livekit.protocol import models
from livekit.protocol import rtc as signal
from relais_server import RelaisServer
from sdk import until

NO_DEVICES = (
    "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));"
)
PHONE = {"size": (360, 740), "is_mobile": True, "has_touch": True}


async def connected(*pages):
    for page in pages:
        await page_until(page, "relais.state === 'connected'")


async def shown(page, text):
    await page.page.get_by_text(text).first.wait_for(state="visible", timeout=10_000)


def test_a_token_in_the_address_leaves_it_and_the_typed_name_is_taken(server, room):
    async def run():
        async with chromium() as browser:
            token = server.token("elo", room, name="Élodie", can_update_own_metadata=True)
            bob = await ChromiumPage.join(browser, server, room, "Bob", video=False)
            page = await ChromiumPage.open(browser, f"{server.http}/?token={token}")
            name = page.page.get_by_label("Votre nom")
            assert await name.input_value() == "Élodie"
            assert token not in page.page.url and f"room={room}" in page.page.url
            await name.fill("Élodie D.")
            await page.page.get_by_role("button", name="Rejoindre").click()
            await connected(bob, page)
            await page_until(bob, "relais.participants().some(p => p.name === 'Élodie D.')", what="the typed name at Bob")
            # A reload comes back with the same token.
            await page.page.reload()
            assert await page.page.get_by_label("Réunion").input_value() == room
            assert not page.complaints

    asyncio.run(run())


def test_a_name_that_the_token_fixes_cannot_be_typed(server, room):
    async def run():
        async with chromium() as browser:
            token = server.token("elo", room, name="Élodie")
            page = await ChromiumPage.open(browser, f"{server.http}/?room={room}&name=Autre#token={token}")
            name = page.page.get_by_label("Votre nom")
            assert await name.is_disabled() and await name.input_value() == "Élodie"
            await shown(page, "ne peut pas être changé")

    asyncio.run(run())


def test_a_listener_has_nothing_to_send_with_until_it_may(server, room, output):
    async def run():
        async with chromium() as browser:
            tap = TappedSignal()
            token = server.token("ear", room, name="Oreille", can_publish=False)
            page = await ChromiumPage.open(browser, f"{server.http}/#token={token}", tap=tap)
            await shown(page, "Écoute seule")
            await page.page.get_by_role("button", name="Rejoindre").click()
            await connected(page)
            bar = page.page.locator(".bar")
            await shown(page, "Écoute seule")
            for name in ("Activer le micro", "Activer la caméra", "Partager l’écran"):
                assert not await bar.get_by_role("button", name=name).is_visible(), name
            await page.screenshot(output / "listener.png")
            await page.page.keyboard.press("m")
            assert await page.page.locator(".toast").count() == 0
            assert not tap.requested("add_track")

            me = tap.answered("join")[0].participant
            me.version += 100
            me.permission.CopyFrom(models.ParticipantPermission(can_subscribe=True, can_publish=True, can_publish_data=True))
            tap.say(update=signal.ParticipantUpdate(participants=[me]))
            await bar.get_by_role("button", name="Activer le micro").wait_for(state="visible")
            await shown(page, "Vous pouvez maintenant prendre part")
            me.version += 1
            me.permission.can_publish_sources.append(models.TrackSource.MICROPHONE)
            tap.say(update=signal.ParticipantUpdate(participants=[me]))
            await bar.get_by_role("button", name="Activer la caméra").wait_for(state="hidden")
            assert await bar.get_by_role("button", name="Activer le micro").is_visible()
            assert not page.complaints

    asyncio.run(run())


def test_a_server_for_invited_people_says_so(tmp_path, room):
    async def run(server):
        async with chromium() as browser:
            guest = await ChromiumPage.open(browser, f"{server.http}/?room={room}")
            await shown(guest, "n’est ouvert qu’aux personnes invitées")
            invited = await ChromiumPage.open(
                browser, f"{server.http}/?autojoin=1#token={server.token('a', room, name='A')}"
            )
            await connected(invited)
            await shown(invited, "Chaque participant a besoin de sa propre invitation")
            assert not await invited.page.get_by_role("button", name="Copier le lien").is_visible()
            assert not invited.complaints

    with RelaisServer(tmp_path, guest_tokens=False) as server:
        asyncio.run(run(server))


def test_refusals_are_told_in_the_language_of_the_page(server, room):
    async def run():
        async with chromium() as browser:
            forged = server.token("elo", room, name="Élodie", secret="another-secret-of-more-than-thirty-two-bytes")
            page = await ChromiumPage.open(browser, f"{server.http}/?autojoin=1#token={forged}")
            await shown(page, "L’accès à la réunion a été refusé.")
            error = page.page.locator(".card .error")
            assert "access token" not in await error.inner_text()
            await page.page.get_by_label("Langue").select_option("en")
            assert "Access to the meeting was refused." in await error.inner_text()

    asyncio.run(run())


def test_denied_devices_are_all_named(server, room, output):
    async def run():
        async with chromium() as browser:
            page = await ChromiumPage.open(browser, f"{server.http}/?room={room}", script=NO_DEVICES, **PHONE)
            await shown(page, "Microphone et caméra : accès refusé")
            await page.screenshot(output / "phone-denied.png")
            # Who has nothing to send comes in all the same.
            await page.page.get_by_label("Votre nom").fill("Muette")
            await page.page.get_by_role("button", name="Rejoindre").click()
            await connected(page)
            for button in await page.page.locator(".bar button:visible").all():
                box = await button.bounding_box()
                assert box["x"] >= 0 and box["x"] + box["width"] <= 360 and box["y"] + box["height"] <= 740
                assert box["width"] >= 44 and box["height"] >= 44

    asyncio.run(run())


def test_connections_and_paused_pictures_are_shown_on_the_tiles(server, room, output):
    async def run():
        async with chromium() as browser:
            tap = TappedSignal()
            alice = await ChromiumPage.join(browser, server, room, "Alice", tap=tap, video=False)
            await ChromiumPage.join(browser, server, room, "Bob", audio=False)
            await connected(alice)
            bobs = "relais.participants().find(p => p.name === 'Bob')"
            await page_until(alice, f"{bobs}?.tracks.some(t => t.subscribed)", what="Bob's camera at Alice")
            bob = await alice.evaluate(bobs)
            tile = alice.page.get_by_role("listitem").filter(has_text="Bob")

            def connection(quality):
                info = signal.ConnectionQualityInfo(participant_sid=bob["sid"], quality=quality)
                tap.say(connection_quality=signal.ConnectionQualityUpdate(updates=[info]))

            for quality, words in [(0, "connexion mauvaise"), (1, "connexion moyenne"), (2, "bonne connexion")]:
                connection(quality)
                await tile.get_by_role("img", name=words).wait_for(state="visible")
            connection(3)
            await tile.get_by_text("Connexion perdue").wait_for(state="visible")
            await alice.screenshot(output / "connection-lost.png")
            connection(2)
            await tile.get_by_text("Connexion perdue").wait_for(state="hidden")

            def stream(state):
                info = signal.StreamStateInfo(participant_sid=bob["sid"], track_sid=bob["tracks"][0]["sid"], state=state)
                tap.say(stream_state_update=signal.StreamStateUpdate(stream_states=[info]))

            stream(signal.StreamState.PAUSED)
            await tile.get_by_text("Image suspendue").wait_for(state="visible")
            stream(signal.StreamState.ACTIVE)
            await tile.get_by_text("Image suspendue").wait_for(state="hidden")
            # Read out, the name comes before the figures, and the button says whom it enlarges.
            await alice.page.keyboard.press("s")
            await tile.get_by_text("Débit", exact=True).wait_for(state="visible")
            said = await tile.aria_snapshot()
            assert -1 < said.index("Bob") < said.index("Débit"), said
            assert await tile.get_by_role("button", name="Agrandir : Bob").count() == 1
            assert not alice.complaints

    asyncio.run(run())


def test_pictures_are_asked_for_in_the_size_of_their_tiles(server, room):
    async def run():
        async with chromium() as browser:
            tap = TappedSignal()
            alice = await ChromiumPage.join(browser, server, room, "Alice", tap=tap, video=False)
            await ChromiumPage.join(browser, server, room, "Bob", audio=False)
            await connected(alice)
            tile = alice.page.get_by_role("listitem").filter(has_text="Bob")

            async def asks_for_its_tile():
                box = await tile.bounding_box()
                settings = tap.requested("track_setting")
                if not box or not settings or settings[-1].disabled:
                    return False
                return abs(settings[-1].width - box["width"]) <= 2 and abs(settings[-1].height - box["height"]) <= 2

            async def soon(condition, what):
                for _ in range(100):
                    if await condition():
                        return
                    await asyncio.sleep(0.1)
                raise AssertionError(f"{what}; {tap.requested('track_setting')[-3:]}")

            await soon(asks_for_its_tile, "the first size")
            large = tap.requested("track_setting")[-1].width
            await alice.page.set_viewport_size({"width": 420, "height": 400})
            await soon(asks_for_its_tile, "a smaller size")
            assert tap.requested("track_setting")[-1].width < large / 2
            # One's own tile, enlarged in a low window, takes all the room there is: nothing is left to show of Bob.
            await alice.page.get_by_role("button", name="Agrandir : Alice (vous)").click()
            await alice.page.set_viewport_size({"width": 700, "height": 190})

            async def is_off():
                return tap.requested("track_setting")[-1].disabled

            await soon(is_off, "hidden pictures are switched off")

    asyncio.run(run())


def test_layers_that_nobody_wants_are_not_sent(server, room):
    async def run():
        async with chromium() as browser:
            tap = TappedSignal()
            alice = await ChromiumPage.join(browser, server, room, "Alice", tap=tap, audio=False)
            await connected(alice)
            await until(lambda: tap.answered("track_published"), 20, "the camera")
            request = tap.requested("add_track")[0]
            assert [(layer.rid, layer.width) for layer in request.layers] == [("q", 320), ("h", 640), ("f", 1280)]
            sid = tap.answered("track_published")[0].track.sid

            async def active(expected):
                await page_until(
                    alice,
                    "relais.publisherStats().then(rows => rows.filter(r => r.kind === 'video' && r.active)"
                    f".map(r => r.rid).sort().join('') === '{expected}')",
                    what=f"layers {expected}",
                )

            def want(*enabled):
                qualities = [signal.SubscribedQuality(quality=q, enabled=q in enabled) for q in range(3)]
                codec = signal.SubscribedCodec(codec="vp8", qualities=qualities)
                tap.say(
                    subscribed_quality_update=signal.SubscribedQualityUpdate(
                        track_sid=sid, subscribed_qualities=qualities, subscribed_codecs=[codec]
                    )
                )

            want(0, 1, 2)
            await active("fhq")
            want(0)
            await active("q")
            want()
            await active("")
            want(0, 1)
            await active("hq")

    asyncio.run(run())


@pytest.mark.parametrize("codec", ["vp9", "av1"])
def test_scalable_codecs_are_published_in_one_stream(tmp_path, room, codec):
    async def run(server):
        async with chromium() as browser:
            tap = TappedSignal()
            alice = await ChromiumPage.join(browser, server, room, "Alice", tap=tap, audio=False, codec=codec)
            await connected(alice)
            await until(lambda: tap.requested("add_track"), 20, "the camera")
            [offered] = tap.requested("add_track")[0].simulcast_codecs
            assert offered.codec == codec and [layer.width for layer in offered.layers] == [320, 640, 1280]
            assert [layer.spatial_layer for layer in offered.layers] == [0, 1, 2]
            await page_until(
                alice,
                "relais.publisherStats().then(rows => rows.some(r => r.kind === 'video' && r.framesEncoded > 3"
                f" && r.codec === '{codec.upper()}' && r.scalabilityMode === 'L3T3_KEY'))",
                what=f"{codec} with layers",
            )

    codecs = "[{mime: video/VP8}, {mime: video/VP9}, {mime: video/AV1}, {mime: audio/opus}]"
    with RelaisServer(tmp_path, f"room:\n  enabled_codecs: {codecs}\n") as server:
        asyncio.run(run(server))
