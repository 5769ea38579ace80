// Packet ciphers for SRTP (RFC 3711, RFC 7714) on EVP contexts whose keys are set once. Nothing here allocates per packet.
#pragma once
#define OPENSSL_SUPPRESS_DEPRECATED 1
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stddef.h>
#include <stdint.h>

/// An HMAC-SHA-1 key (RFC 2104) as the two hash states after their first block, so that a tag costs no key schedule.
typedef struct {
    SHA_CTX inner;
    SHA_CTX outer;
} relais_hmac_sha1_key;

/// 1 on success.
int relais_hmac_sha1_prepare(relais_hmac_sha1_key *key, const uint8_t *bytes, size_t count);
/// The 20-byte tag of `data` followed by `trailer` (which may be empty).
void relais_hmac_sha1_tag(
    const relais_hmac_sha1_key *key, const uint8_t *data, size_t count, const uint8_t *trailer, size_t trailer_count,
    uint8_t *tag);

/// A kept AES-128-GCM context; NULL on failure. `sealing` is 1 for encryption, 0 for decryption.
EVP_CIPHER_CTX *relais_gcm_new(const uint8_t *key, int sealing);
/// Encrypts in place and writes the 16-byte tag. The IV is `iv_high` (4 bytes) and `iv_low` (8 bytes), big-endian.
/// `more` is a second piece of associated data, may be empty. 1 on success.
int relais_gcm_seal(
    EVP_CIPHER_CTX *context, uint32_t iv_high, uint64_t iv_low, const uint8_t *associated, size_t associated_count,
    const uint8_t *more, size_t more_count, uint8_t *data, size_t count, uint8_t *tag);
/// Decrypts in place; 1 when the 16-byte tag is right. Otherwise `data` holds nothing of use.
int relais_gcm_open(
    EVP_CIPHER_CTX *context, uint32_t iv_high, uint64_t iv_low, const uint8_t *associated, size_t associated_count,
    const uint8_t *more, size_t more_count, uint8_t *data, size_t count, const uint8_t *tag);

/// A kept AES-128 counter-mode context; NULL on failure.
EVP_CIPHER_CTX *relais_ctr_new(const uint8_t *key);
/// Encrypts or decrypts in place with the first counter block `iv_high`, `iv_low` (8 bytes each, big-endian). 1 on success.
int relais_ctr_crypt(EVP_CIPHER_CTX *context, uint64_t iv_high, uint64_t iv_low, uint8_t *data, size_t count);
