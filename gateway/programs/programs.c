/* A place for each program; there are few, and what happens to them is rare. */
#include "programs/programs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "process/user_claim.h"
#include "program.h"

/* Once at once, then a tenth of a second, doubled up to half a minute. */
enum { FIRST_DELAY_MS = 100, LONGEST_DELAY_MS = 30 * 1000, SOUND_AFTER_MS = 10 * 1000 };

struct programs {
    struct programs_listener listener;
    struct programs_keys keys;
    struct confinement_layers layers;
    int64_t instances;
    struct program places[PROGRAMS_MAX];
};

struct programs *programs_create(const struct programs_listener *listener, const struct programs_keys *keys,
                                 struct confinement_layers layers)
{
    struct programs *programs = calloc(1, sizeof(*programs));
    INVARIANT(programs != NULL);
    programs->listener = *listener;
    programs->keys = *keys;
    programs->layers = layers;
    return programs;
}

static void forget(struct program *program)
{
    program_plan_drop(&program->plan);
    program_plan_drop(&program->next);
    if (program->claim >= 0)
        close(program->claim);
    *program = (struct program){.state = PROGRAM_NONE, .claim = -1};
}

void programs_destroy(struct programs *programs)
{
    char detail[PROGRAM_DETAIL_SIZE];
    if (programs == NULL)
        return;
    for (size_t i = 0; i < PROGRAMS_MAX; i++) {
        struct program *program = &programs->places[i];
        if (program->state == PROGRAM_RUNNING || program->state == PROGRAM_ENDING) {
            program->state = PROGRAM_ENDING;
            program_child_kill(program->process);
            program_bury(program, detail);
        }
        if (program->state != PROGRAM_NONE)
            forget(program);
    }
    free(programs);
}

static struct program *find(struct programs *programs, pid_t owner, struct text name)
{
    for (size_t i = 0; i < PROGRAMS_MAX; i++) {
        struct program *program = &programs->places[i];
        if (program->state != PROGRAM_NONE && program->owner == owner && text_equal(program->plan.name, name))
            return program;
    }
    return NULL;
}

static void refuse(struct programs *programs, pid_t owner, struct text name, const char *detail)
{
    LOG(LOG_ERROR, "adapter_program_refused", log_text("adapter", name), log_text("reason", text_of(detail)));
    programs->listener.refused(programs->listener.context, owner, name, text_of(detail));
}

/* --- start --- */

/* Told to somebody who cannot hear it, a start is worth nothing. */
static void launch(struct programs *programs, struct program *program)
{
    char detail[PROGRAM_DETAIL_SIZE] = "";
    int socket = -1;
    if (!program_launch(program, &programs->keys, programs->layers, programs->instances + 1, &socket, detail)) {
        refuse(programs, program->owner, program->plan.name, detail);
        forget(program);
        return;
    }
    programs->instances++;
    unsigned char digest[DIGEST_SIZE];
    char document[2 * DIGEST_SIZE + 1];
    digest_sha256(program->plan.body, digest);
    digest_hex(digest, document);
    if (!programs->listener.started(programs->listener.context, program->owner, program->plan.name,
                                    text_of(document), program->instance, program->is_isolated, socket))
        program_child_kill(program->process);
    close(socket);
}

/* In the first free place, whose number is that of its user too, unless another gateway of this machine has
 * that user. */
static void begin(struct programs *programs, pid_t owner, struct program_plan *plan)
{
    bool has_own_user = geteuid() == 0;
    for (unsigned i = 0; i < PROGRAMS_MAX; i++) {
        struct program *program = &programs->places[i];
        if (program->state != PROGRAM_NONE)
            continue;
        int claim = has_own_user ? user_claim_take((uid_t)plan->first_user_id + i) : -1;
        if (has_own_user && claim < 0)
            continue;
        *program = (struct program){.owner = owner,
                                    .plan = *plan,
                                    .next = {.source = -1},
                                    .slot = i,
                                    .claim = claim,
                                    .delay = {FIRST_DELAY_MS, LONGEST_DELAY_MS, SOUND_AFTER_MS, 0},
                                    .output = {.descriptor = -1}};
        launch(programs, program);
        return;
    }
    refuse(programs, owner, plan->name, "as many adapters run as can");
    program_plan_drop(plan);
}

/* What is there already gives way to it first, if it is another. */
static void replace(struct programs *programs, struct program *program, struct program_plan *plan)
{
    if (program->state != PROGRAM_ENDING && text_equal(program->plan.body, plan->body)) {
        program_plan_drop(plan);
        return;
    }
    if (program->state == PROGRAM_WAITING) {
        pid_t owner = program->owner;
        forget(program);
        begin(programs, owner, plan);
        return;
    }
    program_plan_drop(&program->next);
    program->next = *plan;
    program_end(program, clock_monotonic_us());
}

void programs_start(struct programs *programs, pid_t owner, const struct documents *documents, struct text name,
                    int document)
{
    char detail[PROGRAM_DETAIL_SIZE] = "";
    struct program_plan plan;
    struct program *program = find(programs, owner, name);
    if (!program_plan_make(&plan, documents, name, document, detail))
        refuse(programs, owner, name, detail);
    else if (program != NULL)
        replace(programs, program, &plan);
    else
        begin(programs, owner, &plan);
}

