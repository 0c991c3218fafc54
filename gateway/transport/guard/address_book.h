/* Who is connected from where: connections and bytes of their requests per source address and in all. An
 * IPv6 client has a /64 to itself, so that is what is counted. Used from every loop's thread. */
#ifndef TRANSPORT_ADDRESS_BOOK_H
#define TRANSPORT_ADDRESS_BOOK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct address_book;

/* Bytes are counted apart for what is relayed: those are many, and must not keep out the others. */
enum byte_account { BYTE_ACCOUNT_ANSWERED_HERE, BYTE_ACCOUNT_RELAYED, BYTE_ACCOUNT_COUNT };

enum { ADDRESS_KEY_BYTES = 16 };

struct byte_counts {
    _Atomic size_t unfinished, held;
};

/* One source address; stays while it has connections. */
struct address {
    struct address *next;
    unsigned char key[ADDRESS_KEY_BYTES];
    unsigned connections; /* under the book's lock */
    struct byte_counts bytes[BYTE_ACCOUNT_COUNT];
};

/* What an address is counted under: the /64 of IPv6, IPv4 mapped into IPv6; zeros for what is neither. */
void address_key(const struct sockaddr *peer, unsigned char key[ADDRESS_KEY_BYTES]);

struct address_book *address_book_create(void);
void address_book_destroy(struct address_book *book); /* when everybody has left */

/* Counts a connection in; NULL when there are as many as accepted, from this address or in all. Peers without
 * an Internet address are one address and do not count among all. */
struct address *address_book_enter(struct address_book *book, const struct sockaddr *peer,
                                   unsigned most_of_address, unsigned most_in_all);
void address_book_leave(struct address_book *book, struct address *address);
/* Moves the bytes of unfinished requests of one connection from what they were to what they are. */
void address_book_count_unfinished(struct address_book *book, struct address *address,
                                   enum byte_account account, size_t were, size_t are);
size_t address_book_unfinished(const struct address_book *book, enum byte_account account);
/* Counts the bytes of a request that is complete; false when there are as many as accepted, from this address
 * or in all. */
bool address_book_hold(struct address_book *book, struct address *address, enum byte_account account,
                       size_t bytes, size_t most_of_address, size_t most_in_all);
void address_book_let_go(struct address_book *book, struct address *address, enum byte_account account,
                         size_t bytes);

#endif
