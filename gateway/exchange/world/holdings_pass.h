/* One walk through what was issued, newest first, that writes down as held whatever a world asks for and is not
 * written down yet. Only what is to be asked of the store next and what comes of it: holdings_keeper.c asks. */
#ifndef EXCHANGE_HOLDINGS_PASS_H
#define EXCHANGE_HOLDINGS_PASS_H

#include "base/random.h"
#include "exchange/world.h"
#include "ledger/ledger.h"

enum holdings_pass_step { PASS_PAGE, PASS_HELD, PASS_WRITE, PASS_DONE };

/* Holders of one bite; each has a version that the bite moves. */
enum { PASS_HOLDERS_MAX = 48 };

struct holdings_pass {
    const struct world *world;
    int64_t since_us, now_s;
    enum holdings_pass_step step; /* what the store is asked next: page, held, or transaction */
    size_t issued, written;       /* credentials that are asked for, rows that were missing */

    struct arena *arena; /* of a page, and of what comes of it */
    struct store_query page;
    struct text last; /* the page's; in last_bytes */
    char last_bytes[IDENTIFIER_SIZE];
    bool is_last_page;
    struct store_holding *rows; /* of the page */
    size_t row_count, taken;    /* taken: up to the end of the bite under way */
    size_t bite_start;

    struct arena *bite_arena;
    struct store_query held;
    struct store_holder holders[PASS_HOLDERS_MAX];
    size_t holder_count;
    unsigned conflicts; /* of this bite */
    struct store_transaction transaction;
    struct store_version versions[PASS_HOLDERS_MAX];
    struct store_holding *missing;
};

/* Zeroed before; the world is borrowed. */
void holdings_pass_begin(struct holdings_pass *pass, const struct world *world, int64_t since_us,
                         int64_t now_s);
/* Takes the answer to what was asked, and prepares what is asked next. A fault ends the walk; what was written
 * stays. */
MUST_USE enum fault holdings_pass_take(struct holdings_pass *pass);
void holdings_pass_end(struct holdings_pass *pass);

#endif
