/* A relay over some KDCs, and those who come to it. */
#ifndef UNIT_KERBEROS_RELAY_STAGE_H
#define UNIT_KERBEROS_RELAY_STAGE_H

#include "kdc_relay.h"
#include "tcp_kdc.h"

enum { STAGE_TIMEOUT_MS = 600, STAGE_SLACK_MS = 1500, STAGE_ANSWER_SIZE = 1024 * 1024 };

struct relay_stage {
    struct kdc_relay *relay;
    int listener;
    uint16_t port;
    struct tcp_kdc *kdcs[2];
    _Atomic unsigned warnings, good_news;
};

/* way: of a server, or STAGE_CLOSED_PORT, or STAGE_NONE for one that is not in the list. */
enum { STAGE_NONE = -1, STAGE_CLOSED_PORT = -2 };
void relay_stage_open(struct relay_stage *stage, int first_way, int second_way, unsigned threads);
void relay_stage_close(struct relay_stage *stage);

struct asked {
    long length;    /* of the answer; -1: the connection ended instead */
    char tag, mark; /* the answer's, and of an AS-REP whose it is */
    int64_t took_ms;
    bool is_mine; /* the answer has in it what was asked */
};
struct asked relay_stage_ask(const struct relay_stage *stage, char filler);
/* On a connection that is there. */
struct asked relay_stage_ask_on(int descriptor, char filler);
/* So many at once, each in a thread and with a filler of its own. */
void relay_stage_ask_many(const struct relay_stage *stage, struct asked *asked, size_t count);

#endif
