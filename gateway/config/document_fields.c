/* The tables, nothing else. Rows stand in the order the documentation shows them. */
#include "document_fields.h"

#include "base/fault.h"
#include "field_rows.h"

/* clang-format off */
const struct field metadata_fields[] = {
    {"name", .type = VALUE_NAME, .is_required = true, KEPT(name), .help = "Unique among the documents of its kind."},
    {"team", .type = VALUE_NAME, KEPT(team), .otherwise = "no team",
     .help = "The team that owns the document; a Team document of this name must exist once there is any."},
    END};

/* kind: Domain */
static const struct field domain_fields[] = {
    {"leavesFor", LIST(VALUE_NAME, NAMES_MAX), KEPT(domain.leaves_for), .fallback = "[]",
     .help = "Domains its identities may leave for; its own is always allowed."},
    {"enabled", .type = VALUE_BOOLEAN, KEPT(domain.is_enabled), .fallback = "true",
     .help = "false: nobody leaves it and nobody enters it."},
    END};

/* kind: Issuer */
static const struct field key_fields[] = {
    {"discovery", .type = VALUE_BOOLEAN, .offset = FIELD_NOT_KEPT, .otherwise = "true where nothing else is given",
     .help = "Find the keys through the issuer's metadata (OpenID Connect Discovery, RFC 8414)."},
    {"jwksUri", .type = VALUE_URL, KEPT(issuer.jwks_uri), .otherwise = "none", .help = "Fetch the keys from here."},
    {"jwks", .type = VALUE_JWKS, KEPT(issuer.jwks), .otherwise = "none", .help = "The keys themselves: a JWK Set of public keys."},
    END};
static const struct field issuer_claim_fields[] = {
    {"subject", .type = VALUE_CLAIM_PATH, KEPT(issuer.subject_claim), .fallback = "sub",
     .help = "The claim that names the subject."},
    {"attributes", MAP(VALUE_ATTRIBUTE, VALUE_CLAIM_PATH, 64), KEPT(issuer.attributes), .fallback = "{}",
     .help = "Our attribute name to the claim it is read from."},
    END};
static const struct field login_fields[] = {
    {"clientId", .type = VALUE_TEXT, KEPT(issuer.login.client_id), .otherwise = "nobody logs in there",
     .help = "This gateway's client there; its redirect URI is SERVICE_URL/login/callback/NAME, of spec.serviceUrl (or our issuer) and this document's name."},
    {"secretFile", .type = VALUE_FILE, KEPT(issuer.login.secret_file), .otherwise = "none: a public client",
     .help = "An owner-only file with that client's secret."},
    {"scopes", LIST(VALUE_SCOPE, 16), .minimum = 1, KEPT(issuer.login.scopes), .fallback = "[openid]",
     .help = "What is asked for; openid is needed."},
    END};
