/* What the worker and the key holder say to each other: packets of one size, host byte order, on a socket that
 * keeps their boundaries. Private to token/. */
#ifndef TOKEN_MESSAGE_H
#define TOKEN_MESSAGE_H

#include <limits.h>

#include "base/digest.h"
#include "keys/key_token.h"
#include "token/token.h"

enum {
    TOKEN_DESCRIPTOR = 3,   /* of the key holder */
    TOKEN_RESULT_MAX = 2048 /* a signature, or a SubjectPublicKeyInfo */
};

struct token_request {
    uint64_t id;
    enum { TOKEN_SIGN, TOKEN_MAKE } kind;
    enum algorithm algorithm;
    unsigned char reference[KEY_REFERENCE_SIZE]; /* SIGN: of the key */
    unsigned char digest[DIGEST_SIZE];           /* SIGN: SHA-256 of what is to be signed */
};

struct token_answer {
    uint64_t id;
    enum { TOKEN_IS_OPEN, TOKEN_IS_NOT_OPEN, TOKEN_DONE, TOKEN_FAILED } kind;
    unsigned char reference[KEY_REFERENCE_SIZE]; /* of the key that was made */
    uint32_t length;                             /* of result */
    unsigned char result[TOKEN_RESULT_MAX];      /* what was asked for, or why not, as text */
};

/* Whether keys of this algorithm can be in a token: those that sign a SHA-256 digest. What hashes for itself is
 * not asked for alike of all modules. */
static inline bool token_knows(enum algorithm algorithm)
{
    return algorithm == ALGORITHM_ES256 || algorithm == ALGORITHM_RS256 || algorithm == ALGORITHM_PS256;
}

/* The first packet to the key holder. */
struct token_start {
    char module[PATH_MAX], label[TOKEN_LABEL_MAX + 1], pin_file[PATH_MAX];
};

#endif
