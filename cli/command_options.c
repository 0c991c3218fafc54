/* The options of each command, one row each, in the order that help shows them. */
#include "command_options.h"

/* clang-format off */
const struct option gateway_options[] = {
    {"gateway", 0, "URL", "DRAGOMAN_GATEWAY", "the gateway, such as https://gateway.example", false},
    {"ca-file", 0, "FILE", "DRAGOMAN_CA_FILE", "certificate authorities to trust (PEM) instead of the system's", false},
    {.name = NULL},
};

const struct option admin_options[] = {
    {"admin-socket", 0, "PATH", "DRAGOMAN_ADMIN_SOCKET", "the gateway's admin socket; default /run/dragoman/admin.sock", false},
    {"gateway", 0, "URL", "DRAGOMAN_GATEWAY", "its admin API over the network instead, with the session of dragoman login", false},
    {"ca-file", 0, "FILE", "DRAGOMAN_CA_FILE", "certificate authorities to trust (PEM) instead of the system's", false},
    {.name = NULL},
};

const struct option output_options[] = {
    {"output", 'o', "FORMAT", NULL, "table (default), json or yaml", false},
    {.name = NULL},
};

const struct option every_option[] = {
    {"help", 'h', NULL, NULL, "this help", false},
    {.name = NULL},
};

const struct option exchange_options[] = {
    {"audience", 0, "NAME", NULL, "what the new token is for; may repeat", true},
    {"resource", 0, "URI", NULL, "the same by URI; may repeat", true},
    {"scope", 0, "SCOPES", NULL, "scopes to ask for; may repeat; default: what the user's token carries", true},
    {"authorization-details", 0, "JSON", NULL, "authorization_details to ask for, a JSON array (RFC 9396)", false},
    {"subject-token-file", 0, "FILE", "DRAGOMAN_SUBJECT_TOKEN_FILE", "the token to exchange; - is standard input", false},
    {"subject-token-type", 0, "TYPE", NULL, "access_token (default), id_token, jwt or a URI", false},
    {"actor-token-file", 0, "FILE", "DRAGOMAN_ACTOR_TOKEN_FILE", "the token of who acts, where that is not the client", false},
    {"actor-token-type", 0, "TYPE", NULL, "as for the subject token", false},
    {"requested-token-type", 0, "TYPE", NULL, "the kind of credential wanted", false},
    {"client-id", 0, "ID", NULL, "the client, with --client-secret-file", false},
    {"client-secret-file", 0, "FILE", "DRAGOMAN_CLIENT_SECRET_FILE", "its secret", false},
    {"client-assertion-file", 0, "FILE", "DRAGOMAN_CLIENT_ASSERTION_FILE", "or the agent's own platform token, or a signed client assertion", false},
    {"task", 0, "NAME", NULL, "dragoman_task: the task this belongs to", false},
    {"purpose", 0, "TEXT", NULL, "dragoman_purpose: what it is for; recorded", false},
    {"channel-binding", 0, "BASE64URL", NULL,
     "dragoman_channel_binding: the digest of the server's certificate that what is issued is to be bound to", false},
    {"dry-run", 0, NULL, NULL, "decide and record, issue nothing", false},
    {.name = NULL},
};

const struct option mcp_confirm_options[] = {
    {"all", 0, NULL, NULL, "every tool that is not confirmed", false},
    {"digest", 0, "HEX", NULL, "of what is to be confirmed, or its beginning; with one tool", false},
    {.name = NULL},
};

const struct option unseal_options[] = {
    {"key-file", 0, "FILE", NULL, "the key, one line; - is standard input (default)", false},
    {.name = NULL},
};

const struct option top_options[] = {
    {"admin-socket", 0, "PATH", "DRAGOMAN_ADMIN_SOCKET", "the gateway's admin socket; default /run/dragoman/admin.sock", false},
    {"interval", 0, "SECONDS", NULL, "how long between two readings; default 1", false},
    {"once", 0, NULL, NULL, "show one interval and end", false},
    {.name = NULL},
};

const struct option file_options[] = {
    {"file", 'f', "FILE", NULL, "documents: YAML, JSON, NAME.cedar or a folder; - is standard input; may repeat", true},
    {.name = NULL},
};

const struct option apply_options[] = {
    {"file", 'f', "FILE", NULL, "documents: YAML, JSON, NAME.cedar or a folder; - is standard input; may repeat", true},
    {"dry-run", 0, NULL, NULL, "say what would change, change nothing", false},
    {"prune", 0, NULL, NULL, "remove stored documents of your teams that the files do not hold", false},
    {"team", 0, "NAME", NULL, "with --prune: those of this team alone", false},
    {"all", 0, NULL, NULL, "with --prune: all there are; for operators", false},
    {"cascade", 0, NULL, NULL, "end the live leases of targets that are removed", false},
    {"without-validation", 0, NULL, NULL, "do not ask adapters about settings; for operators, and recorded", false},
    {.name = NULL},
};

