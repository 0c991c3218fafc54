/* The gateway's end and the other side's in tests of saas-oauth: the adapter in processes of its own (as of
 * several gateways on one store), a state in memory that claims and fences as the store does, and a server with
 * one answer. */
#ifndef SAAS_OAUTH_TEST_STAGE_H
#define SAAS_OAUTH_TEST_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/types.h>

#include "canned_server.h"
#include "json/json_value.h"

enum { STAGE_PROGRAMS_MAX = 2, STAGE_ENTRIES_MAX = 64, STAGE_ANSWERS_MAX = 128 };

struct stage_entry {
    struct text key, value; /* value: base64url; TEXT_NONE: none */
    int64_t version, fence, claimed_until_ms;
};

struct stage_program {
    pid_t child;
    int socket;
    char *buffer;
    size_t length;
};

struct stage {
    struct arena *arena;
    struct canned_server *server;
    char origin[64];
    struct stage_program programs[STAGE_PROGRAMS_MAX];
    size_t program_count;
    struct stage_entry entries[STAGE_ENTRIES_MAX];
    size_t entry_count;
    int dies_at_put;        /* the program is killed instead of this put being done, counted from 1; 0: never */
    int conflicts_at_put;   /* answered with a conflict, the same */
    int unavailable_at_put; /* the same */
    int unavailable_after_ms;
    int puts;
    int64_t last_id;
    const struct json_value *answers[STAGE_ANSWERS_MAX]; /* whole lines, by their id */
    struct buffer *log;
    const char *lease; /* of the last mint */
};

int stage_folder_make(void **state); /* for cmocka_run_group_tests */
int stage_folder_remove(void **state);

void stage_begin(struct stage *stage, size_t programs);
void stage_end(struct stage *stage);
/* Kills the first and starts it anew on the same state. */
void stage_restart(struct stage *stage);

/* What the other side answers from now on. */
void stage_answers(struct stage *stage, int status, const char *body);
void stage_answers_with(struct stage *stage, int status, const char *headers, const char *body);
/* Nothing. */
void stage_is_silent(struct stage *stage);
/* The body of the last request, decoded where it is a form; a value by its name, TEXT_NONE: it is not there. */
struct text stage_form(struct stage *stage, const char *name);
bool stage_request_has(struct stage *stage, const char *words);

/* Sends a request to the program of this number, with deadline_ms besides, and hands back its id. */
int64_t stage_send(struct stage *stage, size_t program, const char *method, int deadline_ms, const char *format,
                   ...) __attribute__((format(printf, 5, 6)));
/* Waits for the answer: result or error in *answer, the error's code, or 0. */
int64_t stage_wait(struct stage *stage, int64_t id, const struct json_value **answer);
/* Both, with ten seconds. */
int64_t stage_ask(struct stage *stage, const char *method, const struct json_value **answer, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));
/* A mint at the target t with these settings; more: members of the params, beginning with a comma, or "". */
int64_t stage_mint(struct stage *stage, const char *settings, const char *more,
                   const struct json_value **answer);
/* Another each time, and in stage->lease. */
const char *stage_lease(struct stage *stage);
/* Hands a client's secret over. */
void stage_hand_over(struct stage *stage, const char *settings, const char *answers);
/* Whether the error is of this code and says this. */
void stage_assert_error(const struct json_value *error, int64_t code, int64_t expected, const char *words);
/* How many lines of the log have this. */
bool stage_logged(const struct stage *stage, const char *words);
/* {"...ENDPOINT...": with every @ in the place of the server's origin. */
const char *stage_text(struct stage *stage, const char *pattern);

#define STAGE_TARGET                                                                                           \
    "{\"name\":\"t\",\"domain\":\"saas\",\"audience\":\"https://api.example\",\"settings\":%s%s}"

#endif
