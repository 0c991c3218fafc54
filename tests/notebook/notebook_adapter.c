/* An adapter for tests whose outside world is a folder: a credential is a file named by its lease, and whoever
 * finds the file believes the credential. Other files say how the world behaves: "down" makes everything fail,
 * "slow" holds minting up until it is gone, "wide" makes it mint what lives longer than was ordered, "closed"
 * makes it refuse. What the adapter "circle" writes is shared, lives for ten minutes whatever was ordered, and
 * is remembered in a file of the name it is shared by, or, against the rules, of its scopes with "open": who
 * asks for the same is given it again, as long as it is valid. Linked into a dragomand of the tests' own, in
 * place of the table of built-in adapters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../adapters/jwt/jwt_adapter.h"
#include "adapters/adapter_registry.h"
#include "base/digest.h"
#include "config/adapter_document.h"
#include "runtime/loop.h"

enum { LOOK_MS = 20, PATH_BYTES = 512 };

/* One minting that is held up. */
struct held {
    struct loop_timer timer;
    const struct credential_order *order;
    struct credential_minting *minting;
    bool is_shared;
};

static void path_of(const char *prefix, struct text name, char path[PATH_BYTES])
{
    const char *folder = getenv("DRAGOMAN_NOTEBOOK");
    snprintf(path, PATH_BYTES, "%s/%s%.*s", folder == NULL ? "" : folder, prefix, TEXT_ARGUMENTS(name));
}

static bool is_there(const char *name)
{
    char path[PATH_BYTES];
    path_of("", text_of(name), path);
    return access(path, F_OK) == 0;
}

static bool issues(const struct adapter *adapter, struct text token_type_uri)
{
    (void)adapter;
    return text_is(token_type_uri, "urn:dragoman:token-type:api-key");
}

static struct text usual_type(const struct adapter *adapter, struct arena *arena)
{
    (void)adapter;
    (void)arena;
    return TEXT("urn:dragoman:token-type:api-key");
}

static void write_credential(const struct credential_order *order, struct credential_minting *minting)
{
    char path[PATH_BYTES];
    path_of("credential-", order->id, path);
    FILE *file = fopen(path, "w");
    minting->fault = file == NULL ? FAULT_OUTBOUND_FAILED : FAULT_NONE;
    if (file != NULL)
        fclose(file);
    minting->credential = arena_print(minting->arena, "note-%.*s", TEXT_ARGUMENTS(order->id));
    minting->issued_type = TEXT("urn:dragoman:token-type:api-key");
    minting->token_type = TEXT("N_A");
    minting->expires_at_s = order->expires_at_s + (is_there("wide") ? 60 : 0);
    minting->scope = order->scope;
    minting->handle = arena_print(minting->arena, "credential-%.*s", TEXT_ARGUMENTS(order->id));
}

/* The lease in the file of that name, or TEXT_NONE. */
static struct text read_lease(struct arena *arena, const char *path)
{
    char lease[64];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return TEXT_NONE;
    size_t length = fread(lease, 1, sizeof(lease), file);
    fclose(file);
    return arena_copy(arena, (struct text){lease, length});
}

static void write_shared_credential(const struct credential_order *order, struct credential_minting *minting)
{
    enum { LIFETIME_S = 600 };
    char circle[PATH_BYTES], credential[PATH_BYTES];
    path_of("circle-", is_there("open") ? order->scope : order->sharing, circle);
    struct text lease = order->is_fresh ? TEXT_NONE : read_lease(minting->arena, circle);
    path_of("credential-", lease, credential);
    if (lease.length == 0 || access(credential, F_OK) != 0) {
        FILE *file = fopen(circle, "w");
        if (file != NULL) {
            fwrite(order->id.base, 1, order->id.length, file);
            fclose(file);
        }
        write_credential(order, minting);
        lease = order->id;
    } else {
        minting->made_for = lease;
        minting->issued_type = TEXT("urn:dragoman:token-type:api-key");
        minting->token_type = TEXT("N_A");
        minting->expires_at_s = order->expires_at_s;
        minting->scope = order->scope;
    }
    minting->credential = arena_print(minting->arena, "note-%.*s", TEXT_ARGUMENTS(lease));
    unsigned char digest[DIGEST_SIZE];
    char *fingerprint = arena_allocate(minting->arena, 2 * DIGEST_SIZE + 1);
    digest_sha256(minting->credential, digest);
    digest_hex(digest, fingerprint);
    minting->fingerprint = text_of(fingerprint);
    minting->presentation.header = TEXT("x-api-key");
    minting->lives_until_s = order->issued_at_s + LIFETIME_S;
}

