/* Takes a libpq connection string apart, adds what this store needs and puts it together again with the
 * password, which stands in a file of its own: never in a document, an environment or a command line. */
#include "postgres/postgres_server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"

enum { PARAMETERS_MAX = 64, PASSWORD_SIZE = 1024, OLDEST_VERSION = 130000, SCHEMA_NAME_MAX = 63 };

/* What the connection string may say otherwise. A dead network is noticed within seconds also where nothing is
 * on its way, and of several hosts the one that takes writes is meant. */
static const char *const defaults[][2] = {
    {"fallback_application_name", "dragomand"},
    {"target_session_attrs", "read-write"},
    {"keepalives_idle", "10"},
    {"keepalives_interval", "5"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "20000"},
    /* On a host that knows Kerberos libpq would begin every connection with a question to a KDC, which answers
     * when it likes and which the worker may not ask. */
    {"gssencmode", "disable"},
};

/* Settings of the database or the role must not change what our statements mean or wait for, so they are made
 * here; what decides whether a commit is durable is the operator's and only read. */
static const char session_sql[] =
    "SELECT current_setting('synchronous_commit'), current_setting('fsync'), "
    "current_setting('server_version_num'),"
    " set_config('search_path', $1, false), set_config('statement_timeout', $2, false),"
    " set_config('lock_timeout', $2, false), set_config('idle_in_transaction_session_timeout', $2, false),"
    " set_config('default_transaction_isolation', 'read committed', false),"
    " set_config('default_transaction_read_only', 'off', false), set_config('client_encoding', 'UTF8', false),"
    " set_config('jit', 'off', false)";
enum { SESSION_SYNCHRONOUS_COMMIT, SESSION_FSYNC, SESSION_VERSION };

static enum fault refuse(char *detail, const char *subject, const char *what)
{
    snprintf(detail, STORE_DETAIL_SIZE, "%.100s: %.140s", subject, what);
    return FAULT_FILE_UNREADABLE;
}

/* The bytes of the file without the line's end, or -1. */
static ssize_t read_password(const char *path, char password[PASSWORD_SIZE], const char **problem)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0) {
        *problem = strerror(errno);
        return -1;
    }
    struct stat status;
    ssize_t length = -1;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
        *problem = "not a regular file";
    else if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        *problem = "others may read the password; set its mode to 0600";
    else if ((length = read(file, password, PASSWORD_SIZE)) < 0)
        *problem = strerror(errno);
    close(file);
    while (length > 0 && (password[length - 1] == '\n' || password[length - 1] == '\r'))
        length--;
    if (length == 0 || length == PASSWORD_SIZE) {
        *problem = "expected a password of 1 to 1023 bytes";
        return -1;
    }
    if (length > 0)
        password[length] = '\0';
    return length;
}

static enum fault check_password(const char *path, char *detail)
{
    char password[PASSWORD_SIZE];
    const char *problem = NULL;
    ssize_t length = path == NULL ? 0 : read_password(path, password, &problem);
    secret_wipe(password, sizeof(password));
    return length < 0 ? refuse(detail, path, problem) : FAULT_NONE;
}

static const char *keep(struct postgres_server *server, const char *text)
{
    return text == NULL ? NULL : arena_copy(server->arena, text_of(text)).base;
}

/* Of the parameters that are lists, one item for each server. */
static bool is_list(const char *keyword)
{
    return strcmp(keyword, "host") == 0 || strcmp(keyword, "hostaddr") == 0 || strcmp(keyword, "port") == 0;
}

static size_t count_servers(const PQconninfoOption *given)
{
    size_t most = 1;
    for (const PQconninfoOption *option = given; option->keyword != NULL; option++) {
        size_t count = 1;
        if (option->val == NULL || !is_list(option->keyword))
            continue;
        for (const char *comma = option->val; (comma = strchr(comma, ',')) != NULL; comma++)
            count++;
        most = count > most ? count : most;
    }
    return most;
}

static struct postgres_server *create(const struct store_postgres_options *options, PQconninfoOption *given)
{
    struct arena *arena = arena_create();
    struct postgres_server *server = ARENA_NEW(arena, struct postgres_server);
    server->arena = arena;
    server->given = given;
    server->options = *options;
    server->options.connection = keep(server, options->connection);
    server->options.password_file = keep(server, options->password_file);
    server->options.schema = keep(server, options->schema);
    server->keywords = ARENA_ARRAY(arena, const char *, PARAMETERS_MAX);
    server->servers = count_servers(given);
    server->values = ARENA_ARRAY(arena, const char **, server->servers);
    for (size_t first = 0; first < server->servers; first++)
        server->values[first] = ARENA_ARRAY(arena, const char *, PARAMETERS_MAX);
    return server;
}

