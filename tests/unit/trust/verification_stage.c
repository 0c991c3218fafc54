/* The issuers, our own key and the good tokens that the verification tests change one thing of. */
/* The stage of the verification tests: issuers, rules, and one call that runs the whole pipeline. */
#include "verification_stage.h"

#include <stdlib.h>

const struct way stage_ways[] = {
    {"subject, any JWT", TOKEN_USE_SUBJECT, TOKEN_TYPE_JWT, false, NULL, "\"https://gateway.example\""},
    {"subject, access token", TOKEN_USE_SUBJECT, TOKEN_TYPE_ACCESS_TOKEN, false, "\"JWT\"",
     "[\"https://elsewhere.example\",\"https://gateway.example\"]"},
    {"subject, ID Token", TOKEN_USE_SUBJECT, TOKEN_TYPE_ID_TOKEN, false, "\"JWT\"", "\"web\""},
    {"subject, our own", TOKEN_USE_SUBJECT, TOKEN_TYPE_ACCESS_TOKEN, true, "\"at+jwt\"", "\"partner-api\""},
    {"actor, any JWT", TOKEN_USE_ACTOR, TOKEN_TYPE_JWT, false, "\"JWT\"", "\"https://gateway.example\""},
    {"actor, access token", TOKEN_USE_ACTOR, TOKEN_TYPE_ACCESS_TOKEN, false, "\"at+jwt\"",
     "\"https://gateway.example\""},
    {"actor, ID Token", TOKEN_USE_ACTOR, TOKEN_TYPE_ID_TOKEN, false, NULL, "[\"web\"]"},
    {"actor, our own", TOKEN_USE_ACTOR, TOKEN_TYPE_JWT, true, "\"JWT\"", "\"https://self.example\""},
    {"client, platform token", TOKEN_USE_CLIENT, TOKEN_TYPE_JWT, false, NULL, "\"https://gateway.example\""},
};
const size_t stage_way_count = sizeof(stage_ways) / sizeof(stage_ways[0]);

static const struct text all_types[] = {TEXT("access_token"), TEXT("id_token"), TEXT("jwt")};
static const struct text gateway_audience[] = {TEXT("https://gateway.example")};
static const struct text own_audiences[] = {TEXT("another-api"), TEXT("partner-api")};

static void add_issuer(struct stage *stage, int index, const char *identifier)
{
    struct document *document = &stage->documents[index];
    document->kind = DOCUMENT_ISSUER;
    document->issuer = (struct issuer_document){.issuer = text_of(identifier),
                                                .audiences = {(struct text *)gateway_audience, 1},
                                                .token_types = {(struct text *)all_types, 3},
                                                .maximum_age_s = 3600,
                                                .leeway_s = 30,
                                                .subject_claim = TEXT("sub"),
                                                .is_platform = true,
                                                .is_enabled = true};
    stage->issuers[index] =
        (struct issuer){.document = document, .algorithms = 1u << ALGORITHM_ES256 | 1u << ALGORITHM_RS256};
}

static struct key_source *inline_source(struct stage *stage, const struct test_key *const *keys, size_t count)
{
    const struct json_value *jwks = test_json(stage->arena, test_jwks(stage->arena, keys, count).base);
    return key_source_acquire(NULL, ISSUER_KEYS_INLINE, TEXT_NONE, jwks, ALGORITHM_RS256);
}

static int compare_issuers(const void *a, const void *b)
{
    const struct issuer *const *left = a, *const *right = b;
    return text_compare((*left)->document->issuer.issuer, (*right)->document->issuer.issuer);
}

int stage_create(void **state)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    stage->arena = arena_create();
    stage->idp = test_key_make("k1");
    stage->idp_second = test_key_make("k2");
    stage->other = test_key_make("k1");
    stage->own = test_key_make("own");
    add_issuer(stage, 0, "https://idp.example");
    add_issuer(stage, 1, "https://other.example");
    add_issuer(stage, 2, "https://disabled.example");
    add_issuer(stage, 3, "https://self.example");
    const struct test_key *idp[] = {&stage->idp, &stage->idp_second}, *other[] = {&stage->other};
    stage->issuers[0].keys = inline_source(stage, idp, 2);
    stage->issuers[1].keys = inline_source(stage, other, 1);
    stage->documents[2].issuer.is_enabled = false;
    stage->documents[3].issuer.leeway_s = 5;
    stage->documents[3].issuer.is_platform = false;
    stage->issuers[3].is_self = true;
    for (int i = 0; i < STAGE_ISSUERS; i++)
        stage->sorted[i] = &stage->issuers[i];
    qsort(stage->sorted, STAGE_ISSUERS, sizeof(stage->sorted[0]), compare_issuers);
    stage->own_key = (struct signing_key){.id = TEXT("own"),
                                          .algorithm = ALGORITHM_ES256,
                                          .state = SIGNING_KEY_ACTIVE,
                                          .key = stage->own.key,
                                          .created_at_s = STAGE_NOW_S - 100,
                                          .activate_at_s = STAGE_NOW_S - 100};
    stage->own_keys = (struct key_snapshot){&stage->own_key, 1};
    *state = stage;
    return 0;
}

