/* dragomand: the gateway daemon; the command line is the table below. "run" is the supervisor, which starts
 * this program again as "worker", a command for it alone; what a worker serves is put together in worker/. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto_memory.h"
#include "base/manual_page.h"
#include "config/documents.h"
#include "config/setting.h"
#include "config/settings_view.h"
#include "exchange/world_policies.h"
#include "keys/seal.h"
#include "store/store.h"
#include "supervisor/exit_status.h"
#include "supervisor/supervisor.h"
#include "token/token.h"
#include "worker/store_settings.h"

static char **command_line;
enum { PATHS_MAX = 256, SETTINGS_MAX = 256 };

struct command {
    const char *name, *arguments, *help;
    int (*run)(int count, char **arguments);
};

static int run(int count, char **arguments);
static int check(int count, char **arguments);
static int migrate(int count, char **arguments);
static int make_sealing_key(int count, char **arguments);
static int hash_secret(int count, char **arguments);
static int explain(int count, char **arguments);
static int show(int count, char **arguments);
static int manual(int count, char **arguments);

static const struct command commands[] = {
    {"run", "--config FILE|DIRECTORY [--set SETTING=VALUE]...",
     "serve until SIGTERM or SIGINT; SIGHUP or SIGUSR2 hand over to a new worker", run},
    {"check", "FILE|DIRECTORY... [--set SETTING=VALUE]...", "read documents and report every mistake", check},
    {"migrate", "--config FILE|DIRECTORY [--set SETTING=VALUE]...", "bring the store's schema up to date",
     migrate},
    {"make-sealing-key", "FILE", "make the key that seals signing keys; keep it out of the database's backups",
     make_sealing_key},
    {"hash-secret", "--config FILE|DIRECTORY [--set SETTING=VALUE]...",
     "read a client secret from standard input, print its secretHash", hash_secret},
    {"config --explain", "[SETTING|KIND]",
     "print every setting with its default, range and unit, or all about one (limits.threads)", explain},
    {"config show", "--config FILE|DIRECTORY [--set SETTING=VALUE]... [--effective] [--origin] [-o yaml|json]",
     "print the settings that files, drop-ins, environment and flags make, and where each is from", show},
    {"manual", "dragomand|dragoman.yaml", "print a manual page, dragomand(8) or dragoman.yaml(5)", manual},
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static int usage(FILE *out, int status)
{
    fprintf(out, "dragomand: the Dragoman gateway daemon\n\nusage: dragomand COMMAND [ARGUMENTS]\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-16s  %s\n", commands[i].name, commands[i].help);
    fprintf(out, "  %-16s  %s\n", "--version", "print which one this is");
    fprintf(out, "\ndragomand COMMAND --help shows its arguments.\n"
                 "exit status: 0 fine, 1 failed, 2 wrong usage\n");
    return status;
}

static int explain_command(FILE *out, const struct command *command, int status)
{
    fprintf(out, "usage: dragomand %s %s\n\n%s\n", command->name, command->arguments, command->help);
    return status;
}

static bool is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

/* A file whose name begins with a dash is taken for an option with a spelling mistake; ./- names it. */
static bool is_option_of(const struct command *command, const char *argument)
{
    size_t length = strlen(argument);
    for (const char *found = command->arguments; (found = strstr(found, argument)) != NULL; found += length)
        if ((found == command->arguments || strchr(" [", found[-1]) != NULL) &&
            strchr(" ]", found[length]) != NULL)
            return true;
    return false;
}

/* Before anything is done: help, and what only looks like a file. A command that finds its arguments wrong says
 * nothing itself. */
static int run_command(const struct command *command, int count, char **arguments)
{
    for (int i = 0; i < count; i++)
        if (is_help(arguments[i]))
            return explain_command(stdout, command, EXIT_STATUS_FINE);
    for (int i = 0; i < count; i++) {
        if (arguments[i][0] != '-' || is_option_of(command, arguments[i]))
            continue;
        fprintf(stderr, "dragomand %s: there is no option \"%s\"\n\n", command->name, arguments[i]);
        return explain_command(stderr, command, EXIT_STATUS_USAGE);
    }
    int status = command->run(count, arguments);
    return status == EXIT_STATUS_USAGE ? explain_command(stderr, command, status) : status;
}

/* How many words of a command line name the command: "config show" is two; 0 where they name another. */
static int words_that_name(const struct command *command, int count, char **words)
{
    size_t first = strcspn(command->name, " ");
    bool is_one_word = command->name[first] == '\0';
    if (strlen(words[0]) != first || strncmp(words[0], command->name, first) != 0)
        return 0;
    if (is_one_word)
        return 1;
    return count > 1 && strcmp(words[1], command->name + first + 1) == 0 ? 2 : 0;
}

