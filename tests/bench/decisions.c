/* bench_decisions: what one Cedar decision costs with 0, 10, 1,000 and 10,000 policies, printed as a table. The
 * policies are a mix as an organisation of a thousand agent classes writes them; few apply to each request.
 * Fails where a decision costs more than the goal, so that it can be run as a check. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cedar/authorizer.h"

enum { CLASSES = 1000, TARGETS = 200, TEAMS = 20, REQUESTS = 1000, ROUNDS = 60, GLOBALS = 10 };

struct bench {
    struct arena *arena;
    struct cedar_entities *entities;
    struct cedar_policy_index *index;
    const struct cedar_record *context;
    struct cedar_uid principals[REQUESTS], resources[REQUESTS], parents[REQUESTS];
    const struct cedar_record *attributes;
    struct cedar_uid exchange;
};

/* Ten for everybody, with conditions on the context. */
static const char *const global_policies[GLOBALS] = {
    "forbid (principal, action, resource) when { context.depth > 4 };\n",
    "forbid (principal, action, resource) unless { context.is_within_hours };\n",
    "forbid (principal, action, resource) when { context.purpose like \"*test*\" && context.depth > 1 };\n",
    "forbid (principal, action, resource) when { context.address.isInRange(ip(\"10.9.0.0/16\")) };\n",
    "forbid (principal, action, resource) when { context has held && context.held.contains(\"stop\") };\n",
    "forbid (principal, action, resource) when { principal has risk && principal.risk > 90 };\n",
    "forbid (principal, action, resource) unless { context.scopes.containsAny([\"read\", \"write\"]) };\n",
    "permit (principal, action == Action::\"introspect\", resource) when { context.depth == 0 };\n",
    "permit (principal, action == Action::\"exchange\", resource) when { context.purpose == \"audit\" };\n",
    "forbid (principal, action, resource) when { context has emergency && context.emergency };\n",
};

static void print_policy(struct buffer *text, unsigned number)
{
    unsigned class = number % CLASSES, target = number * 7919 % TARGETS;
    switch (number / CLASSES % 5 + (number % 10 == 0 ? 5 : 0)) {
    case 0:
    case 1:
        buffer_print(
            text,
            "permit (principal in AgentClass::\"class-%u\", action == Action::\"exchange\", resource == "
            "Target::\"target-%u\") when { context.scopes.contains(\"read\") };\n",
            class, target);
        break;
    case 2:
        buffer_print(text,
                     "permit (principal in AgentClass::\"class-%u\", action == Action::\"exchange\", resource) "
                     "when { resource in Team::\"team-%u\" && context.depth < 3 };\n",
                     class, number % TEAMS);
        break;
    case 3:
        buffer_print(text,
                     "permit (principal == Agent::\"agent-%u\", action in [Action::\"exchange\", "
                     "Action::\"introspect\"], resource == Target::\"target-%u\");\n",
                     class, target);
        break;
    case 4:
        buffer_print(text,
                     "forbid (principal is Agent in AgentClass::\"class-%u\", action, resource in "
                     "Team::\"team-%u\") unless { principal.risk < 50 };\n",
                     class, number % TEAMS);
        break;
    default:
        buffer_print(
            text,
            "permit (principal, action == Action::\"exchange\", resource == Target::\"target-%u\") when "
            "{ principal in AgentClass::\"class-%u\" };\n",
            target, class);
    }
}

static void require(bool is_so, const char *what)
{
    if (is_so)
        return;
    fprintf(stderr, "bench_decisions: %s\n", what);
    exit(1);
}

static void make_policies(struct bench *bench, unsigned count)
{
    SCOPED_BUFFER text = {0};
    for (unsigned i = 0; i < count; i++) {
        if (i < GLOBALS)
            buffer_append(&text, text_of(global_policies[i]));
        else
            print_policy(&text, i - GLOBALS);
    }
    struct cedar_policy *policies = NULL;
    const struct cedar_policy **all = ARENA_ARRAY(bench->arena, const struct cedar_policy *, count);
    size_t at = 0;
    /* One text may have a megabyte; ten thousand policies have more, as files of many documents do. */
    for (struct text rest = buffer_text(&text); rest.length != 0;) {
        struct text part = rest;
        if (part.length > CEDAR_POLICY_BYTES_MAX / 2) {
            part.length = CEDAR_POLICY_BYTES_MAX / 2;
            while (part.base[part.length - 1] != '\n')
                part.length--;
        }
        struct cedar_mistake mistake;
        size_t parsed;
        require(cedar_policies_parse(bench->arena, part, &policies, &parsed, &mistake) == FAULT_NONE,
                "a policy does not parse");
        for (size_t i = 0; i < parsed; i++)
            all[at++] = &policies[i];
        rest = (struct text){rest.base + part.length, rest.length - part.length};
    }
    require(at == count, "a policy is missing");
    bench->index = cedar_policy_index_create(bench->arena, all, count);
}

static struct cedar_uid uid(struct arena *arena, const char *type, const char *prefix, unsigned number)
{
    return (struct cedar_uid){text_of(type), arena_print(arena, "%s-%u", prefix, number)};
}

static struct cedar_uid *uid_alone(struct arena *arena, const char *type, const char *prefix, unsigned number)
{
    struct cedar_uid *made = ARENA_NEW(arena, struct cedar_uid);
    *made = uid(arena, type, prefix, number);
    return made;
}

static void add(struct bench *bench, struct cedar_uid name, const struct cedar_uid *parent)
{
    const struct cedar_entity entity = {.uid = name, .parents = parent, .parent_count = parent != NULL ? 1 : 0};
    require(cedar_entities_add(bench->entities, &entity), "an entity is there twice");
}