int stage_destroy(void **state)
{
    struct stage *stage = *state;
    key_source_release(stage->issuers[0].keys);
    key_source_release(stage->issuers[1].keys);
    test_key_dispose(&stage->idp);
    test_key_dispose(&stage->idp_second);
    test_key_dispose(&stage->other);
    test_key_dispose(&stage->own);
    arena_destroy(stage->arena);
    free(stage);
    return 0;
}

struct verification_rules stage_rules(const struct stage *stage, const struct way *way)
{
    return (struct verification_rules){.use = way->use,
                                       .declared_type = way->declared_type,
                                       .issuers = stage->sorted,
                                       .issuer_count = STAGE_ISSUERS,
                                       .own_issuer = TEXT("https://self.example"),
                                       .own_keys = &stage->own_keys,
                                       .client_id = TEXT("web"),
                                       .own_audiences = own_audiences,
                                       .own_audience_count = 2,
                                       .chain_depth = 4,
                                       .remembered_tokens = 64,
                                       .now_s = STAGE_NOW_S};
}

static const char *header_of(struct stage *stage, const struct way *way, const struct header_change *change)
{
    static const struct header_change none;
    if (change == NULL)
        change = &none;
    const char *values[] = {change->algorithm != NULL ? change->algorithm : "\"ES256\"",
                            change->key_id != NULL ? change->key_id
                            : way->is_own          ? "\"own\""
                                                   : "\"k1\"",
                            change->type != NULL ? change->type : way->type};
    struct test_claim members[] = {{"alg", values[0]}, {"kid", values[1]}, {"typ", values[2]}, {NULL, NULL}};
    for (int i = 0; i < 3; i++)
        if (values[i] != NULL && values[i][0] == '\0')
            members[i].value = NULL;
    struct text header = text_of(test_claims(stage->arena, members, NULL));
    header.length--; /* the brace */
    return arena_print(stage->arena, "%.*s%s}", TEXT_ARGUMENTS(header),
                       change->more != NULL ? change->more : "")
        .base;
}

struct text stage_token_signed_by(struct stage *stage, const struct test_key *key, const struct way *way,
                                  const struct header_change *header, const struct test_claim *claims)
{
    struct arena *arena = stage->arena;
    const struct test_claim base[] = {
        {"iss", way->is_own ? "\"https://self.example\"" : "\"https://idp.example\""},
        {"sub", "\"alice\""},
        {"aud", way->audience},
        {"iat", arena_print(arena, "%d", STAGE_NOW_S - 60).base},
        {"exp", arena_print(arena, "%d", STAGE_NOW_S + 240).base},
        {"jti", "\"J1\""},
        {"txn", "\"root-1\""},
        {NULL, NULL},
    };
    return test_token(arena, key, header_of(stage, way, header), test_claims(arena, base, claims));
}

struct text stage_token(struct stage *stage, const struct way *way, const struct header_change *header,
                        const struct test_claim *claims)
{
    return stage_token_signed_by(stage, way->is_own ? &stage->own : &stage->idp, way, header, claims);
}

enum fault stage_verify_by(struct stage *stage, const struct verification_rules *rules, struct text token,
                           struct verification *verification)
{
    static struct flow running = {.is_running = true};
    TRY(verification_identify(stage->arena, token, rules, verification));
    INVARIANT(flow_wait_begin(&running, &verification->lookup.wait));
    verification_find_key(verification, rules);
    INVARIANT(verification->lookup.wait.state == FLOW_WAIT_READY);
    enum fault fault = verification_complete(stage->arena, rules, verification);
    verification_dispose(verification);
    return fault;
}

enum fault stage_verify(struct stage *stage, const struct way *way, struct text token,
                        struct verification *verification)
{
    struct verification_rules rules = stage_rules(stage, way);
    return stage_verify_by(stage, &rules, token, verification);
}