static const struct field issuer_fields[] = {
    {"domain", .type = VALUE_NAME, KEPT(issuer.domain), .fallback = "local", .help = "The domain its identities belong to."},
    {"issuer", .type = VALUE_ISSUER_URL, .is_required = true, KEPT(issuer.issuer),
     .help = "Its issuer identifier, byte for byte as in iss."},
    {"keys", GROUP(key_fields), .help = "Where its keys come from: exactly one of these."},
    {"audiences", LIST(VALUE_AUDIENCE, AUDIENCES_MAX), KEPT(issuer.audiences), .otherwise = "the gateway's issuer identifier",
     .help = "What aud of its tokens may name."},
    {"algorithms", LIST(VALUE_ALGORITHM, 11), .minimum = 1, KEPT(issuer.algorithms),
     .fallback = "[RS256, PS256, ES256, ES384, EdDSA, Ed25519]", .help = "Signature algorithms accepted from it."},
    {"tokenTypes", LIST(VALUE_TOKEN_TYPE, 4), .minimum = 1, KEPT(issuer.token_types), .fallback = "[access_token, jwt]",
     .help = "Kinds of its tokens that are accepted; id-jag is what it gives clients to redeem here (grant_type jwt-bearer)."},
    {"types", LIST(VALUE_TEXT, 16), KEPT(issuer.types), .fallback = "[]",
     .help = "Values of the typ header that are accepted besides those of the token type."},
    {"maximumAge", .type = VALUE_DURATION, SECONDS(1, 365 * DAY), KEPT(issuer.maximum_age_s), .fallback = "1d",
     .help = "How old a token may be, counted from iat."},
    {"leeway", .type = VALUE_DURATION, SECONDS(0, 60), KEPT(issuer.leeway_s), .fallback = "30s",
     .help = "How far its clock may be off."},
    {"claims", GROUP(issuer_claim_fields), .help = "How its claims become our subject and attributes."},
    {"platform", .type = VALUE_BOOLEAN, KEPT(issuer.is_platform), .fallback = "false",
     .help = "true: its tokens may authenticate agents through AgentClass documents."},
    {"login", GROUP(login_fields), .help = "How people log in there, to connect accounts and to see what is connected."},
    {"handsTokensTo", LIST(VALUE_NAME, 64), KEPT(issuer.hands_tokens_to), .fallback = "[]",
     .help = "Targets with handOver.subjectToken whose adapters may be given its tokens; empty is none."},
    {"risk", .type = VALUE_INTEGER, .unit = "points", .maximum = RISK_MAX, KEPT(issuer.risk), .fallback = "0",
     .help = "How much of a risk its identities are, for policies to weigh."},
    {"enabled", .type = VALUE_BOOLEAN, KEPT(issuer.is_enabled), .fallback = "true",
     .help = "false: its tokens are refused and it is not spoken to."},
    END};

#define BUDGET_FIELDS(member)                                                                                          \
    {"exchangesPerSecond", .type = VALUE_INTEGER, .unit = "exchanges per second", .maximum = BUDGET_MAX, KEPT(member.exchanges_per_second),            \
     .fallback = "0", .help = "Exchanges a second; 0 sets no limit here."},                                            \
    {"liveCredentials", .type = VALUE_INTEGER, .unit = "credentials", .maximum = BUDGET_MAX, KEPT(member.live_credentials), .fallback = "0",  \
     .help = "Credentials alive at once; 0 sets no limit here."},                                                      \
    {"recordsPerHour", .type = VALUE_INTEGER, .unit = "records per hour", .maximum = BUDGET_MAX, KEPT(member.records_per_hour), .fallback = "0",   \
     .help = "Records an hour, refusals included; 0 sets no limit here."},                                             \
    END

/* kind: AgentClass */
static const struct field agent_class_budget_fields[] = {BUDGET_FIELDS(agent_class.budget)};
static const struct field agent_class_fields[] = {
    {"issuer", .type = VALUE_NAME, .is_required = true, KEPT(agent_class.issuer),
     .help = "The metadata.name of an Issuer with platform: true."},
    {"match", MAP(VALUE_CLAIM_PATH, VALUE_CLAIM_VALUE, 32), .minimum = 1, .is_required = true, KEPT(agent_class.match),
     .help = "Claims that its tokens must have, with their exact values; all of them must fit."},
    {"audiences", LIST(VALUE_AUDIENCE, AUDIENCES_MAX), KEPT(agent_class.audiences),
     .otherwise = "the gateway's issuer identifier", .help = "What aud of the platform's token may name."},
    {"maximumLifetime", .type = VALUE_DURATION, SECONDS(1, CREDENTIAL_LIFETIME_MAX_S), KEPT(agent_class.maximum_lifetime_s),
     .otherwise = "the target's", .help = "The longest life of what its agents get."},
    {"budget", GROUP(agent_class_budget_fields), .help = "What all its agents together may use."},
    {"risk", .type = VALUE_INTEGER, .unit = "points", .maximum = RISK_MAX, KEPT(agent_class.risk), .fallback = "0",
     .help = "How much of a risk its agents are, for policies to weigh."},
    {"enabled", .type = VALUE_BOOLEAN, KEPT(agent_class.is_enabled), .fallback = "true",
     .help = "false: its agents are refused."},
    END};

