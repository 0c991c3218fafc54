/* Each check is a row of the table at the end and a function, which tells what it found. See diagnosis.h. */
#include "diagnosis.h"

#include "terminal.h"

enum {
    STORE_SLOW_US = 100 * 1000,
    KILLS_LATE_US = 2 * 1000 * 1000, /* what is promised */
    CLOCKS_APART_US = 5 * 1000 * 1000,
    CERTIFICATE_SOON_S = 14 * 86400,
    KEY_OLD_S = 365 * 86400,
    OWN_FILES = 256, /* beside connections: store, adapters, issuers, log */
    LOCKED_LEAST = 64 * 1024,
};
static const int64_t space_scarce = 1LL << 30, space_gone = 100LL << 20;

struct examined;

struct check {
    const char *name;
    const char *page; /* about what is not well */
    void (*judge)(struct examined *examined);
};

struct examined {
    struct arena *arena;
    const struct json_value *facts;
    const struct seen_here *here;
    const struct check *check;
    struct finding **end;
};

static void tell(struct examined *x, enum verdict verdict, struct text found, const char *advice)
{
    struct finding *finding = arena_allocate(x->arena, sizeof(*finding));
    *finding = (struct finding){x->check->name, verdict, found, text_of(advice), x->check->page, NULL};
    *x->end = finding;
    x->end = &finding->next;
}

static const struct json_value *fact(const struct examined *x, const char *path)
{
    return json_at(x->facts, text_of(path));
}

static int64_t number(const struct examined *x, const char *path)
{
    int64_t value = 0;
    (void)json_integer(fact(x, path), &value);
    return value;
}

static const struct json_value *first_of(const struct json_value *list)
{
    return list != NULL ? list->first : NULL;
}

/* "0.7 ms", "2.3 s". */
static struct text time_text(struct arena *arena, int64_t us)
{
    bool is_long = us >= 1000 * 1000;
    int64_t tenths = us / (is_long ? 100 * 1000 : 100);
    return arena_print(arena, "%lld.%lld %s", (long long)(tenths / 10), (long long)(tenths % 10),
                       is_long ? "s" : "ms");
}

static void judge_version(struct examined *x)
{
    struct text theirs = json_text_of(x->facts, "version"), ours = x->here->version;
    if (text_equal(theirs, ours))
        tell(x, VERDICT_OK, theirs, NULL);
    else
        tell(x, VERDICT_WARN,
             arena_print(x->arena, "the gateway is %.*s, this program %.*s", TEXT_ARGUMENTS(theirs),
                         TEXT_ARGUMENTS(ours)),
             "use the dragoman of the gateway's own version: other ones may not know what it says");
}

static void judge_readiness(struct examined *x)
{
    if (json_is_true(fact(x, "draining")))
        tell(x, VERDICT_WARN, TEXT("draining: it takes no new connections"),
             "if nobody is stopping or replacing it, look for who sent the signal");
    else if (!json_is_true(fact(x, "ready")))
        tell(x, VERDICT_FAIL, TEXT("not ready: load balancers send it nothing"),
             "GET /readyz?verbose on the admin socket says why; signing keys: dragoman key list");
    else
        tell(x, VERDICT_OK, TEXT("ready"), NULL);
}

static void judge_documents(struct examined *x)
{
    if (json_is_true(fact(x, "reload_refused")))
        tell(x, VERDICT_FAIL,
             TEXT("the files have mistakes: the documents of before are served, and a restart would fail"),
             "dragomand check FILE says what and where; correct it and reload");
    else
        tell(x, VERDICT_OK, TEXT("the files that are in force are the last that were read"), NULL);
}

static void judge_store(struct examined *x)
{
    struct text kind = json_text_of(fact(x, "store"), "kind");
    int64_t took_us = number(x, "store.answer_us");
    struct text took = time_text(x->arena, took_us);
    if (!json_is_true(fact(x, "store.answers")))
        tell(x, VERDICT_FAIL,
             arena_print(x->arena, "%.*s does not answer; %.*s was waited for it", TEXT_ARGUMENTS(kind),
                         TEXT_ARGUMENTS(took)),
             "nothing is issued without it: is its server there, and the network to it? The log says more");
    else
        tell(x, took_us > STORE_SLOW_US ? VERDICT_WARN : VERDICT_OK,
             arena_print(x->arena, "%.*s answers in %.*s", TEXT_ARGUMENTS(kind), TEXT_ARGUMENTS(took)),
             took_us > STORE_SLOW_US ? "each exchange waits for it: look at its load, its disk and the network"
                                     : NULL);
}

