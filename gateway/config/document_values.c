/* The type rows and their checks. Syntax only: nothing here asks a file system, a network or another document,
 * and nothing reads a value into a struct. Called by the binder, and by the manual for the words. */
#include "document_values.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/fault.h"
#include "config/documents.h"

enum { PORT_MAX = 65535, DOCUMENT_NAME_MAX = 63 };

static bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_name(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!is_lower_or_digit(text.base[i]) &&
            (i == 0 || strchr("-.", text.base[i]) == NULL || text.base[i] == '\0'))
            return false;
    return true;
}

bool document_name_is_well_formed(struct text name)
{
    return name.length != 0 && name.length <= DOCUMENT_NAME_MAX && is_name(name);
}

/* RFC 6749 appendix A.1, without spaces, which no one can see at the ends. */
static bool is_client_id(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.base[i] <= ' ' || text.base[i] > '~')
            return false;
    return true;
}

static bool parse_address(struct text text, int family, unsigned char address[sizeof(struct in6_addr)])
{
    char copy[INET6_ADDRSTRLEN];
    if (text.length == 0 || text.length >= sizeof(copy) || memchr(text.base, '\0', text.length) != NULL)
        return false;
    memcpy(copy, text.base, text.length);
    copy[text.length] = '\0';
    return inet_pton(family, copy, address) == 1;
}

static bool is_number_up_to(struct text text, int64_t most)
{
    int64_t number;
    return text.length > 0 && text.length <= 5 && text_to_int64(text, &number) && number >= 0 && number <= most;
}

/* Cuts "host" or "[host]" off the front; what follows, such as ":443", stays in *rest. */
static struct text cut_host(struct text *rest, bool *is_bracketed)
{
    *is_bracketed = rest->length > 0 && rest->base[0] == '[';
    char end = *is_bracketed ? ']' : ':';
    const char *found = rest->length == 0 ? NULL : memchr(rest->base, end, rest->length);
    size_t length = found == NULL ? rest->length : (size_t)(found - rest->base);
    struct text host = {rest->base, length};
    if (*is_bracketed && found == NULL)
        host = TEXT_NONE;
    if (*is_bracketed && found != NULL) {
        host = (struct text){rest->base + 1, length - 1};
        length++;
    }
    *rest = (struct text){rest->base + length, rest->length - length};
    return host;
}

static bool is_loopback(struct text host)
{
    unsigned char address[sizeof(struct in6_addr)];
    if (parse_address(host, AF_INET, address))
        return address[0] == 127;
    if (parse_address(host, AF_INET6, address))
        return memcmp(address, &in6addr_loopback, sizeof(in6addr_loopback)) == 0;
    return text_is(host, "localhost");
}

static bool is_host(struct text host, bool is_bracketed)
{
    unsigned char address[sizeof(struct in6_addr)];
    if (is_bracketed)
        return parse_address(host, AF_INET6, address);
    for (size_t i = 0; i < host.length; i++)
        if (!is_lower_or_digit(host.base[i]) && !(host.base[i] >= 'A' && host.base[i] <= 'Z') &&
            strchr("-._", host.base[i]) == NULL)
            return false;
    return host.length != 0;
}

/* https, or http to this very machine: anything else would let the network choose whose keys we believe. */
static bool is_url(struct text text)
{
    bool is_plain = text_starts_with(text, TEXT("http://"));
    if (!text_is_absolute_uri(text) || (!is_plain && !text_starts_with(text, TEXT("https://"))) ||
        memchr(text.base, '#', text.length) != NULL)
        return false;
    size_t scheme = is_plain ? 7 : 8;
    struct text authority = {text.base + scheme, text.length - scheme};
    for (size_t i = 0; i < authority.length; i++)
        if (authority.base[i] == '/' || authority.base[i] == '?')
            authority.length = i;
    bool is_bracketed;
    struct text host = cut_host(&authority, &is_bracketed); /* a user name fails as a host or port */
    if (!is_host(host, is_bracketed) || (is_plain && !is_loopback(host)))
        return false;
    if (authority.length == 0)
        return true;
    struct text port = {authority.base + 1, authority.length - 1};
    return authority.base[0] == ':' && is_number_up_to(port, PORT_MAX) && !text_is(port, "0");
}

/* RFC 8414 section 2: no query, no fragment. */
static bool is_issuer_url(struct text text)
{
    return is_url(text) && memchr(text.base, '?', text.length) == NULL;
}

