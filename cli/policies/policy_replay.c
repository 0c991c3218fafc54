/* dragoman policy replay: a draft decided on recorded exchanges. Reads from the admin socket, sends nothing. */
#include "base/clock.h"
#include "cedar/extension.h"
#include "commands/commands.h"
#include "gateway.h"
#include "policy_documents.h"
#include "policy_names.h"
#include "printer.h"
#include "table.h"
#include "json/json_writer.h"

#include "replay_comparison.h"

enum { RECORDS_USUAL = 10000, RECORDS_MAX = 1000000, PAGE = 200, ANSWER_BYTES_MAX = 256 * 1024 * 1024 };

struct replay {
    const struct invocation *invocation;
    struct documents present, draft, tried;
    struct policy_set set;
    char since[CLOCK_TEXT_SIZE];
    int64_t limit;
    size_t counts[REPLAY_CHANGE_COUNT], looked_at, would_refuse;
    struct replay_comparison *changes;
    size_t change_count, change_capacity;
    bool is_cut; /* the limit came before the time */
};

static enum exit_code complain_usage(const struct invocation *invocation, const char *what)
{
    terminal_complain(invocation->terminal, text_of(what), TEXT_NONE, TEXT("dragoman policy replay --help"));
    return EXIT_CODE_USAGE;
}

/* -- the documents */

/* As they came from their files, so that file names in them mean what they did; the text of a policy is in its
 * body. */
static struct text source_of(const struct json_value *item)
{
    struct text source = json_text_of(item, "source");
    return source.length == 0 || text_ends_with(source, TEXT(".cedar")) ? TEXT("store") : source;
}

/* Whose text it is is said as people know it: by the file and line it came from. */
static void read_document(struct replay *replay, const struct json_value *item, struct text body)
{
    struct documents *present = &replay->present;
    struct text source = json_text_of(item, "source");
    size_t before = present->count;
    int64_t line = 0;
    documents_read(present, source_of(item), body);
    if (present->count == before || text_is(source, "store") ||
        !json_integer(json_member(item, TEXT("line")), &line))
        return;
    struct document *document = present->items[before];
    document->label =
        arena_print(replay->invocation->arena, "%s/%.*s (%.*s:%lld)", document_kind_name(document->kind),
                    TEXT_ARGUMENTS(document->name), TEXT_ARGUMENTS(source), (long long)line);
}