static void judge_kills(struct examined *x)
{
    int64_t age_us = number(x, "store.kills_age_us");
    struct text age = time_text(x->arena, age_us);
    if (age_us > KILLS_LATE_US)
        tell(x, VERDICT_WARN,
             arena_print(x->arena, "the store has not told of kills for %.*s", TEXT_ARGUMENTS(age)),
             "a kill told to another gateway may not hold here yet: see to the store");
    else
        tell(x, VERDICT_OK, arena_print(x->arena, "known up to %.*s ago", TEXT_ARGUMENTS(age)), NULL);
}

/* Of SQLite's folder; what PostgreSQL has left is for its own monitoring. */
static void judge_space(struct examined *x)
{
    int64_t bytes;
    if (!json_integer(fact(x, "store.free_bytes"), &bytes))
        return;
    tell(x,
         bytes < space_gone     ? VERDICT_FAIL
         : bytes < space_scarce ? VERDICT_WARN
                                : VERDICT_OK,
         arena_print(x->arena, "%lld MiB are free beside the store", (long long)(bytes >> 20)),
         bytes < space_scarce ? "without space nothing is issued: enlarge the volume, or keep records shorter "
                                "(spec.records)"
                              : NULL);
}

static const char *meaning_of(struct text word)
{
#define DANGER(symbol, name, meaning)                                                                          \
    if (text_is(word, name))                                                                                   \
        return meaning;
#include "base/danger_list.h"
#undef DANGER
    return "a newer gateway knows what it means";
}

static void judge_insecure(struct examined *x)
{
    const struct json_value *word = first_of(fact(x, "insecure"));
    if (word == NULL)
        tell(x, VERDICT_OK, TEXT("no dangerous setting is chosen"), NULL);
    for (; word != NULL; word = word->next)
        tell(
            x, VERDICT_WARN,
            arena_print(x->arena, "%.*s: %s", TEXT_ARGUMENTS(json_string(word)), meaning_of(json_string(word))),
            "take the setting and its word in spec.insecure out, or write down who decided on it");
}

/* Where it is switched off, the dangerous settings tell of it. */
static void judge_confinement(struct examined *x)
{
    bool has_calls = json_is_true(fact(x, "confined.system_calls"));
    bool has_files = json_is_true(fact(x, "confined.files"));
    if (!json_is_true(fact(x, "confined.wanted")))
        return;
    if (has_calls && has_files)
        tell(x, VERDICT_OK, TEXT("workers have their own system calls and files alone"), NULL);
    if (!has_calls)
        tell(x, VERDICT_WARN, TEXT("the kernel takes no system calls away from workers"),
             "run it on a kernel with seccomp, and let the container's profile allow it");
    if (!has_files)
        tell(x, VERDICT_WARN, TEXT("the kernel takes no files away from workers"),
             "run it on a kernel with Landlock (5.13 or newer, and in its list of security modules)");
}

static void judge_certificate(struct examined *x)
{
    int64_t expires_at_s, now_s = x->here->now_us / 1000000;
    if (!json_integer(fact(x, "certificate.expires_at"), &expires_at_s))
        return;
    struct text when = terminal_distance(x->arena, expires_at_s, now_s);
    struct text host = json_text_of(fact(x, "certificate"), "host");
    bool names_host = json_is_true(fact(x, "certificate.names_host"));
    if (expires_at_s <= now_s)
        tell(x, VERDICT_FAIL, arena_print(x->arena, "expired %.*s", TEXT_ARGUMENTS(when)),
             "put a new one into spec.tls and reload: clients refuse this one");
    else if (expires_at_s - now_s < CERTIFICATE_SOON_S)
        tell(x, VERDICT_WARN, arena_print(x->arena, "expires %.*s", TEXT_ARGUMENTS(when)),
             "renew it and reload; whoever renews it by itself should have done so by now");
    if (!names_host)
        tell(x, VERDICT_WARN, arena_print(x->arena, "does not name %.*s", TEXT_ARGUMENTS(host)),
             "clients of spec.serviceUrl refuse it, unless something before the gateway shows another");
    else if (expires_at_s - now_s >= CERTIFICATE_SOON_S)
        tell(x, VERDICT_OK,
             arena_print(x->arena, "names %.*s, expires %.*s", TEXT_ARGUMENTS(host), TEXT_ARGUMENTS(when)),
             NULL);
}

