/* Runs whole command lines in process, with what was typed in, and keeps what came out. For the tests of the
 * command line alone. */
#ifndef TESTS_CLI_SESSION_H
#define TESTS_CLI_SESSION_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

struct session {
    char *out, *error; /* everything printed */
    size_t out_length, error_length;
    enum exit_code code;
    unsigned width;         /* of the terminal; 0 = none */
    const char *input_path; /* what is typed at; NULL: what is given to session_run */
};

static inline void session_end(struct session *session)
{
    free(session->out);
    free(session->error);
    *session = (struct session){0};
}

/* Fixtures serve on a thread of their own while they hold this. What they and the test share is ordered by it;
 * a socket between them orders nothing that a sanitizer can see. */
static pthread_mutex_t session_fixtures = PTHREAD_MUTEX_INITIALIZER;

static inline void session_meet(void)
{
    pthread_mutex_lock(&session_fixtures);
    pthread_mutex_unlock(&session_fixtures);
}

/* words ends with NULL and starts after the program's name; input may be NULL. */
static inline void session_run(struct session *session, const char *input, const char *const *words)
{
    char *arguments[32] = {(char[]){"dragoman"}};
    int count = 1;
    unsigned width = session->width;
    const char *input_path = session->input_path;
    session_end(session);
    session->width = width;
    session->input_path = input_path;
    for (; words[count - 1] != NULL; count++)
        arguments[count] = strdup(words[count - 1]);
    struct terminal terminal = {.out = open_memstream(&session->out, &session->out_length),
                                .error = open_memstream(&session->error, &session->error_length),
                                .in = input_path != NULL ? fopen(input_path, "re")
                                      : input != NULL && input[0] != '\0'
                                          ? fmemopen((void *)(uintptr_t)input, strlen(input), "r")
                                          : fopen("/dev/null", "r"),
                                .is_utf8 = true,
                                .width = width};
    session_meet();
    session->code = program_run(count, arguments, &terminal);
    session_meet();
    fclose(terminal.in);
    fclose(terminal.out);
    fclose(terminal.error);
    for (int i = 1; i < count; i++)
        free(arguments[i]);
}

#define SESSION_RUN(session, input, ...)                                                                       \
    session_run((session), (input), (const char *const[]){__VA_ARGS__, NULL})

static inline void assert_says(const char *printed, const char *expected)
{
    if (strstr(printed, expected) == NULL)
        fail_msg("'%s' is not in:\n%s", expected, printed);
}

static inline void assert_does_not_say(const char *printed, const char *unexpected)
{
    if (strstr(printed, unexpected) != NULL)
        fail_msg("'%s' is in:\n%s", unexpected, printed);
}

/* -- files in a private directory that goes when the test program ends */

static char session_folder[] = "/tmp/dragoman-cli-test-XXXXXX";
static char session_paths[16][128];
static unsigned session_path_count;

static inline void session_remove_files(void)
{
    for (unsigned i = 0; i < session_path_count; i++)
        unlink(session_paths[i]);
    rmdir(session_folder);
}

/* A file with this content; its path stays good until the end. The same name again replaces it. */
static inline const char *session_file(const char *name, const char *content)
{
    char path[128];
    unsigned found = 0;
    if (session_path_count == 0) {
        assert_non_null(mkdtemp(session_folder));
        atexit(session_remove_files);
    }
    snprintf(path, sizeof(path), "%s/%s", session_folder, name);
    while (found < session_path_count && strcmp(session_paths[found], path) != 0)
        found++;
    assert_true(found < sizeof(session_paths) / sizeof(session_paths[0]));
    if (found == session_path_count)
        memcpy(session_paths[session_path_count++], path, sizeof(path));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
    return session_paths[found];
}

#endif
