// Linux system calls that the Glibc module of Swift does not declare, or declares in a form that Swift cannot use.
// Every call that can fail returns a negative errno, so that nothing between the call and its caller can change it.
#pragma once
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

// ---- Datagrams

/// One datagram, or one run of segments, of a batch. Same layout as `struct mmsghdr`.
typedef struct {
    struct msghdr header;
    /// Bytes received or sent, set by the kernel.
    unsigned int length;
} relais_message;

/// recvmmsg(2) without waiting. Returns the number of datagrams, or a negative errno.
int relais_receive_messages(int descriptor, relais_message *messages, unsigned int count);
/// sendmmsg(2) without waiting. Returns how many of the first messages went, or the negative errno of the first one.
int relais_send_messages(int descriptor, relais_message *messages, unsigned int count);
/// True when the kernel cut a received datagram to the size of its buffer.
int relais_is_truncated(const relais_message *message);

/// Bytes of a control buffer for `relais_segment_control_prepare`, a multiple of its alignment (8).
#define RELAIS_SEGMENT_CONTROL_BYTES 24
/// Writes a UDP_SEGMENT control message (udp(7)) with size 0 into a control buffer.
void relais_segment_control_prepare(void *control);
/// Sets the segment size of a prepared control buffer.
void relais_segment_control_set(void *control, uint16_t segment_bytes);

// ---- Addresses

/// Bytes of an address slot; holds a `sockaddr_in6` or a `sockaddr_in`.
#define RELAIS_ADDRESS_BYTES 32
/// Writes an IPv6 or IPv4-mapped address, words in host order, as `sockaddr_in6`, or, when `ipv4` is not 0,
/// its last 32 bits as `sockaddr_in`. Returns the length of what was written.
socklen_t relais_address_store(
    void *slot, int ipv4, uint64_t high, uint64_t low, uint16_t port, uint32_t scope);
/// Reads a `sockaddr_in6` or `sockaddr_in`; IPv4 becomes its IPv4-mapped form. Returns 0 for other families.
int relais_address_load(
    const void *slot, socklen_t length, uint64_t *high, uint64_t *low, uint16_t *port, uint32_t *scope);

// ---- UDP sockets

/// An unbound UDP socket, close-on-exec and non-blocking. For IPv6, `dual_stack` lets it carry IPv4 as well.
/// Returns the descriptor or a negative errno.
int relais_udp_open(int ipv4, int dual_stack);
/// bind(2); the address as for `relais_address_store`. Returns 0 or a negative errno.
int relais_bind(int descriptor, int ipv4, uint64_t high, uint64_t low, uint16_t port, uint32_t scope);
/// getsockname(2); the address as from `relais_address_load`. Returns 0 or a negative errno.
int relais_local_address(int descriptor, uint64_t *high, uint64_t *low, uint16_t *port, uint32_t *scope);
/// Asks for a receive buffer, past the system's limit where the process may. Returns the bytes granted or a negative errno.
int relais_set_receive_buffer(int descriptor, int bytes);
/// Asks for a send buffer, past the system's limit where the process may. Returns the bytes granted or a negative errno.
int relais_set_send_buffer(int descriptor, int bytes);
/// Datagrams that the kernel dropped because the receive buffer was full, since the socket was opened.
/// Returns 0, or a negative errno when the kernel does not tell.
int relais_receive_drops(int descriptor, uint32_t *drops);
/// Sends without UDP checksums (SO_NO_CHECK): the kernel then refuses UDP_SEGMENT. For tests.
int relais_disable_checksums(int descriptor);

// ---- Waiting

/// An eventfd(2) at 0. Returns the descriptor or a negative errno.
int relais_event_open(void);
/// Makes an event descriptor readable.
int relais_event_signal(int descriptor);
/// Makes an event descriptor unreadable.
int relais_event_clear(int descriptor);

/// An epoll(7) set. Returns the descriptor or a negative errno.
int relais_poll_open(void);
/// Watches `descriptor` for reading, level-triggered; `flag` is one bit that stands for it.
int relais_poll_add(int poll, int descriptor, uint64_t flag);
/// Waits at most `timeout_nanoseconds` (for ever when negative) and sets `ready` to the flags of what is readable.
/// Rounds up to milliseconds where the kernel has no epoll_pwait2. Returns 0 or a negative errno (EINTR among them).
int relais_poll_wait(int poll, int64_t timeout_nanoseconds, uint64_t *ready);

// ---- Process

/// CLOCK_MONOTONIC in nanoseconds.
int64_t relais_monotonic_nanoseconds(void);
/// CLOCK_REALTIME in nanoseconds since the Unix epoch.
int64_t relais_wall_nanoseconds(void);
/// Processors that the process may run on, at least 1.
int relais_processor_count(void);
/// Names the calling thread (15 bytes at most) and leaves all signals to the others.
void relais_prepare_thread(const char *name);