static enum exit_code read_present(struct replay *replay)
{
    struct arena *arena = replay->invocation->arena;
    struct reply reply;
    enum exit_code code =
        gateway_administer(replay->invocation, "GET", TEXT("/v1/documents"), TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    const struct json_value *items = json_member(reply.json, TEXT("items"));
    documents_init(&replay->present, arena);
    for (const struct json_value *item = items == NULL ? NULL : items->first; item != NULL; item = item->next) {
        struct buffer body = buffer_in(arena, 1024);
        struct json_writer writer = json_writer_on(&body);
        const struct json_value *written = json_member(item, TEXT("body"));
        if (written == NULL)
            continue;
        json_write_value(&writer, written);
        read_document(replay, item, buffer_text(&body));
    }
    SCOPED_BUFFER lines = {0};
    documents_print_mistakes(&replay->present, &lines);
    policy_documents_print(replay->invocation->terminal->error, buffer_text(&lines));
    return replay->present.mistake_count == 0 ? EXIT_CODE_FINE : EXIT_CODE_REFUSED;
}

static enum exit_code read_draft(struct replay *replay)
{
    const char *paths[INVOCATION_OPTIONS_MAX];
    size_t count = 0;
    while ((paths[count] = invocation_option_at(replay->invocation, "file", (unsigned)count)) != NULL)
        count++;
    return policy_documents_read(replay->invocation, &replay->draft, paths, count);
}

static bool is_left_out(const struct replay *replay, const struct document *document)
{
    bool is_policy = document->kind == DOCUMENT_POLICY || document->kind == DOCUMENT_COMBINATION;
    return (is_policy && invocation_has(replay->invocation, "only")) ||
           documents_find(&replay->draft, document->kind, document->name) != NULL;
}

/* The present ones with the draft's in their place or added, said on standard error. */
static void put_together(struct replay *replay)
{
    const struct documents *present = &replay->present, *draft = &replay->draft;
    struct documents *tried = &replay->tried;
    FILE *error = replay->invocation->terminal->error;
    documents_init(tried, replay->invocation->arena);
    tried->items = ARENA_ARRAY(replay->invocation->arena, struct document *, present->count + draft->count + 1);
    for (size_t i = 0; i < present->count; i++)
        if (!is_left_out(replay, present->items[i]))
            tried->items[tried->count++] = present->items[i];
    for (size_t i = 0; i < draft->count; i++) {
        const struct document *document = draft->items[i];
        bool is_there = documents_find(present, document->kind, document->name) != NULL;
        fprintf(error, "draft: %s/%.*s %s\n", document_kind_name(document->kind),
                TEXT_ARGUMENTS(document->name), is_there ? "in place of the present one" : "added");
        tried->items[tried->count++] = draft->items[i];
    }
    tried->capacity = present->count + draft->count + 1;
    tried->files = draft->files;
    tried->file_count = draft->file_count;
}

/* What no policy asked for then was not looked up, so it is not in the facts. */
static void warn_of_what_was_not_gathered(const struct replay *replay, const struct policy_set *present)
{
    static const char *const gathered[] = {"exchanges_by_agent", "exchanges_in_tree", "held_by_subject",
                                           "held_by_agent", "held_in_tree"};
    for (size_t i = 0; i < sizeof(gathered) / sizeof(gathered[0]); i++)
        if (policy_book_reads(replay->set.book, gathered[i]) && !policy_book_reads(present->book, gathered[i]))
            terminal_warn(replay->invocation->terminal,
                          arena_print(replay->invocation->arena,
                                      "the draft looks at context.%s, which the present policies do not, so "
                                      "records may not have it: there it is nothing",
                                      gathered[i]));
}

static void warn_of_name(void *context, size_t position, const struct cedar_mistake *mistake)
{
    const struct replay *replay = context;
    const struct policy_source *source = policy_book_source(replay->set.book, position);
    const struct document *document = documents_find(&replay->draft, DOCUMENT_POLICY, source->name);
    const struct text parts[] = {TEXT("warning: "), mistake->sentence};
    struct cedar_mistake warning = *mistake;
    if (document == NULL)
        return;
    warning.sentence = arena_join(replay->invocation->arena, parts, 2);
    policy_documents_complain(replay->invocation, &replay->draft, document, &warning);
}

/* All documents are here, so a name that none of them has is a slip of the pen: apply refuses it in a
 * combination, and in a policy it decides nothing, which would look like no difference. */
static enum exit_code check_names(struct replay *replay)
{
    const struct policy_names_found found = {warn_of_name, replay};
    SCOPED_BUFFER lines = {0};
    if (documents_gateway(&replay->tried) != NULL)
        documents_check_references(&replay->tried);
    documents_print_mistakes(&replay->tried, &lines);
    policy_documents_print(replay->invocation->terminal->error, buffer_text(&lines));
    if (replay->tried.mistake_count != 0)
        return EXIT_CODE_REFUSED;
    policy_names_check(replay->invocation->arena, &replay->tried, replay->set.book, &found);
    return EXIT_CODE_FINE;
}

static enum exit_code compile(struct replay *replay)
{
    struct policy_set present;
    enum exit_code code = policy_documents_compile(replay->invocation, &replay->present, &present);
    if (code == EXIT_CODE_FINE)
        code = policy_documents_compile(replay->invocation, &replay->tried, &replay->set);
    if (code == EXIT_CODE_FINE)
        code = check_names(replay);
    if (code == EXIT_CODE_FINE)
        warn_of_what_was_not_gathered(replay, &present);
    return code;
}

/* -- the records */

static void keep(struct replay *replay, const struct replay_comparison *comparison)
{
    struct arena *arena = replay->invocation->arena;
    if (replay->change_count == replay->change_capacity) {
        size_t capacity = 2 * replay->change_capacity + 64;
        struct replay_comparison *changes = ARENA_ARRAY(arena, struct replay_comparison, capacity);
        for (size_t i = 0; i < replay->change_count; i++)
            changes[i] = replay->changes[i];
        replay->changes = changes;
        replay->change_capacity = capacity;
    }
    struct replay_comparison *kept = &replay->changes[replay->change_count++];
    *kept = *comparison;
    struct text *const texts[] = {&kept->id,     &kept->at,    &kept->who,    &kept->target,
                                  &kept->before, &kept->after, &kept->policy, &kept->would_refuse};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i]->base != NULL)
            *texts[i] = arena_copy(arena, *texts[i]);
}

