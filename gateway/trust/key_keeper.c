/* The registry of key sources and the mailbox by which any thread asks the keeper's loop for a fetch. What a
 * fetch is stands in key_fetch.c. */
#include "key_keeper.h"

#include <stdlib.h>

#include "base/log.h"
#include "key_fetch.h"

/* Outlives a keeper that is destroyed while its message is queued. */
struct mailbox {
    struct loop_message message;
    struct key_keeper *keeper;
    bool is_posted; /* under the keeper's mutex, like keeper */
};

struct key_keeper {
    struct loop *loop;
    struct http_client *client;
    struct key_keeper_options options;
    struct mailbox *mailbox;
    pthread_mutex_t mutex; /* guards the two lists and the mailbox */
    struct key_source *sources;
    struct key_source *wanted;
};

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value > 0 ? value : otherwise;
}

static void on_mail(struct loop_message *message)
{
    struct mailbox *mailbox = (struct mailbox *)message;
    struct key_keeper *keeper = mailbox->keeper;
    if (keeper == NULL) {
        free(mailbox);
        return;
    }
    pthread_mutex_lock(&keeper->mutex);
    struct key_source *source = keeper->wanted;
    keeper->wanted = NULL;
    mailbox->is_posted = false;
    pthread_mutex_unlock(&keeper->mutex);
    for (struct key_source *next; source != NULL; source = next) {
        next = source->next_wanted;
        key_fetch_begin(source);
    }
}

struct key_keeper *key_keeper_create(struct loop *loop, const struct key_keeper_options *options)
{
    struct key_keeper *keeper = calloc(1, sizeof(*keeper));
    struct mailbox *mailbox = calloc(1, sizeof(*mailbox));
    INVARIANT(keeper != NULL && mailbox != NULL);
    *mailbox = (struct mailbox){.message.run = on_mail, .keeper = keeper};
    keeper->loop = loop;
    keeper->mailbox = mailbox;
    keeper->options = (struct key_keeper_options){
        .guard = options->guard,
        .refresh_s = or_default(options->refresh_s, 300),
        .stale_limit_s = or_default(options->stale_limit_s, 86400),
        .unknown_key_interval_s = or_default(options->unknown_key_interval_s, 10),
        .wait_ms = or_default(options->wait_ms, 3000),
        .answer_limit = options->answer_limit != 0 ? options->answer_limit : 512 * 1024,
    };
    keeper->client = http_client_create(loop, options->guard, options->ca_file);
    INVARIANT(pthread_mutex_init(&keeper->mutex, NULL) == 0);
    return keeper;
}

void key_keeper_destroy(struct key_keeper *keeper)
{
    for (struct key_source *source = keeper->sources; source != NULL; source = source->next)
        key_source_orphan(source);
    http_client_destroy(keeper->client);
    for (struct key_source *source = keeper->sources, *next; source != NULL; source = next) {
        next = source->next;
        loop_timer_stop(keeper->loop, &source->timer);
        key_source_release(source);
    }
    if (keeper->mailbox->is_posted)
        keeper->mailbox->keeper = NULL;
    else
        free(keeper->mailbox);
    pthread_mutex_destroy(&keeper->mutex);
    free(keeper);
}

struct loop *key_keeper_loop(const struct key_keeper *keeper)
{
    return keeper->loop;
}

struct http_client *key_keeper_client(const struct key_keeper *keeper)
{
    return keeper->client;
}

void key_keeper_want_fetch(struct key_keeper *keeper, struct key_source *source)
{
    pthread_mutex_lock(&keeper->mutex);
    source->next_wanted = keeper->wanted;
    keeper->wanted = source;
    if (!keeper->mailbox->is_posted)
        loop_post(keeper->loop, &keeper->mailbox->message);
    keeper->mailbox->is_posted = true;
    pthread_mutex_unlock(&keeper->mutex);
}

bool key_keeper_drop_unused(struct key_keeper *keeper, struct key_source *source)
{
    pthread_mutex_lock(&keeper->mutex);
    /* References only grow under this mutex, so a last one stays the last. */
    bool is_unused = atomic_load_explicit(&source->references, memory_order_acquire) == 1;
    struct key_source **link = &keeper->sources;
    while (is_unused && *link != source)
        link = &(*link)->next;
    if (is_unused)
        *link = source->next;
    pthread_mutex_unlock(&keeper->mutex);
    if (is_unused)
        key_source_release(source);
    return is_unused;
}

static struct key_source *find_kept(const struct key_keeper *keeper, enum issuer_keys_source kind,
                                    struct text url, enum algorithm rsa_algorithm)
{
    struct key_source *source = keeper->sources;
    while (source != NULL &&
           !(source->kind == kind && source->rsa_algorithm == rsa_algorithm && text_equal(source->url, url)))
        source = source->next;
    return source;
}

static struct key_source *create_inline(const struct json_value *jwks, enum algorithm rsa_algorithm)
{
    static const struct key_keeper_options none;
    struct key_source *source = key_source_create(NULL, ISSUER_KEYS_INLINE, TEXT_NONE, rsa_algorithm, &none);
    enum fault fault = key_set_from_value(jwks, rsa_algorithm, &source->set);
    if (fault != FAULT_NONE) {
        source->set = NULL;
        LOG(LOG_ERROR, "inline_keys_invalid", log_text("reason", text_of(fault_row(fault)->reason)));
    }
    return source;
}

struct key_source *key_source_acquire(struct key_keeper *keeper, enum issuer_keys_source kind, struct text url,
                                      const struct json_value *inline_jwks, enum algorithm rsa_algorithm)
{
    if (kind == ISSUER_KEYS_INLINE)
        return create_inline(inline_jwks, rsa_algorithm);
    pthread_mutex_lock(&keeper->mutex);
    struct key_source *source = find_kept(keeper, kind, url, rsa_algorithm);
    bool is_new = source == NULL;
    if (is_new) {
        source = key_source_create(keeper, kind, url, rsa_algorithm, &keeper->options);
        source->is_fetching = true;
        source->next = keeper->sources;
        keeper->sources = source;
    }
    atomic_fetch_add_explicit(&source->references, 1, memory_order_relaxed);
    pthread_mutex_unlock(&keeper->mutex);
    if (is_new)
        key_keeper_want_fetch(keeper, source);
    return source;
}
