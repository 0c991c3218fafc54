/* A gateway's files and a folder of adapters on a real disk, and somebody who is told what becomes of them.
 * Where the tests run as root, everything is tried as root and as somebody else. */
#ifndef PROGRAM_FIXTURE_H
#define PROGRAM_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/documents.h"
#include "programs/programs.h"

enum { OWNER = 4711, WAIT_MS = 20000, SOCKETS_MAX = 16 };

struct fixture {
    char folder[128];
    struct arena *arena;
    struct documents documents;
    struct programs *programs;
    struct confinement_layers layers;
    /* what was told last */
    int socket;               /* of what was started; -1: none was */
    int sockets[SOCKETS_MAX]; /* of all of them, as an adapter ends with its socket */
    int64_t instance, ended_instance, restarts_in_ms;
    unsigned starts, ends, refusals;
    char ended[512], refused[512];
    bool is_isolated;
    bool is_deaf; /* cannot be told of starts */
};

/* As the initial state of a test that is for one of both. */
extern const char fixture_as_root[], fixture_unprivileged[];

/* Makes files, documents and programs with the layers of this kernel. */
int fixture_begin(void **state);
int fixture_end(void **state);
/* Programs anew, with other layers. */
void fixture_use_layers(struct fixture *fixture, int landlock_version, bool filters_system_calls);
/* The Gateway's document again, with more lines in spec.adapters. */
void fixture_settings(struct fixture *fixture, const char *more);
const char *fixture_path(struct fixture *fixture, const char *name);
void fixture_write(struct fixture *fixture, const char *name, const char *content, unsigned mode);
/* Copies a program to a name in the folder of adapters. */
void fixture_copy(struct fixture *fixture, const char *from, const char *name);
void fixture_hash(const char *path, char hexadecimal[65]);

/* An Adapter called acme, of the program, with more members of its spec (", \"network\": \"any\"" or ""). */
void fixture_start(struct fixture *fixture, const char *program, const char *more);
/* The same with any document. */
void fixture_start_document(struct fixture *fixture, const char *name, const char *document);
/* As this does it, and what is there to read answers; fails the test if it does not start. */
void fixture_run(struct fixture *fixture, const char *more);
/* One line there and one back. */
const char *fixture_ask(struct fixture *fixture, const char *line);
void fixture_send(struct fixture *fixture, const char *line);
const char *fixture_read_line(struct fixture *fixture);
/* Turns as a supervisor would until as many have ended or started; fails the test when that takes too long. */
void fixture_wait_for_ends(struct fixture *fixture, unsigned ends);
void fixture_wait_for_starts(struct fixture *fixture, unsigned starts);
void fixture_turn(struct fixture *fixture, int milliseconds);
pid_t fixture_number(const char *text);
bool fixture_is_alive(pid_t process);

/* Runs the tests as root and as somebody else, or as who we are. */
int fixture_run_group(const struct CMUnitTest *tests, size_t count);

#endif
