/* Only the loop of the client looks at these, so nothing is locked. What finds no place takes that of whatever
 * ends first; what is being fetched keeps its place. */
#include "code/client_documents.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

struct remembered {
    struct arena *arena; /* of all that it has */
    struct text client_id;
    struct client_words words;
    enum fault fault;
    int64_t until_us; /* monotonic */
    bool is_fetching;
    struct client_documents *all;
    struct client_document_question *waiting;
    struct remembered *next;
};

struct client_documents {
    struct http_client *client, *public_client;
    struct remembered *first;
    size_t count, fetching;
};

struct client_documents *client_documents_create(struct http_client *client, struct http_client *public_client)
{
    struct client_documents *documents = calloc(1, sizeof(*documents));
    INVARIANT(documents != NULL);
    documents->client = client;
    documents->public_client = public_client;
    return documents;
}

static void forget(struct client_documents *documents, struct remembered **link)
{
    struct remembered *one = *link;
    *link = one->next;
    documents->count--;
    arena_destroy(one->arena);
    free(one);
}

void client_documents_destroy(struct client_documents *documents)
{
    if (documents == NULL)
        return;
    while (documents->first != NULL)
        forget(documents, &documents->first);
    free(documents);
}

/* --- remembering --- */

static struct remembered *find(const struct client_documents *documents, struct text client_id, int64_t now_us)
{
    for (struct remembered *one = documents->first; one != NULL; one = one->next)
        if (text_equal(one->client_id, client_id) && (one->is_fetching || one->until_us > now_us))
            return one;
    return NULL;
}

static void make_room(struct client_documents *documents)
{
    struct remembered **earliest = NULL;
    if (documents->count < CLIENT_DOCUMENTS_MAX)
        return;
    for (struct remembered **link = &documents->first; *link != NULL; link = &(*link)->next)
        if (!(*link)->is_fetching && (earliest == NULL || (*link)->until_us < (*earliest)->until_us))
            earliest = link;
    if (earliest != NULL) /* fewer are fetched at once than are remembered */
        forget(documents, earliest);
}

/* What is out of date and known by the same name goes. */
static void drop(struct client_documents *documents, struct text client_id)
{
    for (struct remembered **link = &documents->first; *link != NULL; link = &(*link)->next)
        if (text_equal((*link)->client_id, client_id)) {
            forget(documents, link);
            return;
        }
}

static struct remembered *add(struct client_documents *documents, struct text client_id)
{
    struct remembered *one = calloc(1, sizeof(*one));
    INVARIANT(one != NULL);
    drop(documents, client_id);
    make_room(documents);
    one->arena = arena_create();
    one->client_id = arena_copy(one->arena, client_id);
    one->all = documents;
    one->next = documents->first;
    documents->first = one;
    documents->count++;
    return one;
}

static struct text copy(struct arena *arena, struct text text)
{
    return text.base == NULL ? TEXT_NONE : arena_copy(arena, text);
}

static void complete(const struct remembered *one, struct client_document_question *question)
{
    question->fault = one->fault;
    question->words = (struct client_words){0};
    if (one->fault != FAULT_NONE)
        return;
    question->words.name = copy(question->arena, one->words.name);
    question->words.redirect_count = one->words.redirect_count;
    for (size_t i = 0; i < one->words.redirect_count; i++)
        question->words.redirect_uris[i] = copy(question->arena, one->words.redirect_uris[i]);
}

/* --- fetching --- */

static enum fault read_answer(struct remembered *one, const struct http_answer *answer, const char **problem)
{
    *problem = answer->detail;
    if (answer->fault != FAULT_NONE)
        return FAULT_CLIENT_DOCUMENT_REACH;
    *problem = "the status is not 200";
    if (answer->status != 200) /* a redirect included: nobody else may say who it is */
        return answer->status >= 500 ? FAULT_CLIENT_DOCUMENT_REACH : FAULT_CLIENT_DOCUMENT_ANSWER;
    *problem = "it is not application/json";
    if (!text_is_media_type(answer->content_type, TEXT("application/json")))
        return FAULT_CLIENT_DOCUMENT_ANSWER;
    return client_document_read(one->arena, answer->body, one->client_id, &one->words, problem);
}

/* What was not good is remembered shortly: nobody makes us ask on and on. */
static int64_t kept_s(enum fault fault, int64_t max_age_s)
{
    if (fault != FAULT_NONE)
        return CLIENT_DOCUMENT_PAUSE_S;
    if (max_age_s < 0)
        return CLIENT_DOCUMENT_KEPT_S;
    return max_age_s < CLIENT_DOCUMENT_KEPT_MAX_S ? max_age_s : CLIENT_DOCUMENT_KEPT_MAX_S;
}

static void on_document(const struct http_answer *answer, void *context)
{
    struct remembered *one = context;
    const char *problem;
    one->fault = read_answer(one, answer, &problem);
    one->is_fetching = false;
    one->all->fetching--;
    one->until_us = clock_monotonic_us() + kept_s(one->fault, answer->max_age_s) * 1000000;
    if (one->fault != FAULT_NONE)
        LOG(LOG_WARNING, "client_document_refused", log_text("client", one->client_id),
            log_text("problem", text_of(problem)));
    struct client_document_question *waiting = one->waiting;
    one->waiting = NULL;
    for (struct client_document_question *each = waiting; each != NULL; each = each->next)
        complete(one, each);
    while (waiting != NULL) { /* whoever is told may be gone then */
        struct client_document_question *each = waiting;
        waiting = each->next;
        flow_wait_done(&each->wait);
    }
}

/* What the operator excepts from the address guard is for hosts that the operator knows: whoever comes with a
 * URL of their own would have us ask around inside. */
static void fetch(struct client_documents *documents, struct remembered *one, bool is_host_named)
{
    const struct text accept = TEXT("accept: application/json");
    const struct http_request request = {.url = one->client_id,
                                         .headers = &accept,
                                         .header_count = 1,
                                         .answer_limit = CLIENT_DOCUMENT_BYTES_MAX,
                                         .timeout_ms = CLIENT_DOCUMENT_TIMEOUT_MS};
    one->is_fetching = true;
    documents->fetching++;
    http_client_send(is_host_named ? documents->client : documents->public_client, &request, on_document, one);
}

void client_documents_find(struct client_documents *documents, struct text client_id,
                           struct client_document_question *question)
{
    int64_t now_us = clock_monotonic_us();
    struct remembered *one = find(documents, client_id, now_us);
    bool is_new = one == NULL;
    if (is_new && documents->fetching == CLIENT_DOCUMENTS_FETCHED_AT_ONCE) {
        question->fault = FAULT_OVERLOADED;
        flow_wait_done(&question->wait);
        return;
    }
    if (is_new)
        one = add(documents, client_id);
    else if (!one->is_fetching) {
        complete(one, question);
        flow_wait_done(&question->wait);
        return;
    }
    question->next = one->waiting;
    one->waiting = question;
    if (is_new)
        fetch(documents, one, question->is_host_named);
}

bool client_documents_has(const struct client_documents *documents, struct text client_id)
{
    return find(documents, client_id, clock_monotonic_us()) != NULL;
}