static bool judge_issuer(struct examined *x, const struct json_value *issuer)
{
    struct text name = json_text_of(issuer, "name"), problem = json_text_of(issuer, "problem");
    bool is_usable = json_is_true(json_member(issuer, TEXT("usable")));
    if (is_usable && problem.length == 0)
        return true;
    if (is_usable)
        tell(x, VERDICT_WARN,
             arena_print(x->arena, "%.*s: its keys are %.*s old and could not be fetched again (%.*s)",
                         TEXT_ARGUMENTS(name),
                         TEXT_ARGUMENTS(terminal_duration(x->arena, json_integer_of(issuer, "keys_age_s"))),
                         TEXT_ARGUMENTS(problem)),
             "the old ones hold for a while: see to the issuer, or to the way there");
    else
        tell(x, problem.length == 0 ? VERDICT_WARN : VERDICT_FAIL,
             problem.length == 0
                 ? arena_print(x->arena, "%.*s: its keys are not fetched yet", TEXT_ARGUMENTS(name))
                 : arena_print(x->arena, "%.*s: there are no keys of it (%.*s)", TEXT_ARGUMENTS(name),
                               TEXT_ARGUMENTS(problem)),
             "tokens of it are refused until there are: is its URL right, may the gateway connect there "
             "(spec.outbound, network policy), is its certificate one of outbound.caFile?");
    return false;
}

static void judge_issuers(struct examined *x)
{
    unsigned good = 0;
    int64_t oldest_s = 0;
    for (const struct json_value *issuer = first_of(fact(x, "issuers")); issuer != NULL;
         issuer = issuer->next) {
        if (json_integer_of(issuer, "keys_age_s") > oldest_s)
            oldest_s = json_integer_of(issuer, "keys_age_s");
        good += judge_issuer(x, issuer);
    }
    struct text age = terminal_duration(x->arena, oldest_s);
    if (good != 0)
        tell(x, VERDICT_OK,
             arena_print(x->arena, "keys of %u are there, the oldest %.*s old", good, TEXT_ARGUMENTS(age)),
             NULL);
    else if (fact(x, "issuers") == NULL || first_of(fact(x, "issuers")) == NULL)
        tell(x, VERDICT_OK, TEXT("there are none"), NULL);
}

static bool judge_adapter(struct examined *x, const struct json_value *adapter)
{
    struct text name = json_text_of(adapter, "name"), state = json_text_of(adapter, "state");
    struct text health = json_text_of(adapter, "health"), detail = json_text_of(adapter, "detail");
    bool is_running = text_is(state, "running"), is_refused = text_is(state, "refused");
    bool is_unwell = text_is(health, "degraded") || text_is(health, "bad");
    if (is_running && !is_unwell)
        return true;
    struct text how = is_running ? health : state;
    tell(x, is_refused ? VERDICT_FAIL : VERDICT_WARN,
         arena_print(x->arena, "%.*s: %.*s%s%.*s", TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(how),
                     detail.length != 0 ? ", " : "", TEXT_ARGUMENTS(detail)),
         is_refused ? "it is not started again before its document or its file changes"
                    : "the log has what it wrote; dragoman adapter list shows its failures and restarts");
    return false;
}

static void judge_adapters(struct examined *x)
{
    unsigned good = 0, all = 0;
    for (const struct json_value *adapter = first_of(fact(x, "adapters")); adapter != NULL;
         adapter = adapter->next, all++)
        good += judge_adapter(x, adapter);
    if (all == 0)
        tell(x, VERDICT_OK, TEXT("none of them is a program"), NULL);
    else if (good == all)
        tell(x, VERDICT_OK, arena_print(x->arena, "%u of %u run", good, all), NULL);
}

static void judge_signing_keys(struct examined *x)
{
    unsigned good = 0;
    int64_t oldest_s = 0, now_s = x->here->now_us / 1000000;
    for (const struct json_value *key = first_of(fact(x, "signing_keys")); key != NULL; key = key->next) {
        struct text algorithm = json_text_of(key, "algorithm");
        int64_t age_s = now_s - json_integer_of(key, "signs_since");
        bool is_there = json_member(key, TEXT("kid")) != NULL, is_old = age_s > KEY_OLD_S;
        if (!is_there)
            tell(x, VERDICT_FAIL, arena_print(x->arena, "no key signs %.*s", TEXT_ARGUMENTS(algorithm)),
                 "dragoman key list shows what there is; dragoman key rotate makes one");
        else if (is_old)
            tell(x, VERDICT_WARN,
                 arena_print(x->arena, "the one for %.*s has signed for %.*s", TEXT_ARGUMENTS(algorithm),
                             TEXT_ARGUMENTS(terminal_duration(x->arena, age_s))),
                 "dragoman key rotate publishes another, which takes over once verifiers had time to see it");
        good += is_there && !is_old;
        oldest_s = is_there && age_s > oldest_s ? age_s : oldest_s;
    }
    if (good != 0)
        tell(x, VERDICT_OK,
             arena_print(x->arena, "%u sign, the oldest for %.*s", good,
                         TEXT_ARGUMENTS(terminal_duration(x->arena, oldest_s))),
             NULL);
}

