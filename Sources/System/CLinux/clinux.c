#define _GNU_SOURCE
#include "clinux.h"

#include <endian.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

_Static_assert(sizeof(relais_message) == sizeof(struct mmsghdr), "relais_message is a struct mmsghdr");
_Static_assert(
    offsetof(relais_message, length) == offsetof(struct mmsghdr, msg_len), "relais_message is a struct mmsghdr");
_Static_assert(CMSG_SPACE(sizeof(uint16_t)) <= RELAIS_SEGMENT_CONTROL_BYTES, "control buffer too small");
_Static_assert(sizeof(struct sockaddr_in6) <= RELAIS_ADDRESS_BYTES, "address slot too small");

static int result(int returned) { return returned < 0 ? -errno : returned; }

// ---- Datagrams

int relais_receive_messages(int descriptor, relais_message *messages, unsigned int count) {
    return result(recvmmsg(descriptor, (struct mmsghdr *)messages, count, MSG_DONTWAIT, NULL));
}

int relais_send_messages(int descriptor, relais_message *messages, unsigned int count) {
    return result(sendmmsg(descriptor, (struct mmsghdr *)messages, count, MSG_DONTWAIT | MSG_NOSIGNAL));
}

int relais_is_truncated(const relais_message *message) { return (message->header.msg_flags & MSG_TRUNC) != 0; }

void relais_segment_control_prepare(void *control) {
    memset(control, 0, RELAIS_SEGMENT_CONTROL_BYTES);
    struct cmsghdr *header = control;
    header->cmsg_level = SOL_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof(uint16_t));
}

void relais_segment_control_set(void *control, uint16_t segment_bytes) {
    memcpy(CMSG_DATA((struct cmsghdr *)control), &segment_bytes, sizeof segment_bytes);
}

// ---- Addresses

socklen_t relais_address_store(
    void *slot, int ipv4, uint64_t high, uint64_t low, uint16_t port, uint32_t scope) {
    if (ipv4) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htobe16(port)};
        address.sin_addr.s_addr = htobe32((uint32_t)low);
        memcpy(slot, &address, sizeof address);
        return sizeof address;
    }
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htobe16(port), .sin6_scope_id = scope};
    high = htobe64(high);
    low = htobe64(low);
    memcpy(address.sin6_addr.s6_addr, &high, sizeof high);
    memcpy(address.sin6_addr.s6_addr + 8, &low, sizeof low);
    memcpy(slot, &address, sizeof address);
    return sizeof address;
}

int relais_address_load(
    const void *slot, socklen_t length, uint64_t *high, uint64_t *low, uint16_t *port, uint32_t *scope) {
    sa_family_t family = AF_UNSPEC;
    if (length >= sizeof family) memcpy(&family, slot, sizeof family);
    if (family == AF_INET && length >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in address;
        memcpy(&address, slot, sizeof address);
        *high = 0;
        *low = 0xffff00000000 | be32toh(address.sin_addr.s_addr);
        *port = be16toh(address.sin_port);
        *scope = 0;
        return 1;
    }
    if (family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 address;
        memcpy(&address, slot, sizeof address);
        memcpy(high, address.sin6_addr.s6_addr, sizeof *high);
        memcpy(low, address.sin6_addr.s6_addr + 8, sizeof *low);
        *high = be64toh(*high);
        *low = be64toh(*low);
        *port = be16toh(address.sin6_port);
        *scope = address.sin6_scope_id;
        return 1;
    }
    return 0;
}

// ---- UDP sockets

int relais_udp_open(int ipv4, int dual_stack) {
    int descriptor = socket(ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    int only_ipv6 = !dual_stack;
    if (!ipv4 && setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &only_ipv6, sizeof only_ipv6) < 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    // Media packets are small enough for every path. Believing ICMP about the path's MTU would let anybody who can
    // forge one make the kernel fragment, and refuse segmentation, for a destination. Best effort: old kernels refuse.
    int omit = IP_PMTUDISC_OMIT;
    if (ipv4 || dual_stack) (void)setsockopt(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, &omit, sizeof omit);
    return descriptor;
}

int relais_bind(int descriptor, int ipv4, uint64_t high, uint64_t low, uint16_t port, uint32_t scope) {
    struct sockaddr_storage address;
    socklen_t length = relais_address_store(&address, ipv4, high, low, port, scope);
    return result(bind(descriptor, (struct sockaddr *)&address, length));
}

int relais_local_address(int descriptor, uint64_t *high, uint64_t *low, uint16_t *port, uint32_t *scope) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getsockname(descriptor, (struct sockaddr *)&address, &length) < 0) return -errno;
    return relais_address_load(&address, length, high, low, port, scope) ? 0 : -EAFNOSUPPORT;
}

