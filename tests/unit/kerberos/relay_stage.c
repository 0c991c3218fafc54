/* Everything real: sockets, threads, time. */
#include "relay_stage.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void count(void *context, enum adapter_log_level level, const char *line)
{
    struct relay_stage *stage = context;
    INVARIANT(strncmp(line, "KDC 127.0.0.1:", 14) == 0);
    if (level == ADAPTER_LOG_WARNING)
        stage->warnings++;
    else
        stage->good_news++;
}

void relay_stage_open(struct relay_stage *stage, int first_way, int second_way, unsigned threads)
{
    const int ways[] = {first_way, second_way};
    char written[2][32];
    struct text names[2];
    size_t kdc_count = 0;
    *stage = (struct relay_stage){.port = 0};
    for (size_t i = 0; i < 2 && ways[i] != STAGE_NONE; i++) {
        if (ways[i] >= 0)
            stage->kdcs[i] = tcp_kdc_start((enum tcp_kdc_way)ways[i], (char)('1' + i));
        uint16_t port = ways[i] >= 0 ? tcp_kdc_port(stage->kdcs[i]) : tcp_closed_port();
        snprintf(written[i], sizeof(written[i]), "127.0.0.1:%u", (unsigned)port);
        names[kdc_count++] = text_of(written[i]);
    }
    stage->listener = tcp_listen(&stage->port);
    const struct kdc_relay_options options = {.listener = stage->listener,
                                              .kdcs = names,
                                              .kdc_count = kdc_count,
                                              .exchange_timeout_ms = STAGE_TIMEOUT_MS,
                                              .threads = threads,
                                              .log = count,
                                              .log_context = stage};
    stage->relay = kdc_relay_open(&options);
    INVARIANT(stage->relay != NULL);
}

void relay_stage_close(struct relay_stage *stage)
{
    kdc_relay_close(stage->relay);
    close(stage->listener);
    for (size_t i = 0; i < 2; i++)
        if (stage->kdcs[i] != NULL)
            tcp_kdc_stop(stage->kdcs[i]);
}

struct asked relay_stage_ask_on(int descriptor, char filler)
{
    char request[TCP_REQUEST_SIZE], *answer = malloc(STAGE_ANSWER_SIZE);
    struct asked asked = {.length = -1};
    INVARIANT(answer != NULL);
    struct text sent = tcp_request(filler, 40, request);
    int64_t began_ms = tcp_now_ms();
    if (tcp_send(descriptor, sent))
        asked.length = tcp_receive_frame(descriptor, answer, STAGE_ANSWER_SIZE);
    asked.took_ms = tcp_now_ms() - began_ms;
    if (asked.length > 7) {
        asked.tag = answer[0];
        asked.mark = answer[6];
        asked.is_mine = asked.length == 7 + 42 && memcmp(answer + 7, sent.base + 4, 42) == 0;
    }
    free(answer);
    return asked;
}

struct asked relay_stage_ask(const struct relay_stage *stage, char filler)
{
    int descriptor = tcp_connect(stage->port);
    struct asked asked = relay_stage_ask_on(descriptor, filler);
    close(descriptor);
    return asked;
}

struct asking {
    const struct relay_stage *stage;
    struct asked *asked;
    char filler;
};

static void *ask(void *context)
{
    const struct asking *asking = context;
    *asking->asked = relay_stage_ask(asking->stage, asking->filler);
    return NULL;
}

void relay_stage_ask_many(const struct relay_stage *stage, struct asked *asked, size_t count_of_them)
{
    pthread_t *threads = calloc(count_of_them, sizeof(*threads));
    struct asking *askings = calloc(count_of_them, sizeof(*askings));
    INVARIANT(threads != NULL && askings != NULL);
    for (size_t i = 0; i < count_of_them; i++) {
        askings[i] = (struct asking){.stage = stage, .asked = &asked[i], .filler = (char)('A' + i % 26)};
        INVARIANT(pthread_create(&threads[i], NULL, ask, &askings[i]) == 0);
    }
    for (size_t i = 0; i < count_of_them; i++)
        pthread_join(threads[i], NULL);
    free(askings);
    free(threads);
}
