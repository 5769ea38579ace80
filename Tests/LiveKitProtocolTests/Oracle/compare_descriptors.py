"""Compares our .proto files, field by field, with the descriptors inside the PyPI package livekit-protocol.

Ours may leave things out (protobuf keeps what it does not know), but whatever they name must be there under the same
number, with the same name, type, label, oneof and JSON name. Needs protoc and livekit-protocol.
Exit status: 0 equal, 1 different (one line each), 77 when a tool is missing.
"""

import importlib
import pathlib
import pkgutil
import shutil
import subprocess
import sys
import tempfile

SKIP = 77
PROTO = pathlib.Path(__file__).resolve().parents[3] / "Sources/Conference/LiveKitWire/Proto"

try:
    import livekit.protocol
    from google.protobuf import descriptor_pb2, descriptor_pool
except ImportError as error:
    print(f"livekit-protocol is not installed: {error}")
    sys.exit(SKIP)
if shutil.which("protoc") is None:
    print("protoc is not installed (Debian: protobuf-compiler)")
    sys.exit(SKIP)


def our_files():
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "set"
        files = sorted(path.name for path in PROTO.glob("*.proto"))
        subprocess.run(["protoc", f"--proto_path={PROTO}", f"--descriptor_set_out={output}", *files], check=True)
        return descriptor_pb2.FileDescriptorSet.FromString(output.read_bytes()).file


def their_files():
    for module in pkgutil.iter_modules(livekit.protocol.__path__):
        importlib.import_module(f"livekit.protocol.{module.name}")
    pool = descriptor_pool.Default()
    names = [f"livekit_{part}.proto" for part in ("models", "rtc", "room", "agent_dispatch", "webhook", "metrics", "egress")]
    for name in names:
        file = descriptor_pb2.FileDescriptorProto()
        pool.FindFileByName(name).CopyToProto(file)
        yield file


def json_name(field):
    if field.json_name:
        return field.json_name
    first, *rest = field.name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def facts(files):
    """Every fact that the wire or the JSON depends on, as a flat map of path to value."""
    found = {}

    def add_enum(path, enum):
        for value in enum.value:
            found[f"{path}.{value.name}"] = ("enum value", value.number)

    def add_message(path, message):
        found[path] = ("message", message.options.map_entry)
        for enum in message.enum_type:
            add_enum(f"{path}.{enum.name}", enum)
        for nested in message.nested_type:
            add_message(f"{path}.{nested.name}", nested)
        for field in message.field:
            oneof = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else ""
            found[f"{path} field {field.number}"] = (
                field.name, field.type, field.label, field.type_name, json_name(field), oneof, field.proto3_optional,
                field.options.deprecated,
            )

    for file in files:
        for enum in file.enum_type:
            add_enum(f".{file.package}.{enum.name}", enum)
        for message in file.message_type:
            add_message(f".{file.package}.{message.name}", message)
        for service in file.service:
            for method in service.method:
                found[f".{file.package}.{service.name}/{method.name}"] = (method.input_type, method.output_type)
    return found


def main():
    ours, theirs = facts(our_files()), facts(their_files())
    differences = [f"{path}: ours {value}, theirs {theirs.get(path)}" for path, value in ours.items() if theirs.get(path) != value]
    print("\n".join(differences) or f"{len(ours)} facts equal")
    sys.exit(1 if differences else 0)


main()
