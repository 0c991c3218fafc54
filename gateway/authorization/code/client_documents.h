/* Documents of clients about themselves, fetched through the address guard, remembered a while, asked for once
 * by all who wait. One of these for each loop. Only fetched for a client_id that some Client document lets in,
 * by a request that is whole otherwise. */
#ifndef AUTHORIZATION_CLIENT_DOCUMENTS_H
#define AUTHORIZATION_CLIENT_DOCUMENTS_H

#include "code/client_document.h"
#include "runtime/flow.h"
#include "runtime/http_client.h"

enum {
    CLIENT_DOCUMENTS_MAX = 256, /* remembered */
    CLIENT_DOCUMENTS_FETCHED_AT_ONCE = 16,
    CLIENT_DOCUMENT_TIMEOUT_MS = 5000,
    CLIENT_DOCUMENT_KEPT_S = 300, /* where it does not say for how long */
    CLIENT_DOCUMENT_KEPT_MAX_S = 3600,
    CLIENT_DOCUMENT_PAUSE_S = 60, /* what was not good */
};

struct client_documents;
/* Documents at hosts that the gateway's document names are fetched by client, those of any other host by
 * public_client. */
struct client_documents *client_documents_create(struct http_client *client, struct http_client *public_client);
/* After its clients, which tell whoever waits. */
void client_documents_destroy(struct client_documents *documents);

/* Zeroed but for the arena, in which the result is put, and is_host_named. */
struct client_document_question {
    struct arena *arena;
    bool is_host_named;
    struct flow_wait wait;
    enum fault fault; /* CLIENT_DOCUMENT_REACH, CLIENT_DOCUMENT_ANSWER, OVERLOADED */
    struct client_words words;
    struct client_document_question *next;
};
/* Completes question->wait. On its loop. */
void client_documents_find(struct client_documents *documents, struct text client_id,
                           struct client_document_question *question);
/* Whether it is remembered, so that looking costs nothing. */
bool client_documents_has(const struct client_documents *documents, struct text client_id);

#endif
