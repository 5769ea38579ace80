#include "relais_srtp.h"

#include <string.h>

static void put32(uint8_t *out, uint32_t value) {
    value = __builtin_bswap32(value);
    memcpy(out, &value, 4);
}

static void put64(uint8_t *out, uint64_t value) {
    value = __builtin_bswap64(value);
    memcpy(out, &value, 8);
}

int relais_hmac_sha1_prepare(relais_hmac_sha1_key *key, const uint8_t *bytes, size_t count) {
    uint8_t inner[SHA_CBLOCK], outer[SHA_CBLOCK];
    if (count > SHA_CBLOCK) return 0;
    memset(inner, 0x36, sizeof inner);
    memset(outer, 0x5c, sizeof outer);
    for (size_t i = 0; i < count; i++) {
        inner[i] ^= bytes[i];
        outer[i] ^= bytes[i];
    }
    int done = SHA1_Init(&key->inner) && SHA1_Update(&key->inner, inner, sizeof inner) && SHA1_Init(&key->outer)
        && SHA1_Update(&key->outer, outer, sizeof outer);
    OPENSSL_cleanse(inner, sizeof inner);
    OPENSSL_cleanse(outer, sizeof outer);
    return done;
}

void relais_hmac_sha1_tag(
    const relais_hmac_sha1_key *key, const uint8_t *data, size_t count, const uint8_t *trailer, size_t trailer_count,
    uint8_t *tag) {
    SHA_CTX hash = key->inner;
    SHA1_Update(&hash, data, count);
    if (trailer_count > 0) SHA1_Update(&hash, trailer, trailer_count);
    SHA1_Final(tag, &hash);
    hash = key->outer;
    SHA1_Update(&hash, tag, SHA_DIGEST_LENGTH);
    SHA1_Final(tag, &hash);
}

static EVP_CIPHER_CTX *keyed(const EVP_CIPHER *cipher, const uint8_t *key, int sealing) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context == NULL) return NULL;
    if (EVP_CipherInit_ex(context, cipher, NULL, key, NULL, sealing) == 1) return context;
    EVP_CIPHER_CTX_free(context);
    return NULL;
}

EVP_CIPHER_CTX *relais_gcm_new(const uint8_t *key, int sealing) { return keyed(EVP_aes_128_gcm(), key, sealing); }
EVP_CIPHER_CTX *relais_ctr_new(const uint8_t *key) { return keyed(EVP_aes_128_ctr(), key, 1); }

int relais_gcm_seal(
    EVP_CIPHER_CTX *context, uint32_t iv_high, uint64_t iv_low, const uint8_t *associated, size_t associated_count,
    const uint8_t *more, size_t more_count, uint8_t *data, size_t count, uint8_t *tag) {
    uint8_t iv[12];
    int written = 0;
    put32(iv, iv_high);
    put64(iv + 4, iv_low);
    if (!EVP_EncryptInit_ex(context, NULL, NULL, NULL, iv)) return 0;
    if (!EVP_EncryptUpdate(context, NULL, &written, associated, (int)associated_count)) return 0;
    if (more_count > 0 && !EVP_EncryptUpdate(context, NULL, &written, more, (int)more_count)) return 0;
    if (count > 0 && !EVP_EncryptUpdate(context, data, &written, data, (int)count)) return 0;
    if (!EVP_EncryptFinal_ex(context, data + count, &written)) return 0;
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1;
}

int relais_gcm_open(
    EVP_CIPHER_CTX *context, uint32_t iv_high, uint64_t iv_low, const uint8_t *associated, size_t associated_count,
    const uint8_t *more, size_t more_count, uint8_t *data, size_t count, const uint8_t *tag) {
    uint8_t iv[12];
    int written = 0;
    put32(iv, iv_high);
    put64(iv + 4, iv_low);
    if (!EVP_DecryptInit_ex(context, NULL, NULL, NULL, iv)) return 0;
    if (!EVP_DecryptUpdate(context, NULL, &written, associated, (int)associated_count)) return 0;
    if (more_count > 0 && !EVP_DecryptUpdate(context, NULL, &written, more, (int)more_count)) return 0;
    if (count > 0 && !EVP_DecryptUpdate(context, data, &written, data, (int)count)) return 0;
    if (!EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, (void *)tag)) return 0;
    return EVP_DecryptFinal_ex(context, data + count, &written) == 1;
}

int relais_ctr_crypt(EVP_CIPHER_CTX *context, uint64_t iv_high, uint64_t iv_low, uint8_t *data, size_t count) {
    uint8_t iv[16];
    int written = 0;
    put64(iv, iv_high);
    put64(iv + 8, iv_low);
    if (!EVP_EncryptInit_ex(context, NULL, NULL, NULL, iv)) return 0;
    return count == 0 || EVP_EncryptUpdate(context, data, &written, data, (int)count) == 1;
}
