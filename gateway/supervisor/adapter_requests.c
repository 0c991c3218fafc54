/* Each request is one message, so that threads need nothing to keep them apart. */
#include "adapter_requests.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adapter_host/adapter_host.h"
#include "base/log.h"
#include "programs/sealed_document.h"
#include "runtime/metrics.h"

/* --- to the supervisor --- */

static void ask(struct text name, const char *word, const int *descriptors, size_t count)
{
    if (!control_send(CONTROL_DESCRIPTOR, text_of(word), descriptors, count))
        LOG(LOG_ERROR, "adapter_not_asked_for", log_text("adapter", name), log_text("word", text_of(word)),
            log_text("reason", text_of(strerror(errno))));
}

static void start(void *context, struct text name, struct text document)
{
    char word[CONTROL_WORD_SIZE];
    int sealed = sealed_document_make(document);
    (void)context;
    if (sealed < 0) {
        LOG(LOG_ERROR, "adapter_not_asked_for", log_text("adapter", name),
            log_text("reason", text_of(strerror(errno))));
        return;
    }
    snprintf(word, sizeof(word), "adapter-start %.*s", TEXT_ARGUMENTS(name));
    ask(name, word, &sealed, 1);
    close(sealed);
}

static void stop(void *context, struct text name)
{
    char word[CONTROL_WORD_SIZE];
    (void)context;
    snprintf(word, sizeof(word), "adapter-stop %.*s", TEXT_ARGUMENTS(name));
    ask(name, word, NULL, 0);
}

static void kill_instance(void *context, struct text name, int64_t instance)
{
    char word[CONTROL_WORD_SIZE];
    (void)context;
    snprintf(word, sizeof(word), "adapter-kill %.*s %lld", TEXT_ARGUMENTS(name), (long long)instance);
    ask(name, word, NULL, 0);
}

const struct worker_programs adapter_requests = {start, stop, kill_instance, NULL};

/* --- of the supervisor --- */

static void hear_started(struct adapter_host *host, struct text name, struct text rest,
                         const struct control_message *message)
{
    int64_t instance;
    struct text number = text_cut(&rest, ' '), document = text_cut(&rest, ' ');
    if (message->descriptor_count == 1 && text_to_int64(number, &instance)) {
        metric_add(METRIC_ADAPTER_STARTS, 1);
        metric_add(METRIC_ADAPTER_STARTS_WAIVED, text_is(rest, "waived"));
        adapter_host_note_started(host, name, document, instance, message->descriptors[0]);
        return;
    }
    for (size_t i = 0; i < message->descriptor_count; i++)
        close(message->descriptors[i]);
}

static void hear_ended(struct adapter_host *host, struct text name, struct text rest)
{
    int64_t instance, restarts_in_ms;
    struct text first = text_cut(&rest, ' '), second = text_cut(&rest, ' ');
    if (text_to_int64(first, &instance) && text_to_int64(second, &restarts_in_ms))
        adapter_host_note_ended(host, name, instance, restarts_in_ms, rest);
}

bool adapter_requests_hear(struct worker *worker, const struct control_message *message)
{
    struct adapter_host *host = worker_adapter_host(worker);
    struct text rest = text_of(message->word), word = text_cut(&rest, ' '), name = text_cut(&rest, ' ');
    if (text_is(word, "adapter-started"))
        hear_started(host, name, rest, message);
    else if (text_is(word, "adapter-ended"))
        hear_ended(host, name, rest);
    else if (text_is(word, "adapter-refused"))
        adapter_host_note_refused(host, name, rest);
    else
        return false;
    return true;
}
