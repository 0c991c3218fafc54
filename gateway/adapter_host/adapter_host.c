/* The table of adapters by name, and the way to the loop of each: what others say is copied into a message. */
#include "adapter_host/adapter_host.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"
#include "program_mint.h"
#include "runtime/broadcast.h"

struct adapter_host {
    struct adapter_host_options options;
    struct loop *loops[BROADCAST_LOOPS_MAX];
    pthread_mutex_t mutex; /* of the table; what it points to stays */
    struct program *programs[ADAPTER_HOST_NAMES_MAX];
    size_t count;
    bool is_closed; /* set when no loop runs any more */
};

enum note_kind { NOTE_CONFIGURE, NOTE_STOP, NOTE_STARTED, NOTE_ENDED, NOTE_REFUSED };

struct note {
    struct loop_message message; /* first */
    enum note_kind kind;
    struct program *program;
    int64_t instance, restarts_in_ms;
    int descriptor;
    struct program_document document;
    size_t length;
    char text[]; /* the document's body, or a detail */
};

const struct adapter_host_options *adapter_host_options_of(const struct adapter_host *host)
{
    return &host->options;
}

bool adapter_host_is_closed(const struct adapter_host *host)
{
    return host->is_closed;
}

/* --- the table --- */

/* Until it has said what it makes, anything may be asked: the question waits for it and is answered then. */
static bool issues(const struct adapter *adapter, struct text token_type_uri)
{
    struct program *program = adapter->context;
    pthread_mutex_lock(&program->mutex);
    bool issues = !program->has_manifest || manifest_find(&program->manifest, token_type_uri) != NULL;
    pthread_mutex_unlock(&program->mutex);
    return issues;
}

static struct text usual_type(const struct adapter *adapter, struct arena *arena)
{
    struct program *program = adapter->context;
    struct text type = TEXT_NONE;
    pthread_mutex_lock(&program->mutex);
    if (program->has_manifest)
        type = arena_copy(arena, manifest_text_of(&program->manifest.credentials[0].type));
    pthread_mutex_unlock(&program->mutex);
    return type;
}

static bool has_outside_effects(const struct adapter *adapter)
{
    struct program *program = adapter->context;
    pthread_mutex_lock(&program->mutex);
    bool has = !program->has_manifest || program->manifest.has_outside_effects;
    pthread_mutex_unlock(&program->mutex);
    return has;
}

static bool is_shared(const struct adapter *adapter)
{
    struct program *program = adapter->context;
    pthread_mutex_lock(&program->mutex);
    bool is_shared = program->has_manifest && program->manifest.shares;
    pthread_mutex_unlock(&program->mutex);
    return is_shared;
}

static bool binds(const struct adapter *adapter)
{
    struct program *program = adapter->context;
    pthread_mutex_lock(&program->mutex);
    bool binds = !program->has_manifest || program->manifest.binds;
    pthread_mutex_unlock(&program->mutex);
    return binds;
}

static bool confirms(const struct adapter *adapter)
{
    struct program *program = adapter->context;
    pthread_mutex_lock(&program->mutex);
    bool confirms = program->has_manifest && program->manifest.confirms;
    pthread_mutex_unlock(&program->mutex);
    return confirms;
}

static struct program *create_program(struct adapter_host *host, struct text name)
{
    struct program *program = calloc(1, sizeof(*program));
    INVARIANT(program != NULL);
    program->host = host;
    program->loop = host->loops[host->count % host->options.loop_count];
    char *copy = malloc(name.length + 1);
    INVARIANT(copy != NULL && pthread_mutex_init(&program->mutex, NULL) == 0);
    memcpy(copy, name.base, name.length);
    program->name = program->state_name = (struct text){copy, name.length};
    if (copy[0] == '~')
        program->state_name = (struct text){copy + 1, name.length - 1};
    program->timer.run = program_on_timer;
    program->adapter = (struct adapter){.name = program->name,
                                        .issues = issues,
                                        .usual_type = usual_type,
                                        .mint = program_mint,
                                        .revoke = program_revoke,
                                        .validate = program_validate,
                                        .connect = program_connect,
                                        .has_outside_effects = has_outside_effects,
                                        .is_shared = is_shared,
                                        .binds = binds,
                                        .confirms = confirms,
                                        .confirm = program_confirm,
                                        .context = program};
    return program;
}

struct program *adapter_host_program(struct adapter_host *host, struct text name)
{
    struct program *found = NULL;
    if (name.length == 0)
        return NULL;
    pthread_mutex_lock(&host->mutex);
    for (size_t i = 0; i < host->count && found == NULL; i++)
        if (text_equal(host->programs[i]->name, name))
            found = host->programs[i];
    if (found == NULL && host->count < ADAPTER_HOST_NAMES_MAX) {
        found = create_program(host, name);
        host->programs[host->count++] = found;
    }
    pthread_mutex_unlock(&host->mutex);
    return found;
}

