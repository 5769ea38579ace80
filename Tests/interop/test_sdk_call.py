"""Two LiveKit Python SDK clients in one room, over one PeerConnection (/rtc/v1) and over two (/rtc)."""

import asyncio
import json

import pytest
from livekit import rtc

from sdk import Client, advances, clients, until

both_modes = pytest.mark.parametrize("single", [True, False], ids=["single-pc", "dual-pc"])


@both_modes
def test_video_and_audio_reach_the_other_end(server, room, single):
    async def run():
        alice, bob = Client(server, room, "alice", single), Client(server, room, "bob", single)
        async with clients(alice, bob):
            await alice.publish_camera(960, 540)
            await alice.publish_microphone()
            await until(lambda: advances(bob.numbers["alice"], 40), 20, "alice's numbered pictures at bob")
            await until(lambda: bob.levels["alice"] > 0.1, 10, "alice's tone at bob")
            assert bob.sizes["alice"][0] >= 320

    asyncio.run(run())


@both_modes
def test_both_publish(server, room, single):
    async def run():
        alice, bob = Client(server, room, "alice", single), Client(server, room, "bob", single)
        async with clients(alice, bob):
            await asyncio.gather(alice.publish_camera(), bob.publish_camera())
            await asyncio.gather(alice.publish_microphone(), bob.publish_microphone(660))
            for here, there in ((alice, "bob"), (bob, "alice")):
                await until(lambda: advances(here.numbers[there], 20), 20, f"pictures of {there}")
                await until(lambda: here.levels[there] > 0.1, 10, f"tone of {there}")

    asyncio.run(run())


@both_modes
def test_a_late_joiner_sees_and_hears(server, room, single):
    async def run():
        alice = Client(server, room, "alice", single, name="Alice", metadata="m", attributes={"lang": "fr"})
        async with clients(alice):
            await alice.publish_camera()
            await alice.publish_microphone()
            bob = Client(server, room, "bob", single)
            async with clients(bob):
                remote = bob.remote("alice")
                assert (remote.name, remote.metadata, remote.attributes) == ("Alice", "m", {"lang": "fr"})
                await until(lambda: advances(bob.numbers["alice"]), 20, "pictures")
                await until(lambda: bob.levels["alice"] > 0.1, 10, "tone")
                assert len(remote.track_publications) == 2

    asyncio.run(run())


@both_modes
def test_mute_unmute_and_unpublish_are_told(server, room, single):
    async def run():
        alice, bob = Client(server, room, "alice", single), Client(server, room, "bob", single)
        async with clients(alice, bob):
            publication = await alice.publish_microphone()
            await until(lambda: bob.seen("track_subscribed"), 10, "subscription")
            publication.track.mute()
            await until(lambda: bob.seen("track_muted"), 5, "mute")
            publication.track.unmute()
            await until(lambda: bob.seen("track_unmuted"), 5, "unmute")
            await alice.me.unpublish_track(publication.sid)
            await until(lambda: bob.seen("track_unpublished"), 5, "unpublish")
            # The freed section is used again.
            await alice.publish_microphone()
            await until(lambda: len(bob.seen("track_subscribed")) == 2, 10, "second subscription")
            bob.levels.clear()
            await until(lambda: bob.levels["alice"] > 0.1, 10, "tone of the second track")

    asyncio.run(run())


def _received(client, payload):
    return any(packet.data == payload for packet in client.data)


@both_modes
def test_data_packets_reach_whom_they_are_for(server, room, single):
    async def run():
        alice, bob, carol = (Client(server, room, name, single) for name in ("alice", "bob", "carol"))
        async with clients(alice, bob, carol):
            await until(lambda: len(alice.room.remote_participants) == 2, 5, "participants")
            await alice.me.publish_data(b"to all", reliable=True, topic="t")
            # A lossy packet is for those whose channel is open: one at the moment of joining may be lost.
            while not (_received(bob, b"lossy") and _received(carol, b"lossy")):
                await alice.me.publish_data(b"lossy", reliable=False)
                await asyncio.sleep(0.1)
            await alice.me.publish_data(b"for bob", reliable=True, destination_identities=["bob"])
            await until(lambda: _received(bob, b"for bob"), 5, "bob's own packet")
            await until(lambda: _received(carol, b"to all"), 5, "everybody's packet at carol")
            await asyncio.sleep(0.3)
            assert {packet.data for packet in bob.data} == {b"to all", b"lossy", b"for bob"}
            assert {packet.data for packet in carol.data} == {b"to all", b"lossy"}
            assert not alice.data
            assert all(packet.participant.identity == "alice" for packet in bob.data + carol.data)
            assert {packet.topic for packet in bob.data if packet.data == b"to all"} == {"t"}

    asyncio.run(run())