/* kind: Client */
static const struct field client_certificate_fields[] = {
    {"subject", .type = VALUE_TEXT, KEPT(client.certificate.subject), .otherwise = "not looked at",
     .help = "Its subject (RFC 4514), byte for byte as `openssl x509 -noout -subject -nameopt rfc2253` prints it."},
    {"dns", .type = VALUE_TEXT, KEPT(client.certificate.dns), .otherwise = "not looked at",
     .help = "A DNS name among its subject alternative names."},
    {"uri", .type = VALUE_TEXT, KEPT(client.certificate.uri), .otherwise = "not looked at",
     .help = "A URI among them, such as a SPIFFE ID; byte for byte."},
    {"ip", .type = VALUE_TEXT, KEPT(client.certificate.ip), .otherwise = "not looked at",
     .help = "An IP address among them; IPv6 in its shortest form."},
    {"email", .type = VALUE_TEXT, KEPT(client.certificate.email), .otherwise = "not looked at",
     .help = "An e-mail address among them; byte for byte."},
    END};
static const struct field authentication_fields[] = {
    {"methods", LIST(VALUE_CLIENT_METHOD, 5), .minimum = 1, .is_required = true, KEPT(client.methods),
     .help = "Ways this client may authenticate. none, alone, is a public client: a program on people's own machines or in their browsers, which can do nothing but redeem codes of /authorize."},
    {"secretFile", .type = VALUE_FILE, KEPT(client.secret_file), .otherwise = "none",
     .help = "An owner-only file with the client secret, at least 32 characters; for the client_secret methods."},
    {"secretHash", .type = VALUE_SECRET_HASH, .is_secret = true, KEPT(client.secret_hash), .otherwise = "none",
     .help = "The keyed hash of the secret, instead of the file."},
    {"jwks", .type = VALUE_JWKS, KEPT(client.jwks), .otherwise = "none",
     .help = "The client's public keys as a JWK Set; for private_key_jwt."},
    {"jwksUri", .type = VALUE_URL, KEPT(client.jwks_uri), .otherwise = "none", .help = "Where its keys are fetched, instead."},
    {"certificate", GROUP(client_certificate_fields),
     .help = "For tls_client_auth: the one name that its certificate must have, vouched for by an authority of spec.tls.clientCaFile or by a terminator (RFC 8705 section 2.1.2)."},
    {"acceptTokenEndpointAudience", .type = VALUE_BOOLEAN, KEPT(client.accepts_token_endpoint_audience), .fallback = "false",
     .help = "true: also accept assertions whose aud is the token endpoint's URL, as RFC 7523 had it."},
    END};
static const struct field client_budget_fields[] = {BUDGET_FIELDS(client.budget)};
static const struct field metadata_document_fields[] = {
    {"hosts", LIST(VALUE_HOST, 64), KEPT(client.metadata_hosts), .fallback = "[]",
     .help = "Clients whose documents are at these hosts; * for any."},
    {"urls", LIST(VALUE_URL, 64), KEPT(client.metadata_urls), .fallback = "[]",
     .help = "Clients whose documents are these."},
    END};
