// The files of the web client, embedded in the binary.
#pragma once
#include <stddef.h>

typedef struct {
    const char *name;
    const unsigned char *bytes;
    size_t count;
} relais_web_asset;

/// The asset of that number from 0 on, NULL after the last.
const relais_web_asset *relais_web_asset_at(size_t index);
