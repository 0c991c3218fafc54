/* dragoman trace: the tree from the person or job at the root, through every agent, to every credential. Its
 * first line answers "who triggered this?". */
#include "commands/commands.h"
#include "gateway.h"
#include "input.h"
#include "leases/lease_pages.h"
#include "printer.h"
#include "records/recorded_call.h"

#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"

enum { TRACE_DEPTH_MAX = 32, TRACE_AGENTS_MAX = 256, PREFIX_SIZE = TRACE_DEPTH_MAX * 16 };

struct tree {
    const struct terminal *terminal;
    struct arena *arena;
    const struct json_value *records; /* the first */
    const struct json_value *killed;  /* the first; of those that were granted */
    struct text asked;
};

static struct text subject_of(const struct json_value *record)
{
    return json_text_of(json_member(record, TEXT("subject")), "sub");
}

static struct text agent_of(struct arena *arena, const struct json_value *record)
{
    struct text agent = lease_agent(arena, record);
    return agent.length != 0 ? agent : TEXT("somebody");
}

/* What somebody did themselves, at a browser: there the client is whom it is about, and nobody's doing. */
static bool is_by_person(const struct json_value *record)
{
    return text_is(json_text_of(record, "client_method"), "people_session");
}

/* "agent billing-agents" or "person alice": under which heading a record stands. */
static struct text actor_of(struct arena *arena, const struct json_value *record)
{
    bool is_person = is_by_person(record) && subject_of(record).length != 0;
    return is_person ? arena_print(arena, "person %.*s", TEXT_ARGUMENTS(subject_of(record)))
                     : arena_print(arena, "agent %.*s", TEXT_ARGUMENTS(agent_of(arena, record)));
}

/* What a person did: "agreed for billing-agents:"; TEXT_NONE where the outcome says enough. */
static struct text deed_of(struct arena *arena, const struct json_value *record)
{
    static const struct {
        const char *kind, *does, *words;
    } deeds[] = {{"consent", "agree", "agreed"},
                 {"consent", "deny", "did not agree"},
                 {"consent", "end", "ended the consent"},
                 {"authorization", "give_code", "gave a code"},
                 {"connection", "keep", "connected an account"},
                 {"connection", "forget", "disconnected the account"}};
    struct text kind = json_text_of(record, "kind"), client = json_text_of(record, "client");
    struct text does = json_text_of(json_member(record, TEXT("change")), "does");
    bool is_denied = text_is(does, "deny");
    if (!is_by_person(record) || (!is_denied && !text_is(json_text_of(record, "outcome"), "done")))
        return TEXT_NONE;
    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
        if (text_is(kind, deeds[i].kind) && text_is(does, deeds[i].does))
            return arena_print(arena, "%s%s%.*s:", deeds[i].words, client.length != 0 ? " for " : "",
                               TEXT_ARGUMENTS(client));
    return TEXT_NONE;
}

static bool has_parent_here(const struct tree *tree, const struct json_value *record)
{
    struct text parent = json_text_of(record, "parent");
    for (const struct json_value *other = tree->records; other != NULL && parent.length != 0;
         other = other->next)
        if (text_equal(json_text_of(other, "id"), parent))
            return true;
    return false;
}

/* Whether a record hangs directly under this parent; TEXT_NONE stands for the root. */
static bool is_child(const struct tree *tree, const struct json_value *record, struct text parent)
{
    if (parent.base == NULL)
        return !has_parent_here(tree, record);
    return text_equal(json_text_of(record, "parent"), parent) &&
           !text_equal(json_text_of(record, "id"), parent);
}

static void append(struct buffer *line, const char *before, struct text part)
{
    if (part.length != 0)
        buffer_print(line, "%s%.*s", before, TEXT_ARGUMENTS(part));
}

