/* A block of lines from the facts of a record; see explained_facts.h and docs/records.md. */
#include "records/explained_facts.h"

#include "policy/facts_record.h"

static void print_row(const struct terminal *terminal, const char *label, struct text value)
{
    if (value.length == 0)
        return;
    fprintf(terminal->out, "  %s%-10s%s ", terminal_ink(terminal, terminal->out, INK_DIM), label,
            terminal_ink(terminal, terminal->out, INK_PLAIN));
    terminal_print_foreign(terminal->out, value);
    fputc('\n', terminal->out);
}

static void add(struct buffer *line, const char *label, struct text value)
{
    if (value.length != 0)
        buffer_print(line, "%s%s%.*s", line->length == 0 ? "" : ", ", label, TEXT_ARGUMENTS(value));
}

/* A list on one line. */
static struct text written_out(struct arena *arena, const struct policy_attribute *attribute)
{
    struct buffer out = buffer_in(arena, attribute->value.length + 1);
    struct text rest = attribute->value;
    if (!attribute->is_list)
        return attribute->value;
    while (rest.length != 0) {
        buffer_append(&out, out.length == 0 ? TEXT("") : TEXT(", "));
        buffer_append(&out, text_cut(&rest, '\n'));
    }
    return buffer_text(&out);
}

static void print_attributes(const struct invocation *invocation, const struct policy_party *party)
{
    for (size_t i = 0; i < party->attribute_count; i++) {
        const struct policy_attribute *attribute = &party->attributes[i];
        struct text value = written_out(invocation->arena, attribute);
        print_row(invocation->terminal, "",
                  arena_print(invocation->arena, "%.*s: %.*s", TEXT_ARGUMENTS(attribute->name),
                              TEXT_ARGUMENTS(value)));
    }
}

/* "agent, class ci-agents, issuer builds, by platform_token, risk 20" */
static void print_party(const struct invocation *invocation, const char *label,
                        const struct policy_party *party, const struct policy_facts *actor_of)
{
    static const char *const kinds[] = {
        [POLICY_AGENT] = "agent", [POLICY_USER] = "user", [POLICY_WORKLOAD] = "workload"};
    struct buffer line = buffer_in(invocation->arena, 128);
    buffer_append(&line, text_of(kinds[party->kind]));
    if (actor_of != NULL) {
        add(&line, "class ", actor_of->agent_class);
        add(&line, "client ", actor_of->client);
    }
    add(&line, "issuer ", party->issuer_document);
    if (actor_of != NULL)
        add(&line, "by ", actor_of->proof);
    if (party->risk != 0)
        add(&line, "risk ", arena_print(invocation->arena, "%lld", (long long)party->risk));
    print_row(invocation->terminal, label, buffer_text(&line));
    print_attributes(invocation, party);
}

static void print_login(const struct invocation *invocation, const struct policy_facts *facts)
{
    struct buffer line = buffer_in(invocation->arena, 128);
    add(&line, "acr ", facts->acr);
    add(&line, "amr ", facts->amr);
    if (facts->auth_time_s != 0)
        add(&line, "",
            arena_print(invocation->arena, "%.*s before",
                        TEXT_ARGUMENTS(terminal_duration(invocation->arena,
                                                         facts->now_us / 1000000 - facts->auth_time_s))));
    print_row(invocation->terminal, "login", buffer_text(&line));
}

static void print_chain(const struct invocation *invocation, const struct policy_facts *facts)
{
    for (size_t i = 0; i < facts->chain_length; i++)
        print_row(invocation->terminal, i == 0 ? "chain" : "",
                  arena_print(invocation->arena, "%.*s of %.*s", TEXT_ARGUMENTS(facts->chain[i].subject),
                              TEXT_ARGUMENTS(facts->chain[i].issuer)));
}

