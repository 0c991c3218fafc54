/* See login_claims.h. */
#include "login/login_claims.h"

#include "consent/own_state.h"
#include "json/json_writer.h"

static const char owner[] = "~person";

bool login_claims_keep(const struct sealer *sealer, struct arena *arena, struct text session,
                       const struct verified_token *token, int64_t expires_at_s, struct store_state *change)
{
    struct buffer json = buffer_in(arena, 1024);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_name(&writer, TEXT("claims"));
    json_write_value(&writer, token->claims.all);
    json_member_text(&writer, "root", token->root);
    json_member_text(&writer, "fingerprint", token->fingerprint);
    json_end_object(&writer);
    if (!own_state_fits(buffer_text(&json)))
        return false;
    own_state_put(sealer, arena, owner, own_state_key(arena, session), buffer_text(&json), change);
    change->expires_at_s = expires_at_s;
    return true;
}

static enum fault take(struct login_claims_reading *reading)
{
    const struct json_value *row;
    int64_t version;
    TRY(own_state_read(reading->sealer, &reading->query, &row, &version));
    reading->claims = json_member(row, TEXT("claims"));
    reading->root = json_text_of(row, "root");
    reading->fingerprint = json_text_of(row, "fingerprint");
    return reading->claims != NULL ? FAULT_NONE : FAULT_SESSION_MISSING;
}

static void found(struct store_query *query)
{
    struct login_claims_reading *reading = query->context;
    reading->fault = take(reading);
    flow_wait_done(&reading->wait);
}

void login_claims_read(struct login_claims_reading *reading)
{
    own_state_find(reading->store, owner, own_state_key(reading->arena, reading->session), reading->arena,
                   &reading->query, found, reading);
}