/* --- end --- */

static void stop(struct program *program)
{
    program_plan_drop(&program->next);
    if (program->state == PROGRAM_WAITING)
        forget(program);
    else
        program_end(program, clock_monotonic_us());
}

void programs_stop(struct programs *programs, pid_t owner, struct text name)
{
    struct program *program = find(programs, owner, name);
    if (program != NULL)
        stop(program);
}

void programs_kill(struct programs *programs, pid_t owner, struct text name, int64_t instance)
{
    struct program *program = find(programs, owner, name);
    if (program == NULL || program->instance != instance || program->state != PROGRAM_RUNNING)
        return;
    program->is_killed = true;
    program_child_kill(program->process);
}

void programs_note_draining(struct programs *programs, pid_t owner)
{
    for (size_t i = 0; i < PROGRAMS_MAX; i++) {
        struct program *program = &programs->places[i];
        if (program->state == PROGRAM_NONE || program->owner != owner)
            continue;
        program->is_owner_draining = true;
        if (program->state == PROGRAM_WAITING)
            forget(program);
    }
}

void programs_note_gone(struct programs *programs, pid_t owner)
{
    for (size_t i = 0; i < PROGRAMS_MAX; i++) {
        struct program *program = &programs->places[i];
        if (program->state == PROGRAM_NONE || program->owner != owner)
            continue;
        program->is_owner_gone = true;
        stop(program);
    }
}

/* --- death --- */

static void tell_end(struct programs *programs, const struct program *program, int64_t restarts_in_ms,
                     const char *detail)
{
    if (!program->is_owner_gone)
        programs->listener.ended(programs->listener.context, program->owner, program->plan.name,
                                 program->instance, restarts_in_ms, text_of(detail));
}

/* Its place is empty then, and what was to come after it has a new one. */
static void conclude(struct programs *programs, struct program *program, const char *detail)
{
    struct program_plan next = program->next;
    pid_t owner = program->owner;
    bool has_next = next.arena != NULL && !program->is_owner_gone;
    tell_end(programs, program, has_next ? 0 : -1, detail);
    if (has_next)
        program->next = (struct program_plan){.source = -1};
    forget(program);
    if (has_next)
        begin(programs, owner, &next);
}

static void note_death(struct programs *programs, struct program *program)
{
    char detail[PROGRAM_DETAIL_SIZE];
    bool is_wanted = program->state == PROGRAM_RUNNING && !program->is_owner_draining;
    int64_t now_us = clock_monotonic_us();
    program_bury(program, detail);
    if (!is_wanted) {
        conclude(programs, program, detail);
        return;
    }
    int64_t delay_ms = restart_delay_after(&program->delay, (now_us - program->started_us) / 1000);
    program->state = PROGRAM_WAITING;
    program->due_us = now_us + 1000 * delay_ms;
    tell_end(programs, program, delay_ms, detail);
}

bool programs_reap(struct programs *programs, pid_t process)
{
    for (size_t i = 0; i < PROGRAMS_MAX; i++) {
        struct program *program = &programs->places[i];
        if ((program->state == PROGRAM_RUNNING || program->state == PROGRAM_ENDING) &&
            program->process == process) {
            note_death(programs, program);
            return true;
        }
    }
    return false;
}

void programs_reap_all(struct programs *programs)
{
    for (size_t i = 0; i < PROGRAMS_MAX; i++) {
        struct program *program = &programs->places[i];
        siginfo_t died = {0};
        if ((program->state == PROGRAM_RUNNING || program->state == PROGRAM_ENDING) &&
            waitid(P_PID, (id_t)program->process, &died, WEXITED | WNOHANG | WNOWAIT) == 0 && died.si_pid != 0)
            note_death(programs, program);
    }
}

/* --- watching --- */

void programs_wait_for(const struct programs *programs, struct pollfd *waited)
{
    int64_t now_us = clock_monotonic_us();
    for (size_t i = 0; i < PROGRAMS_MAX; i++) {
        const struct program *program = &programs->places[i];
        bool is_heard = program->state != PROGRAM_NONE && program->output.paused_until_us <= now_us;
        waited[i] = (struct pollfd){.fd = is_heard ? program->output.descriptor : -1, .events = POLLIN};
    }
}

void programs_hear(struct programs *programs, const struct pollfd *waited)
{
    for (size_t i = 0; i < PROGRAMS_MAX; i++) {
        struct program *program = &programs->places[i];
        if (waited[i].revents != 0 && program->output.descriptor == waited[i].fd)
            program_output_read(&program->output, program->plan.adapter, clock_monotonic_us());
    }
}

static int64_t sooner(int64_t one_us, int64_t other_us)
{
    if (one_us == 0 || other_us == 0)
        return one_us + other_us;
    return one_us < other_us ? one_us : other_us;
}