static const struct field client_fields[] = {
    {"clientId", .type = VALUE_CLIENT_ID, KEPT(client.client_id), .otherwise = "metadata.name",
     .help = "Its client_id at the token endpoint."},
    {"authentication", GROUP(authentication_fields), .is_required = true, .help = "How the client proves who it is."},
    {"redirectUris", LIST(VALUE_URL, 32), KEPT(client.redirect_uris), .fallback = "[]",
     .help = "Where its people may come back to from /authorize, byte for byte; the port of a loopback address is free (RFC 8252)."},
    {"clientMetadataDocuments", GROUP(metadata_document_fields),
     .help = "Makes this a class of public clients: those whose client_id is the https URL of a document about themselves. Each is its own client for consents, records and kills. The Gateway must let their hosts in."},
    {"registered", .type = VALUE_BOOLEAN, KEPT(client.has_registered), .fallback = "false",
     .help = "true: makes this the class of all clients that register themselves at /register; only one Client may be it."},
    {"budget", GROUP(client_budget_fields), .help = "What it may use; a class: all its clients together."},
    {"evaluates", .type = VALUE_BOOLEAN, KEPT(client.is_evaluator), .fallback = "false",
     .help = "true: may ask this gateway's own policy decision endpoint."},
    {"enabled", .type = VALUE_BOOLEAN, KEPT(client.is_enabled), .fallback = "true", .help = "false: it is refused."},
    END};

/* kind: Target */
static const struct field token_fields[] = {
    {"algorithm", .type = VALUE_SIGNING_ALGORITHM, KEPT(target.algorithm), .fallback = "ES256",
     .help = "Signs what is issued; must be among the gateway's signing.algorithms."},
    {"type", .type = VALUE_TEXT, KEPT(target.type), .fallback = "at+jwt", .help = "The typ header of what is issued."},
    {"claims", MAP(VALUE_CLAIM_NAME, VALUE_ATTRIBUTE, 64), KEPT(target.claims), .fallback = "{}",
     .help = "Further claims, each with the subject's attribute that fills it."},
    END};
static const struct field accept_fields[] = {
    {"issuers", LIST(VALUE_NAME, NAMES_MAX), KEPT(target.issuers), .fallback = "[]",
     .help = "Issuers whose identities are accepted as the subject; \"self\" is the gateway itself; empty is none."},
    {"clients", LIST(VALUE_NAME, NAMES_MAX), KEPT(target.clients), .fallback = "[]",
     .help = "Clients and agent classes that may ask; empty is none."},
    {"actors", LIST(VALUE_ACTOR, NAMES_MAX), KEPT(target.actors), .fallback = "[]",
     .help = "Clients, agent classes or ISSUER/SUBJECT that may act; empty is every accepted client."},
    {"clientCredentials", .type = VALUE_BOOLEAN, KEPT(target.accepts_clients_alone), .fallback = "false",
     .help = "true: Clients in accepts.clients may come for themselves, on nobody's behalf (grant_type client_credentials). Agents of a class may where their Issuer is accepted."},
    END};
static const struct field egress_fields[] = {
    {"upstream", .type = VALUE_URL, KEPT(target.egress.upstream), .otherwise = "none",
     .help = "Where calls go: scheme, host and the path that all of them begin with."},
    {"adapter", .type = VALUE_NAME, KEPT(target.egress.adapter), .fallback = "vault",
     .help = "What makes the credential that is put into a call; the caller never sees it."},
    {"settings", .type = VALUE_SETTINGS, KEPT(target.egress.settings), .otherwise = "those of the target, where the adapter is the same",
     .help = "What that adapter has to know."},
    {"answerHeaders", LIST(VALUE_HEADER, 64), KEPT(target.egress.answer_headers), .fallback = "[]",
     .help = "Headers of its answers that are let through besides the usual ones."},
    {"firstByteTimeout", .type = VALUE_DURATION, SECONDS(1, 10 * MINUTE), KEPT(target.egress.first_byte_s), .fallback = "60s",
     .help = "How long an answer may take to begin."},
    {"idleTimeout", .type = VALUE_DURATION, SECONDS(1, 10 * MINUTE), KEPT(target.egress.idle_s), .fallback = "60s",
     .help = "How long an answer may bring nothing."},
    END};