/* A word that alone is no command yet: "config". */
static bool explain_beginning(FILE *out, const char *word)
{
    bool is_one = false;
    size_t length = strlen(word);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strncmp(commands[i].name, word, length) != 0 || commands[i].name[length] != ' ')
            continue;
        fputs(is_one ? "\n" : "", out);
        explain_command(out, &commands[i], EXIT_STATUS_FINE);
        is_one = true;
    }
    return is_one;
}

/* Signing keys live in this process: no core dumps, no attaching debuggers. */
static void harden(void)
{
    /* One byte where that may be set: adapters take it over (program_child.c). */
    const struct rlimit least = {1, 1}, none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &least) != 0)
        (void)setrlimit(RLIMIT_CORE, &none);
#ifndef DRAGOMAN_SANITIZED
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static bool is_config_option(int count, char **arguments)
{
    return count == 2 && strcmp(arguments[0], "--config") == 0;
}

/* What commands that read documents are told. */
struct options {
    struct configuration configuration; /* its path: of --config */
    struct settings_view view;
    char *paths[PATHS_MAX], *settings[SETTINGS_MAX];
    int path_count;
};

/* One that takes a value, which stands behind it; false where none of these is given. */
static bool read_option_with_value(struct options *options, const char *name, char *value)
{
    struct configuration *configuration = &options->configuration;
    if (strcmp(name, "--config") == 0 && configuration->path == NULL)
        configuration->path = value;
    else if (strcmp(name, "--set") == 0 && configuration->setting_count < SETTINGS_MAX)
        options->settings[configuration->setting_count++] = value;
    else if (strcmp(name, "-o") == 0 && (strcmp(value, "json") == 0 || strcmp(value, "yaml") == 0))
        options->view.is_json = value[0] == 'j';
    else
        return false;
    return true;
}

static bool read_options(int count, char **arguments, struct options *options)
{
    memset(options, 0, sizeof(*options));
    options->configuration.settings = options->settings;
    for (int i = 0; i < count; i++) {
        if (strcmp(arguments[i], "--effective") == 0)
            options->view.has_built_in = true;
        else if (strcmp(arguments[i], "--origin") == 0)
            options->view.has_origins = true;
        else if (arguments[i][0] != '-' && options->path_count < PATHS_MAX)
            options->paths[options->path_count++] = arguments[i];
        else if (i + 1 == count || !read_option_with_value(options, arguments[i], arguments[i + 1]))
            return false;
        else
            i++;
    }
    return true;
}

/* For commands that read one configuration and nothing else. */
static bool read_configuration(int count, char **arguments, struct options *options)
{
    return read_options(count, arguments, options) && options->configuration.path != NULL &&
           options->path_count == 0;
}

/* libcurl brings GnuTLS along, for protocols that are never spoken here. It sets itself up before main(), which
 * takes half a megabyte in each process, unless the environment says not to: then this program starts once
 * more. Where that fails, only the memory is lost. */
static void start_without_gnutls(void)
{
    static const char variable[] = "GNUTLS_NO_IMPLICIT_INIT";
    if (getenv(variable) == NULL && setenv(variable, "1", 1) == 0)
        (void)execv("/proc/self/exe", command_line);
}

/* systemd and containers give programs 1,024 of them and let them take more: the few are for those who use
 * select(2), which nothing here does. What may not be had is missed by dragoman doctor. */
