"""Compares the web client's protobuf tables and bytes with the classes of the PyPI package `livekit-api`.

Without arguments: checks the tables of schema.js field by field, and that golden-messages.json still holds what these
classes serialize. With `--write`: writes golden-messages.json anew. Ends with a non-zero status on any difference.
"""

import json
import pathlib
import re
import subprocess
import sys

from google.protobuf.descriptor import FieldDescriptor
from livekit.protocol import models, rtc

FOLDER = pathlib.Path(__file__).resolve().parent
GOLDEN = FOLDER / "golden-messages.json"

TYPES = {
    FieldDescriptor.TYPE_STRING: "string", FieldDescriptor.TYPE_BYTES: "bytes", FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_ENUM: "enum", FieldDescriptor.TYPE_INT32: "int32", FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_UINT32: "uint32", FieldDescriptor.TYPE_UINT64: "uint64", FieldDescriptor.TYPE_FLOAT: "float",
    FieldDescriptor.TYPE_DOUBLE: "double",
}


def camel_case(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match.group(1).upper(), name)


def is_repeated(field: FieldDescriptor) -> bool:
    return field.is_repeated


def is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def differences(path: str, table: list[dict], descriptor) -> list[str]:
    """The fields of one of our tables that the official descriptor describes otherwise."""
    found = []
    for entry in table:
        name = f"{path}.{entry['name']}"
        field = descriptor.fields_by_number.get(entry["number"])
        if field is None or camel_case(field.name).lower() != entry["name"].lower():
            found.append(f"{name}: field {entry['number']} is {field.name if field else 'unknown'}")
        elif is_map(field) or entry["type"] == "map":
            if not is_map(field) or entry["type"] != "map":
                found.append(f"{name}: map or not")
        elif is_repeated(field) != entry["repeated"]:
            found.append(f"{name}: repeated or not")
        elif field.message_type is not None:
            if not isinstance(entry["type"], list):
                found.append(f"{name}: is a message")
            else:
                found.extend(differences(name, entry["type"], field.message_type))
        elif entry["type"] != TYPES.get(field.type):
            found.append(f"{name}: {entry['type']} is {TYPES.get(field.type)}")
        elif entry["optional"] != field.has_presence:
            found.append(f"{name}: presence")
    return found


def golden_messages() -> dict[str, str]:
    """Messages with every kind of field, as hexadecimal text. The tests build the same ones in JavaScript."""
    track = models.TrackInfo(
        sid="TR_VC1", type=1, name="caméra", muted=True, width=1280, height=720, source=1, mime_type="video/VP8",
        layers=[models.VideoLayer(quality=q, width=320 << q, height=180 << q, bitrate=160000, ssrc=4294967295, rid="qhf"[q]) for q in range(3)],
    )
    participant = models.ParticipantInfo(
        sid="PA_1", identity="alice", state=2, tracks=[track], joined_at=1764000000, name="Élodie 😀", version=7,
        permission=models.ParticipantPermission(can_subscribe=True, can_publish=True, can_publish_sources=[1, 2, 4]),
        attributes={"role": "présidente"},
    )
    messages = {
        "participantUpdate": rtc.SignalResponse(update=rtc.ParticipantUpdate(participants=[participant])),
        "speakers": rtc.SignalResponse(speakers_changed=rtc.SpeakersChanged(speakers=[models.SpeakerInfo(sid="PA_1", level=0.5, active=True)])),
        "pong": rtc.SignalResponse(pong_resp=rtc.Pong(last_ping_timestamp=1764000000123, timestamp=-5)),
        "bareRefreshToken": rtc.SignalResponse(refresh_token=""),
        "join": rtc.SignalResponse(join=rtc.JoinResponse(
            room=models.Room(sid="RM_1", name="r", active_recording=True), participant=models.ParticipantInfo(sid="PA_1", identity="alice"),
            ice_servers=[rtc.ICEServer(urls=["turn:127.0.0.1", "turns:127.0.0.1"], username="u", credential="c")],
            ping_timeout=15, ping_interval=5, server_info=models.ServerInfo(version="1.9.0"),
            enabled_publish_codecs=[models.Codec(mime="video/VP8")],
        )),
        "subscribedQuality": rtc.SignalResponse(subscribed_quality_update=rtc.SubscribedQualityUpdate(
            track_sid="TR_1", subscribed_codecs=[rtc.SubscribedCodec(codec="vp8", qualities=[
                rtc.SubscribedQuality(quality=0, enabled=True), rtc.SubscribedQuality(quality=2)])])),
        "addTrack": rtc.SignalRequest(add_track=rtc.AddTrackRequest(
            cid="c1", type=1, width=1280, height=720, source=3, stream="screen",
            layers=[models.VideoLayer(width=640, height=360, bitrate=400000, rid="q")],
            simulcast_codecs=[rtc.SimulcastCodec(codec="vp8", cid="c1")])),
        "trackSetting": rtc.SignalRequest(track_setting=rtc.UpdateTrackSettings(track_sids=["TR_1", "TR_2"], disabled=True)),
        "leave": rtc.SignalRequest(leave=rtc.LeaveRequest(reason=1)),
        "answer": rtc.SignalResponse(answer=rtc.SessionDescription(type="answer", sdp="v=0\r\n", id=3, mid_to_track_id={"4": "TR_1"})),
        "chunk": models.DataPacket(
            kind=0, participant_identity="alice", sequence=300, participant_sid="PA_1",
            stream_chunk=models.DataStream.Chunk(stream_id="s", chunk_index=1, content=bytes(range(256)))),
        "header": models.DataPacket(stream_header=models.DataStream.Header(
            stream_id="s", timestamp=1764000000123, topic="lk.chat", mime_type="text/plain", total_length=0,
            text_header=models.DataStream.TextHeader())),
    }
    return {name: message.SerializeToString(deterministic=True).hex() for name, message in messages.items()}


def main() -> int:
    golden = golden_messages()
    if "--write" in sys.argv:
        GOLDEN.write_text(json.dumps(golden, indent=2) + "\n")
        return 0
    tables = json.loads(subprocess.run(["node", FOLDER / "print-schema.mjs"], check=True, capture_output=True).stdout)
    official = {"SignalRequest": rtc.SignalRequest, "SignalResponse": rtc.SignalResponse, "JoinRequest": rtc.JoinRequest,
                "WrappedJoinRequest": rtc.WrappedJoinRequest, "DataPacket": models.DataPacket}
    found = [line for name, table in tables.items() for line in differences(name, table, official[name].DESCRIPTOR)]
    if json.loads(GOLDEN.read_text()) != golden:
        found.append("golden-messages.json is not what the classes serialize")
    for line in sorted(set(found)):
        print(line)
    print(f"{len(tables)} messages compared, {len(set(found))} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
