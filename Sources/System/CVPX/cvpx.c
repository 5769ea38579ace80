#include "cvpx.h"

#include <stdlib.h>
#include <string.h>
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

enum { SPATIAL_LAYERS = 3, TEMPORAL_LAYERS = 3 };

struct relais_vpx_encoder {
    vpx_codec_ctx_t codec;
    vpx_image_t image;
    int kind;
    /// Pictures since the last keyframe.
    int place;
    relais_vpx_frame frame;
    void *context;
};

struct relais_vpx_decoder {
    vpx_codec_ctx_t codec;
};

static void take_layer(vpx_codec_cx_pkt_t *packet, void *user) {
    relais_vpx_encoder *encoder = user;
    vpx_svc_layer_id_t layer = {0};
    if (packet->kind != VPX_CODEC_CX_FRAME_PKT || packet->data.frame.sz == 0) return;
    vpx_codec_control(&encoder->codec, VP9E_GET_SVC_LAYER_ID, &layer);
    encoder->frame(
        encoder->context, packet->data.frame.buf, packet->data.frame.sz, layer.spatial_layer_id,
        layer.temporal_layer_id, (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0);
}

static void configure_layers(vpx_codec_enc_cfg_t *config, int kind) {
    static const unsigned decimators[TEMPORAL_LAYERS] = {4, 2, 1};
    static const unsigned shares[TEMPORAL_LAYERS] = {50, 70, 100};
    static const unsigned pattern[4] = {0, 2, 1, 2};
    config->ts_number_layers = TEMPORAL_LAYERS;
    config->ts_periodicity = 4;
    for (int layer = 0; layer < TEMPORAL_LAYERS; layer++) config->ts_rate_decimator[layer] = decimators[layer];
    for (int place = 0; place < 4; place++) config->ts_layer_id[place] = pattern[place];
    for (int layer = 0; layer < TEMPORAL_LAYERS; layer++)
        config->ts_target_bitrate[layer] = config->rc_target_bitrate * shares[layer] / 100;
    if (kind == RELAIS_VP8_TEMPORAL) return;
    config->temporal_layering_mode = VP9E_TEMPORAL_LAYERING_MODE_0212;
    config->ss_number_layers = SPATIAL_LAYERS;
    for (int spatial = 0; spatial < SPATIAL_LAYERS; spatial++) {
        unsigned rate = config->rc_target_bitrate * (spatial == 0 ? 1 : spatial == 1 ? 3 : 6) / 10;
        config->ss_target_bitrate[spatial] = rate;
        for (int temporal = 0; temporal < TEMPORAL_LAYERS; temporal++)
            config->layer_target_bitrate[spatial * TEMPORAL_LAYERS + temporal] = rate * shares[temporal] / 100;
    }
}

static int configure_scaling(relais_vpx_encoder *encoder, vpx_codec_enc_cfg_t *config) {
    vpx_svc_extra_cfg_t scaling;
    memset(&scaling, 0, sizeof scaling);
    for (int spatial = 0; spatial < SPATIAL_LAYERS; spatial++) {
        scaling.scaling_factor_num[spatial] = 1;
        scaling.scaling_factor_den[spatial] = 1 << (SPATIAL_LAYERS - 1 - spatial);
        scaling.speed_per_layer[spatial] = 8;
    }
    for (int layer = 0; layer < SPATIAL_LAYERS * TEMPORAL_LAYERS; layer++) {
        scaling.max_quantizers[layer] = (int)config->rc_max_quantizer;
        scaling.min_quantizers[layer] = (int)config->rc_min_quantizer;
    }
    vpx_codec_priv_output_cx_pkt_cb_pair_t callback = {take_layer, encoder};
    return vpx_codec_control(&encoder->codec, VP9E_SET_SVC, 1)
        || vpx_codec_control(&encoder->codec, VP9E_SET_SVC_PARAMETERS, &scaling)
        || vpx_codec_control(
               &encoder->codec, VP9E_SET_SVC_INTER_LAYER_PRED, encoder->kind == RELAIS_VP9_KEY_SCALABLE ? 2 : 0)
        || vpx_codec_control(&encoder->codec, VP9E_REGISTER_CX_CALLBACK, &callback);
}

relais_vpx_encoder *relais_vpx_encoder_create(int kind, unsigned width, unsigned height, unsigned kilobits_per_second) {
    vpx_codec_iface_t *interface = kind == RELAIS_VP8_TEMPORAL ? vpx_codec_vp8_cx() : vpx_codec_vp9_cx();
    vpx_codec_enc_cfg_t config;
    relais_vpx_encoder *encoder = calloc(1, sizeof *encoder);
    if (!encoder || vpx_codec_enc_config_default(interface, &config, 0)) {
        free(encoder);
        return NULL;
    }
    encoder->kind = kind;
    config.g_w = width;
    config.g_h = height;
    config.g_timebase.num = 1;
    config.g_timebase.den = 30;
    config.g_threads = 1;
    config.g_lag_in_frames = 0;
    config.g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
    config.rc_end_usage = VPX_CBR;
    config.rc_target_bitrate = kilobits_per_second;
    config.rc_dropframe_thresh = 0;
    config.rc_min_quantizer = 2;
    config.rc_max_quantizer = 56;
    config.kf_mode = VPX_KF_DISABLED;
    configure_layers(&config, kind);
    if (vpx_codec_enc_init(&encoder->codec, interface, &config, 0)) {
        free(encoder);
        return NULL;
    }
    vpx_codec_control(&encoder->codec, VP8E_SET_CPUUSED, kind == RELAIS_VP8_TEMPORAL ? -8 : 8);
    if ((kind != RELAIS_VP8_TEMPORAL && configure_scaling(encoder, &config))
        || !vpx_img_wrap(&encoder->image, VPX_IMG_FMT_I420, width, height, 1, (unsigned char *)1)) {
        relais_vpx_encoder_destroy(encoder);
        return NULL;
    }
    return encoder;
}

static void set_picture(vpx_image_t *image, const uint8_t *picture) {
    size_t luma = (size_t)image->d_w * image->d_h;
    image->planes[VPX_PLANE_Y] = (unsigned char *)picture;
    image->planes[VPX_PLANE_U] = (unsigned char *)picture + luma;
    image->planes[VPX_PLANE_V] = (unsigned char *)picture + luma + luma / 4;
    image->stride[VPX_PLANE_Y] = (int)image->d_w;
    image->stride[VPX_PLANE_U] = image->stride[VPX_PLANE_V] = (int)image->d_w / 2;
}

/// The lowest layer refers to itself, the first of the highest and the middle one to the lowest, the second of the
/// highest to both below.
static vpx_enc_frame_flags_t vp8_flags(int place) {
    const vpx_enc_frame_flags_t no_update = VP8_EFLAG_NO_UPD_LAST | VP8_EFLAG_NO_UPD_GF | VP8_EFLAG_NO_UPD_ARF;
    switch (place % 4) {
    case 0: return VP8_EFLAG_NO_REF_GF | VP8_EFLAG_NO_REF_ARF | VP8_EFLAG_NO_UPD_GF | VP8_EFLAG_NO_UPD_ARF;
    case 1: return VP8_EFLAG_NO_REF_GF | VP8_EFLAG_NO_REF_ARF | no_update | VP8_EFLAG_NO_UPD_ENTROPY;
    case 2:
        return VP8_EFLAG_NO_REF_GF | VP8_EFLAG_NO_REF_ARF | VP8_EFLAG_NO_UPD_LAST | VP8_EFLAG_NO_UPD_ARF
            | VP8_EFLAG_NO_UPD_ENTROPY;
    default: return VP8_EFLAG_NO_REF_ARF | no_update | VP8_EFLAG_NO_UPD_ENTROPY;
    }
}

int relais_vpx_encode(
    relais_vpx_encoder *encoder, const uint8_t *picture, int64_t number, int force_keyframe, relais_vpx_frame frame,
    void *context) {
    static const int layers[4] = {0, 2, 1, 2};
    vpx_enc_frame_flags_t flags = 0;
    if (force_keyframe) encoder->place = 0;
    if (encoder->kind == RELAIS_VP8_TEMPORAL) {
        flags = force_keyframe ? 0 : vp8_flags(encoder->place);
        vpx_codec_control(&encoder->codec, VP8E_SET_TEMPORAL_LAYER_ID, layers[encoder->place % 4]);
    }
    if (force_keyframe) flags |= VPX_EFLAG_FORCE_KF;
    set_picture(&encoder->image, picture);
    encoder->frame = frame;
    encoder->context = context;
    int error = vpx_codec_encode(&encoder->codec, &encoder->image, number, 1, flags, VPX_DL_REALTIME);
    if (error) return error;
    vpx_codec_iter_t iterator = NULL;
    const vpx_codec_cx_pkt_t *packet;
    while ((packet = vpx_codec_get_cx_data(&encoder->codec, &iterator))) {
        if (encoder->kind != RELAIS_VP8_TEMPORAL || packet->kind != VPX_CODEC_CX_FRAME_PKT) continue;
        frame(
            context, packet->data.frame.buf, packet->data.frame.sz, 0, layers[encoder->place % 4],
            (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0);
    }
    encoder->place++;
    return 0;
}

void relais_vpx_encoder_destroy(relais_vpx_encoder *encoder) {
    vpx_codec_destroy(&encoder->codec);
    free(encoder);
}

relais_vpx_decoder *relais_vpx_decoder_create(int is_vp9) {
    relais_vpx_decoder *decoder = calloc(1, sizeof *decoder);
    if (decoder && vpx_codec_dec_init(&decoder->codec, is_vp9 ? vpx_codec_vp9_dx() : vpx_codec_vp8_dx(), NULL, 0)) {
        free(decoder);
        return NULL;
    }
    return decoder;
}

static size_t copy_plane(const vpx_image_t *image, int plane, unsigned width, unsigned height, uint8_t *target) {
    for (unsigned row = 0; row < height; row++)
        memcpy(target + (size_t)row * width, image->planes[plane] + (ptrdiff_t)row * image->stride[plane], width);
    return (size_t)width * height;
}

long relais_vpx_decode(
    relais_vpx_decoder *decoder, const uint8_t *bytes, size_t count, uint8_t *target, size_t capacity, unsigned *width,
    unsigned *height) {
    if (vpx_codec_decode(&decoder->codec, bytes, (unsigned)count, NULL, 0)) return -1;
    vpx_codec_iter_t iterator = NULL;
    vpx_image_t *image = NULL, *next;
    while ((next = vpx_codec_get_frame(&decoder->codec, &iterator))) image = next;
    if (!image) return 0;
    unsigned half_width = (image->d_w + 1) / 2, half_height = (image->d_h + 1) / 2;
    size_t size = (size_t)image->d_w * image->d_h + 2 * (size_t)half_width * half_height;
    if (size > capacity) return -1;
    uint8_t *place = target;
    place += copy_plane(image, VPX_PLANE_Y, image->d_w, image->d_h, place);
    place += copy_plane(image, VPX_PLANE_U, half_width, half_height, place);
    copy_plane(image, VPX_PLANE_V, half_width, half_height, place);
    *width = image->d_w;
    *height = image->d_h;
    return (long)size;
}

void relais_vpx_decoder_destroy(relais_vpx_decoder *decoder) {
    vpx_codec_destroy(&decoder->codec);
    free(decoder);
}
