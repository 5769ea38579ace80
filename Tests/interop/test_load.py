"""The load tool that comes with Relais: thirty people in a room for a minute, nothing lost, nothing leaked."""

import json
import os
import subprocess

from relais_server import KEY, SECRET, clean_environment

SECONDS = 60
MEBIBYTE = 1 << 20


def test_thirty_people_talk_for_a_minute(own_server, output):
    report_path = output / "load-meeting.json"
    run = subprocess.run(
        [
            os.environ["RELAIS_LOAD_BINARY"], "meeting", "--url", own_server.url, "--key", KEY, "--secret", SECRET,
            "--participants", "30", "--video-publishers", "5", "--video-bitrate", "800", "--seconds", str(SECONDS),
            "--server-pid", str(own_server.process.pid), "--fail-on-loss", "--fail-on-growth", str(4 * MEBIBYTE),
            "--json", str(report_path), "--quiet",
        ],
        env=clean_environment(), capture_output=True, text=True, timeout=SECONDS + 60,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    report = json.loads(report_path.read_text())
    assert report["participants"]["ready"] == 30
    assert report["streams"]["flowing"] == report["streams"]["expected"] == 29 * 35
    assert report["delivery"]["packetsLost"] == 0
    # On a busy machine packets come late, and pictures are then held back for a moment as on a narrow path.
    playback = report["playback"]
    assert playback["framesUndecodable"] < playback["framesDecoded"] * 0.02
