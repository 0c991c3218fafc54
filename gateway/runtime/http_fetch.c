/* One blocking request: for programs at a prompt, which go where the person says, and for adapters, which go
 * where the guard lets them and stop when nobody waits for them any more. */
#include "http_transfer.h"

#include <string.h>

/* libcurl tells of a host and a port, which a socket in a folder has not. */
static void explain_socket(const struct http_transfer *transfer, struct http_answer *answer)
{
    long why = 0;
    (void)curl_easy_getinfo(transfer->handle.easy, CURLINFO_OS_ERRNO, &why);
    if (why != 0)
        snprintf(answer->detail, sizeof(answer->detail), "%s", strerror((int)why));
}

enum fault http_fetch(const struct http_request *request, const char *unix_socket, const char *ca_file,
                      struct http_answer *answer, struct buffer *body)
{
    struct http_transfer transfer;
    enum fault fault = http_transfer_prepare(&transfer, request, NULL, ca_file);
    struct curl_slist *places =
        request->connect_to != NULL ? curl_slist_append(NULL, request->connect_to) : NULL;
    CURLcode result = CURLE_URL_MALFORMAT;
    if (fault == FAULT_NONE) {
        if (unix_socket != NULL)
            curl_easy_setopt(transfer.handle.easy, CURLOPT_UNIX_SOCKET_PATH, unix_socket);
        curl_easy_setopt(transfer.handle.easy, CURLOPT_CONNECT_TO, places);
        result = curl_easy_perform(transfer.handle.easy);
    }
    *answer = http_transfer_answer(&transfer, result);
    if (fault != FAULT_NONE)
        answer->fault = fault;
    else if (unix_socket != NULL && result == CURLE_COULDNT_CONNECT)
        explain_socket(&transfer, answer);
    buffer_append(body, answer->body);
    answer->body = buffer_text(body);
    answer->content_type = answer->header = TEXT_NONE; /* went with the transfer */
    http_transfer_dispose(&transfer);
    curl_slist_free_all(places);
    return answer->fault;
}

static int on_progress(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    const struct http_watch *watch = context;
    (void)down_total, (void)down, (void)up_total, (void)up;
    return watch->is_over(watch->context) ? 1 : 0;
}

static void set_watch(struct http_transfer *transfer, const struct http_watch *watch)
{
    CURL *easy = transfer->handle.easy;
    if (watch->ca.base != NULL) {
        struct curl_blob blob = {(void *)(uintptr_t)watch->ca.base, watch->ca.length, CURL_BLOB_NOCOPY};
        INVARIANT(curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob) == CURLE_OK);
        INVARIANT(curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK);
    }
    if (watch->is_over != NULL) {
        curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
        curl_easy_setopt(easy, CURLOPT_XFERINFODATA, (void *)(uintptr_t)watch);
        curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    }
}

/* Who asks, by mutual TLS. The blobs outlive the transfer: they are the request's. */
static void set_certificate(CURL *easy, const struct http_request *request)
{
    if (request->certificate.base == NULL)
        return;
    struct curl_blob certificate = {(void *)(uintptr_t)request->certificate.base, request->certificate.length,
                                    CURL_BLOB_NOCOPY};
    struct curl_blob key = {(void *)(uintptr_t)request->private_key.base, request->private_key.length,
                            CURL_BLOB_NOCOPY};
    INVARIANT(curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &certificate) == CURLE_OK);
    INVARIANT(curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key) == CURLE_OK);
}

enum fault http_fetch_watched(const struct http_request *request, const struct http_watch *watch,
                              struct arena *arena, struct http_answer *answer)
{
    INVARIANT(watch->guard != NULL);
    struct http_transfer transfer;
    enum fault fault = http_transfer_prepare(&transfer, request, watch->guard, NULL);
    CURLcode result = CURLE_URL_MALFORMAT;
    if (fault == FAULT_NONE) {
        set_watch(&transfer, watch);
        set_certificate(transfer.handle.easy, request);
        result = curl_easy_perform(transfer.handle.easy);
    }
    *answer = http_transfer_answer(&transfer, result);
    if (fault != FAULT_NONE)
        answer->fault = fault;
    if (result == CURLE_SSL_CERTPROBLEM) /* ours, or its key, is none: trying again will not help */
        answer->fault = FAULT_OUTBOUND_REFUSED;
    answer->body = arena_copy(arena, answer->body);
    if (answer->content_type.base != NULL)
        answer->content_type = arena_copy(arena, answer->content_type);
    if (answer->header.base != NULL)
        answer->header = arena_copy(arena, answer->header);
    http_transfer_dispose(&transfer);
    return answer->fault;
}
