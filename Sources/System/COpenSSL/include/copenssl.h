// OpenSSL 3 for Swift: the headers, and the macros and variadic functions that Swift cannot import.
#pragma once
#define OPENSSL_SUPPRESS_DEPRECATED 1
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

#include "relais_dtls.h"
#include "relais_srtp.h"

/// A fresh P-256 key pair, NULL on failure. (`EVP_EC_gen` is a variadic macro.)
EVP_PKEY *relais_ec_p256_generate(void);
/// One-shot HMAC-SHA-1 into 20 bytes; 1 on success.
int relais_hmac_sha1(const uint8_t *key, size_t key_count, const uint8_t *message, size_t count, uint8_t *out);
/// One-shot HMAC-SHA-256 into 32 bytes; 1 on success.
int relais_hmac_sha256(const uint8_t *key, size_t key_count, const uint8_t *message, size_t count, uint8_t *out);
