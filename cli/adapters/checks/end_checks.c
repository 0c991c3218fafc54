/* Checks of how an adapter ends: asked, told, alone. */
#include <signal.h>

#include "expectations.h"

enum { OTHERS_LIMIT_MS = 300, END_LIMIT_MS = 2000 };

static void shut_down(struct trial *trial)
{
    int64_t id = trial_send(trial, "shutdown", TEXT("{}"));
    trial_answer(trial, id, END_LIMIT_MS);
}

static void answers_shutdown(struct trial *trial)
{
    trial_begin(trial);
    shut_down(trial);
}

static void ends_after_shutdown(struct trial *trial)
{
    trial_begin(trial);
    trial_send(trial, "shutdown", TEXT("{}"));
    expect_end(trial, true, "shutdown");
}

/* The gateway waits for nothing any more. */
static void ends_while_busy(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    trial->state->mood = STATE_SILENT;
    trial_send(trial, "mint", order_mint(trial, &order));
    trial_listen(trial, 50);
    trial_send(trial, "shutdown", TEXT("{}"));
    expect_end(trial, false, "shutdown, while it waited for the gateway");
}

static void ends_with_socket(struct trial *trial)
{
    expect_minted(trial, NULL);
    adapter_process_close_socket(&trial->process);
    expect_end(trial, false, "descriptor 3 ended");
}

static void ends_with_socket_before_initialize(struct trial *trial)
{
    trial_launch(trial, false);
    adapter_process_close_socket(&trial->process);
    expect_end(trial, false, "descriptor 3 ended, before it was asked anything");
}

static void ends_with_socket_while_busy(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    trial->state->mood = STATE_SILENT;
    trial_send(trial, "mint", order_mint(trial, &order));
    trial_listen(trial, 50);
    adapter_process_close_socket(&trial->process);
    expect_end(trial, false, "descriptor 3 ended, while it waited for the gateway");
}

static void half_a_line(struct trial *trial)
{
    trial_begin(trial);
    trial_write(trial, TEXT("{\"jsonrpc\":\"2.0\",\"id\":77,\"method\":\"hea"));
    adapter_process_close_socket(&trial->process);
    expect_end(trial, false, "descriptor 3 ended within a line");
}

static void is_terminated(struct trial *trial)
{
    trial_begin(trial);
    if (trial->has_failed)
        return;
    kill(trial->process.id, SIGTERM);
    expect_end(trial, false, "SIGTERM");
}

static void leaves_no_children(struct trial *trial)
{
    expect_minted(trial, NULL);
    adapter_process_close_socket(&trial->process);
    expect_end(trial, false, "descriptor 3 ended");
    trial_expect(trial, trial->has_failed || !adapter_process_left_others(&trial->process, OTHERS_LIMIT_MS),
                 "a process that it started outlives it");
}

const struct adapter_check end_checks[] = {
    {"end.shutdown_is_answered", "Methods of the adapter", NEED_INITIALIZE, "answers shutdown",
     answers_shutdown},
    {"end.after_shutdown", "Methods of the adapter", NEED_INITIALIZE,
     "exits with status 0 within two seconds of shutdown", ends_after_shutdown},
    {"end.after_shutdown_while_busy", "Methods of the adapter", NEED_MINT | ONLY_STATE,
     "exits within two seconds of shutdown also while it waits", ends_while_busy},
    {"end.with_socket", "What ends an adapter", NEED_MINT, "exits when descriptor 3 ends", ends_with_socket},
    {"end.with_socket_before_initialize", "What ends an adapter", 0,
     "exits when descriptor 3 ends before anything was asked", ends_with_socket_before_initialize},
    {"end.with_socket_while_busy", "What ends an adapter", NEED_MINT | ONLY_STATE,
     "exits when descriptor 3 ends while it waits", ends_with_socket_while_busy},
    {"end.half_a_line", "What ends an adapter", NEED_INITIALIZE, "exits when descriptor 3 ends within a line",
     half_a_line},
    {"end.when_terminated", "How it is started", NEED_INITIALIZE, "ends when it is told to by SIGTERM",
     is_terminated},
    {"end.leaves_no_children", "What ends an adapter", NEED_MINT, "leaves no process behind",
     leaves_no_children},
    {.id = NULL},
};
