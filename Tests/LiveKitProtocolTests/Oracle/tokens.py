"""Verifies tokens and webhooks that we signed, and issues some, with livekit-api.

Standard input: JSON {key, secret, tokens: [jwt], webhooks: [[body, authorization]]}.
Standard output: JSON {verified: [claims], refused: [error], webhooks: [summary], issued: [jwt]}.
"""

import json
import sys

from livekit import api

given = json.load(sys.stdin)
key, secret = given["key"], given["secret"]
verifier = api.TokenVerifier(key, secret)
result = {"verified": [], "refused": [], "webhooks": [], "issued": []}

for token in given["tokens"]:
    try:
        claims = verifier.verify(token)
    except Exception as error:
        result["refused"].append(type(error).__name__)
        continue
    result["verified"].append({
        "identity": claims.identity, "name": claims.name, "metadata": claims.metadata, "kind": claims.kind,
        "attributes": claims.attributes, "room": claims.video.room, "roomJoin": claims.video.room_join,
        "canPublish": claims.video.can_publish, "canSubscribe": claims.video.can_subscribe,
        "canPublishData": claims.video.can_publish_data, "canPublishSources": claims.video.can_publish_sources,
        "hidden": claims.video.hidden,
    })

receiver = api.WebhookReceiver(verifier)
for body, authorization in given["webhooks"]:
    event = receiver.receive(body, authorization)
    result["webhooks"].append(
        f"{event.event} {event.participant.identity} {event.track.sid} {event.room.creation_time_ms}"
    )

full = api.VideoGrants(
    room_create=True, room_list=True, room_record=True, room_admin=True, room_join=True, room="r", destination_room="s",
    can_publish=False, can_subscribe=False, can_publish_data=True, can_publish_sources=["microphone"],
    can_update_own_metadata=True, ingress_admin=True, hidden=True, recorder=True, agent=True,
    can_manage_agent_session=True, can_subscribe_metrics=True,
)
result["issued"].append(
    api.AccessToken(key, secret).with_identity("zoé").with_grants(full).with_attributes({"a": "b"})
    .with_sip_grants(api.SIPGrants(admin=True, call=True)).to_jwt()
)
result["issued"].append(
    api.AccessToken(key, secret).with_identity("p").with_grants(api.VideoGrants(room_join=True, room="r")).to_jwt()
)
json.dump(result, sys.stdout)