static void take_open_files(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

static int run(int count, char **arguments)
{
    static struct options options;
    if (!read_configuration(count, arguments, &options))
        return EXIT_STATUS_USAGE;
    start_without_gnutls();
    harden();
    take_open_files();
    umask(077);
    return supervisor_run(command_line[0], &options.configuration);
}

/* Mistakes and warnings, a line each. */
static void print_findings(const struct documents *documents)
{
    SCOPED_BUFFER lines = {0};
    documents_print_mistakes(documents, &lines);
    documents_print_warnings(documents, &lines);
    if (lines.length != 0)
        fwrite(lines.base, 1, lines.length, stderr);
}

/* What a command that needs the settings reads first; false after saying why there are none. */
static bool read_documents(struct documents *documents, const struct configuration *configuration)
{
    bool is_good = start_documents_read(documents, configuration);
    print_findings(documents);
    return is_good;
}

static int check(int count, char **arguments)
{
    struct options options;
    if (!read_options(count, arguments, &options) || options.path_count == 0)
        return EXIT_STATUS_USAGE;
    SCOPED_ARENA arena = arena_create();
    struct documents documents;
    documents_init(&documents, arena);
    documents_take_settings(&documents, options.settings, options.configuration.setting_count);
    for (int i = 0; i < options.path_count; i++)
        documents_read_path(&documents, options.paths[i]);
    bool is_good = world_policies_check(&documents);
    is_good = start_documents_are_good(&documents, true) && is_good;
    print_findings(&documents);
    const char *plural = documents.count == 1 ? "" : "s";
    if (is_good && documents.warning_count != 0)
        printf("%zu document%s, no mistakes, %zu warning%s\n", documents.count, plural, documents.warning_count,
               documents.warning_count == 1 ? "" : "s");
    else if (is_good)
        printf("%zu document%s, no mistakes\n", documents.count, plural);
    else
        fprintf(stderr, "%zu document%s, %zu mistake%s\n", documents.count, plural, documents.mistake_count,
                documents.mistake_count == 1 ? "" : "s");
    return is_good ? EXIT_STATUS_FINE : EXIT_STATUS_FAILED;
}

static int migrate(int count, char **arguments)
{
    struct options options;
    if (!read_configuration(count, arguments, &options))
        return EXIT_STATUS_USAGE;
    umask(077);
    SCOPED_ARENA arena = arena_create();
    struct documents documents;
    struct store *store;
    char detail[256] = "";
    documents_init(&documents, arena);
    if (!read_documents(&documents, &options.configuration))
        return EXIT_STATUS_FAILED;
    struct store_settings settings;
    store_settings_read(documents_gateway(&documents), 1, &settings);
    if (store_open(&settings.options, true, &store, detail) != FAULT_NONE) {
        fprintf(stderr, "store: %s\n", detail);
        return EXIT_STATUS_FAILED;
    }
    store_close(store);
    printf("the schema is up to date\n");
    return EXIT_STATUS_FINE;
}

static int make_sealing_key(int count, char **arguments)
{
    char detail[256] = "";
    if (count != 1)
        return EXIT_STATUS_USAGE;
    if (sealer_make_file(arguments[0], detail) != FAULT_NONE) {
        fprintf(stderr, "%s\n", detail);
        return EXIT_STATUS_FAILED;
    }
    return EXIT_STATUS_FINE;
}

static int print_hash(const struct sealing_document *sealing, struct text secret)
{
    unsigned char hash[DIGEST_SIZE];
    char hexadecimal[2 * DIGEST_SIZE + 1], detail[SEALING_DETAIL_SIZE] = "";
    if (secret.length < 32 || secret.length > 511) {
        fprintf(stderr,
                "a client secret has 32 to 511 random characters; make one with: openssl rand -base64 32\n");
        return EXIT_STATUS_FAILED;
    }
    struct secret *key = sealing_key_bring(sealing, detail);
    if (key == NULL) {
        fprintf(stderr, "%s\n", detail);
        return EXIT_STATUS_FAILED;
    }
    struct sealer *sealer = sealer_create(key);
    sealer_keyed_hash(sealer, "client-secret", secret, hash);
    sealer_destroy(sealer);
    digest_hex(hash, hexadecimal);
    printf("%s\n", hexadecimal);
    return EXIT_STATUS_FINE;
}

static int hash_secret(int count, char **arguments)
{
    struct options options;
    if (!read_configuration(count, arguments, &options))
        return EXIT_STATUS_USAGE;
    harden();
    SCOPED_ARENA arena = arena_create();
    struct documents documents;
    documents_init(&documents, arena);
    /* Only the Gateway document matters: the client that will hold this hash may not be written yet. */
    const char *path = options.configuration.path;
    documents_take_settings(&documents, options.settings, options.configuration.setting_count);
    documents_read_path(&documents, path);
    const struct gateway_document *settings = documents_gateway(&documents);
    if (settings == NULL) {
        fprintf(stderr, "%s has no kind: Gateway document that can be read; try: dragomand check %s\n", path,
                path);
        return EXIT_STATUS_FAILED;
    }
    char secret[512];
    ssize_t length = 0, more;
    while ((more = read(STDIN_FILENO, secret + length, sizeof(secret) - (size_t)length)) > 0)
        length += more;
    while (length > 0 && (secret[length - 1] == '\n' || secret[length - 1] == '\r'))
        length--;
    int status = print_hash(&settings->sealing, (struct text){secret, (size_t)length});
    secret_wipe(secret, sizeof(secret));
    return status;
}

static int explain(int count, char **arguments)
{
    if (count > 1)
        return EXIT_STATUS_USAGE;
    SCOPED_BUFFER page = {0};
    bool is_known = setting_explain(count == 1 ? arguments[0] : NULL, &page);
    fwrite(page.base, 1, page.length, is_known ? stdout : stderr);
    return is_known ? EXIT_STATUS_FINE : EXIT_STATUS_FAILED;
}

static int show(int count, char **arguments)
{
    struct options options;
    if (!read_configuration(count, arguments, &options))
        return EXIT_STATUS_USAGE;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER page = {0};
    struct documents documents;
    documents_init(&documents, arena);
    if (!read_documents(&documents, &options.configuration))
        return EXIT_STATUS_FAILED;
    settings_view_write(&documents, &options.view, &page);
    fwrite(page.base, 1, page.length, stdout);
    return EXIT_STATUS_FINE;
}

static void write_manual(struct buffer *out)
{
    manual_page_begin(out, "dragomand", 8, "the Dragoman gateway between trust domains");
    manual_page_section(out, "SYNOPSIS");
    manual_page_text(out, "dragomand COMMAND [ARGUMENTS]");
    manual_page_section(out, "DESCRIPTION");
    manual_page_text(
        out, "An agent shows one token; the gateway answers with the credential that the other domain accepts, "
             "under "
             "one decision, with one record. It is told what to do by documents, see dragoman.yaml(5).\n\n"
             "It is a supervisor, which keeps the listening sockets, and a worker, which serves. Adapters are "
             "further programs, confined.");
    manual_page_section(out, "COMMANDS");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        SCOPED_BUFFER words = {0};
        buffer_print(&words, "%s %s", commands[i].name, commands[i].arguments);
        buffer_append_byte(&words, '\0');
        manual_page_item(out, words.base, commands[i].help);
    }
    manual_page_section(out, "SIGNALS");
    manual_page_item(out, "SIGTERM, SIGINT",
                     "finish what has begun and end; a second one ends everything at once");
    manual_page_item(out, "SIGHUP, SIGUSR2",
                     "hand over to a new worker, which reads documents, certificates and the program anew; "
                     "nothing is dropped");
    manual_page_section(out, "EXIT STATUS");
    manual_page_text(out, "0 fine, 1 failed, 2 wrong usage");
    manual_page_section(out, "FILES");
    manual_page_item(out, "/etc/dragoman", "documents, as packages and images have it");
    manual_page_item(out, "/etc/dragoman/gateway.d", "parts of the Gateway document that are laid over it");
    manual_page_item(out, "/usr/lib/dragoman/adapters", "adapters that come with it");
    manual_page_item(out, "/var/lib/dragoman", "the store, where that is SQLite");
    manual_page_item(out, "/run/dragoman/admin.sock", "the admin socket, where documents name no other");
    manual_page_section(out, "SEE ALSO");
    manual_page_text(out, "dragoman(1), dragoman.yaml(5)");
}