static const struct field rule_fields[] = {
    {"methods", LIST(VALUE_METHOD, 16), KEPT_RULE(methods), .fallback = "[]", .help = "Of these methods; empty is any."},
    {"paths", LIST(VALUE_PATH_PATTERN, 64), .minimum = 1, .is_required = true, KEPT_RULE(paths),
     .help = "To these paths: * is one segment, ** at the end whatever follows."},
    {"scopes", LIST(VALUE_SCOPE, 16), KEPT_RULE(scopes), .fallback = "[]", .help = "Scopes that such a call needs, all of them."},
    END};
static const struct field call_fields[] = {
    {"rules", GROUPS(rule_fields, struct call_rule, 64), KEPT(target.calls.rules), .fallback = "[]",
     .help = "Calls that are let through, and the scopes they need: the first rule that fits counts, and one that none fits is refused. Without rules every call is."},
    {"perMinute", .type = VALUE_INTEGER, .unit = "calls per minute", .maximum = BUDGET_MAX, KEPT(target.calls.per_minute),
     .fallback = "0", .help = "Calls a minute that one credential may make on one gateway; 0 sets no limit."},
    END};
static const struct field hand_over_fields[] = {
    {"assertionAudience", .type = VALUE_AUDIENCE, KEPT(target.hand_over.assertion_audience), .otherwise = "no assertion",
     .help = "The aud of a JWT about the subject, signed by the gateway's key by the token profile, that the adapter shows where the other side trusts this gateway."},
    {"assertionClaims", MAP(VALUE_CLAIM_NAME, VALUE_ASSERTION_SOURCE, 16), KEPT(target.hand_over.assertion_claims), .fallback = "{}",
     .help = "Further claims of it, each with what fills it: root, exchange, client, actor (issuer and subject, parted by a space) or task. root and exchange are 22 and 26 letters, digits, - and _, which lead back to the records."},
    {"subjectToken", .type = VALUE_BOOLEAN, KEPT(target.hand_over.is_subject_token_wanted), .fallback = "false",
     .help = "true: the adapter is given the subject token as it was shown; its Issuer must name this target in handsTokensTo."},
    {"attributes", LIST(VALUE_ATTRIBUTE, 16), KEPT(target.hand_over.attributes), .fallback = "[]",
     .help = "Attributes of the subject that the adapter is given, by the names that the Issuer's spec.claims.attributes has for them. They are kept in the record of the exchange, for calls that stand on it."},
    END};
static const struct field connection_fields[] = {
    {"lifetime", .type = VALUE_DURATION, SECONDS(HOUR, 400 * DAY), KEPT(target.consent_s), .otherwise = "nobody connects",
     .help = "How long a person's consent holds. Where it is set, a subject has to connect an account once and consent for each client."},
    END};
