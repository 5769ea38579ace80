// The web client's files as they are on disk, so that the server is one binary. A file that is added to the folder is
// added here, twice; WebClientTests notices one that was forgotten.
#include "webclient.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char adaptive_js[] = {
#embed "../../Server/WebClient/Assets/adaptive.js"
};
static const unsigned char app_css[] = {
#embed "../../Server/WebClient/Assets/app.css"
};
static const unsigned char call_js[] = {
#embed "../../Server/WebClient/Assets/call.js"
};
static const unsigned char chat_js[] = {
#embed "../../Server/WebClient/Assets/chat.js"
};
static const unsigned char codecs_js[] = {
#embed "../../Server/WebClient/Assets/codecs.js"
};
static const unsigned char data_js[] = {
#embed "../../Server/WebClient/Assets/data.js"
};
static const unsigned char devices_js[] = {
#embed "../../Server/WebClient/Assets/devices.js"
};
static const unsigned char dom_js[] = {
#embed "../../Server/WebClient/Assets/dom.js"
};
static const unsigned char emitter_js[] = {
#embed "../../Server/WebClient/Assets/emitter.js"
};
static const unsigned char ended_js[] = {
#embed "../../Server/WebClient/Assets/ended.js"
};
static const unsigned char help_js[] = {
#embed "../../Server/WebClient/Assets/help.js"
};
static const unsigned char icon_svg[] = {
#embed "../../Server/WebClient/Assets/icon.svg"
};
static const unsigned char index_html[] = {
#embed "../../Server/WebClient/Assets/index.html"
};
static const unsigned char inspection_js[] = {
#embed "../../Server/WebClient/Assets/inspection.js"
};
static const unsigned char joinrequest_js[] = {
#embed "../../Server/WebClient/Assets/joinrequest.js"
};
static const unsigned char layers_js[] = {
#embed "../../Server/WebClient/Assets/layers.js"
};
static const unsigned char layout_js[] = {
#embed "../../Server/WebClient/Assets/layout.js"
};
static const unsigned char lobby_js[] = {
#embed "../../Server/WebClient/Assets/lobby.js"
};
static const unsigned char main_js[] = {
#embed "../../Server/WebClient/Assets/main.js"
};
static const unsigned char media_js[] = {
#embed "../../Server/WebClient/Assets/media.js"
};
static const unsigned char negotiation_js[] = {
#embed "../../Server/WebClient/Assets/negotiation.js"
};
static const unsigned char panels_js[] = {
#embed "../../Server/WebClient/Assets/panels.js"
};
static const unsigned char permissions_js[] = {
#embed "../../Server/WebClient/Assets/permissions.js"
};
static const unsigned char preferences_js[] = {
#embed "../../Server/WebClient/Assets/preferences.js"
};
static const unsigned char protobuf_js[] = {
#embed "../../Server/WebClient/Assets/protobuf.js"
};
static const unsigned char reasons_js[] = {
#embed "../../Server/WebClient/Assets/reasons.js"
};
static const unsigned char roster_js[] = {
#embed "../../Server/WebClient/Assets/roster.js"
};
static const unsigned char schema_js[] = {
#embed "../../Server/WebClient/Assets/schema.js"
};
static const unsigned char session_js[] = {
#embed "../../Server/WebClient/Assets/session.js"
};
static const unsigned char signaling_js[] = {
#embed "../../Server/WebClient/Assets/signaling.js"
};
static const unsigned char stage_js[] = {
#embed "../../Server/WebClient/Assets/stage.js"
};
static const unsigned char stats_js[] = {
#embed "../../Server/WebClient/Assets/stats.js"
};
static const unsigned char statsview_js[] = {
#embed "../../Server/WebClient/Assets/statsview.js"
};
static const unsigned char streams_js[] = {
#embed "../../Server/WebClient/Assets/streams.js"
};
static const unsigned char strings_js[] = {
#embed "../../Server/WebClient/Assets/strings.js"
};
static const unsigned char tile_js[] = {
#embed "../../Server/WebClient/Assets/tile.js"
};
static const unsigned char timing_js[] = {
#embed "../../Server/WebClient/Assets/timing.js"
};
static const unsigned char token_js[] = {
#embed "../../Server/WebClient/Assets/token.js"
};
static const unsigned char tracks_js[] = {
#embed "../../Server/WebClient/Assets/tracks.js"
};

#define ASSET(name, symbol) {name, symbol, sizeof symbol}

static const relais_web_asset assets[] = {
    ASSET("adaptive.js", adaptive_js),
    ASSET("app.css", app_css),
    ASSET("call.js", call_js),
    ASSET("chat.js", chat_js),
    ASSET("codecs.js", codecs_js),
    ASSET("data.js", data_js),
    ASSET("devices.js", devices_js),
    ASSET("dom.js", dom_js),
    ASSET("emitter.js", emitter_js),
    ASSET("ended.js", ended_js),
    ASSET("help.js", help_js),
    ASSET("icon.svg", icon_svg),
    ASSET("index.html", index_html),
    ASSET("inspection.js", inspection_js),
    ASSET("joinrequest.js", joinrequest_js),
    ASSET("layers.js", layers_js),
    ASSET("layout.js", layout_js),
    ASSET("lobby.js", lobby_js),
    ASSET("main.js", main_js),
    ASSET("media.js", media_js),
    ASSET("negotiation.js", negotiation_js),
    ASSET("panels.js", panels_js),
    ASSET("permissions.js", permissions_js),
    ASSET("preferences.js", preferences_js),
    ASSET("protobuf.js", protobuf_js),
    ASSET("reasons.js", reasons_js),
    ASSET("roster.js", roster_js),
    ASSET("schema.js", schema_js),
    ASSET("session.js", session_js),
    ASSET("signaling.js", signaling_js),
    ASSET("stage.js", stage_js),
    ASSET("stats.js", stats_js),
    ASSET("statsview.js", statsview_js),
    ASSET("streams.js", streams_js),
    ASSET("strings.js", strings_js),
    ASSET("tile.js", tile_js),
    ASSET("timing.js", timing_js),
    ASSET("token.js", token_js),
    ASSET("tracks.js", tracks_js),
};

const relais_web_asset *relais_web_asset_at(size_t index) {
    return index < sizeof assets / sizeof assets[0] ? &assets[index] : NULL;
}
