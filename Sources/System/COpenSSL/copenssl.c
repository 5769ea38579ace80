#include "copenssl.h"

EVP_PKEY *relais_ec_p256_generate(void) { return EVP_EC_gen("P-256"); }

int relais_hmac_sha1(const uint8_t *key, size_t key_count, const uint8_t *message, size_t count, uint8_t *out) {
    unsigned int written = 0;
    return HMAC(EVP_sha1(), key, (int)key_count, message, count, out, &written) != NULL && written == 20;
}

int relais_hmac_sha256(const uint8_t *key, size_t key_count, const uint8_t *message, size_t count, uint8_t *out) {
    unsigned int written = 0;
    return HMAC(EVP_sha256(), key, (int)key_count, message, count, out, &written) != NULL && written == 32;
}