@both_modes
def test_streams_and_remote_procedures(server, room, single):
    async def run():
        alice, bob = Client(server, room, "alice", single), Client(server, room, "bob", single)
        texts, files = [], []

        def on_text(reader, identity):
            async def read():
                texts.append((identity, await reader.read_all()))

            asyncio.ensure_future(read())

        def on_bytes(reader, identity):
            async def read():
                files.append((identity, b"".join([chunk async for chunk in reader])))

            asyncio.ensure_future(read())

        async with clients(alice, bob):
            bob.room.register_text_stream_handler("lk.chat", on_text)
            bob.room.register_byte_stream_handler("file", on_bytes)

            @bob.me.register_rpc_method("add")
            async def add(invocation: rtc.RpcInvocationData):
                return str(sum(json.loads(invocation.payload)))

            await until(lambda: alice.room.remote_participants, 5, "bob")
            await alice.me.send_text("Bonjour à tous", topic="lk.chat")
            writer = await alice.me.stream_bytes("blob", topic="file")
            blob = bytes(range(256)) * 400
            await writer.write(blob)
            await writer.aclose()
            await until(lambda: texts and files, 10, "streams")
            assert texts == [("alice", "Bonjour à tous")]
            assert files == [("alice", blob)]
            assert await alice.me.perform_rpc(destination_identity="bob", method="add", payload="[1,2,3]") == "6"

    asyncio.run(run())


@both_modes
def test_attributes_metadata_and_name(server, room, single):
    async def run():
        alice = Client(server, room, "alice", single, can_update_own_metadata=True)
        bob = Client(server, room, "bob", single)
        async with clients(alice, bob):
            await alice.me.set_attributes({"hand": "raised", "color": "blue"})
            await until(lambda: bob.remote("alice").attributes.get("hand") == "raised", 5, "attributes")
            await alice.me.set_attributes({"hand": ""})
            await until(lambda: "hand" not in bob.remote("alice").attributes, 5, "deletion")
            assert bob.remote("alice").attributes == {"color": "blue"}
            await alice.me.set_name("Alice the First")
            await until(lambda: bob.remote("alice").name == "Alice the First", 5, "name")
            await alice.me.set_metadata("meta")
            await until(lambda: bob.remote("alice").metadata == "meta", 5, "metadata")

            # Refused at once, not by a timeout; the SDK keeps the refusal to itself.
            await asyncio.wait_for(bob.me.set_name("Mallory"), 2)
            await asyncio.sleep(0.2)
            assert alice.remote("bob").name != "Mallory"

    asyncio.run(run())


@both_modes
def test_leaving_and_being_replaced(server, room, single):
    async def run():
        alice, bob = Client(server, room, "alice", single), Client(server, room, "bob", single)
        async with clients(alice, bob):
            await until(lambda: alice.room.remote_participants, 5, "bob")
            again = Client(server, room, "bob", single)
            async with clients(again):
                await until(lambda: bob.seen("disconnected"), 10, "eviction of the first bob")
                assert bob.seen("disconnected")[0][0] == rtc.DisconnectReason.DUPLICATE_IDENTITY
                await until(lambda: alice.seen("participant_disconnected"), 5, "leave of the first bob")
            await until(lambda: len(alice.seen("participant_disconnected")) == 2, 5, "leave of the second bob")
            assert not alice.room.remote_participants

    asyncio.run(run())


@both_modes
def test_a_cut_websocket_loses_nobody(server, room, single):
    async def run():
        alice, bob = Client(server, room, "alice", single), Client(server, room, "bob", single)
        async with clients(alice, bob):
            await alice.publish_camera()
            await until(lambda: advances(bob.numbers["alice"]), 20, "pictures")
            await bob.room.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_SIGNAL_RECONNECT)
            await until(lambda: bob.seen("reconnected"), 20, "resume")
            assert not bob.seen("participant_disconnected") and not bob.seen("track_unsubscribed")
            assert not alice.seen("participant_disconnected")
            before = len(bob.numbers["alice"])
            await until(lambda: len(bob.numbers["alice"]) > before + 20, 10, "pictures after the resume")
            moments = [moment for moment, _ in bob.numbers["alice"]]
            longest = max(later - earlier for earlier, later in zip(moments, moments[1:]))
            print(f"longest gap between two decoded pictures across the resume: {longest:.2f} s")

    asyncio.run(run())


@pytest.mark.parametrize("codec", ["H264", "VP9", "AV1"])
def test_other_codecs_pass(server, room, codec):
    async def run():
        alice, bob = Client(server, room, "alice"), Client(server, room, "bob")
        async with clients(alice, bob):
            await alice.publish_camera(codec=getattr(rtc.VideoCodec, codec), simulcast=False)
            await until(lambda: advances(bob.numbers["alice"], 20), 20, f"{codec} pictures")

    asyncio.run(run())
