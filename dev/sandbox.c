/* Starts and ends the sandbox; see sandbox.h. */
#include "sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "adapter_programs.h"
#include "base/clock.h"
#include "certificates.h"
#include "configuration.h"
#include "fixture.h"
#include "keys/seal.h"
#include "partner.h"
#include "worker/worker.h"

enum { DRAIN_MS = 2000 };

struct sandbox {
    struct arena *arena;
    const struct sandbox_options *options;
    struct text state;
    bool is_private; /* made by us, so removed by us */
    unsigned gateway_port, egress_port;
    struct text gateway, egress;
    const char *adapters; /* NULL: there are none */
    struct fixture *fixture;
    struct partner partner;
    struct documents documents;
    struct adapter_programs *programs;
    struct worker_programs way; /* to them */
    struct worker *worker;
};

static const char *path(const struct sandbox *sandbox, const char *name)
{
    return arena_print(sandbox->arena, "%.*s/%s", TEXT_ARGUMENTS(sandbox->state), name).base;
}

static enum fault complain(const struct sandbox *sandbox, const char *what, const char *why)
{
    fprintf(sandbox->options->out, "error: %s\n  why:  %s\n", what, why);
    return FAULT_INTERNAL;
}

static void report(const struct sandbox *sandbox, const char *what, struct text where)
{
    fprintf(sandbox->options->out, "  %-18s %.*s\n", what, TEXT_ARGUMENTS(where));
}

/* -- the private directory */

static enum fault prepare_state(struct sandbox *sandbox)
{
    const char *temporary = getenv("TMPDIR");
    umask(077);
    if (sandbox->options->state != NULL) {
        sandbox->state = arena_copy(sandbox->arena, text_of(sandbox->options->state));
        if (mkdir(sandbox->state.base, 0700) != 0 && errno != EEXIST)
            return complain(sandbox, "the state directory cannot be made", strerror(errno));
        char *resolved = realpath(sandbox->state.base, NULL);
        if (resolved == NULL)
            return complain(sandbox, "the state directory cannot be found", strerror(errno));
        sandbox->state = arena_copy(sandbox->arena, text_of(resolved));
        free(resolved);
    } else {
        struct text template = arena_print(sandbox->arena, "%s/dragoman-dev-XXXXXX",
                                           temporary != NULL && temporary[0] == '/' ? temporary : "/tmp");
        char *made = mkdtemp((char *)template.base);
        if (made == NULL)
            return complain(sandbox, "no private directory can be made", strerror(errno));
        sandbox->state = text_of(made);
        sandbox->is_private = true;
    }
    if (sandbox->state.length + sizeof("/admin.sock") > sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return complain(sandbox, "the state directory's name is too long for a socket in it",
                        "use a shorter one");
    return FAULT_NONE;
}

static enum fault prepare_files(struct sandbox *sandbox)
{
    char detail[256] = "";
    /* The log is for looking into, not for the person who watches the tour. */
    if (freopen(path(sandbox, "gateway.log"), "ae", stderr) == NULL)
        return complain(sandbox, "the log cannot be written", strerror(errno));
    setvbuf(stderr, NULL, _IOLBF, 0);
    if (!certificates_make(path(sandbox, "ca.crt"), path(sandbox, "server.crt"), path(sandbox, "server.key")))
        return complain(sandbox, "no certificate could be made", "OpenSSL or the file system refused");
    const char *sealing_key = path(sandbox, "sealing.key");
    if (access(sealing_key, F_OK) != 0 && sealer_make_file(sealing_key, detail) != FAULT_NONE)
        return complain(sandbox, "no sealing key could be made", detail);
    /* A folder of its own: whatever lies beside a database is out of bounds for adapters, ca.crt among it. */
    if (mkdir(path(sandbox, "store"), 0700) != 0 && errno != EEXIST)
        return complain(sandbox, "there is no folder for the database", strerror(errno));
    return FAULT_NONE;
}

/* Ports nobody uses now. The gateway's issuer identifier, and so every document, has the first in it, which is
 * why it must be known before the gateway listens. */
static enum fault choose_port(const struct sandbox *sandbox, unsigned *port, struct text *url)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(address);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_chosen = descriptor >= 0 && bind(descriptor, (struct sockaddr *)&address, sizeof(address)) == 0 &&
                     getsockname(descriptor, (struct sockaddr *)&address, &length) == 0;
    int error = errno;
    if (descriptor >= 0)
        close(descriptor);
    if (!is_chosen)
        return complain(sandbox, "there is no free port on 127.0.0.1", strerror(error));
    *port = ntohs(address.sin_port);
    *url = arena_print(sandbox->arena, "https://127.0.0.1:%u", *port);
    return FAULT_NONE;
}

