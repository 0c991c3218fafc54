/* adapter-start, -stop, -kill one way, adapter-started, -ended, -refused the other. */
#include "adapter_words.h"

#include <string.h>
#include <unistd.h>

#include "base/buffer.h"

/* --- to a worker --- */

static bool tell(void *context, pid_t owner, const struct buffer *word, const int *descriptors, size_t count)
{
    const struct child *child = workers_find(context, owner);
    return child != NULL &&
           control_send(child->control, text_beginning(buffer_text(word), CONTROL_WORD_SIZE - 1), descriptors,
                        count);
}

static bool tell_started(void *context, pid_t owner, struct text name, struct text document, int64_t instance,
                         bool is_isolated, int descriptor)
{
    SCOPED_BUFFER word = {0};
    buffer_print(&word, "adapter-started %.*s %lld %.*s%s", TEXT_ARGUMENTS(name), (long long)instance,
                 TEXT_ARGUMENTS(document), is_isolated ? "" : " waived");
    return tell(context, owner, &word, &descriptor, 1);
}

static void tell_ended(void *context, pid_t owner, struct text name, int64_t instance, int64_t restarts_in_ms,
                       struct text detail)
{
    SCOPED_BUFFER word = {0};
    buffer_print(&word, "adapter-ended %.*s %lld %lld %.*s", TEXT_ARGUMENTS(name), (long long)instance,
                 (long long)restarts_in_ms, TEXT_ARGUMENTS(detail));
    (void)tell(context, owner, &word, NULL, 0);
}

static void tell_refused(void *context, pid_t owner, struct text name, struct text detail)
{
    SCOPED_BUFFER word = {0};
    buffer_print(&word, "adapter-refused %.*s %.*s", TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(detail));
    (void)tell(context, owner, &word, NULL, 0);
}

struct programs *adapter_words_create(struct workers *workers, struct sealing_keeper *sealing)
{
    const struct programs_keys keys = {sealing_keeper_derive, sealing};
    const struct programs_listener listener = {tell_started, tell_ended, tell_refused, workers};
    return programs_create(&listener, &keys, confinement_layers_of_kernel());
}

/* --- of a worker --- */

/* What a document's metadata.name may be, or "~" and that. */
static bool is_name(struct text name)
{
    if (text_starts_with(name, TEXT("~")))
        name = (struct text){name.base + 1, name.length - 1};
    return document_name_is_well_formed(name);
}

static void take_start(struct programs *programs, pid_t worker, const struct documents *documents,
                       struct text name, const struct control_message *message)
{
    if (is_name(name) && message->descriptor_count == 1) {
        programs_start(programs, worker, documents, name, message->descriptors[0]);
        return;
    }
    for (size_t i = 0; i < message->descriptor_count; i++)
        close(message->descriptors[i]);
}

bool adapter_words_take(struct programs *programs, pid_t worker, const struct documents *documents,
                        const struct control_message *message)
{
    int64_t instance;
    struct text rest = text_of(message->word), word = text_cut(&rest, ' '), name = text_cut(&rest, ' ');
    if (text_is(word, "adapter-start")) {
        take_start(programs, worker, documents, name, message);
        return true;
    }
    if (text_is(word, "adapter-stop") && message->descriptor_count == 0) {
        programs_stop(programs, worker, name);
        return true;
    }
    if (text_is(word, "adapter-kill") && message->descriptor_count == 0) {
        if (text_to_int64(rest, &instance))
            programs_kill(programs, worker, name, instance);
        return true;
    }
    return false;
}
