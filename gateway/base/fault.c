/* The fault table, and the end of the program when an invariant is broken. */
#include "base/fault.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static const struct fault_row rows[FAULT_COUNT] = {
    [FAULT_NONE] = {"none", "", 200, ""},
#define FAULT(symbol, oauth_error, http_status, sentence)                                                      \
    [FAULT_##symbol] = {#symbol, oauth_error, http_status, sentence},
#include "base/fault_list.h"
#undef FAULT
};

static struct fault_row public_rows[FAULT_COUNT];
static char reasons[FAULT_COUNT][48];
static pthread_once_t rows_made = PTHREAD_ONCE_INIT;

static void make_rows(void)
{
    for (int i = 0; i < FAULT_COUNT; i++) {
        size_t length = 0;
        for (const char *c = rows[i].reason; *c != '\0' && length < sizeof(reasons[i]) - 1; c++)
            reasons[i][length++] = (char)tolower((unsigned char)*c);
        reasons[i][length] = '\0';
        public_rows[i] = rows[i];
        public_rows[i].reason = reasons[i];
    }
}

const struct fault_row *fault_row(enum fault fault)
{
    pthread_once(&rows_made, make_rows);
    INVARIANT(fault >= 0 && fault < FAULT_COUNT);
    return &public_rows[fault];
}

void fault_invariant_broken(const char *condition, const char *file, int line)
{
    fprintf(stderr,
            "{\"level\":\"fatal\",\"event\":\"invariant_broken\",\"where\":\"%s:%d\",\"what\":\"%s\"}\n", file,
            line, condition);
    abort();
}
