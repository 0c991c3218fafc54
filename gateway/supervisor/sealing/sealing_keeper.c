/* Files and credentials are read at each need and never kept: whoever takes them away has taken them away. What
 * cannot be asked for at will is kept in locked memory, so that a worker or an adapter that dies does not wait
 * for a key management service or a person (decision 0072). */
#include "sealing_keeper.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "keys/seal.h"
#include "keys/sealing_key.h"

enum { FIRST_DELAY_MS = 500, LONGEST_DELAY_MS = 30 * 1000 };

void sealing_keeper_init(struct sealing_keeper *keeper)
{
    *keeper = (struct sealing_keeper){.arena = arena_create(),
                                      .command = {.output = -1, .errors = -1},
                                      .since_s = clock_wall_s(),
                                      .delay = {FIRST_DELAY_MS, LONGEST_DELAY_MS, 1, FIRST_DELAY_MS}};
}

void sealing_keeper_end(struct sealing_keeper *keeper)
{
    sealing_command_end(&keeper->command);
    secret_destroy(keeper->kept);
    arena_destroy(keeper->arena);
    *keeper = (struct sealing_keeper){.command = {.output = -1, .errors = -1}};
}

static struct text_list copy_list(struct arena *arena, const struct text_list *list)
{
    struct text_list copy = {ARENA_ARRAY(arena, struct text, list->count + 1), list->count};
    for (size_t i = 0; i < list->count; i++)
        copy.items[i] = arena_copy(arena, list->items[i]);
    return copy;
}

static void copy_settings(struct sealing_keeper *keeper, const struct sealing_document *settings)
{
    struct arena *arena = arena_create();
    keeper->settings = *settings;
    keeper->settings.key_file = arena_copy(arena, settings->key_file);
    keeper->settings.credential = arena_copy(arena, settings->credential);
    keeper->settings.environment = arena_copy(arena, settings->environment);
    keeper->settings.command = copy_list(arena, &settings->command);
    keeper->settings.command_environment = copy_list(arena, &settings->command_environment);
    arena_destroy(keeper->arena);
    keeper->arena = arena;
}

/* --- having it --- */

static void keep(struct sealing_keeper *keeper, struct secret *key, bool is_of_operator)
{
    secret_destroy(keeper->kept);
    keeper->kept = key;
    keeper->is_of_operator = is_of_operator;
}

void sealing_keeper_ask(struct sealing_keeper *keeper, const struct sealing_document *settings)
{
    copy_settings(keeper, settings);
    keeper->next_us = 0;
    if (sealing_source_of(settings) == SEALING_COMMAND && keeper->kept == NULL && keeper->command.process == 0)
        (void)sealing_command_start(&keeper->command, &keeper->settings, keeper->failure);
}

void sealing_keeper_resume(struct sealing_keeper *keeper, const struct sealing_document *settings, bool has_key)
{
    copy_settings(keeper, settings);
    sealing_keeper_note(keeper, has_key);
}

bool sealing_keeper_is_busy(const struct sealing_keeper *keeper)
{
    return keeper->command.process > 0;
}

bool sealing_keeper_reap(struct sealing_keeper *keeper, pid_t process)
{
    struct secret *key = NULL;
    if (!sealing_command_reap(&keeper->command, process, &key, keeper->failure))
        return false;
    if (key != NULL)
        keep(keeper, key, false);
    return true;
}

static struct secret *copy_kept(const struct sealing_keeper *keeper)
{
    return keeper->kept == NULL ? NULL : secret_create(secret_bytes(keeper->kept), secret_length(keeper->kept));
}

/* Behind what an operator gave a source is asked all the same: it may be back. */
struct secret *sealing_keeper_key(struct sealing_keeper *keeper)
{
    struct secret *key = NULL;
    switch (sealing_source_of(&keeper->settings)) {
    case SEALING_KEY_FILE:
    case SEALING_CREDENTIAL:
        key = sealing_source_read(&keeper->settings, keeper->failure);
        break;
    case SEALING_ENVIRONMENT:
        if (keeper->kept == NULL && (key = sealing_source_read(&keeper->settings, keeper->failure)) != NULL)
            keep(keeper, key, false);
        key = NULL;
        break;
    case SEALING_COMMAND:
        break;
    case SEALING_MANUAL:
        if (keeper->kept == NULL && keeper->failure[0] == '\0')
            snprintf(keeper->failure, sizeof(keeper->failure),
                     "an operator has to give the key: dragoman unseal on this host");
        break;
    }
    return key != NULL ? key : copy_kept(keeper);
}

void sealing_keeper_take(struct sealing_keeper *keeper, struct secret *key, bool is_of_operator)
{
    keep(keeper, key, is_of_operator);
}

static void plan_next(struct sealing_keeper *keeper)
{
    bool comes_by_itself = sealing_source_of(&keeper->settings) != SEALING_MANUAL;
    keeper->next_us =
        comes_by_itself ? clock_monotonic_us() + 1000 * restart_delay_after(&keeper->delay, -1) : 0;
}

void sealing_keeper_refuse(struct sealing_keeper *keeper, const char *why)
{
    keep(keeper, NULL, false);
    snprintf(keeper->failure, sizeof(keeper->failure), "%s", why);
    plan_next(keeper);
}

void sealing_keeper_note(struct sealing_keeper *keeper, bool has_key)
{
    if (has_key != keeper->had_key)
        keeper->since_s = clock_wall_s();
    keeper->had_key = has_key;
    if (!has_key) {
        plan_next(keeper);
        LOG(LOG_ERROR, "sealed", log_text("source", text_of(sealing_keeper_source(keeper))),
            log_text("reason", text_of(keeper->failure)));
        return;
    }
    keeper->failure[0] = '\0';
    keeper->next_us = 0;
    keeper->delay.next_ms = FIRST_DELAY_MS;
}

const char *sealing_keeper_source(const struct sealing_keeper *keeper)
{
    return keeper->is_of_operator ? "operator" : sealing_source_name(sealing_source_of(&keeper->settings));
}

struct secret *sealing_keeper_derive(void *context, struct text adapter, char *detail)
{
    struct sealing_keeper *keeper = context;
    struct secret *key = sealing_keeper_key(keeper);
    if (key == NULL) {
        snprintf(detail, SEALING_KEY_DETAIL_SIZE, "%.250s", keeper->failure);
        return NULL;
    }
    struct sealer *sealer = sealer_create(key);
    struct secret *derived = sealer_derive(sealer, "adapter", adapter);
    sealer_destroy(sealer);
    return derived;
}

/* --- on its way --- */

int sealing_key_pipe(const struct secret *key)
{
    int ends[2];
    if (key == NULL || secret_length(key) != SEALING_KEY_SIZE || pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    ssize_t written = write(ends[1], secret_bytes(key), SEALING_KEY_SIZE);
    close(ends[1]);
    if (written == SEALING_KEY_SIZE)
        return ends[0];
    close(ends[0]);
    return -1;
}

struct secret *sealing_key_from_pipe(int descriptor)
{
    unsigned char bytes[SEALING_KEY_SIZE];
    fcntl(descriptor, F_SETFL, O_NONBLOCK); /* whoever sent it wrote first */
    struct secret *key =
        read(descriptor, bytes, sizeof(bytes)) == SEALING_KEY_SIZE ? secret_create(bytes, sizeof(bytes)) : NULL;
    close(descriptor);
    secret_wipe(bytes, sizeof(bytes));
    return key;
}
