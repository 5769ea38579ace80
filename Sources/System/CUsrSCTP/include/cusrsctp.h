// usrsctp for Swift, as data channels need it: one SCTP socket for each association, packets in and out by callbacks.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <usrsctp.h>

/// What usrsctp reports. `token` is the number that the socket was opened with; never an address.
typedef struct {
    /// A packet to send.
    void (*packet)(uintptr_t token, const uint8_t *bytes, size_t count);
    /// A message, or the next piece of one when `is_complete` is 0 or the piece before was not complete.
    void (*message)(
        uintptr_t token, uint16_t stream, uint32_t protocol, const uint8_t *bytes, size_t count, int is_complete);
    /// The association's state has changed: one of SCTP_COMM_UP, SCTP_COMM_LOST, SCTP_RESTART, …
    void (*association)(uintptr_t token, uint16_t state);
    /// Streams were reset; `flags` has SCTP_STREAM_RESET_INCOMING_SSN, …_OUTGOING_SSN, …_DENIED, …_FAILED.
    void (*reset)(uintptr_t token, uint16_t flags, const uint16_t *streams, size_t count);
    /// A message of which pieces were delivered will not be completed.
    void (*aborted)(uintptr_t token);
    /// The send buffer has room again.
    void (*writable)(uintptr_t token);
} relais_sctp_callbacks;

/// Sizes and times of all associations.
typedef struct {
    uint32_t streams;
    uint32_t send_buffer_bytes;
    uint32_t receive_buffer_bytes;
    /// Largest message that is delivered in one piece.
    uint32_t message_bytes;
    /// The `writable` callback comes when so much of the send buffer is free.
    uint32_t writable_bytes;
    uint32_t initial_rto_milliseconds;
    uint32_t least_rto_milliseconds;
    uint32_t largest_rto_milliseconds;
    uint32_t delayed_ack_milliseconds;
    /// Retransmissions until an association counts as lost.
    uint32_t retransmissions;
} relais_sctp_settings;

/// Starts usrsctp without threads; to be called once in a process, before anything else.
void relais_sctp_start(const relais_sctp_callbacks *callbacks, const relais_sctp_settings *settings);
/// Runs the timers of all associations.
void relais_sctp_advance(uint32_t elapsed_milliseconds);

/// A socket bound to `token` and `port`; NULL on failure.
struct socket *relais_sctp_open(uintptr_t token, uint16_t port, const relais_sctp_settings *settings);
/// Begins the association: to be called at both ends. `packet_bytes` bounds outgoing packets. 1 on success.
int relais_sctp_connect(struct socket *socket, uintptr_t token, uint16_t port, uint32_t packet_bytes);
/// A packet from the peer.
void relais_sctp_input(uintptr_t token, const uint8_t *bytes, size_t count);

enum { RELAIS_SCTP_RELIABLE = 0, RELAIS_SCTP_RETRANSMITS = 1, RELAIS_SCTP_LIFETIME = 2 };
/// Queues a message. 0, or an errno: EWOULDBLOCK when the send buffer has no room.
int relais_sctp_send(
    struct socket *socket, uint16_t stream, uint32_t protocol, int is_unordered, int reliability, uint32_t limit,
    const uint8_t *bytes, size_t count);
/// Bytes that wait to be sent or acknowledged; 0 when there is no association.
uint32_t relais_sctp_buffered(struct socket *socket);
/// Resets an outgoing stream. 0, or an errno: EALREADY or EBUSY while another reset is under way.
int relais_sctp_reset(struct socket *socket, uint16_t stream);
/// Ends the association with an ABORT, which is a last packet.
void relais_sctp_close(struct socket *socket, uintptr_t token);
