#include "cusrsctp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// Written once by relais_sctp_start, before any socket exists.
static relais_sctp_callbacks callbacks;

static int on_packet(void *address, void *bytes, size_t count, uint8_t tos, uint8_t set_df) {
    (void)tos;
    (void)set_df;
    callbacks.packet((uintptr_t)address, bytes, count);
    return 0;
}

static void on_notification(uintptr_t token, const union sctp_notification *event, size_t count) {
    if (count < sizeof event->sn_header || event->sn_header.sn_length > count) return;
    switch (event->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
        if (count < sizeof event->sn_assoc_change) return;
        callbacks.association(token, event->sn_assoc_change.sac_state);
        return;
    case SCTP_STREAM_RESET_EVENT: {
        const struct sctp_stream_reset_event *reset = &event->sn_strreset_event;
        if (count < sizeof *reset || reset->strreset_length < sizeof *reset) return;
        size_t streams = (reset->strreset_length - sizeof *reset) / sizeof(uint16_t);
        callbacks.reset(token, reset->strreset_flags, reset->strreset_stream_list, streams);
        return;
    }
    case SCTP_PARTIAL_DELIVERY_EVENT: callbacks.aborted(token); return;
    default: return;
    }
}

static int on_receive(
    struct socket *socket, union sctp_sockstore address, void *data, size_t count, struct sctp_rcvinfo info, int flags,
    void *token) {
    (void)socket;
    (void)address;
    if (data == NULL) return 1;
    if (flags & MSG_NOTIFICATION) {
        on_notification((uintptr_t)token, data, count);
    } else {
        callbacks.message(
            (uintptr_t)token, info.rcv_sid, ntohl(info.rcv_ppid), data, count, (flags & MSG_EOR) != 0);
    }
    free(data);
    return 1;
}

static int on_writable(struct socket *socket, uint32_t free_bytes, void *token) {
    (void)socket;
    (void)free_bytes;
    callbacks.writable((uintptr_t)token);
    return 1;
}

void relais_sctp_start(const relais_sctp_callbacks *given, const relais_sctp_settings *settings) {
    callbacks = *given;
    usrsctp_init_nothreads(0, on_packet, NULL);
    // Everything that WebRTC has no use for, or that DTLS and ICE do already.
    usrsctp_sysctl_set_sctp_blackhole(2);
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    usrsctp_sysctl_set_sctp_asconf_enable(0);
    usrsctp_sysctl_set_sctp_auto_asconf(0);
    usrsctp_sysctl_set_sctp_auth_enable(0);
    usrsctp_sysctl_set_sctp_nrsack_enable(0);
    usrsctp_sysctl_set_sctp_pktdrop_enable(0);
    usrsctp_sysctl_set_sctp_vtag_time_wait(0);
    usrsctp_sysctl_set_sctp_heartbeat_interval_default(0);
    usrsctp_sysctl_set_sctp_nr_outgoing_streams_default(settings->streams);
    usrsctp_sysctl_set_sctp_nr_incoming_streams_default(settings->streams);
    usrsctp_sysctl_set_sctp_sendspace(settings->send_buffer_bytes);
    usrsctp_sysctl_set_sctp_recvspace(settings->receive_buffer_bytes);
    usrsctp_sysctl_set_sctp_rto_initial_default(settings->initial_rto_milliseconds);
    usrsctp_sysctl_set_sctp_rto_min_default(settings->least_rto_milliseconds);
    usrsctp_sysctl_set_sctp_rto_max_default(settings->largest_rto_milliseconds);
    usrsctp_sysctl_set_sctp_init_rto_max_default(settings->largest_rto_milliseconds);
    usrsctp_sysctl_set_sctp_delayed_sack_time_default(settings->delayed_ack_milliseconds);
    usrsctp_sysctl_set_sctp_init_rtx_max_default(settings->retransmissions);
    usrsctp_sysctl_set_sctp_assoc_rtx_max_default(settings->retransmissions);
    usrsctp_sysctl_set_sctp_path_rtx_max_default(settings->retransmissions);
    usrsctp_sysctl_set_sctp_initial_cwnd(10);
}

void relais_sctp_advance(uint32_t elapsed_milliseconds) { usrsctp_handle_timers(elapsed_milliseconds); }

static int set(struct socket *socket, int level, int option, const void *value, size_t count) {
    return usrsctp_setsockopt(socket, level, option, value, (socklen_t)count) == 0;
}

static int configure(struct socket *socket, const relais_sctp_settings *settings) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    int send_buffer = (int)settings->send_buffer_bytes, receive_buffer = (int)settings->receive_buffer_bytes;
    uint32_t on = 1, none = 0, delivery = settings->message_bytes;
    struct sctp_initmsg init = {
        .sinit_num_ostreams = (uint16_t)settings->streams, .sinit_max_instreams = (uint16_t)settings->streams};
    struct sctp_assoc_value reset = {
        .assoc_id = SCTP_ALL_ASSOC, .assoc_value = SCTP_ENABLE_RESET_STREAM_REQ | SCTP_ENABLE_CHANGE_ASSOC_REQ};
    if (usrsctp_set_non_blocking(socket, 1) != 0) return 0;
    if (!set(socket, SOL_SOCKET, SO_LINGER, &linger, sizeof linger)) return 0;
    if (!set(socket, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer)) return 0;
    if (!set(socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer)) return 0;
    if (!set(socket, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on)) return 0;
    if (!set(socket, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init)) return 0;
    if (!set(socket, IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET, &reset, sizeof reset)) return 0;
    if (!set(socket, IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, &none, sizeof none)) return 0;
    if (!set(socket, IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, &delivery, sizeof delivery)) return 0;
    const uint16_t events[] = {SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT, SCTP_PARTIAL_DELIVERY_EVENT};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        struct sctp_event event = {.se_assoc_id = SCTP_ALL_ASSOC, .se_type = events[i], .se_on = 1};
        if (!set(socket, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event)) return 0;
    }
    return 1;
}

