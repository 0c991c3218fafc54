/* Lines of an adapter, as messages, manifests and what was minted. What is taken is what the protocol says: a
 * manifest can be written down and read again, and nothing that is good is wider than what was ordered. */
#include <string.h>

#include "protocol/message.h"
#include "protocol/minting_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { NOW_S = 1790000000, END_S = 1790000300 };

static const char usual_manifest[] =
    "{\"protocol\":1,\"manifest\":{\"name\":\"n\",\"version\":\"1\",\"concurrency\":4,"
    "\"credentials\":[{\"type\":\"urn:a:b\",\"token_type\":\"Bearer\"}]}}";

static void check_manifest(struct arena *arena, const struct json_value *result)
{
    struct manifest manifest;
    const char *mistake = NULL;
    const struct json_value *written;
    if (!manifest_read(result, &manifest, &mistake)) {
        INVARIANT(mistake != NULL);
        return;
    }
    INVARIANT(manifest.credential_count >= 1 && manifest.credential_count <= MANIFEST_CREDENTIALS_MAX);
    INVARIANT(manifest.concurrency >= 1 && manifest.concurrency <= 1024);
    INVARIANT(text_is_printable(manifest_text_of(&manifest.name)));
    INVARIANT(text_is_printable(manifest_text_of(&manifest.version)));
    for (size_t i = 0; i < manifest.credential_count; i++)
        INVARIANT(manifest_find(&manifest, manifest_text_of(&manifest.credentials[i].type)) ==
                  &manifest.credentials[i]);
    struct buffer out = buffer_in(arena, 512);
    struct json_writer writer = json_writer_on(&out);
    manifest_write(&manifest, &writer);
    INVARIANT(json_parse(arena, buffer_text(&out), &json_limits_document, &written) == FAULT_NONE);
}

static void check_minted(struct arena *arena, const struct json_value *result)
{
    const struct credential_order order = {.scope = TEXT("a b"), .expires_at_s = END_S};
    const struct json_value *usual;
    struct manifest manifest;
    const char *mistake = NULL;
    INVARIANT(json_parse(arena, text_of(usual_manifest), &json_limits_document, &usual) == FAULT_NONE);
    INVARIANT(manifest_read(usual, &manifest, &mistake));
    if (minting_check(&order, &manifest, NOW_S, result, &mistake) != JUDGED_GOOD) {
        INVARIANT(mistake != NULL);
        return;
    }
    struct text credential = json_text_of(result, "credential");
    int64_t expires_at_s = json_integer_of(result, "expires_at");
    const struct json_value *scopes = json_member(result, TEXT("scopes"));
    INVARIANT(expires_at_s > NOW_S && expires_at_s <= END_S);
    INVARIANT(credential.length != 0 && memchr(credential.base, '\n', credential.length) == NULL &&
              memchr(credential.base, '\r', credential.length) == NULL &&
              memchr(credential.base, '\0', credential.length) == NULL);
    for (const struct json_value *scope = scopes != NULL ? scopes->first : NULL; scope != NULL;
         scope = scope->next)
        INVARIANT(text_is(json_string(scope), "a") || text_is(json_string(scope), "b"));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    SCOPED_ARENA arena = arena_create();
    struct message message = message_read(arena, (struct text){(const char *)bytes, size});
    INVARIANT((message.kind == MESSAGE_BROKEN) == (message.mistake != NULL));
    if (message.kind == MESSAGE_BROKEN)
        return 0;
    INVARIANT(message.kind == MESSAGE_NOTIFICATION ? message.id == 0 : message.id >= 1);
    INVARIANT(message.params == NULL || message.params->kind == JSON_OBJECT);
    INVARIANT(message.data == NULL || message.data->kind == JSON_OBJECT);
    if (message.kind == MESSAGE_RESULT && message.result->kind == JSON_OBJECT) {
        check_manifest(arena, message.result);
        check_minted(arena, message.result);
    }
    return 0;
}