static const struct field target_fields[] = {
    {"domain", .type = VALUE_NAME, KEPT(target.domain), .fallback = "local", .help = "The domain it belongs to."},
    {"audiences", LIST(VALUE_AUDIENCE, AUDIENCES_MAX), .minimum = 1, .is_required = true, KEPT(target.audiences),
     .help = "Its names for the audience parameter; the first is the aud of what is issued."},
    {"resources", LIST(VALUE_RESOURCE, 64), KEPT(target.resources), .fallback = "[]",
     .help = "Its URIs for the resource parameter (RFC 8707)."},
    {"adapter", .type = VALUE_NAME, KEPT(target.adapter), .fallback = "jwt",
     .help = "What makes its credentials: jwt, api-key or vault, which are built in, or the name of an Adapter."},
    {"settings", .type = VALUE_SETTINGS, KEPT(target.settings), .otherwise = "none",
     .help = "What its adapter has to know of it; which members there are is the adapter's to say."},
    {"token", GROUP(token_fields), .help = "The token profile."},
    {"scopes", LIST(VALUE_SCOPE, 64), KEPT(target.scopes), .fallback = "[]", .help = "Scopes it offers."},
    {"scopeWords", MAP(VALUE_SCOPE, VALUE_TEXT, 64), KEPT(target.scope_words), .fallback = "{}",
     .help = "What people are told of a scope when they are asked whether a program may have it at /authorize: \"Read your files\"."},
    {"authorizationDetails", LIST(VALUE_TEXT, 32), KEPT(target.authorization_details), .fallback = "[]",
     .help = "Types of authorization details it offers (RFC 9396)."},
    {"maximumLifetime", .type = VALUE_DURATION, SECONDS(1, CREDENTIAL_LIFETIME_MAX_S), KEPT(target.maximum_lifetime_s), .fallback = "5m",
     .help = "The longest life of what is issued."},
    {"accepts", GROUP(accept_fields), .help = "Who may come, on whose behalf."},
    {"handOver", GROUP(hand_over_fields), .help = "What its adapter is given to show on the other side."},
    {"connection", GROUP(connection_fields), .help = "Accounts there that people connect themselves."},
    {"egress", GROUP(egress_fields), .help = "Calls that go through the gateway, which puts the credential in."},
    {"mcp", GROUP(mcp_fields), .help = "It is an MCP server, which agents reach at /mcp/NAME: the first of the audiences is that URL, and egress.upstream the server's own."},
    {"calls", GROUP(call_fields), .help = "What may be called with its credentials, through egress or behind a proxy that asks /forward-auth."},
    {"resourceServer", .type = VALUE_NAME, KEPT(target.resource_server), .otherwise = "none",
     .help = "The Client that is this target: may introspect its tokens and exchange them onwards."},
    {"enabled", .type = VALUE_BOOLEAN, KEPT(target.is_enabled), .fallback = "true",
     .help = "false: nothing is issued for it."},
    END};

/* kind: Adapter */
static const struct field interpreter_fields[] = {
    {"name", .type = VALUE_PROGRAM, KEPT(adapter.interpreter), .otherwise = "none",
     .help = "The name of one of the Gateway's adapters.interpreters, such as python3."},
    {"sha256", .type = VALUE_SHA256, KEPT(adapter.interpreter_sha256), .otherwise = "none", .help = "The SHA-256 of that file."},
    END};
static const struct field adapter_limit_fields[] = {
    {"memory", .type = VALUE_INTEGER, .unit = "mebibytes", .minimum = 16, .maximum = 65536, KEPT(adapter.memory_mib), .fallback = "512",
     .help = "Memory that each of its processes may write; what a runtime only reserves is not counted."},
    {"openFiles", .type = VALUE_INTEGER, .unit = "files", .minimum = 16, .maximum = 65536, KEPT(adapter.open_files), .fallback = "256",
     .help = "Files and connections it may have open."},
    {"processes", .type = VALUE_INTEGER, .unit = "processes", .maximum = 4096, KEPT(adapter.processes), .fallback = "64",
     .help = "Threads and processes it may have, where it runs as a user of its own."},
    {"timeout", .type = VALUE_DURATION, SECONDS(1, 5 * MINUTE), KEPT(adapter.timeout_s), .fallback = "10s",
     .help = "How long it may take to answer; then the call is cancelled, and the exchange is 503."},
    {"inParallel", .type = VALUE_INTEGER, .unit = "calls", .minimum = 1, .maximum = 1024, KEPT(adapter.in_parallel), .fallback = "64",
     .help = "Calls that it is given at once, where it does not itself want fewer."},
    {"queue", .type = VALUE_INTEGER, .unit = "calls", .minimum = 1, .maximum = 65536, KEPT(adapter.queue), .fallback = "1024",
     .help = "Calls that wait for it; more are 503 at once."},
    END};
