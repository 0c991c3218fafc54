/* One fetch: metadata where the source is an issuer to discover, then its JWK Set, then everybody who waits is
 * settled and the next refresh is timed. Whatever the network answers, a good set is only ever replaced by
 * another good set. */
#include "key_fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/random.h"
#include "key_discovery.h"
#include "key_keeper.h"
#include "runtime/metrics.h"

enum {
    TIMEOUT_MS = 10 * 1000,
    BACKOFF_FIRST_MS = 1000,
    BACKOFF_LAST_MS = 60 * 1000,
    ANSWERED_AGE_MIN_S = 60, /* an issuer's own max-age is believed within these bounds */
    ANSWERED_AGE_MAX_S = 3600,
};

struct key_fetch {
    struct key_source *source;
    struct arena *arena;
    enum key_discovery_place place;
    char problem[KEY_PROBLEM_SIZE]; /* the first one is the one to tell: the second place is a guess */
};

static void on_metadata(const struct http_answer *answer, void *context);
static void on_keys(const struct http_answer *answer, void *context);

static void fetch_url(struct key_fetch *fetch, struct text url,
                      void (*done)(const struct http_answer *answer, void *context))
{
    static const struct text headers[] = {TEXT("accept: application/json, application/jwk-set+json")};
    struct http_request request = {.url = url,
                                   .headers = headers,
                                   .header_count = 1,
                                   .answer_limit = fetch->source->options.answer_limit,
                                   .timeout_ms = TIMEOUT_MS};
    http_client_send(key_keeper_client(fetch->source->keeper), &request, done, fetch);
}

void key_fetch_begin(struct key_source *source)
{
    struct key_fetch *fetch = calloc(1, sizeof(*fetch));
    INVARIANT(fetch != NULL);
    fetch->source = source;
    fetch->arena = arena_create();
    key_source_begin_fetch(source);
    if (source->kind == ISSUER_KEYS_DISCOVERY)
        fetch_url(fetch, key_discovery_url(fetch->arena, source->url, KEY_DISCOVERY_OPENID), on_metadata);
    else
        fetch_url(fetch, source->url, on_keys);
}

/* --- the end of a fetch --- */

static void on_timer(struct loop_timer *timer)
{
    struct key_source *source = (struct key_source *)((char *)timer - offsetof(struct key_source, timer));
    pthread_mutex_lock(&source->mutex);
    bool is_asked_for = source->is_fetching; /* by a lookup, a moment ago; its end starts the timer again */
    source->is_fetching = true;
    pthread_mutex_unlock(&source->mutex);
    if (!is_asked_for && !key_keeper_drop_unused(source->keeper, source))
        key_fetch_begin(source);
}

/* Up to a tenth earlier, so that sources and gateways that started together drift apart. */
static int64_t jittered(int64_t delay_ms)
{
    uint16_t random;
    random_bytes(&random, sizeof(random));
    return delay_ms - delay_ms / 10 * random / UINT16_MAX;
}

static void dispose(struct key_fetch *fetch)
{
    arena_destroy(fetch->arena);
    free(fetch);
}

static void end(struct key_fetch *fetch, struct key_set *fresh, int64_t delay_ms)
{
    struct key_source *source = fetch->source;
    delay_ms = jittered(delay_ms);
    source->timer.run = on_timer;
    loop_timer_start(key_keeper_loop(source->keeper), &source->timer, delay_ms);
    bool is_wanted_again = key_source_settle(source, fresh, fetch->problem, delay_ms);
    dispose(fetch);
    if (is_wanted_again)
        key_fetch_begin(source);
}

static void fail(struct key_fetch *fetch)
{
    struct key_source *source = fetch->source;
    if (source->keeper == NULL) { /* it is being destroyed, which ended this fetch */
        dispose(fetch);
        return;
    }
    source->backoff_ms = source->backoff_ms == 0 ? BACKOFF_FIRST_MS : 2 * source->backoff_ms;
    if (source->backoff_ms > BACKOFF_LAST_MS)
        source->backoff_ms = BACKOFF_LAST_MS;
    metric_add(METRIC_KEY_REFRESH_FAILURES, 1);
    LOG(LOG_WARNING, "keys_refresh_failed", log_text("source", source->url),
        log_text("problem", text_of(fetch->problem)), log_number("set_age_s", key_source_age_s(source)),
        log_number("retry_ms", source->backoff_ms));
    end(fetch, NULL, source->backoff_ms);
}

