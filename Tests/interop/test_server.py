"""The process itself: stopping, refusing, and staying calm under bad input while people talk."""

import asyncio
import os
import pathlib
import random
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest
import websockets
from livekit import rtc

from relais_server import KEY, SECRET, RelaisServer, clean_environment, free_port
from sdk import Client, advances, clients, until


def run_relais(*arguments, timeout_seconds=20):
    return subprocess.run(
        [os.environ["RELAIS_BINARY"], *arguments],
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        env=clean_environment(),
    )


def test_a_graceful_stop_tells_clients_to_reconnect(own_server, room):
    async def run():
        alice, bob = Client(own_server, room, "alice"), Client(own_server, room, "bob", single=False)
        async with clients(alice, bob):
            await alice.publish_microphone()
            loop = asyncio.get_running_loop()
            status, seconds = await loop.run_in_executor(None, own_server.stop)
            assert status == 0, own_server.log()
            assert seconds < 5
            for client in (alice, bob):
                await until(lambda: client.seen("reconnecting") or client.seen("disconnected"), 5, "the leave")
                assert client.seen("reconnecting"), "a shutdown must not end the session for good"

    asyncio.run(run())


def test_a_token_of_the_command_line_opens_the_door(own_server, room):
    made = run_relais("token", "--key", KEY, "--secret", SECRET, "--identity", "cli", "--room", room)
    assert made.returncode == 0, made.stderr

    async def run():
        client = Client(own_server, room, "cli")
        client.token = made.stdout.strip()
        async with clients(client):
            assert client.me.identity == "cli"

    asyncio.run(run())


@pytest.mark.parametrize(
    "configuration, says",
    [
        (f"port: 70000\nkeys:\n  {KEY}: {SECRET}\n", "port"),
        (f"port: [1]\nkeys:\n  {KEY}: {SECRET}\n", "port"),
        ("keys:\n  short: secret\n", "32"),
        (f"rtc:\n  udp_port: banana\nkeys:\n  {KEY}: {SECRET}\n", "udp_port"),
        ("port: 7880\nkeys: {}\n", "key"),
        ("a: [unclosed\n", ""),
    ],
)
def test_wrong_settings_refuse_to_start_with_one_sentence(tmp_path, configuration, says):
    file = tmp_path / "relais.yaml"
    file.write_text(configuration)
    result = run_relais("serve", "--config", str(file))
    assert result.returncode not in (0, 1) and result.returncode > 0
    sentences = [line for line in result.stderr.strip().splitlines() if line.strip()]
    assert len(sentences) == 1, result.stderr
    assert says in sentences[0]


@pytest.mark.parametrize(
    "path, headers, status",
    [
        ("/rtc/validate", {}, 401),
        ("/rtc/v1/validate?access_token=nonsense", {}, 401),
        ("/rtc/v1", {}, 404),
        ("/no-such-page", {}, 404),
        ("/../../etc/passwd", {}, 404),
    ],
)
def test_http_refusals(server, path, headers, status):
    request = urllib.request.Request(server.http + path, headers=headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    assert refused.value.code == status


def test_bad_input_disturbs_nobody(server, room):
    """Garbage on the UDP port and on the WebSocket while two people talk: they notice nothing."""

    async def run():
        alice, bob = Client(server, room, "alice"), Client(server, room, "bob")
        async with clients(alice, bob):
            await alice.publish_camera()
            await alice.publish_microphone()
            await until(lambda: advances(bob.numbers["alice"]), 20, "pictures")
            noise = random.Random(7)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as attacker:
                for _ in range(20_000):
                    first = noise.choice([0, 1, 20, 22, 64, 128, 144, 200, 255])
                    body = noise.randbytes(noise.randint(0, 1400))
                    attacker.sendto(bytes([first]) + body, ("127.0.0.1", server.udp_port))
                    if _ % 500 == 0:
                        await asyncio.sleep(0.001)
            token = server.token("mallory", room)
            async with websockets.connect(f"{server.url}/rtc?access_token={token}") as mallory:
                await mallory.recv()
                for size in (0, 1, 7, 100, 5_000):
                    await mallory.send(noise.randbytes(size))
                await mallory.send('{"offer": 17}')
                await mallory.send("not json at all")
            began = len(bob.numbers["alice"])
            await until(lambda: len(bob.numbers["alice"]) > began + 20, 5, "pictures after the attack")
            moments = [moment for moment, _ in bob.numbers["alice"]]
            longest = max(later - earlier for earlier, later in zip(moments, moments[1:]))
            print(f"longest gap between two decoded pictures: {longest:.2f} s")
            assert longest < 1
            assert not bob.seen("disconnected") and not bob.seen("track_unsubscribed")
            assert server.is_alive()

    asyncio.run(run())


def test_a_track_of_somebody_else_cannot_be_muted(server, room):
    """The SDK offers no such call, so the message is written by hand (SignalRequest.mute, fields 5, 1 and 2)."""

    async def run():
        alice, bob = Client(server, room, "alice"), Client(server, room, "bob")
        async with clients(alice, bob):
            publication = await alice.publish_microphone()
            await until(lambda: bob.seen("track_subscribed"), 10, "subscription")
            sid = publication.sid.encode()
            mute = bytes([0x0A, len(sid)]) + sid + b"\x10\x01"
            token = server.token("mallory", room)
            async with websockets.connect(f"{server.url}/rtc?access_token={token}") as mallory:
                await mallory.recv()
                await mallory.send(bytes([0x2A, len(mute)]) + mute)
                await asyncio.sleep(0.5)
            assert not bob.seen("track_muted")
            bob.levels.clear()
            await until(lambda: bob.levels["alice"] > 0.1, 5, "alice's tone")

    asyncio.run(run())


def test_no_third_party_is_named_to_clients(server, room):
    async def run():
        token = server.token("alice", room)
        async with websockets.connect(f"{server.url}/rtc?access_token={token}") as socket_:
            join = await socket_.recv()
            assert b"stun:" not in join and b"turn:" not in join

    asyncio.run(run())


def test_it_starts_and_stops_again_and_again(tmp_path):
    for number in range(5):
        folder = tmp_path / str(number)
        folder.mkdir()
        with RelaisServer(folder) as one:
            pass
        assert one.process is None


def test_the_reference_configuration_is_understood(tmp_path):
    """deploy/relais.yaml names every setting; with keys in it the server starts without a warning."""
    reference = pathlib.Path(__file__).parents[2] / "deploy" / "relais.yaml"
    text = reference.read_text().replace("keys: {}", f"keys:\n  {KEY}: {SECRET}")
    text = text.replace("port: 7880", f"port: {free_port()}", 1).replace("udp_port: 7882", f"udp_port: {free_port()}")
    file = tmp_path / "relais.yaml"
    file.write_text(text)
    process = subprocess.Popen(
        [os.environ["RELAIS_BINARY"], "serve", "--config", str(file)],
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    )
    try:
        time.sleep(1)
        assert process.poll() is None
    finally:
        process.terminate()
    log = process.communicate(timeout=10)[1]
    assert "ready" in log and "warning" not in log, log
