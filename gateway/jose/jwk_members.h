/* The members that make a JWK the key it is (RFC 7638 section 3.2), decoded and of exact size: what reading a
 * key and taking its thumbprint share. Private to jose/. */
#ifndef JOSE_JWK_MEMBERS_H
#define JOSE_JWK_MEMBERS_H

#include "json/json_value.h"

enum jwk_kind { JWK_RSA, JWK_EC, JWK_OKP };
enum { JWK_NUMBER_SIZE_MAX = 1024, JWK_EXPONENT_SIZE_MAX = 4, JWK_COORDINATE_SIZE_MAX = 66 };

/* A curve this house knows, by its JOSE name. */
struct jwk_curve {
    const char *crv;
    enum jwk_kind kind;
    size_t coordinate; /* bytes, always as many (RFC 7518 section 6.2.1.2) */
};

struct jwk_members {
    enum jwk_kind kind;
    const struct jwk_curve *curve;              /* EC and OKP */
    unsigned char x[JWK_COORDINATE_SIZE_MAX];   /* EC and OKP */
    unsigned char y[JWK_COORDINATE_SIZE_MAX];   /* EC */
    unsigned char modulus[JWK_NUMBER_SIZE_MAX]; /* RSA, big-endian, no leading zero */
    size_t modulus_length;
    unsigned char exponent[JWK_EXPONENT_SIZE_MAX];
    size_t exponent_length;
};

/* False for anything but an RSA, EC or OKP key of a known curve whose members have their one spelling. Says
 * nothing about strength or whether a point is on its curve. */
bool jwk_members_read(const struct json_value *jwk, struct jwk_members *members);

#endif