static const struct field adapter_fields[] = {
    {"program", .type = VALUE_PROGRAM, .is_required = true, KEPT(adapter.program),
     .help = "The name of a file in one of the Gateway's adapters.directories."},
    {"sha256", .type = VALUE_SHA256, .is_required = true, KEPT(adapter.sha256),
     .help = "The SHA-256 of that file; another one does not start."},
    {"interpreter", GROUP(interpreter_fields), .help = "What executes the program, where it is a script."},
    {"network", .type = VALUE_NETWORK, .offset = FIELD_NOT_KEPT, .fallback = "none",
     .help = "any: it may make connections; it must have said so itself."},
    {"loopbackListener", .type = VALUE_BOOLEAN, KEPT(adapter.has_loopback_listener), .fallback = "false",
     .help = "true: it is handed a socket that listens on 127.0.0.1, on a port that the system chooses, and may accept connections there; needs network: any."},
    {"settings", .type = VALUE_SETTINGS, KEPT(adapter.settings), .otherwise = "none",
     .help = "What it has to know whatever the target, at most 32 KiB as JSON; what it understands is said by the adapter. It is told when it starts: changed, it is started anew."},
    {"files", MAP(VALUE_NAME, VALUE_FILE, 16), KEPT(adapter.files), .fallback = "{}",
     .help = "Files that it is handed open for reading, by the names it knows them by, such as a keytab."},
    {"sockets", MAP(VALUE_NAME, VALUE_FILE, 4), KEPT(adapter.sockets), .fallback = "{}",
     .help = "Unix sockets that it is handed a connection to each, made when it starts, by the names it knows them by, such as gssproxy's; needs network: any."},
    {"teams", LIST(VALUE_NAME, NAMES_MAX), KEPT(adapter.teams), .fallback = "[]",
     .help = "Teams whose targets may use it; empty is every target."},
    {"isolation", .type = VALUE_ISOLATION, .offset = FIELD_NOT_KEPT, .fallback = "required",
     .help = "none: it is started also where the kernel cannot keep it from the gateway's files; the Gateway must say the same."},
    {"limits", GROUP(adapter_limit_fields), .help = "What it may use."},
    {"enabled", .type = VALUE_BOOLEAN, KEPT(adapter.is_enabled), .fallback = "true",
     .help = "false: it does not run, and its targets are refused."},
    END};

/* kind: Team */
static const struct field team_budget_fields[] = {BUDGET_FIELDS(owner.budget)};
static const struct field member_fields[] = {
    {"issuer", .type = VALUE_NAME, .is_required = true, KEPT_MEMBER(issuer), .help = "The Issuer whose word counts, by metadata.name."},
    {"attribute", .type = VALUE_ATTRIBUTE, KEPT_MEMBER(attribute), .fallback = "sub",
     .help = "An attribute that the issuer's document maps, such as groups; sub is the subject itself."},
    {"value", .type = VALUE_CLAIM_VALUE, .is_required = true, KEPT_MEMBER(value), .help = "The value it must have, or one of them."},
    {"rights", LIST(VALUE_RIGHT, 5), .minimum = 1, KEPT_MEMBER(rights), .fallback = "[read, apply, delete]",
     .help = "What its bearers may do."},
    END};
static const struct field team_fields[] = {
    {"members", GROUPS(member_fields, struct team_member, 64), KEPT(owner.members), .fallback = "[]",
     .help = "Who may change its documents over the admin API."},
    {"kinds", LIST(VALUE_TEAM_KIND, 3), .minimum = 1, KEPT(owner.kinds), .fallback = "[Target]",
     .help = "Kinds of documents that it may own and change."},
    {"operator", .type = VALUE_BOOLEAN, KEPT(owner.is_operator), .fallback = "false",
     .help = "true: the rights of its members hold for every document, whoever owns it and of whatever kind."},
    {"budget", GROUP(team_budget_fields), .help = "What everything it owns may use together."},
    END};

