/* A queue between the worker's threads and the main one, and a look at least five times a second. */
#include "adapter_programs.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "adapter_host/adapter_host.h"
#include "base/clock.h"
#include "keys/seal.h"
#include "programs/programs.h"
#include "programs/sealed_document.h"

enum { LOOK_MS = 200 };

enum asked { ASKED_START, ASKED_STOP, ASKED_KILL };

struct asking {
    struct asking *next;
    struct arena *arena;
    enum asked asked;
    struct text name, document;
    int64_t instance;
};

struct adapter_programs {
    const struct documents *documents;
    struct programs *programs;
    struct worker *worker; /* while it is served */
    pthread_mutex_t lock;
    struct asking *first, **last;
    int event;
};

/* --- the worker's threads --- */

static void ask(struct adapter_programs *programs, enum asked asked, struct text name, struct text document,
                int64_t instance)
{
    const uint64_t one = 1;
    struct arena *arena = arena_create();
    struct asking *asking = ARENA_NEW(arena, struct asking);
    *asking =
        (struct asking){NULL, arena, asked, arena_copy(arena, name), arena_copy(arena, document), instance};
    pthread_mutex_lock(&programs->lock);
    *programs->last = asking;
    programs->last = &asking->next;
    pthread_mutex_unlock(&programs->lock);
    ssize_t written = write(programs->event, &one, sizeof(one));
    (void)written;
}

static void start(void *context, struct text name, struct text document)
{
    ask(context, ASKED_START, name, document, 0);
}

static void stop(void *context, struct text name)
{
    ask(context, ASKED_STOP, name, TEXT_NONE, 0);
}

static void kill_instance(void *context, struct text name, int64_t instance)
{
    ask(context, ASKED_KILL, name, TEXT_NONE, instance);
}

struct worker_programs adapter_programs_way(struct adapter_programs *programs)
{
    return (struct worker_programs){start, stop, kill_instance, programs};
}

/* --- the main thread --- */

static bool note_started(void *context, pid_t owner, struct text name, struct text document, int64_t instance,
                         bool is_isolated, int descriptor)
{
    struct adapter_programs *programs = context;
    int own = dup(descriptor);
    (void)owner;
    (void)is_isolated; /* the log says it */
    if (own < 0)
        return false;
    adapter_host_note_started(worker_adapter_host(programs->worker), name, document, instance, own);
    return true;
}

static void note_ended(void *context, pid_t owner, struct text name, int64_t instance, int64_t restarts_in_ms,
                       struct text detail)
{
    struct adapter_programs *programs = context;
    (void)owner;
    if (programs->worker != NULL)
        adapter_host_note_ended(worker_adapter_host(programs->worker), name, instance, restarts_in_ms, detail);
}

static void note_refused(void *context, pid_t owner, struct text name, struct text detail)
{
    struct adapter_programs *programs = context;
    (void)owner;
    adapter_host_note_refused(worker_adapter_host(programs->worker), name, detail);
}

static struct secret *derive_key(void *context, struct text adapter, char *detail)
{
    const struct gateway_document *settings =
        documents_gateway(((const struct adapter_programs *)context)->documents);
    struct sealer *sealer = NULL;
    if (sealer_open(settings->sealing.key_file.base, &sealer, detail) != FAULT_NONE)
        return NULL;
    struct secret *key = sealer_derive(sealer, "adapter", adapter);
    sealer_destroy(sealer);
    return key;
}

struct adapter_programs *adapter_programs_create(const struct documents *documents)
{
    struct adapter_programs *programs = calloc(1, sizeof(*programs));
    INVARIANT(programs != NULL);
    const struct programs_listener listener = {note_started, note_ended, note_refused, programs};
    const struct programs_keys keys = {derive_key, programs};
    programs->documents = documents;
    programs->programs = programs_create(&listener, &keys, confinement_layers_of_kernel());
    programs->last = &programs->first;
    programs->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    INVARIANT(programs->event >= 0 && pthread_mutex_init(&programs->lock, NULL) == 0);
    return programs;
}

static struct asking *take_all(struct adapter_programs *programs)
{
    uint64_t count;
    ssize_t length = read(programs->event, &count, sizeof(count));
    (void)length;
    pthread_mutex_lock(&programs->lock);
    struct asking *first = programs->first;
    programs->first = NULL;
    programs->last = &programs->first;
    pthread_mutex_unlock(&programs->lock);
    return first;
}

static void do_one(struct adapter_programs *programs, const struct asking *asking)
{
    int document;
    switch (asking->asked) {
    case ASKED_START:
        document = sealed_document_make(asking->document);
        if (document >= 0)
            programs_start(programs->programs, getpid(), programs->documents, asking->name, document);
        else
            note_refused(programs, getpid(), asking->name, TEXT("there is no memory file to be had for it"));
        break;
    case ASKED_STOP:
        programs_stop(programs->programs, getpid(), asking->name);
        break;
    case ASKED_KILL:
        programs_kill(programs->programs, getpid(), asking->name, asking->instance);
        break;
    }
}

void adapter_programs_serve(struct adapter_programs *programs, struct worker *worker, int until)
{
    struct pollfd waited[2 + PROGRAMS_MAX] = {{.fd = until, .events = POLLIN},
                                              {.fd = programs->event, .events = POLLIN}};
    programs->worker = worker;
    while (waited[0].revents == 0) {
        programs_wait_for(programs->programs, waited + 2);
        if (poll(waited, 2 + PROGRAMS_MAX, LOOK_MS) > 0)
            programs_hear(programs->programs, waited + 2);
        for (struct asking *next, *asking = take_all(programs); asking != NULL; asking = next) {
            next = asking->next;
            do_one(programs, asking);
            arena_destroy(asking->arena);
        }
        programs_reap_all(programs->programs);
        programs_look(programs->programs, clock_monotonic_us());
    }
    programs->worker = NULL;
}

void adapter_programs_destroy(struct adapter_programs *programs)
{
    if (programs == NULL)
        return;
    programs_destroy(programs->programs);
    for (struct asking *next, *asking = take_all(programs); asking != NULL; asking = next) {
        next = asking->next;
        arena_destroy(asking->arena);
    }
    pthread_mutex_destroy(&programs->lock);
    close(programs->event);
    free(programs);
}