/* "partner-orders in partner  orders:read", "call files in partner  tools/call read_file  files:read" */
static struct text describe(const struct tree *tree, const struct json_value *record, bool is_refused)
{
    SCOPED_BUFFER line = {0};
    if (!text_is(json_text_of(record, "kind"), "exchange") && deed_of(tree->arena, record).base == NULL)
        append(&line, " ", json_text_of(record, "kind"));
    append(&line, ": ", json_text_of(json_member(record, TEXT("change")), "reason"));
    append(&line, " ", json_text_of(record, "target"));
    append(&line, " in ", json_text_of(record, "to"));
    append(&line, "  ", recorded_call(tree->arena, record));
    append(&line, is_refused ? "  asked " : "  ",
           json_text_of(record, is_refused ? "scope_asked" : "scope_given"));
    append(&line, "  as ", json_text_of(record, "account"));
    return arena_copy(tree->arena, buffer_text(&line));
}

/* ", killed 3 min ago: root"; empty for what nobody killed. */
static struct text death_of(const struct tree *tree, const struct json_value *record)
{
    for (const struct json_value *dead = tree->killed; dead != NULL; dead = dead->next)
        if (text_equal(json_text_of(dead, "id"), json_text_of(record, "id")))
            return arena_print(tree->arena, ", killed %.*s",
                               TEXT_ARGUMENTS(lease_death(tree->arena, dead, clock_wall_s())));
    return TEXT("");
}

/* "01KAQZ3M5W8Y0E6T2R4V7N9B1C  2026-11-23T14:05:06Z  scope_wider" */
static struct text identify(const struct tree *tree, const struct json_value *record, bool is_refused)
{
    SCOPED_BUFFER line = {0};
    struct text at = json_text_of(record, "at");
    append(&line, "", json_text_of(record, "id"));
    at.length = at.length > 19 ? 19 : at.length; /* whole seconds say enough here */
    append(&line, "  ", at);
    buffer_print(&line, "%s", at.length == 19 ? "Z" : "");
    append(&line, "  ", is_refused ? json_text_of(record, "reason") : TEXT_NONE);
    return arena_copy(tree->arena, buffer_text(&line));
}

static void print_credential(const struct tree *tree, const char *prefix, bool is_last,
                             const struct json_value *record)
{
    const struct terminal *terminal = tree->terminal;
    struct text outcome = json_text_of(record, "outcome"), deed = deed_of(tree->arena, record);
    bool is_refused = text_is(outcome, "refused");
    fprintf(terminal->out, "%s%s%s", prefix,
            is_last ? terminal_sign(terminal, "└─ ", "`- ") : terminal_sign(terminal, "├─ ", "|- "),
            terminal_ink(terminal, terminal->out, is_refused ? INK_RED : INK_GREEN));
    terminal_print_foreign(terminal->out, deed.base != NULL ? deed : outcome);
    fputs(terminal_ink(terminal, terminal->out, INK_RED), terminal->out);
    terminal_print_foreign(terminal->out, death_of(tree, record));
    fputs(terminal_ink(terminal, terminal->out, INK_PLAIN), terminal->out);
    terminal_print_foreign(terminal->out, describe(tree, record, is_refused));
    fprintf(terminal->out, "\n%s%s  %s", prefix, is_last ? "   " : terminal_sign(terminal, "│  ", "|  "),
            terminal_ink(terminal, terminal->out, INK_DIM));
    terminal_print_foreign(terminal->out, identify(tree, record, is_refused));
    fputs(terminal_ink(terminal, terminal->out, INK_PLAIN), terminal->out);
    if (text_equal(json_text_of(record, "id"), tree->asked))
        fprintf(terminal->out, "  %s%s%s", terminal_ink(terminal, terminal->out, INK_YELLOW),
                terminal_sign(terminal, "← asked", "<- asked"),
                terminal_ink(terminal, terminal->out, INK_PLAIN));
    fputc('\n', terminal->out);
}