static int set_buffer(int descriptor, int forced, int plain, int bytes) {
    if (setsockopt(descriptor, SOL_SOCKET, forced, &bytes, sizeof bytes) < 0
        && setsockopt(descriptor, SOL_SOCKET, plain, &bytes, sizeof bytes) < 0)
        return -errno;
    int granted = 0;
    socklen_t length = sizeof granted;
    if (getsockopt(descriptor, SOL_SOCKET, plain, &granted, &length) < 0) return -errno;
    // The kernel doubles the figure for its own bookkeeping (socket(7)).
    return granted / 2;
}

int relais_set_receive_buffer(int descriptor, int bytes) {
    return set_buffer(descriptor, SO_RCVBUFFORCE, SO_RCVBUF, bytes);
}

int relais_set_send_buffer(int descriptor, int bytes) {
    return set_buffer(descriptor, SO_SNDBUFFORCE, SO_SNDBUF, bytes);
}

int relais_receive_drops(int descriptor, uint32_t *drops) {
    uint32_t values[SK_MEMINFO_VARS] = {0};
    socklen_t length = sizeof values;
    if (getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, values, &length) < 0) return -errno;
    *drops = values[SK_MEMINFO_DROPS];
    return 0;
}

int relais_disable_checksums(int descriptor) {
    int on = 1;
    return result(setsockopt(descriptor, SOL_SOCKET, SO_NO_CHECK, &on, sizeof on));
}

// ---- Waiting

int relais_event_open(void) { return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int relais_event_signal(int descriptor) {
    uint64_t one = 1;
    return write(descriptor, &one, sizeof one) < 0 ? -errno : 0;
}

int relais_event_clear(int descriptor) {
    uint64_t count;
    return read(descriptor, &count, sizeof count) < 0 ? -errno : 0;
}

int relais_poll_open(void) { return result(epoll_create1(EPOLL_CLOEXEC)); }

int relais_poll_add(int poll, int descriptor, uint64_t flag) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = flag};
    return result(epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event));
}

int relais_poll_wait(int poll, int64_t timeout_nanoseconds, uint64_t *ready) {
    struct epoll_event events[16];
    *ready = 0;
    struct timespec timeout = {
        .tv_sec = timeout_nanoseconds / 1000000000, .tv_nsec = timeout_nanoseconds % 1000000000};
    int count = epoll_pwait2(poll, events, 16, timeout_nanoseconds < 0 ? NULL : &timeout, NULL);
    if (count < 0 && (errno == ENOSYS || errno == EPERM)) {
        // Kernels before 5.11, and sandboxes that do not know the call.
        int64_t milliseconds = timeout_nanoseconds / 1000000 + (timeout_nanoseconds % 1000000 != 0);
        if (milliseconds > INT32_MAX) milliseconds = INT32_MAX;
        count = epoll_wait(poll, events, 16, timeout_nanoseconds < 0 ? -1 : (int)milliseconds);
    }
    if (count < 0) return -errno;
    for (int index = 0; index < count; index++) *ready |= events[index].data.u64;
    return 0;
}

// ---- Process

static int64_t read_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t relais_monotonic_nanoseconds(void) { return read_clock(CLOCK_MONOTONIC); }
int64_t relais_wall_nanoseconds(void) { return read_clock(CLOCK_REALTIME); }

int relais_processor_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        int count = CPU_COUNT(&set);
        if (count > 0) return count;
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

void relais_prepare_thread(const char *name) {
    (void)pthread_setname_np(pthread_self(), name);
    sigset_t all;
    sigfillset(&all);
    // Faults of the thread itself must still end the process with their own signal.
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGTRAP);
    sigdelset(&all, SIGABRT);
    (void)pthread_sigmask(SIG_BLOCK, &all, NULL);
}
