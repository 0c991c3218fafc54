/* Credentials for upstreams that are in use: one for each lease that calls with it, shared by the loops of a
 * gateway, made by one of them at a time. What is made anew for each call is not in it, only by what it is
 * recognised. Bounded; wiped when it goes. */
#ifndef RELAY_SUPPLY_BOOK_H
#define RELAY_SUPPLY_BOOK_H

#include "adapters/adapter.h"
#include "base/digest.h"
#include "runtime/loop.h"

struct supply_book;

/* What is kept of one. Texts are copied, into the book and out of it. */
struct supply {
    struct text credential; /* TEXT_NONE: it is made anew for each call */
    struct credential_presentation presentation;
    struct text fingerprint; /* TEXT_NONE: it has none */
    struct text lease;       /* under which it was recorded */
    int64_t expires_at_s;
    bool is_replacement; /* of one that the upstream refused */
};

enum supply_turn {
    SUPPLY_FOUND, /* in *supply */
    SUPPLY_TURN,  /* make it, then supply_book_keep or supply_book_give_up */
    SUPPLY_BUSY,  /* somebody is making it: ask again */
    SUPPLY_FULL,  /* there is no room for one more */
};

/* limit: supplies at a time. */
struct supply_book *supply_book_create(size_t limit);
void supply_book_destroy(struct supply_book *book); /* NULL is fine */

/* key: of lease, target and adapter. What ends before until_s is not found. refused: a lease whose supply the
 * upstream refused is not found either; TEXT_NONE for none. From any thread. */
enum supply_turn supply_book_enter(struct supply_book *book, const unsigned char key[DIGEST_SIZE],
                                   int64_t until_s, struct text refused, struct arena *arena,
                                   struct supply *supply);
/* The same, but waits while somebody else is making it: never SUPPLY_BUSY. Zeroed before use, but for the first
 * six. After 30 seconds there is no room, whoever is making it. */
struct supply_question {
    struct supply_book *book;
    unsigned char key[DIGEST_SIZE];
    int64_t until_s;
    struct text refused;
    struct arena *arena;
    struct supply *supply;
    struct flow_wait wait;
    enum supply_turn turn;
    struct loop_timer timer; /* the book's, from here on */
    unsigned looked;
};
void supply_book_ask(struct supply_question *question); /* on a loop; completes question->wait */
void supply_book_keep(struct supply_book *book, const unsigned char key[DIGEST_SIZE],
                      const struct supply *supply);
void supply_book_give_up(struct supply_book *book, const unsigned char key[DIGEST_SIZE]);

#endif