const struct option delete_options[] = {
    {"dry-run", 0, NULL, NULL, "say what would change, change nothing", false},
    {"cascade", 0, NULL, NULL, "end the live leases of a target along with it", false},
    {.name = NULL},
};

const struct option login_options[] = {
    {"issuer", 0, "URL", NULL, "the identity provider to log in at", false},
    {"client-id", 0, "ID", NULL, "this program's client there: a public one, with loopback redirects", false},
    {"scope", 0, "SCOPES", NULL, "scopes to ask for; default openid", false},
    {"resource", 0, "URI", NULL, "what an access token is to be for (RFC 8707)", false},
    {"token-file", 0, "FILE", NULL, "a pipeline's own token instead of a login; - is standard input", false},
    {"token-type", 0, "TYPE", NULL, "id_token (default), access_token or jwt (default with --token-file)", false},
    {.name = NULL},
};

const struct option mcp_options[] = {
    {"token-file", 0, "FILE", "DRAGOMAN_TOKEN_FILE", "a token to show instead of a login; read again when it is refused", false},
    {"issuer", 0, "URL", NULL, "the authorization server to log in at; default: the one at the server's own host", false},
    {"client-id", 0, "ID", NULL, "this program's client there; default dragoman-cli", false},
    {"scope", 0, "SCOPES", NULL, "scopes to ask for besides those that the server asks for", false},
    {"remember", 0, NULL, NULL, "keep the token for the next run, in a file that only you can read", false},
    {"no-browser", 0, NULL, NULL, "print the login's address, open nothing", false},
    {"ca-file", 0, "FILE", "DRAGOMAN_CA_FILE", "certificate authorities to trust (PEM) instead of the system's", false},
    {.name = NULL},
};

const struct option connection_options[] = {
    {"issuer", 0, "URL", NULL, "the issuer of the subject it is for", false},
    {"subject", 0, "SUB", NULL, "that subject; without both it is for everybody", false},
    {"secret-file", 0, "FILE", NULL, "owner-only file with the secret; without it standard input", false},
    {"name", 0, "NAME", NULL, "which of the things that are wanted this is, where there are several", false},
    {.name = NULL},
};
const struct option disconnection_options[] = {
    {"issuer", 0, "URL", NULL, "the issuer of the subject it was for", false},
    {"subject", 0, "SUB", NULL, "that subject; without both: the one for everybody", false},
    {.name = NULL},
};
const struct option rotate_options[] = {
    {"algorithm", 0, "NAME", NULL, "whose key to rotate; default ES256", false},
    {.name = NULL},
};

const struct option lease_options[] = {
    {"all", 0, NULL, NULL, "those that are dead already, too", false},
    {"limit", 0, "N", NULL, "at most so many, the newest; default 200", false},
    {.name = NULL},
};

const struct option kill_options[] = {
    {"reason", 0, "TEXT", NULL, "why; recorded, and shown by kill list", false},
    {"dry-run", 0, NULL, NULL, "say what would be dead, kill nothing", false},
    {"past-only", 0, NULL, NULL, "end what was issued so far and bar nothing", false},
    {"force", 0, NULL, NULL, "also if nothing of that name is known here", false},
    {.name = NULL},
};

const struct option kill_list_options[] = {
    {"before", 0, "WHERE", NULL, "older than this; an answer that is not the end says which", false},
    {.name = NULL},
};

const struct option lift_options[] = {
    {"reason", 0, "TEXT", NULL, "why; recorded", false},
    {.name = NULL},
};

const struct option verify_options[] = {
    {"jwk", 0, "FILE", NULL, "the public key, one JWK", false},
    {"jwks", 0, "FILE", NULL, "or a set of them; the token's kid chooses", false},
    {"alg", 0, "NAME", NULL, "the algorithm it must be signed with: ES256, RS256, EdDSA ...", false},
    {"typ", 0, "TYPE", NULL, "what its typ must say: at+jwt ...", false},
    {"aud", 0, "NAME", NULL, "what its aud must name", false},
    {"iss", 0, "URL", NULL, "what its iss must be", false},
    {"leeway", 0, "SECONDS", NULL, "clock difference to allow; default 0, at most 300", false},
    {"raw", 0, NULL, NULL, "any payload: check the signature alone and print the payload", false},
    {.name = NULL},
};

const struct option issuer_options[] = {
    {"sample-token", 0, "FILE", NULL, "a token from that issuer; - is standard input", false},
    {"name", 0, "NAME", NULL, "what to call it; default: from its URL", false},
    {"domain", 0, "NAME", NULL, "the domain it belongs to; default local", false},
    {"client", 0, "NAME", NULL, "a client or agent class that may use the target; may repeat", true},
    {.name = NULL},
};