static void print_wanted(const struct invocation *invocation, const struct policy_facts *facts)
{
    struct text scopes = scope_set_text(invocation->arena, facts->scopes);
    print_row(invocation->terminal, "allowed",
              arena_print(invocation->arena, "%.*s for %.*s, by the documents",
                          TEXT_ARGUMENTS(scopes.length != 0 ? scopes : TEXT("no scope")),
                          TEXT_ARGUMENTS(terminal_duration(invocation->arena, facts->lifetime_s))));
}

/* A message to an MCP server, and what policies looked at of its arguments. */
static void print_mcp(const struct invocation *invocation, const struct policy_facts *facts)
{
    const struct policy_mcp *mcp = &facts->mcp;
    if (mcp->method.length == 0)
        return;
    print_row(invocation->terminal, "message",
              arena_print(invocation->arena, "%.*s %.*s (%.*s)", TEXT_ARGUMENTS(mcp->method),
                          TEXT_ARGUMENTS(mcp->name), TEXT_ARGUMENTS(mcp->generation)));
    for (size_t i = 0; i < mcp->argument_count; i++)
        print_row(invocation->terminal, i == 0 ? "arguments" : "",
                  arena_print(invocation->arena, "%.*s: %.*s", TEXT_ARGUMENTS(mcp->arguments[i].pointer),
                              TEXT_ARGUMENTS(mcp->arguments[i].value)));
}

static void print_exchanges(const struct invocation *invocation, const struct policy_facts *facts)
{
    static const char *const names[] = {
        [POLICY_HOLDER_AGENT] = "by this agent", [POLICY_HOLDER_TREE] = "in this tree"};
    for (int holder = POLICY_HOLDER_AGENT; holder <= POLICY_HOLDER_TREE; holder++)
        if (facts->last_hour[holder] != 0)
            print_row(invocation->terminal, "exchanges",
                      arena_print(invocation->arena, "%lld in the last minute, %lld in the last hour %s",
                                  (long long)facts->last_minute[holder], (long long)facts->last_hour[holder],
                                  names[holder]));
}

/* Until when, as of when it was decided. */
static void print_holdings(const struct invocation *invocation, const struct policy_facts *facts)
{
    static const char *const names[] = {[POLICY_HOLDER_SUBJECT] = "by the subject",
                                        [POLICY_HOLDER_AGENT] = "by the agent",
                                        [POLICY_HOLDER_TREE] = "in the tree"};
    for (size_t i = 0; i < facts->holding_count; i++) {
        const struct policy_holding *holding = &facts->holdings[i];
        struct text until =
            terminal_distance(invocation->arena, holding->expires_at_s, facts->now_us / 1000000);
        print_row(invocation->terminal, i == 0 ? "held" : "",
                  arena_print(invocation->arena, "%s: %.*s %.*s, ends %.*s", names[holding->holder],
                              TEXT_ARGUMENTS(holding->target), TEXT_ARGUMENTS(holding->scopes),
                              TEXT_ARGUMENTS(until)));
    }
}

void explained_facts_print(const struct invocation *invocation, const struct json_value *record)
{
    const struct terminal *terminal = invocation->terminal;
    struct text version = json_text_of(record, "policy");
    struct policy_facts facts;
    if (!policy_facts_read(invocation->arena, record, &facts))
        return;
    fprintf(terminal->out, "\n%swhat policies looked at%s%s%.*s\n",
            terminal_ink(terminal, terminal->out, INK_BOLD), terminal_ink(terminal, terminal->out, INK_PLAIN),
            version.length != 0 ? "  version " : "",
            TEXT_ARGUMENTS(terminal_clean(invocation->arena, version)));
    print_party(invocation, "actor", &facts.actor, &facts);
    print_party(invocation, "subject", &facts.subject, NULL);
    print_login(invocation, &facts);
    print_chain(invocation, &facts);
    print_mcp(invocation, &facts);
    print_row(terminal, "type", facts.issued_type);
    print_wanted(invocation, &facts);
    if (policy_facts_risk(&facts) != 0)
        print_row(terminal, "risk",
                  arena_print(invocation->arena, "%lld, the highest", (long long)policy_facts_risk(&facts)));
    print_exchanges(invocation, &facts);
    print_holdings(invocation, &facts);
}
