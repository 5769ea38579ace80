"""Fills every field of every message of the protocol and prints both encodings.

Standard output: JSON [{type, binary (base64), json}], one entry for each choice of the message's own oneofs.
"""

import base64
import json
import sys

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor as F
from livekit.protocol import agent_dispatch, models, room, rtc, webhook

TYPES = {
    rtc: ["SignalRequest", "SignalResponse", "JoinRequest", "WrappedJoinRequest"],
    models: ["DataPacket"],
    webhook: ["WebhookEvent"],
    room: [
        "RoomConfiguration", "CreateRoomRequest", "ListRoomsRequest", "ListRoomsResponse", "DeleteRoomRequest",
        "ListParticipantsResponse", "RoomParticipantIdentity", "MuteRoomTrackRequest", "MuteRoomTrackResponse",
        "UpdateParticipantRequest", "UpdateSubscriptionsRequest", "SendDataRequest", "UpdateRoomMetadataRequest",
        "MoveParticipantRequest", "ForwardParticipantRequest", "PerformRpcRequest", "PerformRpcResponse",
    ],
    agent_dispatch: ["CreateAgentDispatchRequest", "DeleteAgentDispatchRequest", "ListAgentDispatchResponse"],
}
LEFT_OUT = {"google.protobuf.Timestamp"}


class Filler:
    """Gives every field a value that no other has, so that a mix-up shows."""

    def __init__(self):
        self.count = 0

    def scalar(self, field):
        self.count += 1
        if field.cpp_type in (F.CPPTYPE_FLOAT, F.CPPTYPE_DOUBLE):
            return self.count / 4
        if field.cpp_type == F.CPPTYPE_BOOL:
            return True
        if field.cpp_type == F.CPPTYPE_ENUM:
            values = field.enum_type.values
            return values[self.count % len(values)].number
        if field.type == F.TYPE_BYTES:
            return b"\x00\xff" + str(self.count).encode()
        if field.cpp_type == F.CPPTYPE_STRING:
            return f"é{self.count}"
        if field.cpp_type == F.CPPTYPE_INT64:
            return -(2**40) - self.count
        if field.cpp_type == F.CPPTYPE_INT32:
            return -self.count
        return 2**31 + self.count

    def fill(self, message, choice, depth=0):
        for field in message.DESCRIPTOR.fields:
            oneof = field.containing_oneof
            if oneof is not None and len(oneof.fields) > 1 and oneof.fields[choice % len(oneof.fields)] is not field:
                continue
            if field.message_type is not None and field.message_type.full_name in LEFT_OUT:
                continue
            self.fill_field(message, field, choice, depth)
        return message

    def fill_field(self, message, field, choice, depth):
        nested = field.message_type
        if nested is not None and nested.GetOptions().map_entry:
            value_field = nested.fields_by_name["value"]
            entries = getattr(message, field.name)
            key = self.scalar(nested.fields_by_name["key"])
            if value_field.message_type is None:
                entries[key] = self.scalar(value_field)
            else:
                self.fill(entries[key], choice, depth + 1)
        elif nested is not None:
            if depth > 5:
                return
            if field.is_repeated:
                self.fill(getattr(message, field.name).add(), choice, depth + 1)
            else:
                inner = getattr(message, field.name)
                inner.SetInParent()
                self.fill(inner, choice, depth + 1)
        elif field.is_repeated:
            getattr(message, field.name).extend([self.scalar(field), self.scalar(field)])
        else:
            setattr(message, field.name, self.scalar(field))


result = []
for module, names in TYPES.items():
    for name in names:
        kind = getattr(module, name)
        choices = max([1] + [len(oneof.fields) for oneof in kind.DESCRIPTOR.oneofs])
        for choice in range(choices):
            message = Filler().fill(kind(), choice)
            result.append({
                "type": name,
                "binary": base64.b64encode(message.SerializeToString()).decode(),
                "json": json_format.MessageToJson(message, indent=None, preserving_proto_field_name=choice % 2 == 1),
            })
json.dump(result, sys.stdout)
