/* A trial: the same program under another name, started, initialized, asked how it is, and ended. The outcome
 * is told on the loop that asked. */
#include <stdlib.h>
#include <string.h>

#include "program.h"

struct trial_message {
    struct loop_message message; /* first */
    struct program *program;
    struct adapter_trial *trial;
    struct loop *loop;
    enum fault fault;
    char detail[PROGRAM_DETAIL_SIZE];
};

static void tell_trial(struct loop_message *message)
{
    struct trial_message *told = (struct trial_message *)message;
    struct adapter_trial *trial = told->trial;
    trial->fault = told->fault;
    trial->detail = arena_copy(trial->arena, text_of(told->detail));
    free(told);
    flow_wait_done(&trial->wait);
}

/* The detail is copied now: what it points into may go before it is told. */
static struct trial_message *make_outcome(struct adapter_trial *trial, enum fault fault, struct text detail)
{
    struct trial_message *told = calloc(1, sizeof(*told));
    INVARIANT(told != NULL);
    *told = (struct trial_message){.message = {.run = tell_trial}, .trial = trial, .fault = fault};
    struct text kept = text_beginning(detail, PROGRAM_DETAIL_SIZE - 1);
    if (kept.length != 0)
        memcpy(told->detail, kept.base, kept.length);
    return told;
}

static void send_outcome(const struct program *program, struct trial_message *told, struct loop *loop)
{
    if (adapter_host_is_closed(program->host))
        tell_trial(&told->message);
    else
        loop_post(loop, &told->message);
}

void program_end_trial(struct program *program, enum fault fault, struct text detail)
{
    if (program->trial == NULL)
        return;
    struct trial_message *told = make_outcome(program->trial, fault, detail);
    program->trial = NULL;
    program_configure(program, NULL); /* before anybody hears of it, and may try again */
    send_outcome(program, told, program->trial_loop);
}

static void begin_trial(struct loop_message *message)
{
    struct trial_message *begun = (struct trial_message *)message;
    struct program *program = begun->program;
    struct adapter_trial *trial = begun->trial;
    struct loop *loop = begun->loop;
    free(begun);
    if (adapter_host_is_closed(program->host) || program->trial != NULL) {
        send_outcome(program, make_outcome(trial, FAULT_ADAPTER_BUSY, TEXT("it is being tried already")), loop);
        return;
    }
    const struct program_document document = program_document_of(trial->document);
    program->trial = trial;
    program->trial_loop = loop;
    program_configure(program, &document);
}

void adapter_host_try(struct adapter_host *host, struct adapter_trial *trial)
{
    const struct text parts[] = {TEXT("~"), trial->document->name};
    struct program *program = adapter_host_program(host, arena_join(trial->arena, parts, 2));
    if (program == NULL) {
        trial->fault = FAULT_DOCUMENT_INVALID;
        trial->detail = TEXT("as many adapters as may be are known already");
        flow_wait_done(&trial->wait);
        return;
    }
    struct trial_message *begun = calloc(1, sizeof(*begun));
    INVARIANT(begun != NULL);
    *begun = (struct trial_message){
        .message = {.run = begin_trial}, .program = program, .trial = trial, .loop = loop_current()};
    loop_post(program->loop, &begun->message);
}