/* RFC 8707 section 2: absolute, no fragment. */
static bool is_resource(struct text text)
{
    return text_is_absolute_uri(text) && memchr(text.base, '#', text.length) == NULL;
}

static bool is_listen_address(struct text text)
{
    unsigned char address[sizeof(struct in6_addr)];
    bool is_bracketed;
    struct text host = cut_host(&text, &is_bracketed);
    if (!parse_address(host, is_bracketed ? AF_INET6 : AF_INET, address) || text.length < 2 ||
        text.base[0] != ':')
        return false;
    return is_number_up_to((struct text){text.base + 1, text.length - 1}, PORT_MAX);
}

static bool is_cidr(struct text text)
{
    unsigned char address[sizeof(struct in6_addr)];
    struct text bits = text, host = text_cut(&bits, '/');
    if (bits.base == NULL)
        return false;
    if (parse_address(host, AF_INET, address))
        return is_number_up_to(bits, 32);
    return parse_address(host, AF_INET6, address) && is_number_up_to(bits, 128);
}

static bool is_any_or_host(struct text text)
{
    bool is_bracketed;
    if (text_is(text, "*"))
        return true;
    for (size_t i = 0; i < text.length; i++)
        if (text.base[i] >= 'A' && text.base[i] <= 'Z')
            return false;
    struct text host = cut_host(&text, &is_bracketed);
    if (!is_host(host, is_bracketed))
        return false;
    struct text port = {text.base + 1, text.length - 1};
    return text.length == 0 ||
           (text.base[0] == ':' && is_number_up_to(port, PORT_MAX) && !text_is(port, "443"));
}

static bool is_secret_hash(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.base[i] == '\0' || strchr("0123456789abcdefABCDEF", text.base[i]) == NULL)
            return false;
    return text.length == 64;
}

/* RFC 6749 section 3.3 */
static bool is_scope(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.base[i] <= ' ' || text.base[i] > '~' || text.base[i] == '"' || text.base[i] == '\\')
            return false;
    return true;
}

/* Names parted by dots; one with dots stands in double quotes. */
static bool is_claim_path(struct text text)
{
    size_t i = 0;
    do {
        size_t start = i;
        if (i < text.length && text.base[i] == '"') {
            for (i++; i < text.length && text.base[i] != '"';)
                i++;
            if (i == text.length || i == start + 1)
                return false;
            i++;
        } else {
            while (i < text.length && text.base[i] != '.' && text.base[i] != '"')
                i++;
            if (i == start)
                return false;
        }
        if (i == text.length)
            return true;
    } while (text.base[i++] == '.');
    return false;
}

static bool is_claim_value(struct text text)
{
    return memchr(text.base, '*', text.length) == NULL;
}

/* Claims whose truth the gateway itself answers for; a subject's attribute may never speak in their place.
 * Those that begin with dragoman_ are its own, today's and later ones. */
static bool is_claim_name(struct text text)
{
    static const char *const own[] = {"iss",     "sub",    "sub_iss", "aud",       "exp",
                                      "nbf",     "iat",    "jti",     "act",       "cnf",
                                      "txn",     "scope",  "scp",     "client_id", "azp",
                                      "may_act", "events", "nonce",   "at_hash",   "c_hash",
                                      "s_hash",  "acr",    "amr",     "auth_time", "authorization_details"};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (text_is(text, own[i]))
            return false;
    return !text_starts_with(text, TEXT("dragoman_"));
}

static bool is_actor(struct text text)
{
    struct text subject = text, first = text_cut(&subject, '/');
    return is_name(first) && first.length != 0 && (subject.base == NULL || subject.length != 0);
}

static bool has_only(struct text text, const char *others)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.base[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_letter && !(byte >= '0' && byte <= '9') && (byte == '\0' || strchr(others, byte) == NULL))
            return false;
    }
    return true;
}

static bool is_program(struct text text)
{
    return has_only(text, "._-+") && text.base[0] != '.' && text.base[0] != '-';
}

static bool is_variable(struct text text)
{
    return has_only(text, "_") && (text.base[0] < '0' || text.base[0] > '9');
}

static bool is_method(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.base[i] < 'A' || text.base[i] > 'Z')
            return false;
    return !text_is(text, "CONNECT") && !text_is(text, "TRACE");
}

static bool is_header(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.base[i] >= 'A' && text.base[i] <= 'Z')
            return false;
    return has_only(text, "-_");
}

/* What a URL's path may consist of (RFC 3986 section 3.3), without escapes: a pattern is compared with what was
 * decoded. "*" stands for one segment, "**" at the end for any number of them. */
