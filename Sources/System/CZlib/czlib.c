#include "czlib.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

// 15 is zlib's largest window, 16 more asks for the gzip wrapper and nothing else.
static const int gzip_window_bits = 15 + 16;

int relais_gunzip(const uint8_t *source, size_t source_count, uint8_t *target, size_t capacity, size_t *written) {
    *written = 0;
    if (source_count > UINT_MAX || capacity > UINT_MAX) return RELAIS_GUNZIP_TOO_LARGE;
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    stream.next_in = (Bytef *)source;
    stream.avail_in = (uInt)source_count;
    stream.next_out = target;
    stream.avail_out = (uInt)capacity;
    if (inflateInit2(&stream, gzip_window_bits) != Z_OK) return RELAIS_GUNZIP_MALFORMED;
    int status = inflate(&stream, Z_FINISH);
    int is_full = stream.avail_out == 0;
    int is_exhausted = stream.avail_in == 0;
    *written = capacity - stream.avail_out;
    inflateEnd(&stream);
    if (status == Z_STREAM_END) return is_exhausted ? RELAIS_GUNZIP_DONE : RELAIS_GUNZIP_MALFORMED;
    if ((status == Z_OK || status == Z_BUF_ERROR) && is_full) return RELAIS_GUNZIP_TOO_LARGE;
    return RELAIS_GUNZIP_MALFORMED;
}

size_t relais_gzip(const uint8_t *source, size_t source_count, uint8_t *target, size_t capacity) {
    if (source_count > UINT_MAX || capacity > UINT_MAX) return 0;
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    stream.next_in = (Bytef *)source;
    stream.avail_in = (uInt)source_count;
    stream.next_out = target;
    stream.avail_out = (uInt)capacity;
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return 0;
    }
    int status = deflate(&stream, Z_FINISH);
    size_t written = capacity - stream.avail_out;
    deflateEnd(&stream);
    return status == Z_STREAM_END ? written : 0;
}
