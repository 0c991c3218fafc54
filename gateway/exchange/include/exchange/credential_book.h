/* Credentials that are in use, found by what they are for: shared by the loops of a gateway, made by one of
 * them at a time, and made anew by one while the others still have the old one. What is made anew for each use
 * is not in it, only by what it is recognised. That one was refused is remembered like a credential. Bounded;
 * wiped when it goes. Asked by exchanges and by calls through egress. */
#ifndef EXCHANGE_CREDENTIAL_BOOK_H
#define EXCHANGE_CREDENTIAL_BOOK_H

#include "adapters/adapter.h"
#include "base/digest.h"
#include "runtime/loop.h"

struct credential_book;

/* What is kept of one. Texts are copied, into the book and out of it. */
struct kept_credential {
    struct text credential; /* TEXT_NONE: it is made anew for each use */
    struct credential_presentation presentation;
    struct text issued_type, token_type, scope;
    struct text fingerprint; /* TEXT_NONE: it has none */
    struct text account;     /* the subject's on the other side; TEXT_NONE: not said */
    struct text lease;       /* under which it was recorded */
    struct text shares;      /* the lease whose credential that is given; TEXT_NONE: its own */
    int64_t issued_at_us;    /* the lease, where others share it */
    int64_t expires_at_s;    /* good until then */
    int64_t due_s;           /* until when the lease is known not to be withdrawn for want of use */
    int64_t refresh_from_s;  /* from then on one is asked to make the next; 0: never */
    bool is_replacement;     /* of one that the other side refused */
    /* Not NONE: nothing could be made, for this reason, which counts until expires_at_s. */
    enum fault fault;
    struct text public_reason;
};

enum credential_turn {
    CREDENTIAL_FOUND, /* in *kept, which may be a refusal */
    /* Make it, then credential_book_keep or _give_up. A lease in *kept: what there is is still good;
     * is_replacement: it is to take the place of what was refused. */
    CREDENTIAL_TURN,
    CREDENTIAL_BUSY, /* somebody is making it: ask again */
    CREDENTIAL_FULL, /* there is no room for one more */
};

/* limit: credentials at a time. */
struct credential_book *credential_book_create(size_t limit);
void credential_book_destroy(struct credential_book *book); /* NULL is fine */

/* A credential that the other side refused is found all the same for a minute after it was made in the place of
 * another that was: who refuses whatever it is shown must not have one made for every use. */
enum { CREDENTIAL_REPLACED_FOR_S = 60 };

struct credential_search {
    unsigned char key[DIGEST_SIZE]; /* of all that it is for */
    int64_t now_s;
    int64_t until_s;     /* what ends before that is not found */
    struct text refused; /* a lease whose credential the other side refused is not found; TEXT_NONE: none */
};

/* From any thread, as all of these. */
enum credential_turn credential_book_enter(struct credential_book *book, const struct credential_search *search,
                                           struct arena *arena, struct kept_credential *kept);
/* The same, but waits while somebody else is making it: never CREDENTIAL_BUSY. Zeroed before use, but for the
 * first four. After 30 seconds there is no room, whoever is making it. */
struct credential_question {
    struct credential_book *book;
    struct credential_search search;
    struct arena *arena;
    struct kept_credential *kept;
    struct flow_wait wait;
    enum credential_turn turn;
    struct loop_timer timer; /* the book's, from here on */
    unsigned looked;
};
void credential_book_ask(struct credential_question *question); /* on a loop; completes question->wait */

/* By whoever has the turn, once: what was made, or why it cannot be; or that nothing was: what is still good
 * stays, and is refreshed from again_from_s. */
void credential_book_keep(struct credential_book *book, const unsigned char key[DIGEST_SIZE],
                          const struct kept_credential *kept);
void credential_book_give_up(struct credential_book *book, const unsigned char key[DIGEST_SIZE],
                             int64_t again_from_s);

/* No longer found, if what is kept is of this lease. Whoever is making the next goes on. */
void credential_book_forget(struct credential_book *book, const unsigned char key[DIGEST_SIZE],
                            struct text lease);
/* It is known now not to be withdrawn before due_s. */
void credential_book_extend(struct credential_book *book, const unsigned char key[DIGEST_SIZE],
                            struct text lease, int64_t due_s);

#endif