/* "a,b,c" from its second: "b,c,a". A list of one item, as a port for all of them, stays as it is. */
static const char *begin_list_at(struct arena *arena, const char *list, size_t first)
{
    const char *rest = list;
    for (size_t i = 0; i < first && rest != NULL; i++)
        rest = (rest = strchr(rest, ',')) != NULL ? rest + 1 : NULL;
    if (rest == NULL || rest == list)
        return list;
    size_t length = strlen(list) + 1;
    char *turned = ARENA_ARRAY(arena, char, length);
    snprintf(turned, length, "%s,%.*s", rest, (int)(rest - list - 1), list);
    return turned;
}

static void add(struct postgres_server *server, const char *keyword, const char *value)
{
    INVARIANT(server->count + 2 < PARAMETERS_MAX);
    server->keywords[server->count] = keyword;
    for (size_t first = 0; first < server->servers; first++)
        server->values[first][server->count] =
            is_list(keyword) ? begin_list_at(server->arena, value, first) : value;
    server->count++;
}

/* It goes into statements between double quotes. */
static bool is_schema_name(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length <= SCHEMA_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-.") == length;
}

enum fault postgres_server_create(const struct store_postgres_options *options, struct postgres_server **out,
                                  char *detail)
{
    if (!is_schema_name(options->schema))
        return refuse(detail, options->schema, "not a name for the store's schema");
    TRY(check_password(options->password_file, detail));
    char *problem = NULL;
    PQconninfoOption *given = PQconninfoParse(options->connection, &problem);
    if (given == NULL) {
        /* libpq's sentence repeats parts of the string, which may be a password in the wrong place. */
        PQfreemem(problem);
        return refuse(detail, "store.postgres.connection",
                      "expected a PostgreSQL connection string such as \"host=db.internal dbname=dragoman "
                      "user=dragoman\"");
    }
    struct postgres_server *server = create(options, given);
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        add(server, defaults[i][0], defaults[i][1]);
    for (const PQconninfoOption *option = given; option->keyword != NULL; option++) {
        if (option->val == NULL)
            continue;
        if (strcmp(option->keyword, "password") == 0) {
            postgres_server_destroy(server);
            return refuse(detail, "store.postgres.connection",
                          "holds a password; put it into an owner-only file and name that as passwordFile");
        }
        add(server, option->keyword, option->val);
    }
    *out = server;
    return FAULT_NONE;
}

size_t store_postgres_files(const char *connection, struct arena *arena,
                            struct text files[STORE_POSTGRES_FILES_MAX])
{
    static const char *const keywords[] = {"sslrootcert", "sslcert",   "sslkey",
                                           "sslcrl",      "sslcrldir", "passfile"};
    size_t count = 0;
    PQconninfoOption *given = PQconninfoParse(connection, NULL);
    for (const PQconninfoOption *option = given; option != NULL && option->keyword != NULL; option++)
        for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
            /* sslrootcert=system is a word, not a path. */
            if (strcmp(option->keyword, keywords[i]) == 0 && option->val != NULL &&
                strchr(option->val, '/') != NULL)
                files[count++] = arena_copy(arena, text_of(option->val));
    PQconninfoFree(given);
    return count;
}

void postgres_server_destroy(struct postgres_server *server)
{
    if (server == NULL)
        return;
    PQconninfoFree(server->given);
    arena_destroy(server->arena);
}

/* What the server says beside its answers, such as warnings of what it has seen or is about to do. Without this
 * libpq would write it to standard error. */
static void note_notice(void *context, const PGresult *notice)
{
    bool *has_warned = context;
    const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    bool is_warning = severity != NULL && strcmp(severity, "WARNING") == 0;
    if (has_warned != NULL)
        *has_warned |= is_warning;
    LOG(is_warning ? LOG_WARNING : LOG_INFO, "store_notice", log_text("severity", text_of(severity)),
        log_text("code", text_of(PQresultErrorField(notice, PG_DIAG_SQLSTATE))),
        log_text("message", text_of(PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY))));
}