static bool is_path_pattern(struct text text)
{
    if (text.base[0] != '/' || !has_only(text, "/-._~!$&'()*+,;=:@"))
        return false;
    struct text rest = {text.base + 1, text.length - 1};
    while (rest.length != 0) {
        struct text segment = text_cut(&rest, '/');
        bool has_star = segment.length != 0 && memchr(segment.base, '*', segment.length) != NULL;
        bool is_rest = text_is(segment, "**") && rest.base == NULL;
        if ((has_star && !text_is(segment, "*") && !is_rest) || text_is(segment, ".") || text_is(segment, ".."))
            return false;
    }
    return true;
}

static const char *const algorithms[] = {"RS256", "RS384", "RS512", "PS256", "PS384",   "PS512",
                                         "ES256", "ES384", "ES512", "EdDSA", "Ed25519", NULL};
static const char *const signing_algorithms[] = {"ES256", "RS256", "PS256", "EdDSA", NULL};
static const char *const token_types[] = {"access_token", "id_token", "jwt", "id-jag", NULL};
static const char *const client_methods[] = {
    "client_secret_basic", "client_secret_post", "private_key_jwt", "none", "tls_client_auth", NULL};
static const char *const terminator_headers[] = {"x-forwarded-for", "forwarded", "x-forwarded-client-cert",
                                                 NULL};
static const char *const enforcements[] = {"enforce", "report", NULL};
static const char *const holders[] = {"subject", "tree", "agent", NULL};
static const char *const effects[] = {"refuse", "narrow", NULL};
static const char *const networks[] = {"none", "any", NULL};
static const char *const assertion_sources[] = {"root", "exchange", "client", "actor", "task", NULL};
static const char *const log_levels[] = {"debug", "info", "warning", "error", NULL};
static const char *const isolations[] = {"required", "none", NULL};
static const char *const server_requests[] = {"sampling", "elicitation", "roots", NULL};
static const char *const rights[] = {"read", "apply", "delete", "kill", "lift", NULL};
static const char *const team_kinds[] = {"Target", "Client", "AgentClass", NULL};
static const char *const dangers[] = {
#define DANGER(symbol, word, meaning) word,
#include "base/danger_list.h"
#undef DANGER
    NULL};

