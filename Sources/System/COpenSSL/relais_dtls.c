#include "relais_dtls.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <string.h>

// The pipe as its BIO sees it.
typedef struct {
    relais_dtls_pipe pipe;
    size_t outgoing_limit;
    int mtu;
} pipe_bio;

static int pipe_write(BIO *bio, const char *bytes, int count) {
    pipe_bio *self = BIO_get_data(bio);
    relais_dtls_pipe *pipe = &self->pipe;
    BIO_clear_retry_flags(bio);
    if (count < 0 || count > UINT16_MAX) return -1;
    size_t needed = pipe->outgoing_count + 2 + (size_t)count;
    // A full pipe loses the datagram as a network would; DTLS sends it again.
    if (needed > self->outgoing_limit) {
        pipe->outgoing_dropped++;
        return count;
    }
    if (needed > pipe->outgoing_capacity) {
        size_t capacity = pipe->outgoing_capacity == 0 ? 2048 : pipe->outgoing_capacity;
        while (capacity < needed) capacity *= 2;
        uint8_t *grown = OPENSSL_realloc(pipe->outgoing, capacity);
        if (grown == NULL) return -1;
        pipe->outgoing = grown;
        pipe->outgoing_capacity = capacity;
    }
    uint16_t length = (uint16_t)count;
    memcpy(pipe->outgoing + pipe->outgoing_count, &length, 2);
    memcpy(pipe->outgoing + pipe->outgoing_count + 2, bytes, (size_t)count);
    pipe->outgoing_count = needed;
    return count;
}

static int pipe_read(BIO *bio, char *bytes, int capacity) {
    relais_dtls_pipe *pipe = &((pipe_bio *)BIO_get_data(bio))->pipe;
    BIO_clear_retry_flags(bio);
    if (pipe->incoming == NULL) {
        BIO_set_retry_read(bio);
        return -1;
    }
    // What does not fit is cut off, as recv does.
    int count = pipe->incoming_count < (size_t)capacity ? (int)pipe->incoming_count : capacity;
    memcpy(bytes, pipe->incoming, (size_t)count);
    pipe->incoming = NULL;
    return count;
}

static long pipe_control(BIO *bio, int command, long number, void *pointer) {
    pipe_bio *self = BIO_get_data(bio);
    (void)number;
    switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU: return self->mtu;
    case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD: return 28;
    case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
        // Until 3.1 this is the address of the SSL object's own field; later versions pass that of a local copy.
        if (OpenSSL_version_num() < 0x30200000L) self->pipe.deadline = pointer;
        return 1;
    // Every other answer must be 0: libssl asks, for one, whether kernel TLS is on.
    default: return 0;
    }
}

static int pipe_free(BIO *bio) {
    pipe_bio *self = BIO_get_data(bio);
    if (self != NULL) {
        OPENSSL_clear_free(self->pipe.outgoing, self->pipe.outgoing_capacity);
        OPENSSL_free(self);
    }
    return 1;
}

static CRYPTO_ONCE method_once = CRYPTO_ONCE_STATIC_INIT;
static BIO_METHOD *method;

static void make_method(void) {
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams in memory");
    if (method == NULL) return;
    BIO_meth_set_write(method, pipe_write);
    BIO_meth_set_read(method, pipe_read);
    BIO_meth_set_ctrl(method, pipe_control);
    BIO_meth_set_destroy(method, pipe_free);
}

// Microseconds until OpenSSL would retransmit by itself: for ever where we can tell it when, else the usual back-off.
static unsigned int retransmission_timer(SSL *ssl, unsigned int previous) {
    relais_dtls_pipe *pipe = &((pipe_bio *)BIO_get_data(SSL_get_rbio(ssl)))->pipe;
    if (previous == 0) pipe->flights++;
    if (OpenSSL_version_num() < 0x30200000L) return 3600000000u;
    if (previous == 0) return 100000;
    return previous < 1500000 ? previous * 2 : 3000000;
}

SSL *relais_dtls_new(SSL_CTX *context, int is_client, int mtu, size_t outgoing_limit, relais_dtls_pipe **pipe) {
    if (!CRYPTO_THREAD_run_once(&method_once, make_method) || method == NULL) return NULL;
    SSL *ssl = SSL_new(context);
    BIO *bio = BIO_new(method);
    pipe_bio *data = OPENSSL_zalloc(sizeof *data);
    if (ssl == NULL || bio == NULL || data == NULL) {
        SSL_free(ssl);
        BIO_free(bio);
        OPENSSL_free(data);
        return NULL;
    }
    data->outgoing_limit = outgoing_limit;
    data->mtu = mtu;
    BIO_set_data(bio, data);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_mtu(ssl, mtu);
    DTLS_set_link_mtu(ssl, mtu + 28);
    DTLS_set_timer_cb(ssl, retransmission_timer);
    if (is_client) SSL_set_connect_state(ssl);
    else SSL_set_accept_state(ssl);
    *pipe = &data->pipe;
    return ssl;
}

int relais_dtls_awaits_answer(SSL *ssl) {
    struct timeval left;
    return SSL_in_init(ssl) && DTLSv1_get_timeout(ssl, &left) == 1;
}

int relais_dtls_retransmit(SSL *ssl, relais_dtls_pipe *pipe) {
    if (!relais_dtls_awaits_answer(ssl)) return 0;
    // A deadline in 1970 has passed whatever the clock says.
    if (pipe->deadline != NULL) {
        pipe->deadline->tv_sec = 1;
        pipe->deadline->tv_usec = 0;
    }
    return (int)DTLSv1_handle_timeout(ssl);
}

int relais_dtls_configure(SSL_CTX *context, const char *groups, long largest_fragment, long largest_certificate_chain) {
    SSL_CTX_set_options(
        context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION
            | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(context, largest_certificate_chain);
    return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1
        && SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1
        && SSL_CTX_set_max_send_fragment(context, largest_fragment) == 1
        && SSL_CTX_set1_groups_list(context, groups) == 1;
}

static int accept_any(X509_STORE_CTX *store, void *argument) {
    (void)store;
    (void)argument;
    return 1;
}

void relais_dtls_require_any_certificate(SSL_CTX *context) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(context, accept_any, NULL);
}

X509 *relais_dtls_peer_certificate(SSL *ssl) { return SSL_get1_peer_certificate(ssl); }

int relais_error_reason(unsigned long code) { return ERR_GET_REASON(code); }
