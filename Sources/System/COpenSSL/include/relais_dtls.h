// DTLS over datagrams in memory: a BIO that keeps datagram borders, and the macros that Swift cannot import.
#pragma once
#define OPENSSL_SUPPRESS_DEPRECATED 1
#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>

/// What an SSL object reads from and writes to. Owned by its BIO, so by the SSL object.
typedef struct {
    /// The datagram being read; not copied, so it must live until the SSL call returns. NULL: nothing to read.
    const uint8_t *incoming;
    size_t incoming_count;
    /// Datagrams written: each two bytes of length (host order) and its bytes.
    uint8_t *outgoing;
    size_t outgoing_count;
    size_t outgoing_capacity;
    /// Datagrams thrown away because `outgoing` was at its limit.
    size_t outgoing_dropped;
    /// The SSL object's own deadline, where its address is known to stay valid (OpenSSL 3.0 and 3.1), else NULL.
    struct timeval *deadline;
    /// Flights begun: how often OpenSSL has started its retransmission timer afresh.
    size_t flights;
} relais_dtls_pipe;

/// An SSL object for DTLS on a pipe of its own; NULL on failure. `mtu` counts UDP payload bytes.
SSL *relais_dtls_new(SSL_CTX *context, int is_client, int mtu, size_t outgoing_limit, relais_dtls_pipe **pipe);
/// 1 when a flight awaits its answer, so that it is to be sent again some time.
int relais_dtls_awaits_answer(SSL *ssl);
/// Sends the last flight again now, whatever OpenSSL's clock says: 1 sent, 0 nothing to send, -1 OpenSSL gives up.
int relais_dtls_retransmit(SSL *ssl, relais_dtls_pipe *pipe);

/// The settings of a context that are macros: DTLS 1.2 only, groups, modes, limits. 1 on success.
int relais_dtls_configure(SSL_CTX *context, const char *groups, long largest_fragment, long largest_certificate_chain);
/// Lets every peer certificate pass: its fingerprint is compared after the handshake. A peer without one is refused.
void relais_dtls_require_any_certificate(SSL_CTX *context);
/// The peer's certificate, to be freed; NULL when it sent none.
X509 *relais_dtls_peer_certificate(SSL *ssl);
/// The reason in an error code (`ERR_GET_REASON`).
int relais_error_reason(unsigned long code);