/* --- answers --- */

/* False, with the problem noted, for what is not an answer that could carry a document. */
static bool is_document(struct key_fetch *fetch, const struct http_answer *answer, const char *what)
{
    char problem[sizeof(fetch->problem)];
    if (answer->fault != FAULT_NONE)
        snprintf(problem, sizeof(problem), "%s: %s", what, answer->detail);
    else if (answer->status != 200) /* a redirect included: nobody else may say where an issuer's keys are */
        snprintf(problem, sizeof(problem), "%s: status %d", what, answer->status);
    else
        return true;
    if (fetch->problem[0] == '\0')
        memcpy(fetch->problem, problem, sizeof(problem));
    return false;
}

static void note(struct key_fetch *fetch, const char *problem)
{
    if (fetch->problem[0] == '\0')
        snprintf(fetch->problem, sizeof(fetch->problem), "%s", problem);
}

static bool find_keys_uri(struct key_fetch *fetch, const struct http_answer *answer, struct text *jwks_uri)
{
    const char *problem;
    if (!is_document(fetch, answer, "metadata"))
        return false;
    if (key_discovery_read(fetch->arena, answer->body, fetch->source->url, jwks_uri, &problem) == FAULT_NONE)
        return true;
    note(fetch, problem);
    return false;
}

static void on_metadata(const struct http_answer *answer, void *context)
{
    struct key_fetch *fetch = context;
    struct text jwks_uri;
    if (find_keys_uri(fetch, answer, &jwks_uri)) {
        fetch->problem[0] = '\0';
        fetch_url(fetch, jwks_uri, on_keys);
        return;
    }
    /* An issuer that answered but has no OpenID configuration may be a plain OAuth one (RFC 8414 section 5). */
    if (answer->fault != FAULT_NONE || fetch->place == KEY_DISCOVERY_OAUTH) {
        fail(fetch);
        return;
    }
    fetch->place = KEY_DISCOVERY_OAUTH;
    fetch_url(fetch, key_discovery_url(fetch->arena, fetch->source->url, KEY_DISCOVERY_OAUTH), on_metadata);
}

/* NULL if the document is no usable set. The set that is there already is shared when the bytes are the same.
 */
static struct key_set *read_set(struct key_source *source, struct text document)
{
    unsigned char digest[DIGEST_SIZE];
    struct key_set *set;
    digest_sha256(document, digest);
    if (source->set != NULL && memcmp(digest, source->set_digest, DIGEST_SIZE) == 0)
        return key_set_share(source->set);
    if (key_set_read(document, source->rsa_algorithm, &set) != FAULT_NONE)
        return NULL;
    memcpy(source->set_digest, digest, DIGEST_SIZE);
    LOG(LOG_INFO, "keys_changed", log_text("source", source->url),
        log_number("keys", (int64_t)key_set_count(set)));
    return set;
}

static int64_t refresh_delay_ms(const struct key_source *source, int64_t max_age_s)
{
    if (max_age_s < 0)
        return source->options.refresh_s * 1000;
    if (max_age_s < ANSWERED_AGE_MIN_S)
        max_age_s = ANSWERED_AGE_MIN_S;
    if (max_age_s > ANSWERED_AGE_MAX_S)
        max_age_s = ANSWERED_AGE_MAX_S;
    return max_age_s * 1000;
}

static void on_keys(const struct http_answer *answer, void *context)
{
    struct key_fetch *fetch = context;
    struct key_source *source = fetch->source;
    if (!is_document(fetch, answer, "keys")) {
        fail(fetch);
        return;
    }
    struct key_set *set = read_set(source, answer->body);
    if (set == NULL) {
        note(fetch, "keys: not a JWK Set with a usable key, or with a doubled kid");
        fail(fetch);
        return;
    }
    source->backoff_ms = 0;
    metric_add(METRIC_KEY_REFRESHES, 1);
    end(fetch, set, refresh_delay_ms(source, answer->max_age_s));
}