struct program *adapter_host_nth(struct adapter_host *host, size_t index)
{
    pthread_mutex_lock(&host->mutex);
    struct program *program = index < host->count ? host->programs[index] : NULL;
    pthread_mutex_unlock(&host->mutex);
    return program;
}

const struct adapter *adapter_host_find(void *host, struct text name)
{
    struct program *program = adapter_host_program(host, name);
    return program == NULL ? NULL : &program->adapter;
}

/* --- what others say --- */

static void run_note(struct loop_message *message)
{
    struct note *note = (struct note *)message;
    struct program *program = note->program;
    struct text text = {note->text, note->length};
    note->document.body = text;
    if (adapter_host_is_closed(program->host)) {
        if (note->kind == NOTE_STARTED)
            close(note->descriptor);
    } else {
        switch (note->kind) {
        case NOTE_CONFIGURE:
            program_configure(program, &note->document);
            break;
        case NOTE_STOP:
            program_configure(program, NULL);
            break;
        case NOTE_STARTED:
            program_started(program, text, note->instance, note->descriptor);
            break;
        case NOTE_ENDED:
            program_ended(program, note->instance, note->restarts_in_ms, text);
            break;
        case NOTE_REFUSED:
            program_refused(program, text);
            break;
        }
    }
    free(note);
}

static void post(struct program *program, const struct note *from, struct text text)
{
    struct note *note = malloc(sizeof(*note) + text.length);
    INVARIANT(note != NULL);
    *note = *from;
    note->message.run = run_note;
    note->program = program;
    note->length = text.length;
    if (text.length != 0)
        memcpy(note->text, text.base, text.length);
    loop_post(program->loop, &note->message);
}

void adapter_host_note_started(struct adapter_host *host, struct text name, struct text document,
                               int64_t instance, int descriptor)
{
    struct program *program = adapter_host_program(host, name);
    const struct note note = {.kind = NOTE_STARTED, .instance = instance, .descriptor = descriptor};
    if (program == NULL)
        close(descriptor);
    else
        post(program, &note, document);
}

void adapter_host_note_ended(struct adapter_host *host, struct text name, int64_t instance,
                             int64_t restarts_in_ms, struct text detail)
{
    struct program *program = adapter_host_program(host, name);
    const struct note note = {.kind = NOTE_ENDED, .instance = instance, .restarts_in_ms = restarts_in_ms};
    if (program != NULL)
        post(program, &note, detail);
}

void adapter_host_note_refused(struct adapter_host *host, struct text name, struct text detail)
{
    struct program *program = adapter_host_program(host, name);
    const struct note note = {.kind = NOTE_REFUSED};
    if (program != NULL)
        post(program, &note, detail);
}

/* --- documents --- */

struct program_document program_document_of(const struct document *document)
{
    const struct adapter_document *adapter = &document->adapter;
    return (struct program_document){.body = document->body,
                                     .has_network = adapter->has_network,
                                     .timeout_ms = adapter->timeout_s * 1000,
                                     .in_parallel = (size_t)adapter->in_parallel,
                                     .queue = (size_t)adapter->queue};
}

void adapter_host_configure(struct adapter_host *host, const struct documents *documents)
{
    struct program *program;
    for (size_t i = 0; (program = adapter_host_nth(host, i)) != NULL; i++) {
        const struct document *document = documents_find(documents, DOCUMENT_ADAPTER, program->name);
        bool is_wanted = document != NULL && document->adapter.is_enabled;
        if (!is_wanted && program->name.base[0] != '~')
            post(program, &(struct note){.kind = NOTE_STOP}, TEXT_NONE);
    }
    for (size_t i = 0; i < documents->count; i++) {
        const struct document *document = documents->items[i];
        if (document->kind != DOCUMENT_ADAPTER || !document->adapter.is_enabled)
            continue;
        program = adapter_host_program(host, document->name);
        const struct note note = {.kind = NOTE_CONFIGURE, .document = program_document_of(document)};
        if (program != NULL)
            post(program, &note, document->body);
    }
}

/* --- the host itself --- */

struct adapter_host *adapter_host_create(const struct adapter_host_options *options)
{
    struct adapter_host *host = calloc(1, sizeof(*host));
    INVARIANT(host != NULL && options->loop_count != 0 && options->loop_count <= BROADCAST_LOOPS_MAX);
    host->options = *options;
    memcpy(host->loops, options->loops, options->loop_count * sizeof(host->loops[0]));
    host->options.loops = host->loops;
    INVARIANT(pthread_mutex_init(&host->mutex, NULL) == 0);
    return host;
}

void adapter_host_close(struct adapter_host *host)
{
    host->is_closed = true;
    for (size_t i = 0; i < host->count; i++)
        program_close(host->programs[i]);
}

void adapter_host_destroy(struct adapter_host *host)
{
    if (host == NULL)
        return;
    for (size_t i = 0; i < host->count; i++) {
        struct program *program = host->programs[i];
        pthread_mutex_destroy(&program->mutex);
        free((char *)program->name.base);
        free(program);
    }
    pthread_mutex_destroy(&host->mutex);
    free(host);
}
