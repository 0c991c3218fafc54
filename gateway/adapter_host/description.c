/* How every adapter is, for people: a walk over all loops, each of which writes down its own. */
#include <stdlib.h>

#include "program.h"

struct description {
    struct loop_message message; /* first */
    struct adapter_host *host;
    struct adapter_status *status;
    struct loop *loop; /* that asked */
    size_t at;         /* the place of the loop that writes now */
    struct buffer json;
    struct json_writer writer;
};

static struct text state_of(const struct program *program)
{
    static const char *const names[] = {[PROGRAM_ABSENT] = "absent",
                                        [PROGRAM_STARTING] = "starting",
                                        [PROGRAM_RUNNING] = "running",
                                        [PROGRAM_ENDED] = "ended",
                                        [PROGRAM_REFUSED] = "refused"};
    bool is_paused = program->state == PROGRAM_RUNNING && program->breaker.is_open;
    return is_paused ? TEXT("paused") : text_of(names[program->state]);
}

static void write_program(struct json_writer *writer, const struct program *program)
{
    static const char *const healths[] = {"unknown", "good", "degraded", "bad"};
    json_begin_object(writer);
    json_member_text(writer, "name", program->name);
    json_member_text(writer, "state", state_of(program));
    json_member_integer(writer, "instance", program->instance);
    if (program->has_manifest) {
        json_name(writer, TEXT("manifest"));
        manifest_write(&program->manifest, writer);
    }
    json_member_text(writer, "health", text_of(healths[program->health]));
    json_member_integer(writer, "waiting", (int64_t)program->waiting);
    json_member_integer(writer, "in_flight", (int64_t)program->in_flight);
    json_member_integer(writer, "calls", program->calls);
    json_member_integer(writer, "failures", program->failures);
    json_member_integer(writer, "restarts", program->restarts);
    json_member_text(writer, "detail", text_of(program->detail));
    json_end_object(writer);
}

static void tell(struct loop_message *message)
{
    struct description *description = (struct description *)message;
    struct adapter_status *status = description->status;
    json_end_array(&description->writer);
    status->json = arena_copy(status->arena, buffer_text(&description->json));
    buffer_dispose(&description->json);
    free(description);
    flow_wait_done(&status->wait);
}

/* What is not in force any more, trials above all, is left out. */
static void write_own(struct loop_message *message)
{
    struct description *description = (struct description *)message;
    const struct adapter_host_options *options = adapter_host_options_of(description->host);
    struct program *program;
    for (size_t i = 0; (program = adapter_host_nth(description->host, i)) != NULL; i++)
        if (program->loop == options->loops[description->at] && program->state != PROGRAM_ABSENT)
            write_program(&description->writer, program);
    description->at++;
    bool is_last = description->at == options->loop_count;
    if (is_last || adapter_host_is_closed(description->host)) {
        description->message.run = tell;
        if (adapter_host_is_closed(description->host))
            tell(message);
        else
            loop_post(description->loop, message);
        return;
    }
    loop_post(options->loops[description->at], message);
}

void adapter_host_describe(struct adapter_host *host, struct adapter_status *status)
{
    struct description *description = calloc(1, sizeof(*description));
    INVARIANT(description != NULL);
    *description = (struct description){
        .message = {.run = write_own}, .host = host, .status = status, .loop = loop_current()};
    description->writer = json_writer_on(&description->json);
    json_begin_array(&description->writer);
    loop_post(adapter_host_options_of(host)->loops[0], &description->message);
}
