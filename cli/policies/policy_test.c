/* dragoman policy test: cases beside policies, decided offline as the gateway decides them, and which policies
 * no case reaches. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "input.h"
#include "policy_case.h"
#include "policy_documents.h"

struct test_run {
    const struct invocation *invocation;
    struct documents documents;
    struct policy_set set;
    bool *has_decided; /* of each policy of the book, in its order */
    size_t passed, failed;
};

static bool is_cases(const char *path)
{
    return text_ends_with(text_of(path), TEXT(".test.yaml"));
}

static void note_coverage(struct test_run *run, const struct policy_trial *trial)
{
    for (size_t i = 0; i < policy_book_count(run->set.book); i++)
        for (size_t j = 0; j < trial->decision.policy_count; j++)
            run->has_decided[i] |= policy_book_policy(run->set.book, i) == trial->decision.policies[j];
}

/* A policy on trial decides nothing, but its own document is named by what it reports. */
static void note_report(struct test_run *run, const struct policy_trial *trial)
{
    for (size_t i = 0; i < policy_book_count(run->set.book) && trial->decision.reported != FAULT_NONE; i++) {
        struct text id = policy_book_policy(run->set.book, i)->id, detail = trial->decision.reported_detail;
        run->has_decided[i] |= policy_book_source(run->set.book, i)->is_report &&
                               text_starts_with(detail, id) && detail.length > id.length &&
                               detail.base[id.length] == ' ';
    }
}

static void print_case(const struct test_run *run, const struct policy_case *tried,
                       const struct policy_trial *trial, struct text difference)
{
    const struct terminal *terminal = run->invocation->terminal;
    bool has_failed = difference.length != 0;
    fprintf(terminal->out, "%s%s%s ", terminal_ink(terminal, terminal->out, has_failed ? INK_RED : INK_GREEN),
            has_failed ? terminal_sign(terminal, "✗", "NO") : terminal_sign(terminal, "✓", "ok"),
            terminal_ink(terminal, terminal->out, INK_PLAIN));
    terminal_print_foreign(terminal->out, tried->name);
    fputc('\n', terminal->out);
    if (!has_failed)
        return;
    while (difference.length != 0) {
        fputs("    ", terminal->out);
        terminal_print_foreign(terminal->out, text_cut(&difference, '\n'));
        fputc('\n', terminal->out);
    }
    if (trial->detail.length == 0)
        return;
    fputs("    because: ", terminal->out);
    terminal_print_foreign(terminal->out, trial->detail);
    fputc('\n', terminal->out);
}

static void try_case(struct test_run *run, const struct policy_case *tried)
{
    struct policy_trial trial;
    policy_trial_decide_call(run->invocation->arena, &run->set, &tried->facts, tried->arguments,
                             tried->target_domain, &trial);
    struct text difference = policy_case_difference(run->invocation->arena, tried, &trial);
    note_coverage(run, &trial);
    note_report(run, &trial);
    print_case(run, tried, &trial, difference);
    if (difference.length == 0)
        run->passed++;
    else
        run->failed++;
}

static enum exit_code refuse_file(const struct test_run *run, const char *path, struct text mistake)
{
    policy_documents_print(run->invocation->terminal->error,
                           arena_print(run->invocation->arena, "%s: %.*s", path, TEXT_ARGUMENTS(mistake)));
    return EXIT_CODE_REFUSED;
}

static enum exit_code try_file(struct test_run *run, const char *path)
{
    struct arena *arena = run->invocation->arena;
    struct documents mistakes;
    struct policy_case *cases;
    struct text content, mistake = TEXT_NONE;
    size_t count;
    enum exit_code code = input_read(run->invocation, path, DOCUMENTS_BYTES_MAX, &content);
    if (code != EXIT_CODE_FINE)
        return code;
    documents_init(&mistakes, arena);
    const struct json_value *list = document_value_from_yaml(&mistakes, text_of(path), content);
    if (list == NULL) {
        SCOPED_BUFFER lines = {0};
        documents_print_mistakes(&mistakes, &lines);
        policy_documents_print(run->invocation->terminal->error, buffer_text(&lines));
        return EXIT_CODE_REFUSED;
    }
    if (!policy_cases_read(arena, list, &run->documents, &cases, &count, &mistake))
        return refuse_file(run, path, mistake);
    for (size_t i = 0; i < count; i++)
        try_case(run, &cases[i]);
    return EXIT_CODE_FINE;
}