int64_t programs_next_look_us(const struct programs *programs)
{
    int64_t next_us = 0, now_us = clock_monotonic_us();
    for (size_t i = 0; i < PROGRAMS_MAX; i++) {
        const struct program *program = &programs->places[i];
        if (program->state == PROGRAM_NONE)
            continue;
        next_us = sooner(next_us, program->due_us);
        if (program->output.descriptor >= 0 && program->output.paused_until_us > now_us)
            next_us = sooner(next_us, program->output.paused_until_us);
    }
    return next_us;
}

void programs_look(struct programs *programs, int64_t now_us)
{
    for (size_t i = 0; i < PROGRAMS_MAX; i++) {
        struct program *program = &programs->places[i];
        if (program->due_us == 0 || program->due_us > now_us)
            continue;
        program->due_us = 0;
        if (program->state == PROGRAM_WAITING)
            launch(programs, program);
        else if (program->state == PROGRAM_ENDING)
            program_child_kill(program->process);
    }
}

bool programs_are_none(const struct programs *programs)
{
    for (size_t i = 0; i < PROGRAMS_MAX; i++)
        if (programs->places[i].state != PROGRAM_NONE)
            return false;
    return true;
}

/* --- another program in our place --- */

void programs_keep_over_exec(struct programs *programs, bool are_kept)
{
    for (size_t i = 0; i < PROGRAMS_MAX; i++) {
        struct program *program = &programs->places[i];
        const int kept[] = {program->plan.source, program->next.source, program->output.descriptor,
                            program->claim};
        for (size_t k = 0; program->state != PROGRAM_NONE && k < sizeof(kept) / sizeof(kept[0]); k++)
            if (kept[k] >= 0)
                fcntl(kept[k], F_SETFD, are_kept ? 0 : FD_CLOEXEC);
    }
}

static void write_one(struct buffer *out, const struct program *program, const struct program_plan *plan,
                      bool is_running)
{
    buffer_print(out, "adapter %.*s %lld %lld %lld %u %lld %d %d %d\n", TEXT_ARGUMENTS(plan->name),
                 (long long)program->owner, is_running ? (long long)program->process : -1LL,
                 (long long)program->instance, program->slot, (long long)program->started_us,
                 is_running ? program->output.descriptor : -1, plan->source, program->claim);
}

/* What is ending has had its time. */
void programs_write_state(struct programs *programs, struct buffer *out)
{
    buffer_print(out, "adapter = %lld\n", (long long)programs->instances);
    for (size_t i = 0; i < PROGRAMS_MAX; i++) {
        const struct program *program = &programs->places[i];
        bool is_ending = program->state == PROGRAM_ENDING;
        if (is_ending)
            program_child_kill(program->process);
        if (is_ending && program->has_own_user)
            program_child_kill_user(program_user(program));
        if (is_ending && program->next.arena != NULL)
            write_one(out, program, &program->next, false);
        else if (!is_ending && program->state != PROGRAM_NONE)
            write_one(out, program, &program->plan, program->state == PROGRAM_RUNNING);
    }
}

/* The clock of started_us is the machine's and goes on. */
static void take_program(struct programs *programs, const struct documents *documents, struct text name,
                         const int64_t numbers[8])
{
    char detail[PROGRAM_DETAIL_SIZE];
    struct program_plan plan;
    struct program *program = &programs->places[numbers[3]];
    for (size_t i = 5; i < 8; i++)
        if (numbers[i] >= 0)
            fcntl((int)numbers[i], F_SETFD, FD_CLOEXEC);
    if (!program_plan_make(&plan, documents, name, (int)numbers[6], detail)) {
        if (numbers[1] > 0)
            program_child_kill((pid_t)numbers[1]);
        if (numbers[7] >= 0)
            close((int)numbers[7]);
        return;
    }
    *program = (struct program){.state = numbers[1] > 0 ? PROGRAM_RUNNING : PROGRAM_WAITING,
                                .due_us = numbers[1] > 0 ? 0 : clock_monotonic_us(),
                                .owner = (pid_t)numbers[0],
                                .process = (pid_t)numbers[1],
                                .plan = plan,
                                .next = {.source = -1},
                                .instance = numbers[2],
                                .slot = (unsigned)numbers[3],
                                .claim = (int)numbers[7],
                                .started_us = numbers[4],
                                .has_own_user = geteuid() == 0,
                                .delay = {FIRST_DELAY_MS, LONGEST_DELAY_MS, SOUND_AFTER_MS, 0},
                                .output = {.descriptor = (int)numbers[5]}};
}

void programs_take_state(struct programs *programs, const struct documents *documents, struct text line)
{
    int64_t numbers[8];
    struct text name = text_cut(&line, ' ');
    if (text_is(name, "=")) {
        (void)text_to_int64(line, &programs->instances);
        return;
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct text number = text_cut(&line, ' ');
        if (!text_to_int64(number, &numbers[i]))
            return;
    }
    if (numbers[3] >= 0 && numbers[3] < PROGRAMS_MAX && programs->places[numbers[3]].state == PROGRAM_NONE)
        take_program(programs, documents, name, numbers);
}