/* -- what runs */

static enum fault start_fixture(struct sandbox *sandbox)
{
    char detail[256] = "";
    struct fixture_options options = {.certificate_file = path(sandbox, "server.crt"),
                                      .key_file = path(sandbox, "server.key"),
                                      .gateway = sandbox->gateway};
    if (fixture_start(&options, &sandbox->fixture, detail) != FAULT_NONE)
        return complain(sandbox, "the identity server does not start", detail);
    report(sandbox, "identity server", fixture_url(sandbox->fixture));
    return FAULT_NONE;
}

static enum fault start_partner(struct sandbox *sandbox)
{
    struct partner_options options = {.certificate_file = path(sandbox, "server.crt"),
                                      .key_file = path(sandbox, "server.key"),
                                      .authority_file = path(sandbox, "ca.crt"),
                                      .log_file = path(sandbox, "partner.log"),
                                      .gateway = sandbox->gateway,
                                      .audience = TEXT(CONFIGURATION_AUDIENCE)};
    if (partner_start(&options, sandbox->arena, &sandbox->partner) != FAULT_NONE)
        return complain(sandbox, "the partner's service does not start",
                        arena_print(sandbox->arena, "it needs Debian's python3 and python3-jwt; %s says more",
                                    options.log_file)
                            .base);
    report(sandbox, "partner's service",
           arena_print(sandbox->arena, "%.*s/orders (python3, process %d)",
                       TEXT_ARGUMENTS(sandbox->partner.url), (int)sandbox->partner.process));
    return FAULT_NONE;
}

/* The configuration lies elsewhere, so it is named in full. */
static enum fault find_adapters(struct sandbox *sandbox)
{
    const char *named = sandbox->options->adapters;
    if (named == NULL)
        return FAULT_NONE;
    char *resolved = realpath(named, NULL);
    if (resolved == NULL)
        return complain(sandbox, "the directory of adapters cannot be found", strerror(errno));
    sandbox->adapters = arena_copy(sandbox->arena, text_of(resolved)).base;
    free(resolved);
    return FAULT_NONE;
}

static enum fault start_gateway(struct sandbox *sandbox)
{
    SCOPED_BUFFER mistakes = {0};
    struct configuration configuration = {.file = path(sandbox, "sandbox.yaml"),
                                          .gateway_port = sandbox->gateway_port,
                                          .egress_port = sandbox->egress_port,
                                          .adapters = sandbox->adapters,
                                          .fixture_url = fixture_url(sandbox->fixture),
                                          .partner_url = sandbox->partner.url};
    if (!configuration_write(&configuration))
        return complain(sandbox, "the configuration cannot be written", strerror(errno));
    documents_init(&sandbox->documents, sandbox->arena);
    documents_read_path(&sandbox->documents, configuration.file);
    documents_check_references(&sandbox->documents);
    if (sandbox->documents.mistake_count != 0) {
        documents_print_mistakes(&sandbox->documents, &mistakes);
        return complain(sandbox, "the configuration has mistakes",
                        arena_copy(sandbox->arena, buffer_text(&mistakes)).base);
    }
    sandbox->programs = adapter_programs_create(&sandbox->documents);
    sandbox->way = adapter_programs_way(sandbox->programs);
    struct worker_sealing sealing = {.source = TEXT("keyFile"), .since_s = clock_wall_s()};
    char detail[256] = "";
    if (sealer_open(path(sandbox, "sealing.key"), &sealing.sealer, detail) != FAULT_NONE)
        return complain(sandbox, "the sealing key cannot be read", detail);
    if (worker_start(&sandbox->documents, NULL, &sandbox->way, &sealing, &sandbox->worker, &mistakes) !=
        FAULT_NONE)
        return complain(sandbox, "the gateway does not start",
                        arena_copy(sandbox->arena, buffer_text(&mistakes)).base);
    report(sandbox, "gateway", sandbox->gateway);
    report(sandbox, "its egress", sandbox->egress);
    report(sandbox, "configuration", text_of(configuration.file));
    report(sandbox, "logs",
           arena_print(sandbox->arena, "%.*s/gateway.log, partner.log", TEXT_ARGUMENTS(sandbox->state)));
    return FAULT_NONE;
}