static void print_coverage(const struct test_run *run)
{
    const struct terminal *terminal = run->invocation->terminal;
    size_t count = policy_book_count(run->set.book), reached = 0;
    for (size_t i = 0; i < count; i++)
        reached += run->has_decided[i];
    fprintf(terminal->out, "\n%zu passed, %zu failed; %zu of %zu policies decided in a case\n", run->passed,
            run->failed, reached, count);
    for (size_t i = 0; i < count; i++) {
        if (run->has_decided[i])
            continue;
        fputs("  no case made it decide: ", terminal->out);
        terminal_print_foreign(terminal->out, policy_book_policy(run->set.book, i)->id);
        fputc('\n', terminal->out);
    }
}

struct chosen {
    const char *paths[INVOCATION_ARGUMENTS_MAX]; /* of policies and of what they are about */
    const char **cases;
    size_t path_count, case_count, case_capacity;
};

static int is_case_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && is_cases(entry->d_name);
}

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_cases(const struct invocation *invocation, const char *path, struct chosen *chosen)
{
    if (chosen->case_count == chosen->case_capacity) {
        chosen->case_capacity = 2 * chosen->case_capacity + 64;
        const char **cases = ARENA_ARRAY(invocation->arena, const char *, chosen->case_capacity);
        for (size_t i = 0; i < chosen->case_count; i++)
            cases[i] = chosen->cases[i];
        chosen->cases = cases;
    }
    chosen->cases[chosen->case_count++] = path;
}

/* Nothing for what is no folder. */
static void choose_cases_of_folder(const struct invocation *invocation, const char *path, struct chosen *chosen)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_case_file, compare_entries);
    for (int i = 0; i < count; i++) {
        add_cases(invocation, arena_print(invocation->arena, "%s/%s", path, entries[i]->d_name).base, chosen);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* Cases are what ends in .test.yaml, everything else is what they are about; a folder has both. */
static void choose(const struct invocation *invocation, struct chosen *chosen)
{
    for (unsigned i = 0; i < invocation->argument_count; i++) {
        const char *path = invocation->arguments[i];
        if (!is_cases(path)) {
            chosen->paths[chosen->path_count++] = path;
            choose_cases_of_folder(invocation, path, chosen);
        } else {
            add_cases(invocation, path, chosen);
        }
    }
}

enum exit_code command_policy_test(struct invocation *invocation)
{
    struct chosen *chosen = ARENA_NEW(invocation->arena, struct chosen);
    struct test_run run = {.invocation = invocation};
    choose(invocation, chosen);
    if (chosen->path_count == 0 || chosen->case_count == 0) {
        terminal_complain(invocation->terminal,
                          TEXT("policies and cases are both needed: cases are files called NAME.test.yaml"),
                          TEXT_NONE, TEXT("dragoman policy test --help"));
        return EXIT_CODE_USAGE;
    }
    enum exit_code code = policy_documents_read(invocation, &run.documents, chosen->paths, chosen->path_count);
    if (code == EXIT_CODE_FINE)
        code = policy_documents_compile(invocation, &run.documents, &run.set);
    if (code != EXIT_CODE_FINE)
        return code;
    run.has_decided = ARENA_ARRAY(invocation->arena, bool, policy_book_count(run.set.book) + 1);
    for (size_t i = 0; i < chosen->case_count; i++)
        if (try_file(&run, chosen->cases[i]) != EXIT_CODE_FINE)
            code = EXIT_CODE_REFUSED;
    if (run.passed + run.failed != 0)
        print_coverage(&run);
    return run.failed != 0 ? EXIT_CODE_REFUSED : code;
}
