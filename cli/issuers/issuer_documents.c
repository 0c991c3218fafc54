/* Writes the documents of dragoman issuer add, and says what looks unsafe about the sample they were made from.
 * Values come from a verified token and are still quoted as if they were hostile. */
#include "issuers/issuer_sample.h"

#include "base/clock.h"

enum { AGE_DEFAULT_S = 3600, AGE_MAX_S = 86400 };

struct platform_claims {
    const char *marker; /* path of a claim that only this kind of platform writes */
    const char *what;
    const char *paths[4]; /* what tells one of its agents from all others */
};

static const struct platform_claims platforms[] = {
    {"\"kubernetes.io\".namespace",
     "a Kubernetes service account token",
     {"sub", "\"kubernetes.io\".namespace", NULL}},
    {"workflow_ref", "a GitHub Actions token", {"repository", "workflow_ref", "ref", NULL}},
    {"project_path", "a GitLab CI token", {"project_path", "ref", "ref_protected", NULL}},
};

static const struct platform_claims *find_platform(const struct issuer_sample *sample)
{
    for (size_t i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++)
        if (json_is_string(json_at(sample->claims.all, text_of(platforms[i].marker))))
            return &platforms[i];
    return NULL;
}

/* A YAML scalar: bare where nothing could be misread, else a JSON string, which YAML 1.2 takes as it is. */
static struct text scalar(struct arena *arena, struct text text)
{
    SCOPED_BUFFER quoted = {0};
    bool is_bare = text.length != 0 && ((text.base[0] >= 'a' && text.base[0] <= 'z') ||
                                        (text.base[0] >= 'A' && text.base[0] <= 'Z'));
    for (size_t i = 0; i < text.length; i++) {
        char c = text.base[i];
        is_bare = is_bare && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              c == '-' || c == '_' || c == '.' || c == '/');
    }
    static const char *const words[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        is_bare = is_bare && !text_equal_ignoring_case(text, text_of(words[i]));
    if (is_bare)
        return text;
    struct json_writer writer = json_writer_on(&quoted);
    json_write_text(&writer, terminal_clean(arena, text));
    return arena_copy(arena, buffer_text(&quoted));
}

static void print_audiences(const struct invocation *invocation, const struct issuer_sample *sample)
{
    FILE *out = invocation->terminal->out;
    if (sample->claims.audience_count == 0)
        return;
    fprintf(out, "  audiences: [");
    for (size_t i = 0; i < sample->claims.audience_count; i++) {
        struct text audience = scalar(invocation->arena, sample->claims.audiences[i]);
        fprintf(out, "%s%.*s", i != 0 ? ", " : "", TEXT_ARGUMENTS(audience));
    }
    fprintf(out, "]   # whom its tokens are meant for, as in the sample\n");
}

/* Which token types these tokens are declared as, and the typ values to accept. */
static void print_types(const struct invocation *invocation, const struct issuer_sample *sample)
{
    FILE *out = invocation->terminal->out;
    bool is_id_token = json_member(sample->claims.all, TEXT("nonce")) != NULL ||
                       json_member(sample->claims.all, TEXT("at_hash")) != NULL;
    bool is_access_token = jws_type_is(&sample->jws, "at+jwt");
    fprintf(out, "  tokenTypes: [%s]\n", is_id_token ? "id_token, jwt" : "access_token, jwt");
    if (sample->jws.type.length != 0 && !is_access_token) {
        struct text type = scalar(invocation->arena, sample->jws.type);
        fprintf(out, "  types: [%.*s]\n", TEXT_ARGUMENTS(type));
    }
}

static int64_t maximum_age_s(const struct issuer_sample *sample)
{
    int64_t lifetime_s = sample->claims.expires_at_s - sample->claims.issued_at_s;
    if (sample->claims.issued_at_s == 0 || sample->claims.expires_at_s == 0 || lifetime_s <= AGE_DEFAULT_S)
        return AGE_DEFAULT_S;
    return lifetime_s < AGE_MAX_S ? (lifetime_s + 3599) / 3600 * 3600 : AGE_MAX_S;
}

