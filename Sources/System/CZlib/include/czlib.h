// zlib, behind one function: its own entry points are macros, which Swift does not see.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum {
    RELAIS_GUNZIP_DONE = 0,
    /// The output does not fit into the capacity.
    RELAIS_GUNZIP_TOO_LARGE = 1,
    /// Not a single, complete gzip member.
    RELAIS_GUNZIP_MALFORMED = 2,
};

/// Decompresses one gzip member (RFC 1952) that fills `source` exactly. Writes at most `capacity` bytes to `target` and
/// their number to `written`.
int relais_gunzip(const uint8_t *source, size_t source_count, uint8_t *target, size_t capacity, size_t *written);

/// Compresses `source` into one gzip member. Returns the number of bytes written, 0 when `capacity` is too small.
size_t relais_gzip(const uint8_t *source, size_t source_count, uint8_t *target, size_t capacity);
