/* A directory of the settings that a test names, asked in a call that has five seconds. */
#ifndef KERBEROS_TEST_DIRECTORY_STAGE_H
#define KERBEROS_TEST_DIRECTORY_STAGE_H

#include "call_stage.h"
#include "directory.h"

struct directory_stage {
    struct call_stage call;
    struct realm_settings realm;
    struct delegation *delegation;
    struct directory *directory;
    int authorities;
};

struct directory_options {
    const char *url, *base;  /* of the directory */
    const char *bind;        /* NULL: anonymous */
    const char *keytab;      /* of the gateway, with gssapi */
    const char *principal;   /* NULL: the gateway's */
    const char *authorities; /* path; NULL: the system's */
    int evidence_s;          /* 0: nothing is kept */
    const char *timeout_ms;  /* exchangeTimeout; NULL: 2000 */
};

void directory_stage_begin(struct directory_stage *stage, const struct directory_options *options);
void directory_stage_end(struct directory_stage *stage);

/* The account, which has to be found. */
const char *directory_stage_find(struct directory_stage *stage, const char *name);
/* How it ends, having said these words; for callers there is one sentence for all that lies with the subject.
 */
void directory_stage_assert_end(struct directory_stage *stage, const char *name, enum adapter_outcome expected,
                                const char *words);

#endif