static void try_record(struct replay *replay, struct arena *arena, const struct json_value *record)
{
    struct replay_comparison comparison;
    if (!replay_compare(arena, &replay->set, record, &comparison))
        return;
    replay->looked_at++;
    replay->counts[comparison.change]++;
    replay->would_refuse += comparison.would_refuse.length != 0;
    if (comparison.change != REPLAY_SAME && comparison.change != REPLAY_WITHOUT_FACTS)
        keep(replay, &comparison);
}

/* *before names the last record of the page; TEXT_NONE: there are no more that are wanted. */
static enum exit_code try_page(struct replay *replay, int64_t *seen, struct text *before)
{
    SCOPED_ARENA arena = arena_create();
    struct invocation page = *replay->invocation;
    struct reply reply;
    page.arena = arena; /* a page is forgotten once it is counted */
    enum exit_code code =
        gateway_administer(&page, "GET",
                           arena_print(arena, "/v1/records?limit=%d%s%.*s", PAGE,
                                       before->length != 0 ? "&before=" : "", TEXT_ARGUMENTS(*before)),
                           TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    const struct json_value *records = json_member(reply.json, TEXT("records"));
    *before = TEXT_NONE;
    for (const struct json_value *record = records == NULL ? NULL : records->first; record != NULL;
         record = record->next) {
        if (text_compare(json_text_of(record, "at"), text_of(replay->since)) < 0)
            return EXIT_CODE_FINE;
        replay->is_cut = *seen == replay->limit;
        if (replay->is_cut)
            return EXIT_CODE_FINE;
        ++*seen;
        try_record(replay, arena, record);
        if (record->next == NULL && records->count == PAGE)
            *before = arena_copy(replay->invocation->arena, json_text_of(record, "id"));
    }
    return EXIT_CODE_FINE;
}

static enum exit_code try_records(struct replay *replay)
{
    struct text before = TEXT_NONE;
    int64_t seen = 0;
    enum exit_code code;
    do {
        code = try_page(replay, &seen, &before);
    } while (code == EXIT_CODE_FINE && before.length != 0);
    return code;
}

/* -- what came of it */

static void print_summary(const struct replay *replay)
{
    static const char *const headings[] = {"EXCHANGES", "WHAT"};
    struct arena *arena = replay->invocation->arena;
    struct table table = table_create(arena, headings, 2);
    for (int change = 0; change < REPLAY_CHANGE_COUNT; change++) {
        struct text cells[] = {arena_print(arena, "%zu", replay->counts[change]),
                               text_of(replay_change_words((enum replay_change)change))};
        table_add(&table, cells);
    }
    struct text cells[] = {arena_print(arena, "%zu", replay->would_refuse),
                           TEXT("of all, policies on trial would refuse")};
    table_add(&table, cells);
    table_print(&table, replay->invocation->terminal);
}

static void print_changes(const struct replay *replay)
{
    static const char *const headings[] = {"ID", "WHO", "TARGET", "BEFORE", "AFTER", "DECIDED BY"};
    struct table table = table_create(replay->invocation->arena, headings, 6);
    table.kept = 1;
    for (size_t i = 0; i < replay->change_count; i++) {
        const struct replay_comparison *change = &replay->changes[i];
        struct text cells[] = {change->id,     change->who,   change->target,
                               change->before, change->after, change->policy};
        table_add(&table, cells);
    }
    if (replay->change_count == 0)
        return;
    fputc('\n', replay->invocation->terminal->out);
    table_print(&table, replay->invocation->terminal);
}

static void write_change(struct json_writer *writer, const struct replay_comparison *change)
{
    json_begin_object(writer);
    json_member_text(writer, "id", change->id);
    json_member_text(writer, "at", change->at);
    json_member_text(writer, "change", text_of(replay_change_name(change->change)));
    json_member_text(writer, "who", change->who);
    json_member_text_if(writer, "target", change->target);
    json_member_text(writer, "before", change->before);
    json_member_text(writer, "after", change->after);
    json_member_text_if(writer, "policy", change->policy);
    json_member_text_if(writer, "would_refuse", change->would_refuse);
    json_end_object(writer);
}

static void print_whole(const struct replay *replay)
{
    static const struct json_limits limits = {.bytes = ANSWER_BYTES_MAX, .depth = 8, .members = 1 << 24};
    struct buffer out = buffer_in(replay->invocation->arena, 4096);
    struct json_writer writer = json_writer_on(&out);
    const struct json_value *json;
    json_begin_object(&writer);
    json_member_text(&writer, "policy", policy_book_version(replay->set.book));
    json_member_text(&writer, "since", text_of(replay->since));
    json_member_integer(&writer, "exchanges", (int64_t)replay->looked_at);
    json_member_boolean(&writer, "complete", !replay->is_cut);
    for (int change = 0; change < REPLAY_CHANGE_COUNT; change++)
        json_member_integer(&writer, replay_change_name((enum replay_change)change),
                            (int64_t)replay->counts[change]);
    json_member_integer(&writer, "would_refuse", (int64_t)replay->would_refuse);
    json_name(&writer, TEXT("changes"));
    json_begin_array(&writer);
    for (size_t i = 0; i < replay->change_count; i++)
        write_change(&writer, &replay->changes[i]);
    json_end_array(&writer);
    json_end_object(&writer);
    if (json_parse(replay->invocation->arena, buffer_text(&out), &limits, &json) == FAULT_NONE)
        printer_print(replay->invocation, json);
}

static enum exit_code read_options(struct replay *replay)
{
    const char *since = invocation_option(replay->invocation, "since"),
               *limit = invocation_option(replay->invocation, "limit");
    int64_t ms = 3600 * 1000;
    replay->limit = RECORDS_USUAL;
    if (since != NULL && (!cedar_duration_parse(text_of(since), &ms) || ms < 0 || ms > INT64_C(3153600000000)))
        return complain_usage(replay->invocation, "--since is a duration such as 90s, 1h or 7d");
    if (limit != NULL &&
        (!text_to_int64(text_of(limit), &replay->limit) || replay->limit < 1 || replay->limit > RECORDS_MAX))
        return complain_usage(replay->invocation, "--limit is a number from 1 to 1000000");
    clock_format(clock_wall_us() - ms * 1000, replay->since);
    return EXIT_CODE_FINE;
}

enum exit_code command_policy_replay(struct invocation *invocation)
{
    struct replay *replay = ARENA_NEW(invocation->arena, struct replay);
    replay->invocation = invocation;
    enum exit_code code = read_options(replay);
    if (code == EXIT_CODE_FINE)
        code = read_draft(replay);
    if (code == EXIT_CODE_FINE)
        code = read_present(replay);
    if (code != EXIT_CODE_FINE)
        return code;
    put_together(replay);
    code = compile(replay);
    if (code == EXIT_CODE_FINE)
        code = try_records(replay);
    if (code != EXIT_CODE_FINE)
        return code;
    if (replay->is_cut)
        terminal_warn(invocation->terminal, TEXT("there are more records; --limit says how many are read"));
    if (invocation->output != OUTPUT_TABLE) {
        print_whole(replay);
        return EXIT_CODE_FINE;
    }
    print_summary(replay);
    print_changes(replay);
    return EXIT_CODE_FINE;
}
