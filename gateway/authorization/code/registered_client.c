/* See registered_client.h. */
#include "code/registered_client.h"

#include "base/base64url.h"
#include "base/clock.h"
#include "config/document.h"
#include "consent/own_state.h"

enum { NAME_BYTES = 16, PLACE_DIGITS = 4 };

static const char owner[] = "~client";

static struct text key_of(struct arena *arena, int64_t place)
{
    return own_state_key(arena, arena_print(arena, "%04llx", (unsigned long long)place));
}

int64_t registered_client_place(struct text client_id)
{
    struct text prefix = TEXT(REGISTERED_CLIENT_PREFIX);
    int64_t place = 0;
    if (!text_starts_with(client_id, prefix) ||
        client_id.length != prefix.length + PLACE_DIGITS + 1 + BASE64URL_ENCODED_LENGTH(NAME_BYTES))
        return -1;
    for (size_t i = 0; i < PLACE_DIGITS; i++) {
        int digit = text_hexadecimal_value(client_id.base[prefix.length + i]);
        if (digit < 0)
            return -1;
        place = place * 16 + digit;
    }
    return place;
}

static enum fault take(struct registered_client_reading *reading)
{
    const struct json_value *row;
    TRY(own_state_read(reading->sealer, &reading->query, &row, &reading->version));
    reading->expires_at_s = json_integer_of(row, "expires_at");
    if (row == NULL || reading->expires_at_s <= clock_wall_s())
        return FAULT_NONE;
    reading->client_id = json_text_of(row, "client_id");
    client_words_from(row, &reading->words);
    return FAULT_NONE;
}

static void found(struct store_query *query)
{
    struct registered_client_reading *reading = query->context;
    reading->fault = take(reading);
    flow_wait_done(&reading->wait);
}

void registered_client_read(struct registered_client_reading *reading)
{
    own_state_find(reading->store, owner, key_of(reading->arena, reading->place), reading->arena,
                   &reading->query, found, reading);
}

static void put(const struct registered_client_reading *reading, struct text client_id,
                const struct client_words *words, int64_t expires_at_s, struct store_state *change)
{
    struct buffer json = buffer_in(reading->arena, 1024);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_text(&writer, "client_id", client_id);
    client_words_write(&writer, words);
    json_member_integer(&writer, "expires_at", expires_at_s);
    json_end_object(&writer);
    own_state_put(reading->sealer, reading->arena, owner, key_of(reading->arena, reading->place),
                  buffer_text(&json), change);
    change->expected_version = reading->version;
    change->expires_at_s = expires_at_s;
}

struct text registered_client_make(const struct registered_client_reading *reading,
                                   const struct client_words *words, int64_t expires_at_s,
                                   struct store_state *change)
{
    struct text random = base64url_random(reading->arena, NAME_BYTES);
    struct text client_id = arena_print(reading->arena, REGISTERED_CLIENT_PREFIX "%04llx.%.*s",
                                        (unsigned long long)reading->place, TEXT_ARGUMENTS(random));
    put(reading, client_id, words, expires_at_s, change);
    return client_id;
}

void registered_client_prolong(const struct registered_client_reading *reading, int64_t expires_at_s,
                               struct store_state *change)
{
    put(reading, reading->client_id, &reading->words, expires_at_s, change);
}