PGconn *postgres_server_connect(const struct postgres_server *server, size_t attempt, bool *has_warned)
{
    char password[PASSWORD_SIZE];
    const char *problem, *keywords[PARAMETERS_MAX], *values[PARAMETERS_MAX];
    size_t count = server->count;
    memcpy(keywords, server->keywords, sizeof(keywords));
    memcpy(values, server->values[attempt % server->servers], sizeof(values));
    if (server->options.password_file != NULL) {
        if (read_password(server->options.password_file, password, &problem) < 0)
            return NULL;
        keywords[count] = "password";
        values[count++] = password;
    }
    keywords[count] = values[count] = NULL;
    PGconn *connection = PQconnectStartParams(keywords, values, 0);
    secret_wipe(password, sizeof(password));
    PQsetNoticeReceiver(connection, note_notice, has_warned);
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE); /* for the code, which is the same in every language */
    return connection;
}

/* By what libpq says itself, or by the code in what the server said (its appendix A). */
static const char *const advice[][2] = {
    {"28P01:", "user in store.postgres.connection or the password in passwordFile is wrong"},
    {"no password supplied",
     "put the password into an owner-only file and name it as store.postgres.passwordFile"},
    {"28000:", "the server's pg_hba.conf lets nobody in so; see user and sslmode in store.postgres.connection"},
    {"3D000:", "make the database there, or name another one as dbname in store.postgres.connection"},
    {"could not translate host name", "see host in store.postgres.connection"},
    {"Connection refused", "see host and port in store.postgres.connection, and whether it runs there"},
    {"does not match host name", "say host as the server's certificate does, or give it one with this name"},
    {"certificate verify failed", "sslrootcert in store.postgres.connection must be the server's authority"},
    {"root certificate file", "name the server's authority as sslrootcert in store.postgres.connection"},
    {"does not support SSL", "switch ssl on there; sslmode in store.postgres.connection asks for it"},
};

void postgres_server_explain(PGconn *connection, char *detail)
{
    const char *message = PQerrorMessage(connection), *then = NULL;
    for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]) && then == NULL; i++)
        if (strstr(message, advice[i][0]) != NULL)
            then = advice[i][1];
    /* Its first line; the others may repeat what was sent. */
    size_t length = strcspn(message, "\n"), rest = then != NULL ? strlen(then) + sizeof("; ") : 1;
    if (length > STORE_DETAIL_SIZE - rest)
        length = STORE_DETAIL_SIZE - rest;
    snprintf(detail, STORE_DETAIL_SIZE, "%.*s%s%s", (int)length, message, then != NULL ? "; " : "",
             then != NULL ? then : "");
}

bool postgres_server_send_session(const struct postgres_server *server, PGconn *connection)
{
    char path[SCHEMA_NAME_MAX + 32], timeout[32];
    snprintf(path, sizeof(path), "\"%s\", pg_temp", server->options.schema);
    snprintf(timeout, sizeof(timeout), "%lld", (long long)server->options.statement_timeout_ms);
    const char *const values[] = {path, timeout};
    return PQsendQueryParams(connection, session_sql, 2, NULL, values, NULL, NULL, 0) == 1;
}

enum fault postgres_server_check_session(const struct postgres_server *server, const PGresult *result,
                                         char *detail)
{
    const char *commit = PQgetvalue(result, 0, SESSION_SYNCHRONOUS_COMMIT);
    const char *fsync = PQgetvalue(result, 0, SESSION_FSYNC), *version = PQgetvalue(result, 0, SESSION_VERSION);
    bool waits = strcmp(commit, "on") == 0 || strcmp(commit, "remote_apply") == 0;
    int64_t number = 0;
    if (!text_to_int64(text_of(version), &number) || number < OLDEST_VERSION) {
        snprintf(detail, STORE_DETAIL_SIZE, "the server is too old (%.20s); PostgreSQL 13 or newer is needed",
                 version);
        return FAULT_STORE_UNAVAILABLE;
    }
    if (server->options.allows_weak_durability || (waits && strcmp(fsync, "on") == 0))
        return FAULT_NONE;
    snprintf(detail, STORE_DETAIL_SIZE,
             "a commit is not durable there (synchronous_commit = %.15s, fsync = %.5s): set both to on, or say"
             " store.postgres.allowWeakDurability: true and lose records in a crash",
             commit, fsync);
    return FAULT_STORE_UNAVAILABLE;
}