static void judge_limits(struct examined *x)
{
    int64_t connections = number(x, "limits.connections"), files = 0, locked = 0;
    bool has_files = json_integer(fact(x, "limits.open_files"), &files);
    bool has_locked = json_integer(fact(x, "limits.locked_bytes"), &locked);
    bool is_short = has_files && files < connections + OWN_FILES,
         is_swappable = has_locked && locked < LOCKED_LEAST;
    if (is_short)
        tell(x, VERDICT_WARN,
             arena_print(x->arena, "%lld open files are too few for %lld connections", (long long)files,
                         (long long)connections),
             "raise the hard RLIMIT_NOFILE (LimitNOFILE= of systemd), or lower spec.limits.connections.inAll");
    if (is_swappable)
        tell(x, VERDICT_WARN,
             arena_print(x->arena, "%lld bytes may be locked in memory: secrets may be swapped out",
                         (long long)locked),
             "raise RLIMIT_MEMLOCK (LimitMEMLOCK= of systemd), or keep swap off or encrypted");
    if (!is_short && !is_swappable)
        tell(x, VERDICT_OK,
             has_files ? arena_print(x->arena, "%lld open files for %lld connections", (long long)files,
                                     (long long)connections)
                       : TEXT("any number of open files"),
             NULL);
}

static void judge_clock(struct examined *x)
{
    int64_t apart_us = number(x, "now_us") - x->here->now_us, jumps = number(x, "clock_jumps");
    bool is_apart = apart_us > CLOCKS_APART_US || apart_us < -CLOCKS_APART_US;
    if (is_apart)
        tell(x, VERDICT_WARN,
             arena_print(x->arena, "it is %.*s %s the clock here",
                         TEXT_ARGUMENTS(time_text(x->arena, apart_us < 0 ? -apart_us : apart_us)),
                         apart_us < 0 ? "behind" : "ahead of"),
             "one of the two is wrong, and tokens live by it: is time synchronized on both?");
    if (jumps != 0)
        tell(x, VERDICT_WARN,
             arena_print(x->arena, "it moved by more than a second %lld times since the worker started",
                         (long long)jumps),
             "let one service set the time, and slew it");
    if (!is_apart && jumps == 0)
        tell(x, VERDICT_OK, TEXT("as here, and it has not jumped"), NULL);
}

static void judge_socket(struct examined *x)
{
    unsigned mode = x->here->socket_mode & 0777;
    if (x->here->socket.base == NULL)
        return;
    struct text found = arena_print(x->arena, "%.*s has mode %04o", TEXT_ARGUMENTS(x->here->socket), mode);
    if ((mode & 077) == 0)
        tell(x, VERDICT_OK, found, NULL);
    else
        tell(x, (mode & 02) != 0 ? VERDICT_FAIL : VERDICT_WARN, found,
             "whoever may write to it is an operator without a login: chmod 0600, and see what changed it");
}

#define MONITORING "docs/operations/monitoring.md#"
static const struct check checks[] = {
    {"version", "docs/operations.md#upgrades", judge_version},
    {"readiness", MONITORING "dragomannotready", judge_readiness},
    {"documents", MONITORING "dragomanreloadrefused", judge_documents},
    {"store", MONITORING "dragomanstoreunreachable", judge_store},
    {"kills", MONITORING "dragomankillslate", judge_kills},
    {"disk", MONITORING "dragomanstorefull", judge_space},
    {"dangerous settings", MONITORING "dragomaninsecure", judge_insecure},
    {"confinement", MONITORING "dragomannotconfined", judge_confinement},
    {"certificate", MONITORING "dragoman-doctor", judge_certificate},
    {"issuers", MONITORING "dragomankeysmissing", judge_issuers},
    {"adapters", MONITORING "dragomanadapterrestarting", judge_adapters},
    {"signing keys", MONITORING "dragoman-doctor", judge_signing_keys},
    {"limits", MONITORING "dragomandescriptorsshort", judge_limits},
    {"clock", MONITORING "dragomanclockjumped", judge_clock},
    {"admin socket", "docs/operations.md#the-admin-api", judge_socket},
};

struct text verdict_name(enum verdict verdict)
{
    static const char *const names[VERDICT_COUNT] = {"ok", "warn", "FAIL"};
    return text_of(names[verdict]);
}

const struct finding *diagnosis_make(struct arena *arena, const struct json_value *facts,
                                     const struct seen_here *here)
{
    struct finding *first = NULL;
    struct examined x = {.arena = arena, .facts = facts, .here = here, .end = &first};
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        x.check = &checks[i];
        x.check->judge(&x);
    }
    return first;
}