const struct option fixture_options[] = {
    {"audience", 0, "URL", NULL, "the gateway's issuer identifier, which aud of the token names", false},
    {"subject", 0, "NAME", NULL, "sub of the token; default helm-test", false},
    {"lifetime", 0, "SECONDS", NULL, "how long the token holds, 60 to 86400; default 3600", false},
    {"token-file", 0, "FILE", NULL, "where the token goes; a file that is not there yet", false},
    {.name = NULL},
};

const struct option gateway_test_options[] = {
    {"connect-to", 0, "HOST:PORT", NULL, "where to connect instead; certificates still name the gateway", false},
    {"audience", 0, "NAME", NULL, "with --token-file: what to ask for", false},
    {"token-file", 0, "FILE", NULL, "a token that the gateway must exchange", false},
    {.name = NULL},
};

const struct option authorize_options[] = {
    {"policies", 'p', "FILE", NULL, "Cedar policies, as text or in Cedar's JSON", false},
    {"template-linked", 'k', "FILE", NULL, "what fills the templates among them, as Cedar's command line keeps it", false},
    {"entities", 0, "FILE", NULL, "what there is, in Cedar's JSON", false},
    {"request", 'r', "FILE", NULL, "principal, action, resource and context, in JSON; - is standard input", false},
    {"schema", 's', "FILE", NULL, "a Cedar schema that the entities and the request must follow", false},
    {.name = NULL},
};

const struct option validate_options[] = {
    {"schema", 's', "FILE", NULL, "a Cedar schema instead of the gateway's model", false},
    {"template-linked", 'k', "FILE", NULL, "what fills the templates of the file; with --schema", false},
    {.name = NULL},
};

const struct option convert_options[] = {
    {"to", 0, "FORM", NULL, "json or cedar; default: the one the file is not in", false},
    {"template-linked", 'k', "FILE", NULL, "what fills the templates, to stand with them in JSON", false},
    {.name = NULL},
};

const struct option replay_options[] = {
    {"since", 0, "DURATION", NULL, "how far back: 90s, 1h (default), 7d", false},
    {"file", 'f', "FILE", NULL, "the draft: policies, YAML documents or a folder; may repeat", true},
    {"only", 0, NULL, NULL, "the draft instead of all present policies and combinations", false},
    {"limit", 0, "N", NULL, "at most so many records, the newest; default 10000", false},
    {.name = NULL},
};

const struct option adapter_test_options[] = {
    {"interpreter", 0, "PATH", NULL, "what executes the program, where it is a script", false},
    {"settings", 0, "FILE", NULL, "settings of a target, good ones (YAML or JSON); default: none", false},
    {"bad-settings", 0, "FILE", NULL, "and wrong ones, with which nothing may be made", false},
    {"own-settings", 0, "FILE", NULL, "what its own Adapter document has under settings; default: nothing", false},
    {"loopback-listener", 0, NULL, NULL, "hand it a socket that listens on 127.0.0.1, as loopbackListener does", false},
    {"scope", 0, "SCOPE", NULL, "a scope to order; may repeat; default: kit:read and kit:write", true},
    {"no-scopes", 0, NULL, NULL, "order none, of an adapter whose credentials know no scopes", false},
    {"audience", 0, "NAME", NULL, "the target's audience; default https://kit.example", false},
    {"subject", 0, "NAME", NULL, "on whose behalf, of the issuer https://idp.example; default kit-user", false},
    {"answers", 0, "FILE", NULL, "what connect_finish is given (YAML or JSON); default: random texts", false},
    {"socket", 0, "NAME=PATH", NULL, "a Unix socket that it is handed a connection to, as the Adapter's sockets do; may repeat", true},
    {"file", 0, "NAME=PATH", NULL, "a file that it is handed open, as the Adapter's files do; may repeat", true},
    {"allow-addresses", 0, "CIDR", NULL, "addresses it may connect to although they are not public: 127.0.0.0/8; may repeat", true},
    {"only", 0, "ID", NULL, "only checks whose ids begin so, such as mint or end.with_socket; may repeat", true},
    {"timeout", 0, "SECONDS", NULL, "how long it may take to answer; default 5", false},
    {.name = NULL},
};

const struct option adapter_new_options[] = {
    {"lang", 0, "LANGUAGE", NULL, "c, python or node", false},
    {"directory", 0, "DIR", NULL, "where to write it; default: NAME, here", false},
    {.name = NULL},
};

const struct option config_show_options[] = {
    {"effective", 0, NULL, NULL, "built-in settings too", false},
    {.name = NULL},
};
/* clang-format on */