/* kind: Policy */
static const struct field policy_fields[] = {
    {"policies", .type = VALUE_POLICIES, KEPT(policy.policies), .otherwise = "those of file",
     .help = "The policies themselves, best as a literal block, which keeps its lines."},
    {"file", .type = VALUE_CONTENT_FILE, KEPT(policy.file), .otherwise = "none",
     .help = "A file with the policies instead, for a document that stands in a file itself; read along with it, at most 1 MiB."},
    {"enforcement", .type = VALUE_ENFORCEMENT, .offset = FIELD_NOT_KEPT, .fallback = "enforce",
     .help = "report: what they would have refused is recorded, not refused."},
    {"enabled", .type = VALUE_BOOLEAN, KEPT(policy.is_enabled), .fallback = "true",
     .help = "false: they are not asked."},
    END};

/* kind: Combination */
static const struct field right_fields[] = {
    {"name", .type = VALUE_NAME, .is_required = true, KEPT_RIGHT(name), .help = "What refusals call it; unique in its document."},
    {"targets", LIST(VALUE_NAME, 64), KEPT_RIGHT(targets), .fallback = "[]",
     .help = "Targets whose credentials give it; empty is any."},
    {"domains", LIST(VALUE_NAME, 64), KEPT_RIGHT(domains), .fallback = "[]",
     .help = "Domains whose credentials give it; empty is any."},
    {"scopes", LIST(VALUE_SCOPE, 64), KEPT_RIGHT(scopes), .fallback = "[]",
     .help = "Scopes of which one is enough to give it; empty is any, and none at all."},
    END};
static const struct field combination_fields[] = {
    {"holder", .type = VALUE_HOLDER, .offset = FIELD_NOT_KEPT, .fallback = "subject",
     .help = "In whose hands the rights must not meet: one subject's, one delegation tree's, or one agent's. A task that an agent names (`dragoman_task`) is a tree of its own: `tree` binds no agent that does not want it."},
    {"within", .type = VALUE_DURATION, SECONDS(0, DAY), KEPT(combination.within_s), .fallback = "0s",
     .help = "0s: only live credentials count; else also those that ended within this time."},
    {"effect", .type = VALUE_EFFECT, .offset = FIELD_NOT_KEPT, .fallback = "refuse",
     .help = "What becomes of a credential that would complete the combination: it is refused, or gets fewer scopes."},
    {"enabled", .type = VALUE_BOOLEAN, KEPT(combination.is_enabled), .fallback = "true",
     .help = "false: the rights may meet."},
    {"rights", GROUPS(right_fields, struct combination_right, 8), .minimum = 2, .is_required = true,
     KEPT(combination.rights), .help = "The rights that must never meet, all of them together."},
    END};

static const struct kind_row kinds[DOCUMENT_KIND_COUNT] = {
    [DOCUMENT_GATEWAY] = {"Gateway", gateway_fields, "The gateway itself: one document, in a file."},
    [DOCUMENT_DOMAIN] = {"Domain", domain_fields,
        "Systems under one authority. The domain \"local\" is always there, also without a document."},
    [DOCUMENT_ISSUER] = {"Issuer", issuer_fields, "Somebody who signs tokens that may be believed."},
    [DOCUMENT_CLIENT] = {"Client", client_fields, "An OAuth client that authenticates with a secret or a key of its own."},
    [DOCUMENT_AGENT_CLASS] = {"AgentClass", agent_class_fields,
        "Agents that prove themselves with their platform's own token and need no secret and no client of their own."},
    [DOCUMENT_TARGET] = {"Target", target_fields, "What a credential is for."},
    [DOCUMENT_ADAPTER] = {"Adapter", adapter_fields, "A program that makes one kind of credential."},
    [DOCUMENT_TEAM] = {"Team", team_fields, "Who owns documents."},
    [DOCUMENT_POLICY] = {"Policy", policy_fields,
        "Policies in Cedar's language that are asked as well. A file NAME.cedar is such a document without any other words."},
    [DOCUMENT_COMBINATION] = {"Combination", combination_fields, "Rights that must never meet in one hand."},
};
/* clang-format on */

const struct kind_row *kind_row(enum document_kind kind)
{
    INVARIANT(kind < DOCUMENT_KIND_COUNT);
    return &kinds[kind];
}