static void print_agents(const struct tree *tree, struct text parent, const char *prefix, unsigned depth);

static void extend(char out[PREFIX_SIZE], const struct tree *tree, const char *prefix, bool is_last)
{
    snprintf(out, PREFIX_SIZE, "%s%s", prefix, is_last ? "   " : terminal_sign(tree->terminal, "│  ", "|  "));
}

static bool belongs(const struct tree *tree, const struct json_value *record, struct text parent,
                    struct text agent)
{
    return is_child(tree, record, parent) && text_equal(actor_of(tree->arena, record), agent);
}

/* What one agent did under one parent, and what came of each of it. */
static void print_credentials(const struct tree *tree, struct text parent, struct text agent,
                              const char *prefix, unsigned depth)
{
    const struct json_value *last = NULL;
    for (const struct json_value *record = tree->records; record != NULL; record = record->next)
        if (belongs(tree, record, parent, agent))
            last = record;
    for (const struct json_value *record = tree->records; record != NULL; record = record->next) {
        char deeper[PREFIX_SIZE];
        if (!belongs(tree, record, parent, agent))
            continue;
        print_credential(tree, prefix, record == last, record);
        extend(deeper, tree, prefix, record == last);
        print_agents(tree, json_text_of(record, "id"), deeper, depth + 1);
    }
}

static size_t collect_agents(const struct tree *tree, struct text parent, struct text *agents)
{
    size_t count = 0;
    for (const struct json_value *record = tree->records; record != NULL; record = record->next) {
        if (!is_child(tree, record, parent))
            continue;
        struct text agent = actor_of(tree->arena, record);
        bool is_known = false;
        for (size_t i = 0; i < count; i++)
            is_known = is_known || text_equal(agents[i], agent);
        if (!is_known && count < TRACE_AGENTS_MAX)
            agents[count++] = agent;
    }
    return count;
}

static void print_agents(const struct tree *tree, struct text parent, const char *prefix, unsigned depth)
{
    if (depth > TRACE_DEPTH_MAX)
        return;
    const struct terminal *terminal = tree->terminal;
    struct text *agents = ARENA_ARRAY(tree->arena, struct text, TRACE_AGENTS_MAX);
    size_t count = collect_agents(tree, parent, agents);
    for (size_t i = 0; i < count; i++) {
        char deeper[PREFIX_SIZE];
        bool is_last = i + 1 == count;
        struct text name = agents[i], what = text_cut(&name, ' ');
        fprintf(terminal->out, "%s%s%.*s %s", prefix,
                is_last ? terminal_sign(terminal, "└─ ", "`- ") : terminal_sign(terminal, "├─ ", "|- "),
                TEXT_ARGUMENTS(what), terminal_ink(terminal, terminal->out, INK_BOLD));
        terminal_print_foreign(terminal->out, name);
        fprintf(terminal->out, "%s\n", terminal_ink(terminal, terminal->out, INK_PLAIN));
        extend(deeper, tree, prefix, is_last);
        print_credentials(tree, parent, agents[i], deeper, depth);
    }
}

/* The first line, and the root of the tree. */
static void print_root(const struct tree *tree, const struct json_value *answer)
{
    const struct terminal *terminal = tree->terminal;
    const struct json_value *first = tree->records;
    struct text subject = subject_of(first);
    struct text who = subject.length != 0 ? subject : agent_of(tree->arena, first);
    struct text issuer = json_text_of(json_member(first, TEXT("subject")), "iss");
    size_t records = 0, granted = 0;
    for (const struct json_value *record = first; record != NULL; record = record->next, records++)
        granted += text_is(json_text_of(record, "outcome"), "granted");
    fprintf(terminal->out, "%sTriggered by ", terminal_ink(terminal, terminal->out, INK_BOLD));
    terminal_print_foreign(terminal->out, who);
    fprintf(terminal->out, "%s%s", terminal_ink(terminal, terminal->out, INK_PLAIN),
            issuer.length != 0 ? " of " : "");
    terminal_print_foreign(terminal->out, issuer);
    fputs(" at ", terminal->out);
    terminal_print_foreign(terminal->out, json_text_of(first, "at"));
    fprintf(terminal->out, "\n%zu record%s, %zu credential%s; root ", records, records == 1 ? "" : "s", granted,
            granted == 1 ? "" : "s");
    terminal_print_foreign(terminal->out, json_text_of(answer, "root"));
    fprintf(terminal->out, "\n\n%s", terminal_ink(terminal, terminal->out, INK_BOLD));
    terminal_print_foreign(terminal->out, who);
    fprintf(terminal->out, "%s\n", terminal_ink(terminal, terminal->out, INK_PLAIN));
}