static void print_claims(const struct invocation *invocation, const struct issuer_sample *sample)
{
    static const char *const names[] = {"email", "name", "preferred_username", "org_id", "tid"};
    FILE *out = invocation->terminal->out;
    bool is_first = true;
    fprintf(out, "  claims:\n    subject: sub\n");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!json_is_string(json_member(sample->claims.all, text_of(names[i]))))
            continue;
        fprintf(out, "%s%s: %s", is_first ? "    attributes: {" : ", ", names[i], names[i]);
        is_first = false;
    }
    if (!is_first)
        fprintf(out, "}   # what targets may put into their tokens\n");
}

static void print_issuer(const struct invocation *invocation, const struct issuer_sample *sample,
                         const struct platform_claims *platform)
{
    FILE *out = invocation->terminal->out;
    struct arena *arena = invocation->arena;
    struct text name = scalar(arena, sample->name), domain = scalar(arena, sample->domain);
    struct text issuer = scalar(arena, sample->issuer), jwks_uri = scalar(arena, sample->jwks_uri);
    struct text algorithm = algorithm_name(sample->jws.algorithm);
    fprintf(out, "kind: Issuer\nmetadata: {name: %.*s}\nspec:\n", TEXT_ARGUMENTS(name));
    if (!text_is(sample->domain, "local"))
        fprintf(out, "  domain: %.*s   # needs a Domain of this name\n", TEXT_ARGUMENTS(domain));
    fprintf(out, "  issuer: %.*s\n", TEXT_ARGUMENTS(issuer));
    if (sample->has_openid_discovery)
        fprintf(out, "  keys: {discovery: true}\n");
    else
        fprintf(out, "  keys: {jwksUri: %.*s}\n", TEXT_ARGUMENTS(jwks_uri));
    print_audiences(invocation, sample);
    fprintf(out, "  algorithms: [%.*s]\n", TEXT_ARGUMENTS(algorithm));
    print_types(invocation, sample);
    fprintf(out, "  maximumAge: %lldh\n", (long long)(maximum_age_s(sample) / 3600));
    print_claims(invocation, sample);
    if (platform != NULL)
        fprintf(out, "  platform: true   # its tokens prove who an agent is\n");
}

/* "corp-target", from the issuer's name: joined first, then quoted as a whole. */
static struct text name_with(struct arena *arena, const struct issuer_sample *sample, const char *suffix)
{
    return scalar(arena, arena_print(arena, "%.*s%s", TEXT_ARGUMENTS(sample->name), suffix));
}

static void print_agent_class(const struct invocation *invocation, const struct issuer_sample *sample,
                              const struct platform_claims *platform)
{
    FILE *out = invocation->terminal->out;
    struct text name = scalar(invocation->arena, sample->name);
    fprintf(out,
            "---\n# The sample is %s: agents that show one like it are this class.\n"
            "kind: AgentClass\nmetadata: {name: %.*s}\nspec:\n  issuer: %.*s\n  match:\n",
            platform->what, TEXT_ARGUMENTS(name_with(invocation->arena, sample, "-agents")),
            TEXT_ARGUMENTS(name));
    for (size_t i = 0; platform->paths[i] != NULL; i++) {
        struct text value = json_string(json_at(sample->claims.all, text_of(platform->paths[i])));
        if (value.length == 0)
            continue;
        value = scalar(invocation->arena, value);
        if (platform->paths[i][0] == '"')
            fprintf(out, "    '%s': %.*s\n", platform->paths[i], TEXT_ARGUMENTS(value));
        else
            fprintf(out, "    %s: %.*s\n", platform->paths[i], TEXT_ARGUMENTS(value));
    }
    print_audiences(invocation, sample);
    fprintf(out, "  maximumLifetime: 5m\n");
}

static void print_clients(const struct invocation *invocation, const struct issuer_sample *sample,
                          bool is_platform)
{
    FILE *out = invocation->terminal->out;
    const char *client;
    fprintf(out, "    clients: [");
    for (unsigned i = 0; (client = invocation_option_at(invocation, "client", i)) != NULL; i++) {
        struct text quoted = scalar(invocation->arena, text_of(client));
        fprintf(out, "%s%.*s", i != 0 ? ", " : "", TEXT_ARGUMENTS(quoted));
    }
    if (is_platform)
        fprintf(out, "%s%.*s", invocation_has(invocation, "client") ? ", " : "",
                TEXT_ARGUMENTS(name_with(invocation->arena, sample, "-agents")));
    fprintf(out, "]   # the clients or agent classes that may ask\n");
}