static void print_environment(const struct sandbox *sandbox, FILE *file)
{
    struct text issuers = fixture_url(sandbox->fixture);
    fprintf(file,
            "export DRAGOMAN_GATEWAY=%.*s\n"
            "export DRAGOMAN_CA_FILE=%s\n"
            "export DRAGOMAN_ADMIN_SOCKET=%s\n"
            "export DRAGOMAN_DEV_ISSUERS=%.*s\n"
            "export DRAGOMAN_DEV_PARTNER=%.*s\n"
            "export DRAGOMAN_DEV_STATE=%.*s\n"
            "export DRAGOMAN_DEV_EGRESS=%.*s\n",
            TEXT_ARGUMENTS(sandbox->gateway), path(sandbox, "ca.crt"), path(sandbox, "admin.sock"),
            TEXT_ARGUMENTS(issuers), TEXT_ARGUMENTS(sandbox->partner.url), TEXT_ARGUMENTS(sandbox->state),
            TEXT_ARGUMENTS(sandbox->egress));
    if (sandbox->adapters != NULL)
        fprintf(file, "export DRAGOMAN_DEV_ADAPTERS=%s\n", sandbox->adapters);
}

/* Under its name only when it is complete: a script that waits for the file finds all of it. */
static enum fault write_environment(const struct sandbox *sandbox)
{
    const char *target = sandbox->options->environment_file;
    fprintf(sandbox->options->out, "\nFor dragoman and curl in another shell:\n");
    print_environment(sandbox, sandbox->options->out);
    fflush(sandbox->options->out);
    if (target == NULL)
        return FAULT_NONE;
    const char *draft = arena_print(sandbox->arena, "%s.part", target).base;
    FILE *file = fopen(draft, "we");
    if (file == NULL)
        return complain(sandbox, "the environment file cannot be written", strerror(errno));
    print_environment(sandbox, file);
    if (fclose(file) != 0 || rename(draft, target) != 0)
        return complain(sandbox, "the environment file cannot be written", strerror(errno));
    return FAULT_NONE;
}

static enum fault start(struct sandbox *sandbox)
{
    fprintf(sandbox->options->out,
            "dragoman-dev: A SANDBOX, NOT A GATEWAY FOR ANYTHING REAL. Its identity server lets anybody\n"
            "be anybody, and all of it listens on 127.0.0.1 alone.\n\n");
    TRY(prepare_state(sandbox));
    TRY(prepare_files(sandbox));
    TRY(choose_port(sandbox, &sandbox->gateway_port, &sandbox->gateway));
    TRY(choose_port(sandbox, &sandbox->egress_port, &sandbox->egress));
    TRY(find_adapters(sandbox));
    TRY(start_fixture(sandbox));
    TRY(start_partner(sandbox));
    TRY(start_gateway(sandbox));
    return write_environment(sandbox);
}

static int remove_entry(const char *name, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(name);
}

void sandbox_serve(struct sandbox *sandbox, int until)
{
    adapter_programs_serve(sandbox->programs, sandbox->worker, until);
}

void sandbox_stop(struct sandbox *sandbox)
{
    if (sandbox->worker != NULL)
        worker_stop(sandbox->worker, DRAIN_MS);
    adapter_programs_destroy(sandbox->programs);
    partner_stop(&sandbox->partner);
    fixture_stop(sandbox->fixture);
    if (sandbox->is_private)
        nftw(sandbox->state.base, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    arena_destroy(sandbox->arena);
    free(sandbox);
}

enum fault sandbox_start(const struct sandbox_options *options, struct sandbox **out)
{
    struct sandbox *sandbox = calloc(1, sizeof(*sandbox));
    INVARIANT(sandbox != NULL);
    sandbox->arena = arena_create();
    sandbox->options = options;
    enum fault fault = start(sandbox);
    fflush(options->out);
    if (fault != FAULT_NONE) {
        sandbox_stop(sandbox);
        return fault;
    }
    *out = sandbox;
    return FAULT_NONE;
}
