// Real VP8 and VP9 for the tests of forwarding: encoders with layers as browsers configure them, and a decoder. Behind
// functions, because libvpx's controls are macros.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct relais_vpx_encoder relais_vpx_encoder;
typedef struct relais_vpx_decoder relais_vpx_decoder;

enum {
    /// VP8 with three temporal layers (0 2 1 2).
    RELAIS_VP8_TEMPORAL = 0,
    /// VP9, three spatial and three temporal layers; every spatial layer refers to the one below it.
    RELAIS_VP9_SCALABLE = 1,
    /// As above, but only in pictures that begin with a keyframe.
    RELAIS_VP9_KEY_SCALABLE = 2,
};

/// One encoded frame: a picture of one spatial layer.
typedef void (*relais_vpx_frame)(
    void *context, const uint8_t *bytes, size_t count, int spatial_layer, int temporal_layer, int is_keyframe);

/// NULL when libvpx refuses. Width and height are those of the highest layer, multiples of 8.
relais_vpx_encoder *relais_vpx_encoder_create(int kind, unsigned width, unsigned height, unsigned kilobits_per_second);
/// Encodes a picture (planes Y, U, V without padding) and calls `frame` for each layer of it, the lowest first. Pictures
/// count from 0 since the last keyframe. Returns 0, or an error of libvpx.
int relais_vpx_encode(
    relais_vpx_encoder *encoder, const uint8_t *picture, int64_t number, int force_keyframe, relais_vpx_frame frame,
    void *context);
void relais_vpx_encoder_destroy(relais_vpx_encoder *encoder);

relais_vpx_decoder *relais_vpx_decoder_create(int is_vp9);
/// Decodes the frames of one picture, one after the other. Writes the picture that is shown (planes without padding) to
/// `target`, and its size. Returns the number of bytes, 0 when nothing is shown, -1 when the frames cannot be decoded.
long relais_vpx_decode(
    relais_vpx_decoder *decoder, const uint8_t *bytes, size_t count, uint8_t *target, size_t capacity, unsigned *width,
    unsigned *height);
void relais_vpx_decoder_destroy(relais_vpx_decoder *decoder);
