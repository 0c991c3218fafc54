/* A table of lists under one lock, taken when a connection comes and goes; bytes are counted without it. */
#include "guard/address_book.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/random.h"

enum { LISTS = 4096, PREFIX_64 = 8 };

struct address_book {
    pthread_mutex_t mutex;
    unsigned connections;
    struct byte_counts bytes[BYTE_ACCOUNT_COUNT];
    uint64_t seed; /* so that nobody can choose addresses that share a list */
    struct address *lists[LISTS];
};

struct address_book *address_book_create(void)
{
    struct address_book *book = calloc(1, sizeof(*book));
    INVARIANT(book != NULL && pthread_mutex_init(&book->mutex, NULL) == 0);
    random_bytes((unsigned char *)&book->seed, sizeof(book->seed));
    return book;
}

void address_book_destroy(struct address_book *book)
{
    pthread_mutex_destroy(&book->mutex);
    free(book);
}

/* ::/64 is no client's network: ::1 is there, and every IPv4 address as terminators name it that listen for
 * both families at one socket (::ffff:192.0.2.1, RFC 4291 section 2.5.5.2). Cut to that network, everybody on
 * IPv4 would be one client, and that one would be taken for the Unix sockets. */
void address_key(const struct sockaddr *peer, unsigned char key[ADDRESS_KEY_BYTES])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    memset(key, 0, 16);
    if (peer->sa_family == AF_INET) {
        memcpy(key, mapped, sizeof(mapped));
        memcpy(key + sizeof(mapped), &((const struct sockaddr_in *)peer)->sin_addr, 4);
    } else if (peer->sa_family == AF_INET6) {
        const unsigned char *address = ((const struct sockaddr_in6 *)peer)->sin6_addr.s6_addr;
        bool is_in_network = memcmp(address, mapped, PREFIX_64) != 0;
        memcpy(key, address, is_in_network ? PREFIX_64 : ADDRESS_KEY_BYTES);
    }
}

static bool is_internet(const struct address *address)
{
    static const unsigned char none[16];
    return memcmp(address->key, none, sizeof(none)) != 0;
}

static struct address **list_of(struct address_book *book, const unsigned char key[16])
{
    uint64_t halves[2];
    memcpy(halves, key, sizeof(halves));
    uint64_t mixed = (halves[0] ^ book->seed) * 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 29) ^ halves[1]) * 0xbf58476d1ce4e5b9u;
    return &book->lists[(mixed >> 40) % LISTS];
}

static struct address *find_or_make(struct address_book *book, const unsigned char key[16])
{
    struct address **list = list_of(book, key), *address = *list;
    while (address != NULL && memcmp(address->key, key, sizeof(address->key)) != 0)
        address = address->next;
    if (address == NULL) {
        address = calloc(1, sizeof(*address));
        INVARIANT(address != NULL);
        memcpy(address->key, key, sizeof(address->key));
        address->next = *list;
        *list = address;
    }
    return address;
}

static void free_if_empty(struct address_book *book, struct address *address)
{
    if (address->connections != 0)
        return;
    struct address **link = list_of(book, address->key);
    while (*link != address)
        link = &(*link)->next;
    *link = address->next;
    free(address);
}

struct address *address_book_enter(struct address_book *book, const struct sockaddr *peer,
                                   unsigned most_of_address, unsigned most_in_all)
{
    unsigned char key[ADDRESS_KEY_BYTES];
    address_key(peer, key);
    pthread_mutex_lock(&book->mutex);
    struct address *address = find_or_make(book, key);
    bool is_counted = is_internet(address);
    if (address->connections >= most_of_address || (is_counted && book->connections >= most_in_all)) {
        free_if_empty(book, address);
        address = NULL;
    } else {
        address->connections++;
        book->connections += is_counted;
    }
    pthread_mutex_unlock(&book->mutex);
    return address;
}

void address_book_leave(struct address_book *book, struct address *address)
{
    pthread_mutex_lock(&book->mutex);
    address->connections--;
    book->connections -= is_internet(address);
    free_if_empty(book, address);
    pthread_mutex_unlock(&book->mutex);
}

void address_book_count_unfinished(struct address_book *book, struct address *address,
                                   enum byte_account account, size_t were, size_t are)
{
    /* Unsigned arithmetic wraps to the right sum also where a connection shrinks. */
    atomic_fetch_add_explicit(&address->bytes[account].unfinished, are - were, memory_order_relaxed);
    atomic_fetch_add_explicit(&book->bytes[account].unfinished, are - were, memory_order_relaxed);
}

size_t address_book_unfinished(const struct address_book *book, enum byte_account account)
{
    return atomic_load_explicit(&book->bytes[account].unfinished, memory_order_relaxed);
}

void address_book_let_go(struct address_book *book, struct address *address, enum byte_account account,
                         size_t bytes)
{
    atomic_fetch_sub_explicit(&address->bytes[account].held, bytes, memory_order_relaxed);
    atomic_fetch_sub_explicit(&book->bytes[account].held, bytes, memory_order_relaxed);
}

bool address_book_hold(struct address_book *book, struct address *address, enum byte_account account,
                       size_t bytes, size_t most_of_address, size_t most_in_all)
{
    size_t of_address = atomic_fetch_add_explicit(&address->bytes[account].held, bytes, memory_order_relaxed);
    size_t in_all = atomic_fetch_add_explicit(&book->bytes[account].held, bytes, memory_order_relaxed);
    if (of_address + bytes <= most_of_address && in_all + bytes <= most_in_all)
        return true;
    address_book_let_go(book, address, account, bytes);
    return false;
}
