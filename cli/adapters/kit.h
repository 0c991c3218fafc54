/* The conformance kit of adapters (adapters/PROTOCOL.md): what it was told, what a check is, and what one check
 * has in its hands while it runs. The kit is the gateway's side of the protocol; each check starts the program
 * afresh. Called by dragoman adapter test. */
#ifndef CLI_ADAPTERS_KIT_H
#define CLI_ADAPTERS_KIT_H

#include "adapter_process.h"
#include "adapter_protocol/numbers.h"
#include "host_state.h"

enum verdict {
    VERDICT_PASSED,
    VERDICT_FAILED,
    VERDICT_NOT_APPLICABLE,
    VERDICT_NOT_REACHED, /* what it builds on failed already */
};

/* What a check builds on (then it is not reached) and whom it is about (then it is not applicable). */
enum need {
    NEED_INITIALIZE = 1,
    NEED_MINT = 2,
    ONLY_EFFECTS = 4,
    ONLY_RENEWS = 8,
    ONLY_NOT_RENEWS = 16,
    ONLY_CONNECTS = 32,
    ONLY_SECRETS = 64, /* connects: secret, or it asks for something where nobody is at a browser */
    ONLY_NOT_CONNECTS = 128,
    ONLY_STATE = 256, /* mint uses the state */
    ONLY_CLAIMS = 512,
    ONLY_NO_NETWORK = 1024,
    ONLY_BAD_SETTINGS = 2048, /* --bad-settings was given */
    ONLY_PARALLEL = 4096,     /* more than one request at once */
    ONLY_BROWSER = 8192,      /* connects: browser */
    ONLY_ACCOUNTS = 16384,    /* takes a target at which each subject connects an account of its own */
    ONLY_BINDS = 32768,       /* makes what is bound to a channel */
    ONLY_CONFIRMS = 65536,
    ONLY_NOT_CONFIRMS = 131072,
};

struct trial;

struct adapter_check {
    const char *id;      /* "mint.scopes_not_widened"; stable */
    const char *section; /* of adapters/PROTOCOL.md */
    unsigned needs;      /* enum need */
    const char *shows;   /* one sentence */
    void (*run)(struct trial *trial);
};

/* Ends with id NULL. */
extern const struct adapter_check initialize_checks[], framing_checks[], validate_checks[], mint_checks[],
    mint_answer_checks[], confirm_checks[], revoke_checks[], connect_checks[], browser_checks[], pace_checks[],
    host_checks[], hostile_checks[], leak_checks[], end_checks[];

enum { KIT_SCOPES_MAX = 16, KIT_IN_PARALLEL = 64 };

struct kit {
    struct arena *arena; /* of the thread that looks and tells */
    struct adapter_program program;
    struct text settings, bad_settings; /* JSON objects; bad_settings may be TEXT_NONE */
    struct text own_settings;           /* of its Adapter document; TEXT_NONE: none */
    const struct json_value *settings_value, *bad_settings_value;
    const struct json_value *answers; /* what connect_finish is given, or NULL: random ones */
    struct text audience, subject;
    struct text scopes;    /* a JSON array */
    struct text addresses; /* a JSON array: that an adapter may connect to although they are not public */
    int64_t timeout_ms;    /* deadline_ms of what is asked, and how long is waited */
    /* Found out before the checks run; NULL and false if that failed. */
    const struct json_value *manifest;
    bool mints, needs_account;           /* the latter: it mints for nobody who has not connected one */
    struct text target_more, order_more; /* what validate wants handed over, members with a comma first */
    unsigned seen;                       /* enum need: what of ONLY_... holds */
};

/* What a program may do wrong at any moment; noticed where it happens, judged by the check that is about it. */
enum misconduct {
    MISCONDUCT_LINE,
    MISCONDUCT_ANSWER,
    MISCONDUCT_REQUEST,
    MISCONDUCT_STATE,
    MISCONDUCT_LOG,
    MISCONDUCT_COUNT
};

struct answer {
    struct answer *next;
    int64_t id, took_us;
    const struct json_value *result, *error; /* one of them */
};

struct sent {
    int64_t id, at_us;
};

/* One check at work. After the first failure calls do nothing and answer NULL, so that checks read straight on.
 */
struct trial {
    const struct kit *kit;
    const struct adapter_check *check;
    struct arena *arena;
    enum verdict verdict;
    struct text reason; /* of a failure, or why it is not applicable */
    int64_t took_us;
    struct adapter_process process;
    struct buffer unread; /* of the socket: the beginning of a line */
    struct buffer unsent; /* what the socket has not taken yet */
    struct host_state *state;
    struct answer *answers;
    struct sent *sent;
    size_t sent_count, sent_capacity;
    int64_t last_id;
    struct text sealing_key;                  /* base64url */
    struct text connected_secret;             /* TEXT_NONE before connect_finish */
    struct buffer said;                       /* log messages and messages of errors, a line each */
    struct text misconduct[MISCONDUCT_COUNT]; /* the first of each, or TEXT_NONE */
    unsigned requests, logs;                  /* of the adapter */
    bool has_failed;
};

#endif
