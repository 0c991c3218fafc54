/* The reader thread: queries one after the other, each from the last committed state. It never delays a commit,
 * as readers and the writer do not lock each other out in a write-ahead log. */
#include "sqlite/reader.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "engine.h"
#include "sqlite/inbox.h"
#include "sqlite/query.h"

struct reader {
    struct inbox inbox;
    pthread_t thread;
    struct database database;
    struct query_set queries;
};

static struct store_query *query_of(struct loop_message *message)
{
    return (struct store_query *)((char *)message - offsetof(struct store_query, message));
}

static void answer(struct reader *reader, struct store_query *query)
{
    query->fault = query_set_run(&reader->queries, query);
    if (query->fault != FAULT_NONE)
        LOG(LOG_ERROR, "store_query_failed", log_number("kind", query->kind),
            log_text("reason", text_of(database_message(&reader->database))));
    store_query_complete(query);
}

static void *run(void *argument)
{
    struct reader *reader = argument;
    struct loop_message *messages;
    while (inbox_take(&reader->inbox, true, &messages)) {
        for (struct loop_message *next; messages != NULL; messages = next) {
            next = messages->next; /* whoever it is handed to may free it */
            answer(reader, query_of(messages));
        }
    }
    return NULL;
}

static void destroy(struct reader *reader)
{
    query_set_dispose(&reader->queries);
    database_close(&reader->database);
    inbox_dispose(&reader->inbox);
    free(reader);
}

enum fault reader_start(const struct store_options *options, struct reader **out, char *detail)
{
    struct reader *reader = calloc(1, sizeof(*reader));
    INVARIANT(reader != NULL);
    inbox_init(&reader->inbox, options->queue_limit);
    enum fault fault = database_open(&reader->database, options->sqlite_path, DATABASE_READER, detail);
    if (fault == FAULT_NONE) {
        fault = query_set_prepare(&reader->queries, &reader->database);
        if (fault != FAULT_NONE)
            snprintf(detail, STORE_DETAIL_SIZE, "preparing queries: %.150s",
                     sqlite3_errmsg(reader->database.handle));
    }
    if (fault != FAULT_NONE) {
        destroy(reader);
        return fault;
    }
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    INVARIANT(pthread_create(&reader->thread, NULL, run, reader) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    *out = reader;
    return FAULT_NONE;
}

void reader_stop(struct reader *reader)
{
    inbox_close(&reader->inbox);
    pthread_join(reader->thread, NULL);
    destroy(reader);
}

void reader_find(struct reader *reader, struct store_query *query)
{
    if (inbox_put(&reader->inbox, &query->message))
        return;
    query->fault = FAULT_STORE_UNAVAILABLE;
    store_query_complete(query);
}