static int manual(int count, char **arguments)
{
    SCOPED_BUFFER page = {0};
    if (count != 1)
        return EXIT_STATUS_USAGE;
    if (strcmp(arguments[0], "dragomand") == 0)
        write_manual(&page);
    else if (strcmp(arguments[0], "dragoman.yaml") == 0)
        setting_manual_page(&page);
    else
        return EXIT_STATUS_USAGE;
    fwrite(page.base, 1, page.length, stdout);
    return EXIT_STATUS_FINE;
}

int main(int count, char **arguments)
{
    crypto_memory_ends_process();
    if (count < 2)
        return usage(stderr, EXIT_STATUS_USAGE);
    command_line = arguments;
    if (strcmp(arguments[1], "key-holder") == 0 && count == 2)
        return token_holder_run();
    if (strcmp(arguments[1], "worker") == 0 && is_config_option(count - 2, arguments + 2)) {
        harden();
        umask(077);
        return worker_process_run();
    }
    if (is_help(arguments[1]) || strcmp(arguments[1], "help") == 0)
        return usage(stdout, EXIT_STATUS_FINE);
    if (strcmp(arguments[1], "--version") == 0) {
        printf("dragomand %s\n", DRAGOMAN_VERSION);
        return EXIT_STATUS_FINE;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        int words = words_that_name(&commands[i], count - 1, arguments + 1);
        if (words != 0)
            return run_command(&commands[i], count - 1 - words, arguments + 1 + words);
    }
    bool asks_help = count > 2 && is_help(arguments[2]);
    if (explain_beginning(asks_help ? stdout : stderr, arguments[1]))
        return asks_help ? EXIT_STATUS_FINE : EXIT_STATUS_USAGE;
    fprintf(stderr, "dragomand: there is no command \"%s\"\n\n", arguments[1]);
    return usage(stderr, EXIT_STATUS_USAGE);
}
