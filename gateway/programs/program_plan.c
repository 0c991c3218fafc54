/* Reads the document from its sealed memory file, and takes from the Gateway's what concerns programs. */
#include "program_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool refuse(char *detail, const char *why)
{
    snprintf(detail, PROGRAM_DETAIL_SIZE, "%s", why);
    return false;
}

/* --- the document --- */

static bool read_source(struct arena *arena, int source, struct text *content, char *detail)
{
    const int sealed = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
    struct stat status;
    int seals = fcntl(source, F_GET_SEALS);
    if (seals < 0 || (seals & sealed) != sealed || fstat(source, &status) != 0 ||
        status.st_size > DOCUMENTS_BYTES_MAX)
        return refuse(detail, "its document did not come in a sealed memory file");
    size_t size = (size_t)status.st_size;
    char *bytes = arena_allocate(arena, size + 1);
    if (pread(source, bytes, size, 0) != (ssize_t)size)
        return refuse(detail, "its document cannot be read");
    *content = (struct text){bytes, size};
    return true;
}

static bool read_document(struct program_plan *plan, char *detail)
{
    struct documents *read = ARENA_NEW(plan->arena, struct documents);
    if (!read_source(plan->arena, plan->source, &plan->body, detail))
        return false;
    documents_init(read, plan->arena);
    documents_read(read, TEXT("store"), plan->body);
    if (read->mistake_count != 0) {
        snprintf(detail, PROGRAM_DETAIL_SIZE, "its document: %.*s", TEXT_ARGUMENTS(read->mistakes[0].sentence));
        return false;
    }
    if (read->count != 1 || read->items[0]->kind != DOCUMENT_ADAPTER ||
        !text_equal(read->items[0]->name, plan->adapter))
        return refuse(detail, "its document is not one Adapter of this name");
    plan->document = &read->items[0]->adapter;
    return true;
}

/* --- the gateway's --- */

static void add(struct program_plan *plan, struct text_list *list, struct text item)
{
    if (item.length != 0)
        list->items[list->count++] = arena_copy(plan->arena, item);
}

static void add_folder(struct program_plan *plan, struct text file)
{
    const char *slash = file.length == 0 ? NULL : memrchr(file.base, '/', file.length);
    if (slash != NULL)
        add(plan, &plan->kept_folders,
            (struct text){file.base, slash == file.base ? 1 : (size_t)(slash - file.base)});
}

static struct text_list copy(struct program_plan *plan, struct text_list list)
{
    struct text_list copied = {ARENA_ARRAY(plan->arena, struct text, list.count + 1), 0};
    for (size_t i = 0; i < list.count; i++)
        add(plan, &copied, list.items[i]);
    return copied;
}

/* Its own "ca" comes first. */
static void take_files(struct program_plan *plan, struct text ca_file)
{
    const struct name_value_list *own = &plan->document->files;
    bool has_ca = false;
    plan->files.items = ARENA_ARRAY(plan->arena, struct name_value, own->count + 1);
    for (size_t i = 0; i < own->count; i++) {
        plan->files.items[plan->files.count++] = own->items[i];
        has_ca |= text_is(own->items[i].name, "ca");
    }
    char resolved[PATH_MAX];
    /* The operator's own setting may be a link, as mounted volumes have them; what it leads to is opened. */
    if (!has_ca && ca_file.length != 0 && realpath(arena_copy(plan->arena, ca_file).base, resolved) != NULL)
        plan->files.items[plan->files.count++] =
            (struct name_value){TEXT("ca"), arena_copy(plan->arena, text_of(resolved))};
}

static void take_settings(struct program_plan *plan, const struct documents *documents)
{
    const struct gateway_document *gateway = documents_gateway(documents);
    const struct text named[] = {gateway->sealing.key_file,       gateway->key_file,
                                 gateway->postgres_password_file, gateway->pdp.token_file,
                                 gateway->pdp.basic_file,         TEXT_NONE};
    bool has_file = gateway->postgres_connection.length == 0 && gateway->store_path.length != 0;
    take_files(plan, gateway->outbound_ca_file);
    plan->allow_addresses = copy(plan, gateway->outbound_allow);
    plan->directories = copy(plan, gateway->adapters.directories);
    plan->interpreters = copy(plan, gateway->adapters.interpreters);
    plan->is_isolation_waived = gateway->adapters.is_isolation_waived && plan->document->is_isolation_waived;
    plan->first_user_id = gateway->adapters.first_user_id;
    if (gateway->admin_socket.length != 0)
        plan->admin_socket = arena_copy(plan->arena, gateway->admin_socket).base;
    plan->kept_files.items = ARENA_ARRAY(plan->arena, struct text, documents->count + 8);
    plan->kept_folders.items = ARENA_ARRAY(plan->arena, struct text, 4);
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        add(plan, &plan->kept_files, named[i]);
    if (has_file)
        add(plan, &plan->kept_files, gateway->store_path);
    for (size_t i = 0; i < documents->count; i++)
        add(plan, &plan->kept_files, document_secret_file(documents->items[i]));
    add_folder(plan, gateway->sealing.key_file);
    add_folder(plan, gateway->admin_socket);
    if (!has_file)
        return;
    size_t others = plan->kept_folders.count;
    add_folder(plan, gateway->store_path);
    plan->store_folder = plan->kept_folders.count == others ? NULL : plan->kept_folders.items[others].base;
}

bool program_plan_make(struct program_plan *plan, const struct documents *documents, struct text name,
                       int source, char *detail)
{
    struct arena *arena = arena_create();
    *plan = (struct program_plan){.arena = arena, .name = arena_copy(arena, name), .source = source};
    bool is_trial = text_starts_with(plan->name, TEXT("~"));
    plan->adapter = (struct text){plan->name.base + is_trial, plan->name.length - is_trial};
    if (!read_document(plan, detail)) {
        program_plan_drop(plan);
        return false;
    }
    take_settings(plan, documents);
    return true;
}

void program_plan_drop(struct program_plan *plan)
{
    if (plan->arena == NULL)
        return;
    arena_destroy(plan->arena);
    if (plan->source >= 0)
        close(plan->source);
    *plan = (struct program_plan){.source = -1};
}