static void print_target(const struct invocation *invocation, const struct issuer_sample *sample,
                         bool is_platform)
{
    FILE *out = invocation->terminal->out;
    struct arena *arena = invocation->arena;
    struct text name = scalar(arena, sample->name), domain = scalar(arena, sample->domain);
    struct text scope = json_text_of(sample->claims.all, "scope");
    fprintf(out,
            "---\n# Something to enter with its identities. Change name, audience and scopes to those of your\n"
            "# service; the audience is what its tokens will say in aud.\n"
            "kind: Target\nmetadata: {name: %.*s}\nspec:\n",
            TEXT_ARGUMENTS(name_with(arena, sample, "-target")));
    if (!text_is(sample->domain, "local"))
        fprintf(out, "  domain: %.*s\n", TEXT_ARGUMENTS(domain));
    fprintf(out, "  audiences: [\"https://api.example\"]\n  scopes: [");
    bool is_first = true;
    while (scope.length != 0) {
        struct text one = text_cut(&scope, ' ');
        if (one.length == 0)
            continue;
        one = scalar(arena, one);
        fprintf(out, "%s%.*s", is_first ? "" : ", ", TEXT_ARGUMENTS(one));
        is_first = false;
    }
    fprintf(out, "%s]\n  maximumLifetime: 5m\n  accepts:\n    issuers: [%.*s]\n", is_first ? "read" : "",
            TEXT_ARGUMENTS(name));
    print_clients(invocation, sample, is_platform);
}

void issuer_documents_print(const struct invocation *invocation, const struct issuer_sample *sample)
{
    const struct platform_claims *platform = find_platform(sample);
    print_issuer(invocation, sample, platform);
    if (platform != NULL)
        print_agent_class(invocation, sample, platform);
    print_target(invocation, sample, platform != NULL);
}

/* -- warnings */

static unsigned warn_if(const struct invocation *invocation, bool condition, const char *sentence)
{
    if (condition)
        terminal_warn(invocation->terminal, text_of(sentence));
    return condition;
}

static bool is_vague_audience(struct text audience)
{
    return text_is(audience, "account") || text_is(audience, "api") || text_is(audience, "default") ||
           text_is(audience, "*") || text_starts_with(audience, TEXT("00000003-0000-0000-c000-000000000000"));
}

unsigned issuer_warnings_print(const struct invocation *invocation, const struct issuer_sample *sample)
{
    const struct jwt_claims *claims = &sample->claims;
    const char *gateway = invocation_option(invocation, "gateway");
    int64_t now_s = clock_wall_s();
    int64_t lifetime_s = claims->expires_at_s - claims->issued_at_s;
    const struct json_value *verified = json_member(claims->all, TEXT("email_verified"));
    bool is_vague = false;
    for (size_t i = 0; i < claims->audience_count; i++)
        is_vague = is_vague || is_vague_audience(claims->audiences[i]);
    return warn_if(invocation, claims->audience_count == 0,
                   "the token has no aud: it is meant for nobody in particular and will be refused; have the "
                   "issuer "
                   "set one") +
           warn_if(invocation, is_vague,
                   "the token's aud is one that many services share; ask for one of your own") +
           warn_if(invocation, claims->audience_count > 1,
                   "the token is meant for several audiences: each of them could replay it to the others") +
           warn_if(
               invocation,
               gateway != NULL && claims->audience_count != 0 && !jwt_has_audience(claims, text_of(gateway)),
               "the token is not meant for the gateway itself; tokens with the gateway's URL in aud are safer, "
               "because nobody else accepts them") +
           warn_if(invocation, claims->expires_at_s == 0, "the token has no exp and will be refused") +
           warn_if(invocation, claims->expires_at_s != 0 && claims->expires_at_s <= now_s,
                   "the sample has expired; the documents are right all the same") +
           warn_if(invocation, claims->issued_at_s == 0,
                   "the token has no iat, so its age cannot be checked and it will be refused where maximumAge "
                   "is set") +
           warn_if(invocation, claims->issued_at_s != 0 && lifetime_s > AGE_MAX_S,
                   "the token lives longer than a day; whoever steals one has it that long") +
           warn_if(invocation, claims->subject.length == 0,
                   "the token has no sub: claims.subject must name another claim") +
           warn_if(
               invocation, sample->key_lacks_algorithm,
               "the issuer's RSA key does not say its algorithm; the document pins the one the sample uses") +
           warn_if(invocation, verified != NULL && !json_is_true(verified),
                   "the token's email is not verified: do not let targets rely on it");
}
