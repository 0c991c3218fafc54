/* From documents to the files a worker opens after they are read. Each is named here, because nothing else says
 * which are read once and which again: certificate and keys by a new worker alone, authorities, the
 * store's password and what its connection names at each connection, the decision point's token and a client's
 * secret whenever documents are compiled. Those read again may be replaced meanwhile. */
#include "worker_confinement.h"

#include "base/log.h"
#include "confinement/confinement.h"
#include "runtime/metrics.h"
#include "worker/store_files.h"

static void add(struct confinement_request *request, struct confined_path *paths, enum confined_use use,
                struct text path)
{
    if (path.length != 0)
        paths[request->path_count++] = (struct confined_path){use, path.base};
}

static struct confinement_request request_of(struct arena *arena, const struct documents *documents)
{
    const struct gateway_document *settings = documents_gateway(documents);
    struct text_list store = store_files(settings, arena);
    size_t most = documents->count + settings->confinement_readable.count + settings->signing_key_files.count +
                  store.count + 8;
    struct confined_path *paths = ARENA_ARRAY(arena, struct confined_path, most);
    struct confinement_request request = {.paths = paths};
    add(&request, paths, CONFINED_READ, settings->certificate_file);
    add(&request, paths, CONFINED_READ, settings->key_file);
    add(&request, paths, CONFINED_READ_BESIDE, settings->outbound_ca_file);
    add(&request, paths, CONFINED_READ_BESIDE, settings->postgres_password_file);
    add(&request, paths, CONFINED_READ_BESIDE, settings->pdp.token_file);
    add(&request, paths, CONFINED_READ_BESIDE, settings->pdp.basic_file);
    add(&request, paths, CONFINED_READ_BESIDE, settings->tracing.headers_file);
    add(&request, paths, CONFINED_READ_BESIDE, settings->tracing.ca_file);
    for (size_t i = 0; i < store.count; i++)
        add(&request, paths, CONFINED_READ_BESIDE, store.items[i]);
    if (settings->postgres_connection.length == 0)
        add(&request, paths, CONFINED_WRITE_BESIDE, settings->store_path);
    for (size_t i = 0; i < settings->confinement_readable.count; i++)
        add(&request, paths, CONFINED_READ, settings->confinement_readable.items[i]);
    for (size_t i = 0; i < settings->signing_key_files.count; i++)
        add(&request, paths, CONFINED_READ, settings->signing_key_files.items[i]);
    for (size_t i = 0; i < documents->count; i++)
        add(&request, paths, CONFINED_READ_BESIDE, document_secret_file(documents->items[i]));
#ifdef DRAGOMAN_SANITIZED
    request.is_sanitized = true;
#endif
    return request;
}

void worker_confine(const struct documents *documents)
{
    struct confinement confinement = {0};
    if (documents_gateway(documents)->is_confined) {
        SCOPED_ARENA arena = arena_create();
        struct confinement_request request = request_of(arena, documents);
        confinement = confinement_enter(&request);
    }
    bool is_whole = confinement.landlock_version != 0 && confinement.filters_system_calls;
    LOG(is_whole ? LOG_INFO : LOG_WARNING, "confined",
        log_text("system_calls", confinement.filters_system_calls ? TEXT("filtered") : TEXT("all")),
        log_text("files", confinement.landlock_version != 0 ? TEXT("named") : TEXT("all")),
        log_number("landlock_version", confinement.landlock_version));
    metric_add(METRIC_CONFINED_SYSTEM_CALLS, confinement.filters_system_calls);
    metric_add(METRIC_CONFINED_FILES, confinement.landlock_version != 0);
}