/* Where a credential was looked for that several exchanges were given: each of them. */
static void print_given(const struct tree *tree, const struct json_value *answer)
{
    const struct terminal *terminal = tree->terminal;
    const struct json_value *given = json_member(answer, TEXT("given"));
    if (given == NULL || given->count < 2)
        return;
    fprintf(terminal->out, "\n%u%s exchanges were given this credential, newest first:\n", given->count,
            json_is_true(json_member(answer, TEXT("given_complete"))) ? "" : " and more");
    for (const struct json_value *one = given->first; one != NULL; one = one->next) {
        fputs("  ", terminal->out);
        terminal_print_foreign(terminal->out, json_text_of(one, "id"));
        fputs("  ", terminal->out);
        terminal_print_foreign(terminal->out, json_text_of(one, "state"));
        fputs(text_equal(json_text_of(one, "id"), tree->asked) ? "  shown above\n" : "\n", terminal->out);
    }
}

/* The credential goes in the body, and never was in the arguments, which everybody on the host can read. */
static enum exit_code ask_by_credential(const struct invocation *invocation, struct reply *reply)
{
    struct text credential;
    enum exit_code code = input_read_secret(invocation, "-", &credential);
    if (code != EXIT_CODE_FINE)
        return code;
    const struct text parts[] = {TEXT("credential="), gateway_escape(invocation->arena, credential)};
    return gateway_administer(invocation, "POST", TEXT("/v1/trace"), arena_join(invocation->arena, parts, 2),
                              reply);
}

enum exit_code command_trace(struct invocation *invocation)
{
    struct reply reply;
    enum exit_code code = strcmp(invocation->arguments[0], "-") == 0
                              ? ask_by_credential(invocation, &reply)
                              : gateway_look_up(invocation, "/v1/trace", &reply);
    if (code != EXIT_CODE_FINE || printer_print_instead(invocation, reply.json))
        return code;
    const struct json_value *records = json_member(reply.json, TEXT("records"));
    const struct json_value *killed = json_member(reply.json, TEXT("killed"));
    struct tree tree = {.terminal = invocation->terminal,
                        .arena = invocation->arena,
                        .records = records != NULL ? records->first : NULL,
                        .killed = killed != NULL ? killed->first : NULL,
                        .asked = json_text_of(reply.json, "asked")};
    if (tree.records == NULL) {
        terminal_complain(
            invocation->terminal, TEXT("there is no record of this"), TEXT_NONE,
            TEXT("an exchange id, a credential's jti or fingerprint or a root (txn) can be traced"));
        return EXIT_CODE_REFUSED;
    }
    print_root(&tree, reply.json);
    print_agents(&tree, TEXT_NONE, "", 0);
    print_given(&tree, reply.json);
    if (!json_is_true(json_member(reply.json, TEXT("complete"))))
        terminal_warn(invocation->terminal,
                      TEXT("the tree has more records; these are its first, and the one that "
                           "was asked for"));
    gateway_warn_of_kills(invocation, json_is_true(json_member(reply.json, TEXT("kills_known"))));
    return EXIT_CODE_FINE;
}