#define STRING "\"type\":\"string\",\"minLength\":1"
/* clang-format off */
static const struct value_row rows[VALUE_TYPE_COUNT] = {
    [VALUE_TEXT] = {"text", "text of 1 to 512 bytes", STRING, .is_valid = text_is_printable, .bytes_max = 512},
    [VALUE_NAME] = {"name", "a name of lower-case letters, digits, \"-\" and \".\", at most 63 bytes",
        "\"type\":\"string\",\"pattern\":\"^[a-z0-9][a-z0-9.-]{0,62}$\"", .is_valid = is_name, .bytes_max = DOCUMENT_NAME_MAX},
    [VALUE_CLIENT_ID] = {"client identifier", "1 to 255 visible ASCII characters",
        "\"type\":\"string\",\"pattern\":\"^[!-~]{1,255}$\"", .is_valid = is_client_id, .bytes_max = 255},
    [VALUE_ISSUER_URL] = {"issuer URL", "an https URL without query and fragment (http only to a loopback host)",
        "\"type\":\"string\",\"pattern\":\"^https?://[^?#]+$\"", .is_valid = is_issuer_url, .bytes_max = 512},
    [VALUE_URL] = {"URL", "an https URL without fragment (http only to a loopback host)",
        "\"type\":\"string\",\"pattern\":\"^https?://[^#]+$\"", .is_valid = is_url, .bytes_max = 2048},
    [VALUE_AUDIENCE] = {"audience", "text of 1 to 512 bytes", STRING, .is_valid = text_is_printable, .bytes_max = 512},
    [VALUE_RESOURCE] = {"absolute URI", "an absolute URI without fragment, such as https://api.example/orders",
        "\"type\":\"string\",\"pattern\":\"^[A-Za-z][A-Za-z0-9+.-]*:[^#]+$\"", .is_valid = is_resource, .bytes_max = 2048},
    [VALUE_LISTEN] = {"address and port", "an address and port, such as 0.0.0.0:8443 or [::]:8443",
        "\"type\":\"string\",\"pattern\":\"^.+:[0-9]{1,5}$\"", .is_valid = is_listen_address, .bytes_max = 64},
    [VALUE_FILE] = {"file name", "a file name", STRING, .is_valid = text_is_printable, .bytes_max = 1024},
    [VALUE_CONTENT_FILE] = {"file name", "a file name", STRING, .is_valid = text_is_printable, .bytes_max = 1024},
    [VALUE_POLICIES] = {"Cedar policies", "the text of Cedar policies", STRING, .is_valid = text_is_printable_lines,
        .bytes_max = 1024 * 1024},
    [VALUE_CIDR] = {"address range", "an address range, such as 10.0.0.0/8 or fd00::/8",
        "\"type\":\"string\",\"pattern\":\"^[0-9a-fA-F.:]+/[0-9]{1,3}$\"", .is_valid = is_cidr, .bytes_max = 64},
    [VALUE_HOST] = {"host", "the host of a URL in lower case, with its port unless that is 443, such as agents.example; or \"*\"",
        "\"type\":\"string\",\"pattern\":\"^([*]|[a-z0-9._:[\\\\]-]{1,255})$\"", .is_valid = is_any_or_host, .bytes_max = 255},
    [VALUE_SECRET_HASH] = {"keyed hash", "the 64 hexadecimal digits of a keyed hash",
        "\"type\":\"string\",\"pattern\":\"^[0-9A-Fa-f]{64}$\"", .is_valid = is_secret_hash, .bytes_max = 64},
    [VALUE_SCOPE] = {"scope", "one scope: visible ASCII characters except \" and \\",
        "\"type\":\"string\",\"pattern\":\"^[!#-\\\\[\\\\]-~]{1,256}$\"", .is_valid = is_scope, .bytes_max = 256},
    [VALUE_SERVER_REQUEST] = {"server request", "what a server may ask of a client", "\"type\":\"string\"", .names = server_requests},
    [VALUE_CLAIM_PATH] = {"claim path", "names parted by dots, one with dots in double quotes, such as "
        "'\"kubernetes.io\".namespace'", STRING, .is_valid = is_claim_path, .bytes_max = 512},
    [VALUE_CLAIM_VALUE] = {"exact value", "the exact value of the claim (there are no wildcards)",
        "\"type\":[\"string\",\"number\",\"boolean\"],\"pattern\":\"^[^*]+$\"", .is_valid = is_claim_value, .bytes_max = 512},
    [VALUE_CLAIM_NAME] = {"claim name", "a claim that the gateway does not set itself", STRING, .is_valid = is_claim_name,
        .bytes_max = 128},
    [VALUE_ATTRIBUTE] = {"attribute name", "an attribute name of 1 to 64 bytes", STRING, .is_valid = text_is_printable,
        .bytes_max = 64},
    [VALUE_ACTOR] = {"actor", "the name of a Client or AgentClass, or ISSUER/SUBJECT", STRING, .is_valid = is_actor,
        .bytes_max = 512},
    [VALUE_ALGORITHM] = {"algorithm", "a signature algorithm", "\"type\":\"string\"", .names = algorithms},
    [VALUE_SIGNING_ALGORITHM] = {"algorithm", "an algorithm the gateway signs with", "\"type\":\"string\"",
        .names = signing_algorithms},
    [VALUE_TOKEN_TYPE] = {"token type", "a token type", "\"type\":\"string\"", .names = token_types},
    [VALUE_CLIENT_METHOD] = {"authentication method", "a client authentication method", "\"type\":\"string\"",
        .names = client_methods},
    [VALUE_TERMINATOR_HEADER] = {"header", "a header that terminators set", "\"type\":\"string\"",
        .names = terminator_headers},
    [VALUE_ENFORCEMENT] = {"enforcement", "a way to enforce", "\"type\":\"string\"", .names = enforcements},
    [VALUE_HOLDER] = {"holder", "what holds the rights", "\"type\":\"string\"", .names = holders},
    [VALUE_EFFECT] = {"effect", "an effect", "\"type\":\"string\"", .names = effects},
    [VALUE_DURATION] = {"duration", "a duration (a number and s, m, h or d)",
        "\"type\":\"string\",\"pattern\":\"^[0-9]{1,9}[smhd]$\""},
    [VALUE_INTEGER] = {"number", "a whole number", "\"type\":\"integer\""},
    [VALUE_BOOLEAN] = {"boolean", "true or false", "\"type\":\"boolean\""},
    [VALUE_SETTINGS] = {"settings", "a mapping", "\"type\":\"object\""},
    [VALUE_PROGRAM] = {"program name", "a file name without a folder: letters, digits, \".\", \"_\", \"-\" and \"+\"",
        "\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_+][A-Za-z0-9._+-]{0,127}$\"", .is_valid = is_program, .bytes_max = 128},
    [VALUE_SHA256] = {"SHA-256", "the 64 hexadecimal digits of a SHA-256 (sha256sum prints them)",
        "\"type\":\"string\",\"pattern\":\"^[0-9A-Fa-f]{64}$\"", .is_valid = is_secret_hash, .bytes_max = 64},
    [VALUE_NETWORK] = {"network", "how much of the network", "\"type\":\"string\"", .names = networks},
    [VALUE_LOG_LEVEL] = {"level", "a level", "\"type\":\"string\"", .names = log_levels},
    [VALUE_ISOLATION] = {"isolation", "how it is kept apart", "\"type\":\"string\"", .names = isolations},
    [VALUE_ASSERTION_SOURCE] = {"source", "what fills the claim", "\"type\":\"string\"", .names = assertion_sources},
    [VALUE_METHOD] = {"HTTP method", "an HTTP method in capital letters, neither CONNECT nor TRACE",
        "\"type\":\"string\",\"pattern\":\"^[A-Z]{1,32}$\"", .is_valid = is_method, .bytes_max = 32},
    [VALUE_HEADER] = {"header name", "the name of a header in lower case",
        "\"type\":\"string\",\"pattern\":\"^[a-z0-9_-]{1,128}$\"", .is_valid = is_header, .bytes_max = 128},
    [VALUE_PATH_PATTERN] = {"path pattern", "a path that begins with /, without escapes; * for one segment, ** at the end for the rest",
        "\"type\":\"string\",\"pattern\":\"^/\"", .is_valid = is_path_pattern, .bytes_max = 512},
    [VALUE_RIGHT] = {"right", "a right", "\"type\":\"string\"", .names = rights},
    [VALUE_TEAM_KIND] = {"kind", "a kind that a team can own", "\"type\":\"string\"", .names = team_kinds},
    [VALUE_CREDENTIAL] = {"credential name", "a credential's name: letters, digits, \".\", \"_\", \"-\" and \"+\"",
        "\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_+][A-Za-z0-9._+-]{0,127}$\"", .is_valid = is_program, .bytes_max = 128},
    [VALUE_VARIABLE] = {"environment variable", "the name of an environment variable: letters, digits and \"_\", no digit first",
        "\"type\":\"string\",\"pattern\":\"^[A-Za-z_][A-Za-z0-9_]{0,127}$\"", .is_valid = is_variable, .bytes_max = 128},
    [VALUE_ARGUMENT] = {"argument", "text of 1 to 512 bytes", STRING, .is_valid = text_is_printable, .bytes_max = 512},
    [VALUE_DANGER] = {"dangerous choice", "the word of a dangerous choice", "\"type\":\"string\"", .names = dangers},
    [VALUE_JWKS] = {"JWK Set", "a JWK Set: a mapping with the list \"keys\" of at least one key", "\"type\":\"object\",\"required\":[\"keys\"],"
        "\"properties\":{\"keys\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"object\"}}}"},
};
/* clang-format on */

