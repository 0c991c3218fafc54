/* The two spellings of an ECDSA signature: R||S with exact lengths, as JOSE has it (RFC 7518 section 3.4), and
 * the DER SEQUENCE of two INTEGERs that OpenSSL takes (RFC 3279 section 2.2.3). Private to keys/; algorithm.c
 * calls it. */
#ifndef KEYS_ECDSA_SIGNATURE_H
#define KEYS_ECDSA_SIGNATURE_H

#include "base/text.h"

enum { ECDSA_COORDINATE_MAX = 66, ECDSA_DER_SIZE_MAX = 3 + 2 * (3 + ECDSA_COORDINATE_MAX) };

/* False if raw is not exactly two coordinates or R or S is zero. der needs ECDSA_DER_SIZE_MAX bytes. */
bool ecdsa_signature_to_der(struct text raw, size_t coordinate, unsigned char *der, size_t *length);
/* False unless der is exactly one minimal SEQUENCE whose positive numbers fit. raw needs two coordinates. */
bool ecdsa_signature_from_der(const unsigned char *der, size_t length, size_t coordinate, unsigned char *raw);

#endif