static void make_entities(struct bench *bench)
{
    struct arena *arena = bench->arena;
    struct cedar_uid culprit;
    bench->entities = cedar_entities_create(arena, NULL);
    for (unsigned i = 0; i < TEAMS; i++)
        add(bench, uid(arena, "Team", "team", i), uid_alone(arena, "Domain", "domain", i % 3));
    for (unsigned i = 0; i < CLASSES; i++)
        add(bench, uid(arena, "AgentClass", "class", i), uid_alone(arena, "Team", "team", i % TEAMS));
    for (unsigned i = 0; i < TARGETS; i++)
        add(bench, uid(arena, "Target", "target", i), uid_alone(arena, "Team", "team", i % TEAMS));
    require(cedar_entities_seal(bench->entities, &culprit) == FAULT_NONE, "the entities are no hierarchy");
}

static struct cedar_value strings(struct arena *arena, const char *a, const char *b)
{
    struct cedar_value *items = ARENA_ARRAY(arena, struct cedar_value, 2);
    items[0] = cedar_string(text_of(a));
    items[1] = cedar_string(text_of(b));
    return cedar_set_value(arena, items, 2);
}

static void make_requests(struct bench *bench)
{
    struct arena *arena = bench->arena;
    struct cedar_value record, address;
    const struct cedar_expression *literal;
    struct cedar_mistake mistake;
    require(cedar_expression_parse(arena, TEXT("ip(\"192.0.2.7\")"), &literal, &mistake) == FAULT_NONE,
            "an address does not parse");
    address = literal->literal;
    const struct cedar_attribute context[] = {
        {TEXT("address"), address},
        {TEXT("depth"), cedar_long(1)},
        {TEXT("is_within_hours"), cedar_boolean(true)},
        {TEXT("purpose"), cedar_string(TEXT("summarise the quarterly report"))},
        {TEXT("scopes"), strings(arena, "read", "list")},
    };
    struct cedar_attribute *copy = ARENA_ARRAY(arena, struct cedar_attribute, 5);
    for (size_t i = 0; i < 5; i++)
        copy[i] = context[i];
    require(cedar_record_value(arena, copy, 5, &record), "the context has a name twice");
    bench->context = record.record;
    struct cedar_attribute *risk = ARENA_NEW(arena, struct cedar_attribute);
    *risk = (struct cedar_attribute){TEXT("risk"), cedar_long(20)};
    require(cedar_record_value(arena, risk, 1, &record), "the agent has a name twice");
    bench->attributes = record.record;
    bench->exchange = (struct cedar_uid){TEXT("Action"), TEXT("exchange")};
    for (unsigned i = 0; i < REQUESTS; i++) {
        bench->principals[i] = uid(arena, "Agent", "agent", i);
        bench->parents[i] = uid(arena, "AgentClass", "class", i % CLASSES);
        bench->resources[i] = uid(arena, "Target", "target", i * 7919 % TARGETS);
    }
}

/* As an exchange does it: what is known of the agent is a layer of its own. */
static bool decide(const struct bench *bench, size_t number)
{
    SCOPED_ARENA arena = arena_create();
    struct cedar_entities *own = cedar_entities_create(arena, bench->entities);
    const struct cedar_entity agent = {.uid = bench->principals[number],
                                       .attributes = bench->attributes,
                                       .parents = &bench->parents[number],
                                       .parent_count = 1};
    struct cedar_uid culprit;
    struct cedar_response response;
    require(cedar_entities_add(own, &agent) && cedar_entities_seal(own, &culprit) == FAULT_NONE,
            "an agent is not an entity");
    const struct cedar_request request = {bench->principals[number], bench->exchange, bench->resources[number],
                                          bench->context};
    cedar_authorize(arena, bench->index, own, &request, CEDAR_WORK_DEFAULT, &response);
    require(response.error_count == 0 && !response.is_exhausted, "a policy fails");
    return response.is_allowed;
}

/* Of this thread alone: what others do on the machine is not what a decision costs. */
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Returns whether the goal is reached. */
static bool measure(unsigned policies, double goal)
{
    SCOPED_ARENA arena = arena_create();
    struct bench *bench = ARENA_NEW(arena, struct bench);
    double costs[ROUNDS];
    unsigned allowed = 0;
    bench->arena = arena;
    make_entities(bench);
    make_requests(bench);
    make_policies(bench, policies);
    for (size_t i = 0; i < REQUESTS; i++)
        allowed += decide(bench, i);
    for (size_t round = 0; round < ROUNDS; round++) {
        double begun = seconds();
        for (size_t i = 0; i < REQUESTS; i++)
            decide(bench, i);
        costs[round] = (seconds() - begun) / REQUESTS * 1e6;
    }
    qsort(costs, ROUNDS, sizeof(costs[0]), compare_doubles);
    bool is_reached = costs[ROUNDS / 2] <= goal;
    printf("| %8u | %8.2f | %8.2f | %6.0f | %7.1f %% |%s\n", policies, costs[ROUNDS / 2], costs[ROUNDS - 1],
           goal, 100.0 * allowed / REQUESTS, is_reached ? "" : " missed");
    return is_reached;
}

int main(void)
{
    printf("| policies | µs       | µs worst | goal   | allowed   |\n");
    printf("|---------:|---------:|---------:|-------:|----------:|\n");
    bool all_reached = measure(0, 10);
    all_reached = measure(10, 10) && all_reached;
    all_reached = measure(1000, 10) && all_reached;
    all_reached = measure(10000, 20) && all_reached;
    return all_reached ? 0 : 1;
}