static void look(struct loop_timer *timer)
{
    struct held *held = (struct held *)((char *)timer - offsetof(struct held, timer));
    if (is_there("slow")) {
        loop_timer_start(loop_current(), &held->timer, LOOK_MS);
        return;
    }
    if (held->is_shared)
        write_shared_credential(held->order, held->minting);
    else
        write_credential(held->order, held->minting);
    flow_wait_done(&held->minting->wait);
}

static void mint(const struct adapter *adapter, const struct credential_order *order,
                 struct credential_minting *minting)
{
    if (is_there("down") || is_there("closed")) {
        minting->fault = is_there("down") ? FAULT_OUTBOUND_FAILED : FAULT_ADAPTER_REFUSED;
        minting->public_reason = is_there("down") ? TEXT_NONE : TEXT("the circle is closed");
        flow_wait_done(&minting->wait);
        return;
    }
    struct held *held = ARENA_NEW(minting->arena, struct held);
    *held = (struct held){
        .timer.run = look, .order = order, .minting = minting, .is_shared = adapter->is_shared != NULL};
    loop_timer_start(loop_current(), &held->timer, 0);
}

/* By its handle, or without one by its lease: what was never made is gone already. */
static void tear_out(const struct adapter *adapter, struct credential_withdrawal *withdrawal)
{
    (void)adapter;
    char path[PATH_BYTES];
    if (withdrawal->handle.length != 0)
        path_of("", withdrawal->handle, path);
    else
        path_of("credential-", withdrawal->lease, path);
    withdrawal->fault = is_there("down") ? FAULT_OUTBOUND_FAILED : FAULT_NONE;
    if (withdrawal->fault == FAULT_NONE)
        unlink(path);
    flow_wait_done(&withdrawal->wait);
}

static bool is_shared(const struct adapter *adapter)
{
    (void)adapter;
    return true;
}

static bool has_outside_effects(const struct adapter *adapter)
{
    (void)adapter;
    return true;
}

/* In place of the gateway's own table and of the names that documents may use. */
const char *const adapters_built_in[] = {"jwt", "notebook", "stone", "circle", NULL};

static const struct adapter all[] = {
    {.name = TEXT("notebook"),
     .issues = issues,
     .usual_type = usual_type,
     .mint = mint,
     .has_outside_effects = has_outside_effects,
     .revoke = tear_out},
    {.name = TEXT("stone"), /* what it writes stays */
     .issues = issues,
     .usual_type = usual_type,
     .mint = mint,
     .has_outside_effects = has_outside_effects},
    {.name = TEXT("circle"),
     .issues = issues,
     .usual_type = usual_type,
     .mint = mint,
     .has_outside_effects = has_outside_effects,
     .is_shared = is_shared,
     .revoke = tear_out},
};

struct adapter_registry {
    int nothing;
};

struct adapter_registry *adapter_registry_create(const struct adapter_registry_options *options)
{
    static struct adapter_registry registry;
    (void)options;
    return &registry;
}

void adapter_registry_destroy(struct adapter_registry *registry)
{
    (void)registry;
}

const struct adapter *adapter_registry_find(const struct adapter_registry *registry, struct text name)
{
    (void)registry;
    if (text_equal(name, jwt_adapter.name))
        return &jwt_adapter;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (text_equal(name, all[i].name))
            return &all[i];
    return NULL;
}
