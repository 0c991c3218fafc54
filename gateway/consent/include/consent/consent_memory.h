/* What one gateway remembers of consents, so that an exchange whose credential is found needs no store: which
 * one was found for a person, client, target and scopes. And how many links it has handed out lately for the
 * same, so that nobody buries a person in them. Bounded: what finds no place takes that of something older. An
 * end of a consent is not seen here; who is given one looks it up among the kills. */
#ifndef CONSENT_CONSENT_MEMORY_H
#define CONSENT_CONSENT_MEMORY_H

#include <stdbool.h>

#include "base/digest.h"
#include "base/random.h"

struct consent_memory;

enum { CONSENT_MEMORY_LINKS_MAX = 20 }; /* of one key within the life of the first */

struct consent_memory *consent_memory_create(void);
void consent_memory_destroy(struct consent_memory *memory); /* NULL is fine */

/* What is found by the same words has the same key. scope: as text, in whatever order it was given. */
void consent_memory_key(struct text issuer, struct text subject, struct text client, struct text target,
                        struct text scope, unsigned char key[DIGEST_SIZE]);

/* The rest is for any thread. */
struct consent_found {
    char id[IDENTIFIER_SIZE]; /* zero-terminated */
    int64_t expires_at_s;
};
/* False also for one that has expired. */
bool consent_memory_find(struct consent_memory *memory, const unsigned char key[DIGEST_SIZE], int64_t now_s,
                         struct consent_found *found);
/* Nothing for an id that is none of ours. */
void consent_memory_keep(struct consent_memory *memory, const unsigned char key[DIGEST_SIZE], struct text id,
                         int64_t expires_at_s);
void consent_memory_forget(struct consent_memory *memory, const unsigned char key[DIGEST_SIZE]);

/* Counts one link that holds for so long; false, with the seconds after which there may be another, where there
 * are enough. */
bool consent_memory_take_link(struct consent_memory *memory, const unsigned char key[DIGEST_SIZE],
                              int64_t now_s, int64_t link_s, int64_t *retry_after_s);

#endif