// Both ends of an association have the same address here, the token: the packets never leave for anywhere else.
static struct sockaddr_conn address_of(uintptr_t token, uint16_t port) {
    struct sockaddr_conn address;
    memset(&address, 0, sizeof address);
    address.sconn_family = AF_CONN;
    address.sconn_port = htons(port);
    address.sconn_addr = (void *)token;
    return address;
}

struct socket *relais_sctp_open(uintptr_t token, uint16_t port, const relais_sctp_settings *settings) {
    usrsctp_register_address((void *)token);
    struct socket *socket = usrsctp_socket(
        AF_CONN, SOCK_STREAM, IPPROTO_SCTP, on_receive, on_writable, settings->writable_bytes, (void *)token);
    struct sockaddr_conn address = address_of(token, port);
    if (socket != NULL && configure(socket, settings)
        && usrsctp_bind(socket, (struct sockaddr *)&address, sizeof address) == 0)
        return socket;
    if (socket != NULL) usrsctp_close(socket);
    usrsctp_deregister_address((void *)token);
    return NULL;
}

int relais_sctp_connect(struct socket *socket, uintptr_t token, uint16_t port, uint32_t packet_bytes) {
    struct sockaddr_conn address = address_of(token, port);
    if (usrsctp_connect(socket, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) return 0;
    struct sctp_paddrparams path;
    memset(&path, 0, sizeof path);
    memcpy(&path.spp_address, &address, sizeof address);
    path.spp_flags = SPP_PMTUD_DISABLE | SPP_HB_DISABLE;
    // Counted without the common header of 12 bytes.
    path.spp_pathmtu = packet_bytes - 12;
    return set(socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
}

void relais_sctp_input(uintptr_t token, const uint8_t *bytes, size_t count) {
    usrsctp_conninput((void *)token, bytes, count, 0);
}

int relais_sctp_send(
    struct socket *socket, uint16_t stream, uint32_t protocol, int is_unordered, int reliability, uint32_t limit,
    const uint8_t *bytes, size_t count) {
    struct sctp_sendv_spa parameters;
    memset(&parameters, 0, sizeof parameters);
    parameters.sendv_flags = SCTP_SEND_SNDINFO_VALID;
    parameters.sendv_sndinfo.snd_sid = stream;
    parameters.sendv_sndinfo.snd_ppid = htonl(protocol);
    parameters.sendv_sndinfo.snd_flags = SCTP_EOR;
    if (is_unordered) parameters.sendv_sndinfo.snd_flags |= SCTP_UNORDERED;
    if (reliability != RELAIS_SCTP_RELIABLE) {
        parameters.sendv_flags |= SCTP_SEND_PRINFO_VALID;
        parameters.sendv_prinfo.pr_policy =
            reliability == RELAIS_SCTP_RETRANSMITS ? SCTP_PR_SCTP_RTX : SCTP_PR_SCTP_TTL;
        parameters.sendv_prinfo.pr_value = limit;
    }
    ssize_t sent = usrsctp_sendv(
        socket, bytes, count, NULL, 0, &parameters, sizeof parameters, SCTP_SENDV_SPA, 0);
    if (sent >= 0) return 0;
    return errno == 0 ? EIO : errno;
}

// Not in usrsctp's public header, but answered by usrsctp_getsockopt.
#define RELAIS_SCTP_GET_SNDBUF_USE 0x00001101
struct buffer_use {
    sctp_assoc_t association;
    uint32_t send_bytes;
    uint32_t receive_bytes;
};

uint32_t relais_sctp_buffered(struct socket *socket) {
    struct buffer_use use = {0};
    socklen_t count = sizeof use;
    if (usrsctp_getsockopt(socket, IPPROTO_SCTP, RELAIS_SCTP_GET_SNDBUF_USE, &use, &count) != 0) return 0;
    return use.send_bytes;
}

int relais_sctp_reset(struct socket *socket, uint16_t stream) {
    union {
        struct sctp_reset_streams request;
        uint8_t bytes[sizeof(struct sctp_reset_streams) + sizeof(uint16_t)];
    } value;
    memset(&value, 0, sizeof value);
    value.request.srs_assoc_id = SCTP_ALL_ASSOC;
    value.request.srs_flags = SCTP_STREAM_RESET_OUTGOING;
    value.request.srs_number_streams = 1;
    value.request.srs_stream_list[0] = stream;
    if (set(socket, IPPROTO_SCTP, SCTP_RESET_STREAMS, &value, sizeof value.bytes)) return 0;
    return errno == 0 ? EIO : errno;
}

void relais_sctp_close(struct socket *socket, uintptr_t token) {
    usrsctp_close(socket);
    usrsctp_deregister_address((void *)token);
}