const struct value_row *value_row(enum value_type type)
{
    INVARIANT(type < VALUE_TYPE_COUNT);
    return &rows[type];
}

bool value_is_valid(enum value_type type, struct text text)
{
    const struct value_row *row = value_row(type);
    if (row->names != NULL)
        return value_name_index(type, text) >= 0;
    bool is_clean = type == VALUE_POLICIES || text_is_printable(text);
    return text.length >= 1 && text.length <= row->bytes_max && is_clean && row->is_valid(text);
}

int value_name_index(enum value_type type, struct text text)
{
    const struct value_row *row = value_row(type);
    for (int i = 0; row->names[i] != NULL; i++)
        if (text_is(text, row->names[i]))
            return i;
    return -1;
}

struct text value_duration_words(struct arena *arena, int64_t seconds)
{
    if (seconds != 0 && seconds % 86400 == 0)
        return arena_print(arena, "%jdd", (intmax_t)(seconds / 86400));
    if (seconds != 0 && seconds % 3600 == 0)
        return arena_print(arena, "%jdh", (intmax_t)(seconds / 3600));
    if (seconds != 0 && seconds % 60 == 0)
        return arena_print(arena, "%jdm", (intmax_t)(seconds / 60));
    return arena_print(arena, "%jds", (intmax_t)seconds);
}
