/* One check's conversation with the program: what is sent and awaited, and what comes meanwhile (its own
 * requests are answered, its logs kept). Failing is sticky: after the first nothing is sent and every answer is
 * NULL. */
#ifndef CLI_ADAPTERS_CONVERSATION_H
#define CLI_ADAPTERS_CONVERSATION_H

#include "kit.h"

/* The first sentence counts. */
void trial_fail(struct trial *trial, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Fails with the sentence where the condition does not hold; answers the condition. */
bool trial_expect(struct trial *trial, bool condition, const char *sentence);
void trial_skip(struct trial *trial, const char *why); /* not applicable after all */

/* Starts a process; again ends the one before, and its requests are forgotten. The state stays. */
void trial_launch(struct trial *trial, bool has_input);
/* The supervisor's line, with settings of the program's own document (TEXT_NONE: none). */
struct text trial_start_line(struct trial *trial, struct text settings, const char *more);
void trial_send_start(struct trial *trial);
/* Launched, started, initialized; NULL if that fails. */
const struct json_value *trial_initialize(struct trial *trial);
/* The same, and connected where minting needs it. */
void trial_begin(struct trial *trial);

/* Bytes as they are. Waits while the program reads slowly; fails if it never does. */
void trial_write(struct trial *trial, struct text bytes);
/* A request's line, without sending it; params is JSON. *id gets its id. */
struct text trial_request(struct trial *trial, const char *method, struct text params, int64_t *id);
int64_t trial_send(struct trial *trial, const char *method, struct text params);
void trial_cancel(struct trial *trial, int64_t id);

/* The answer to a request; fails if it does not come in time. */
const struct answer *trial_answer(struct trial *trial, int64_t id, int64_t limit_ms);
/* In the time of --timeout and two seconds. */
const struct answer *trial_ask(struct trial *trial, const char *method, struct text params);
/* Its result; fails if it is an error. */
const struct json_value *trial_result(struct trial *trial, const char *method, struct text params);
const struct json_value *trial_result_of(struct trial *trial, const struct answer *answer);
/* One is there by now, or NULL; neither waits nor fails. */
const struct answer *trial_find_answer(const struct trial *trial, int64_t id);
/* Takes in whatever comes in this time. */
void trial_listen(struct trial *trial, int64_t for_ms);
/* Whether it still answers health. */
void trial_expect_alive(struct trial *trial);

#endif
