/* The tables, nothing else. Rows stand in the order the documentation shows them. */
#include "document_fields.h"

#include <stddef.h>

#include "base/fault.h"

#define KEPT(member)             .offset = offsetof(struct document, member)
#define SECONDS(from, to)        .minimum = (from), .maximum = (to)
#define LIST(value_type, most)   .shape = FIELD_LIST, .type = (value_type), .maximum = (most)
#define MAP(names, values, most) .shape = FIELD_MAP, .name_type = (names), .type = (values), .maximum = (most)
#define GROUP(rows)              .shape = FIELD_GROUP, .fields = (rows), .offset = FIELD_NOT_KEPT
#define GROUPS(rows, type, most)                                                                               \
    .shape = FIELD_GROUPS, .fields = (rows), .item_size = sizeof(type), .maximum = (most)
#define KEPT_RIGHT(member) .offset = offsetof(struct combination_right, member)
#define END                                                                                                    \
    {                                                                                                          \
        .name = NULL                                                                                           \
    }

enum {
    MINUTE = 60,
    HOUR = 3600,
    DAY = 86400,
    AUDIENCES_MAX = 16,
    NAMES_MAX = 256,
    BUDGET_MAX = 1000000000,
    RISK_MAX = 100
};

/* clang-format off */
const struct field metadata_fields[] = {
    {"name", .type = VALUE_NAME, .is_required = true, KEPT(name), .help = "Unique among the documents of its kind."},
    {"team", .type = VALUE_NAME, KEPT(team), .otherwise = "no team",
     .help = "The team that owns the document; a Team document of this name must exist once there is any."},
    END};

/* kind: Gateway */
static const struct field tls_fields[] = {
    {"certificateFile", .type = VALUE_FILE, .is_required = true, KEPT(gateway.certificate_file),
     .help = "The certificate chain in PEM, our own certificate first."},
    {"keyFile", .type = VALUE_FILE, .is_required = true, KEPT(gateway.key_file),
     .help = "Its private key in PEM, readable by the owner alone."},
    END};
static const struct field postgres_fields[] = {
    {"connection", .type = VALUE_TEXT, KEPT(gateway.postgres_connection), .otherwise = "no PostgreSQL",
     .help = "The server as libpq names it, such as host=db.internal dbname=dragoman user=dragoman sslmode=verify-full; without a password."},
    {"passwordFile", .type = VALUE_FILE, KEPT(gateway.postgres_password_file), .otherwise = "no password",
     .help = "The password, owner-only; read again for every connection, so it can be changed while the gateway runs."},
    {"schema", .type = VALUE_NAME, KEPT(gateway.postgres_schema), .fallback = "dragoman",
     .help = "The schema that holds the store's tables and nothing else; made at first start."},
    {"connectTimeout", .type = VALUE_DURATION, SECONDS(1, MINUTE), KEPT(gateway.postgres_connect_s), .fallback = "3s",
     .help = "How long connecting may take before it is tried anew."},
    {"statementTimeout", .type = VALUE_DURATION, SECONDS(1, MINUTE), KEPT(gateway.postgres_statement_s), .fallback = "2s",
     .help = "How long a batch or a query may take before the connection is given up."},
    {"answerTimeout", .type = VALUE_DURATION, SECONDS(1, 2 * MINUTE), KEPT(gateway.postgres_answer_s), .fallback = "5s",
     .help = "How long anything waits for its commit or its answer, reconnecting included; then it is 503."},
    {"allowWeakDurability", .type = VALUE_BOOLEAN, KEPT(gateway.postgres_is_weak), .fallback = "false",
     .help = "true: a server whose synchronous_commit or fsync is off is used all the same, and a crash loses records."},
    END};
static const struct field store_fields[] = {
    {"sqlite", .type = VALUE_FILE, KEPT(gateway.store_path), .fallback = "/var/lib/dragoman/dragoman.sqlite",
     .help = "The database file; made at first start."},
    {"postgres", GROUP(postgres_fields), .help = "PostgreSQL instead, which several gateways can share."},
    END};
static const struct field outbound_fields[] = {
    {"caFile", .type = VALUE_FILE, KEPT(gateway.outbound_ca_file), .otherwise = "the system's",
     .help = "Certificate authorities in PEM that issuers' servers are checked against."},
    {"allowAddresses", LIST(VALUE_CIDR, 64), KEPT(gateway.outbound_allow), .fallback = "[]",
     .help = "Private or loopback address ranges that may be connected to all the same."},
    END};
static const struct field signing_fields[] = {
    {"algorithms", LIST(VALUE_SIGNING_ALGORITHM, 4), .minimum = 1, KEPT(gateway.signing_algorithms), .fallback = "[ES256]",
     .help = "A signing key is kept for each of these."},
    {"publishBeforeUse", .type = VALUE_DURATION, SECONDS(0, 30 * DAY), KEPT(gateway.key_publish_s), .fallback = "10m",
     .help = "How long a new key stands in the JWKS before it signs."},
    END};
static const struct field connection_fields[] = {
    {"inAll", .type = VALUE_INTEGER, .unit = "connections", .minimum = 1, .maximum = 1000000, KEPT(gateway.connections.in_all),
     .fallback = "8192", .help = "Connections open at once over the network; more are closed at once."},
    {"perAddress", .type = VALUE_INTEGER, .unit = "connections", .minimum = 1, .maximum = 1000000, KEPT(gateway.connections.per_address),
     .fallback = "1024", .help = "The same from one address; an IPv6 /64 is one address. Raise it behind a load balancer that hides its clients."},
    {"onAdminSocket", .type = VALUE_INTEGER, .unit = "connections", .minimum = 1, .maximum = 100000, KEPT(gateway.connections.on_admin_socket),
     .fallback = "256", .help = "The same on the admin socket, which is counted apart."},
    {"requests", .type = VALUE_INTEGER, .unit = "requests", .minimum = 1, .maximum = 1000000000, KEPT(gateway.connections.requests),
     .fallback = "100000", .help = "Requests on one connection; then the client is asked to open another one."},
    {"age", .type = VALUE_DURATION, SECONDS(10, 30 * DAY), KEPT(gateway.connections.age_s), .fallback = "1h",
     .help = "How long a connection is used; then the client is asked to open another one."},
    {"handshakeTimeout", .type = VALUE_DURATION, SECONDS(1, 300), KEPT(gateway.connections.handshake_s), .fallback = "10s",
     .help = "How long a TLS handshake may take."},
    {"headerTimeout", .type = VALUE_DURATION, SECONDS(1, 300), KEPT(gateway.connections.header_s), .fallback = "10s",
     .help = "How long the head of a request may take to arrive."},
    {"bodyTimeout", .type = VALUE_DURATION, SECONDS(1, 3600), KEPT(gateway.connections.body_s), .fallback = "30s",
     .help = "How long the body of a request may take to arrive."},
    {"idleTimeout", .type = VALUE_DURATION, SECONDS(1, DAY), KEPT(gateway.connections.idle_s), .fallback = "60s",
     .help = "How long a connection may be without a request."},
    {"writeStallTimeout", .type = VALUE_DURATION, SECONDS(1, 3600), KEPT(gateway.connections.write_stall_s), .fallback = "20s",
     .help = "How long a client may take nothing of an answer; slow ones that take something are left alone."},
    {"headerBytes", .type = VALUE_INTEGER, .unit = "bytes", .minimum = 1024, .maximum = 262144, KEPT(gateway.connections.header_bytes),
     .fallback = "32768", .help = "Of the head of one request, as it is sent and as HTTP/2 expands it."},
    {"unfinishedBytesPerConnection", .type = VALUE_INTEGER, .unit = "bytes", .minimum = 65536, .maximum = 1073741824, KEPT(gateway.connections.unfinished_bytes_per_connection),
     .fallback = "4194304", .help = "Memory that incomplete requests of one connection, and answers that it does not take, may hold; as much again for requests that are worked on."},
    {"unfinishedBytesPerAddress", .type = VALUE_INTEGER, .unit = "bytes", .minimum = 65536, .maximum = 17179869184, KEPT(gateway.connections.unfinished_bytes_per_address),
     .fallback = "16777216", .help = "The same for all connections of one address."},
    {"unfinishedBytes", .type = VALUE_INTEGER, .unit = "bytes", .minimum = 65536, .maximum = 68719476736, KEPT(gateway.connections.unfinished_bytes),
     .fallback = "67108864", .help = "The same in all; of the former, the connection that holds most is cut first."},
    {"resetsPerSecond", .type = VALUE_INTEGER, .unit = "frames per second", .minimum = 1, .maximum = 100000, KEPT(gateway.connections.resets),
     .fallback = "20", .help = "Streams a second that one connection may reset or make us reset; ten times as many at once."},
    {"windowUpdatesPerSecond", .type = VALUE_INTEGER, .unit = "frames per second", .minimum = 1, .maximum = 100000, KEPT(gateway.connections.window_updates),
     .fallback = "200", .help = "WINDOW_UPDATE frames a second on one connection besides four a request; ten times as many at once."},
    {"settingsPerSecond", .type = VALUE_INTEGER, .unit = "frames per second", .minimum = 1, .maximum = 100000, KEPT(gateway.connections.settings),
     .fallback = "2", .help = "SETTINGS frames a second on one connection; ten times as many at once."},
    {"pingsPerSecond", .type = VALUE_INTEGER, .unit = "frames per second", .minimum = 1, .maximum = 100000, KEPT(gateway.connections.pings),
     .fallback = "10", .help = "PING frames a second on one connection; ten times as many at once."},
    {"prioritiesPerSecond", .type = VALUE_INTEGER, .unit = "frames per second", .minimum = 1, .maximum = 100000, KEPT(gateway.connections.priorities),
     .fallback = "20", .help = "PRIORITY frames a second on one connection besides one a request; ten times as many at once."},
    {"emptyDataPerSecond", .type = VALUE_INTEGER, .unit = "frames per second", .minimum = 1, .maximum = 100000, KEPT(gateway.connections.empty_data),
     .fallback = "5", .help = "DATA frames a second that carry nothing, besides one a request; ten times as many at once."},
    {"continuationsPerSecond", .type = VALUE_INTEGER, .unit = "frames per second", .minimum = 1, .maximum = 100000, KEPT(gateway.connections.continuations),
     .fallback = "10", .help = "CONTINUATION frames a second on one connection; ten times as many at once."},
    {"otherFramesPerSecond", .type = VALUE_INTEGER, .unit = "frames per second", .minimum = 1, .maximum = 100000, KEPT(gateway.connections.other_frames),
     .fallback = "5", .help = "Frames a second of types that mean nothing here; ten times as many at once."},
    {"controlRecords", .type = VALUE_INTEGER, .unit = "records", .minimum = 1, .maximum = 100000, KEPT(gateway.connections.control_records),
     .fallback = "16", .help = "TLS records that carry no data (key updates, alerts) which one connection may send."},
    END};
static const struct field stranger_fields[] = {
    {"refusalsPerMinute", .type = VALUE_INTEGER, .unit = "refusals per minute", .maximum = 1000000000, KEPT(gateway.strangers.refusals_per_minute),
     .fallback = "6000", .help = "Requests from one address that may be refused before their client is known; then all from it are 429 until the minute is over; 0: any number. An IPv6 /64 is one address. Raise it behind a load balancer that hides its clients."},
    {"addresses", .type = VALUE_INTEGER, .unit = "addresses", .minimum = 1, .maximum = 1000000, KEPT(gateway.strangers.addresses),
     .fallback = "4096", .help = "Addresses counted in one minute; the refusals of more are counted together and not held against them."},
    {"logFrom", .type = VALUE_INTEGER, .unit = "refusals per minute", .maximum = 1000000000, KEPT(gateway.strangers.log_from),
     .fallback = "100", .help = "Such refusals of one address from which the log names it, with the reasons, when the minute is over; 0: never."},
    {"logLines", .type = VALUE_INTEGER, .unit = "lines per minute", .maximum = 1000, KEPT(gateway.strangers.log_lines),
     .fallback = "20", .help = "The most such lines; addresses with the most refusals come first."},
    END};
static const struct field limit_fields[] = {
    {"threads", .type = VALUE_INTEGER, .unit = "threads", .maximum = 256, KEPT(gateway.threads), .fallback = "0",
     .help = "Event loops; 0 is one per core."},
    {"requestsInFlight", .type = VALUE_INTEGER, .unit = "requests", .minimum = 1, .maximum = 1000000, KEPT(gateway.requests_in_flight),
     .fallback = "4096", .help = "Requests being worked on at once; more are answered with 503."},
    {"requestsInFlightPerConnection", .type = VALUE_INTEGER, .unit = "requests", .minimum = 1, .maximum = 100000,
     KEPT(gateway.requests_in_flight_per_connection), .fallback = "128", .help = "The same for one connection."},
    {"chainDepth", .type = VALUE_INTEGER, .unit = "actors", .minimum = 1, .maximum = 16, KEPT(gateway.chain_depth), .fallback = "4",
     .help = "Actors a chain may have."},
    {"rememberedTokens", .type = VALUE_INTEGER, .unit = "tokens", .maximum = 1000000, KEPT(gateway.remembered_tokens),
     .fallback = "4096",
     .help = "Verified tokens per thread, rounded up to fours, whose signature is not checked again; 0: none."},
    {"connections", GROUP(connection_fields), .help = "What connections may cost before they are cut."},
    {"strangers", GROUP(stranger_fields), .help = "Callers who are refused before it is known who they are."},
    END};
static const struct field kill_fields[] = {
    {"inMemory", .type = VALUE_INTEGER, .minimum = 0, .maximum = 10000000, KEPT(gateway.kills_in_memory), .unit = "kills",
     .fallback = "100000",
     .help = "Kills and revocations each event loop holds; with more, every exchange asks the store."},
    {"clockMargin", .type = VALUE_DURATION, SECONDS(0, 60), KEPT(gateway.kill_clock_margin_s), .fallback = "1s",
     .help = "How far the clocks of gateways on one store may differ: a kill also ends what bears a time up to so much later."},
    END};
static const struct field lease_fields[] = {
    {"pendingFor", .type = VALUE_DURATION, SECONDS(1, 3600), KEPT(gateway.lease_pending_s), .fallback = "60s",
     .help = "How long making a credential outside may take before it is taken for abandoned and withdrawn."},
    {"retryDelay", .type = VALUE_DURATION, SECONDS(1, 3600), KEPT(gateway.withdrawal_delay_s), .fallback = "1s",
     .help = "Wait before a withdrawal is tried a second time; each wait after that is twice as long."},
    {"retryDelayMaximum", .type = VALUE_DURATION, SECONDS(1, DAY), KEPT(gateway.withdrawal_delay_maximum_s), .fallback = "5m",
     .help = "The longest such wait."},
    {"withdrawals", .type = VALUE_INTEGER, .minimum = 1, .maximum = 256, KEPT(gateway.withdrawals_in_parallel), .unit = "withdrawals",
     .fallback = "16",
     .help = "Withdrawals under way at the same time."},
    END};
static const struct field record_fields[] = {
    {"retentionDays", .type = VALUE_INTEGER, .unit = "days", .maximum = 36500, KEPT(gateway.record_retention_days), .fallback = "0",
     .help = "Days that records are kept; 0 keeps them for good."},
    END};
static const struct field supervisor_fields[] = {
    {"drainDeadline", .type = VALUE_DURATION, SECONDS(1, HOUR), KEPT(gateway.drain_deadline_s), .fallback = "10s",
     .help = "How long a worker that stops or is replaced may take to finish what it has begun; then it is killed."},
    {"startDeadline", .type = VALUE_DURATION, SECONDS(1, DAY), KEPT(gateway.start_deadline_s), .fallback = "5m",
     .help = "How long a new worker may take until it serves, migrations of the store included."},
    {"silenceDeadline", .type = VALUE_DURATION, SECONDS(1, HOUR), KEPT(gateway.silence_deadline_s), .fallback = "30s",
     .help = "A worker that does not say for so long that all its event loops turn, which it does four times as often, is killed and replaced."},
    {"restartDelay", .type = VALUE_INTEGER, .unit = "milliseconds", .minimum = 1, .maximum = 60000,
     KEPT(gateway.restart_delay_ms), .fallback = "100",
     .help = "The wait before a second restart of a worker that keeps dying (the first is at once); it doubles each time."},
    {"restartDelayMaximum", .type = VALUE_DURATION, SECONDS(1, HOUR), KEPT(gateway.restart_delay_max_s), .fallback = "10s",
     .help = "The longest such wait."},
    {"soundAfter", .type = VALUE_DURATION, SECONDS(1, HOUR), KEPT(gateway.sound_after_s), .fallback = "1s",
     .help = "A worker that served for so long before it died starts the count anew."},
    END};
static const struct field confinement_fields[] = {
    {"enabled", .type = VALUE_BOOLEAN, KEPT(gateway.is_confined), .fallback = "true",
     .help = "Whether workers give up system calls and files they do not need, where the kernel can take them away."},
    {"readable", LIST(VALUE_FILE, 64), KEPT(gateway.confinement_readable), .fallback = "[]",
     .help = "Files and folders that workers may read all the same, such as secret files that stored documents name."},
    END};
static const struct field policy_limit_fields[] = {
    {"required", .type = VALUE_BOOLEAN, KEPT(gateway.policy.is_required), .fallback = "false",
     .help = "true: without any Policy document nothing is permitted; false: then the other documents decide alone."},
    {"work", .type = VALUE_INTEGER, .unit = "steps", .minimum = 1000, .maximum = 100000000, KEPT(gateway.policy.work),
     .fallback = "1000000", .help = "Steps of evaluation that one decision may take; one that needs more is a refusal."},
    {"held", .type = VALUE_INTEGER, .unit = "credentials", .minimum = 1, .maximum = 4096, KEPT(gateway.policy.held),
     .fallback = "256", .help = "Live credentials of one holder that a decision looks at."},
    END};
static const struct field pdp_fields[] = {
    {"url", .type = VALUE_URL, KEPT(gateway.pdp.url), .otherwise = "none", .help = "Where it is asked."},
    {"tokenFile", .type = VALUE_FILE, KEPT(gateway.pdp.token_file), .otherwise = "none",
     .help = "An owner-only file with the bearer token that it is shown."},
    {"basicFile", .type = VALUE_FILE, KEPT(gateway.pdp.basic_file), .otherwise = "none",
     .help = "Instead: an owner-only file with name:password, that it is shown as HTTP Basic. Another gateway's endpoint wants these."},
    {"timeout", .type = VALUE_INTEGER, .unit = "milliseconds", .minimum = 10, .maximum = 10000, KEPT(gateway.pdp.timeout_ms),
     .fallback = "1000", .help = "How long its answer is waited for."},
    {"failures", .type = VALUE_INTEGER, .unit = "failures", .minimum = 1, .maximum = 100, KEPT(gateway.pdp.failures),
     .fallback = "5", .help = "Failures one after another until it is not asked for a while."},
    {"pause", .type = VALUE_DURATION, SECONDS(1, 5 * MINUTE), KEPT(gateway.pdp.pause_s), .fallback = "5s",
     .help = "That while."},
    END};
static const struct field gateway_fields[] = {
    {"issuer", .type = VALUE_ISSUER_URL, .is_required = true, KEPT(gateway.issuer),
     .help = "Our own issuer identifier: the iss of what is issued and where clients reach the gateway; no slash at its end."},
    {"listen", LIST(VALUE_LISTEN, 16), .minimum = 1, KEPT(gateway.listen), .fallback = "[\"0.0.0.0:8443\"]",
     .help = "Addresses and ports to listen on; port 0 takes a free one."},
    {"tls", GROUP(tls_fields), .is_required = true, .help = "What the public listener shows."},
    {"store", GROUP(store_fields), .help = "Where records, keys and stored documents are kept."},
    {"sealingKeyFile", .type = VALUE_FILE, .is_required = true, KEPT(gateway.sealing_key_file),
     .help = "The key that secrets in the store are sealed with; owner-only, outside the store, backed up apart from it."},
    {"adminSocket", .type = VALUE_FILE, KEPT(gateway.admin_socket), .fallback = "/run/dragoman/admin.sock",
     .help = "The Unix socket that the dragoman command line speaks to."},
    {"outbound", GROUP(outbound_fields), .help = "How the gateway reaches issuers."},
    {"signing", GROUP(signing_fields), .help = "The gateway's own signing keys."},
    {"limits", GROUP(limit_fields), .help = "How much work is taken on at once."},
    {"records", GROUP(record_fields), .help = "The records of exchanges."},
    {"supervisor", GROUP(supervisor_fields), .help = "How workers are ended, replaced and restarted."},
    {"kills", GROUP(kill_fields), .help = "Taking back what was issued."},
    {"leases", GROUP(lease_fields), .help = "Credentials that are known outside: making and withdrawing them."},
    {"policy", GROUP(policy_limit_fields), .help = "How the documents of kind Policy are asked."},
    {"pdp", GROUP(pdp_fields), .help = "A policy decision point elsewhere that is asked as well."},
    {"confinement", GROUP(confinement_fields), .help = "What a worker may still do if somebody takes it over."},
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
static const struct field issuer_fields[] = {
    {"domain", .type = VALUE_NAME, KEPT(issuer.domain), .fallback = "local", .help = "The domain its identities belong to."},
    {"issuer", .type = VALUE_ISSUER_URL, .is_required = true, KEPT(issuer.issuer),
     .help = "Its issuer identifier, byte for byte as in iss."},
    {"keys", GROUP(key_fields), .help = "Where its keys come from: exactly one of these."},
    {"audiences", LIST(VALUE_AUDIENCE, AUDIENCES_MAX), KEPT(issuer.audiences), .otherwise = "the gateway's issuer identifier",
     .help = "What aud of its tokens may name."},
    {"algorithms", LIST(VALUE_ALGORITHM, 11), .minimum = 1, KEPT(issuer.algorithms),
     .fallback = "[RS256, PS256, ES256, ES384, EdDSA, Ed25519]", .help = "Signature algorithms accepted from it."},
    {"tokenTypes", LIST(VALUE_TOKEN_TYPE, 3), .minimum = 1, KEPT(issuer.token_types), .fallback = "[access_token, jwt]",
     .help = "Kinds of its tokens that are accepted."},
    {"types", LIST(VALUE_TEXT, 16), KEPT(issuer.types), .fallback = "[]",
     .help = "Values of the typ header that are accepted besides those of the token type."},
    {"maximumAge", .type = VALUE_DURATION, SECONDS(1, 365 * DAY), KEPT(issuer.maximum_age_s), .fallback = "1d",
     .help = "How old a token may be, counted from iat."},
    {"leeway", .type = VALUE_DURATION, SECONDS(0, 60), KEPT(issuer.leeway_s), .fallback = "30s",
     .help = "How far its clock may be off."},
    {"claims", GROUP(issuer_claim_fields), .help = "How its claims become our subject and attributes."},
    {"platform", .type = VALUE_BOOLEAN, KEPT(issuer.is_platform), .fallback = "false",
     .help = "true: its tokens may authenticate agents through AgentClass documents."},
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
static const struct field authentication_fields[] = {
    {"methods", LIST(VALUE_CLIENT_METHOD, 3), .minimum = 1, .is_required = true, KEPT(client.methods),
     .help = "Ways this client may authenticate."},
    {"secretFile", .type = VALUE_FILE, KEPT(client.secret_file), .otherwise = "none",
     .help = "An owner-only file with the client secret, at least 32 characters; for the client_secret methods."},
    {"secretHash", .type = VALUE_SECRET_HASH, .is_secret = true, KEPT(client.secret_hash), .otherwise = "none",
     .help = "The keyed hash of the secret, instead of the file."},
    {"jwks", .type = VALUE_JWKS, KEPT(client.jwks), .otherwise = "none",
     .help = "The client's public keys as a JWK Set; for private_key_jwt."},
    {"jwksUri", .type = VALUE_URL, KEPT(client.jwks_uri), .otherwise = "none", .help = "Where its keys are fetched, instead."},
    {"acceptTokenEndpointAudience", .type = VALUE_BOOLEAN, KEPT(client.accepts_token_endpoint_audience), .fallback = "false",
     .help = "true: also accept assertions whose aud is the token endpoint's URL, as RFC 7523 had it."},
    END};
static const struct field client_budget_fields[] = {BUDGET_FIELDS(client.budget)};
static const struct field client_fields[] = {
    {"clientId", .type = VALUE_CLIENT_ID, KEPT(client.client_id), .otherwise = "metadata.name",
     .help = "Its client_id at the token endpoint."},
    {"authentication", GROUP(authentication_fields), .is_required = true, .help = "How the client proves who it is."},
    {"budget", GROUP(client_budget_fields), .help = "What it may use."},
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
    END};
static const struct field target_fields[] = {
    {"domain", .type = VALUE_NAME, KEPT(target.domain), .fallback = "local", .help = "The domain it belongs to."},
    {"audiences", LIST(VALUE_AUDIENCE, AUDIENCES_MAX), .minimum = 1, .is_required = true, KEPT(target.audiences),
     .help = "Its names for the audience parameter; the first is the aud of what is issued."},
    {"resources", LIST(VALUE_RESOURCE, 64), KEPT(target.resources), .fallback = "[]",
     .help = "Its URIs for the resource parameter (RFC 8707)."},
    {"adapter", .type = VALUE_NAME, KEPT(target.adapter), .fallback = "jwt", .help = "What makes its credentials."},
    {"token", GROUP(token_fields), .help = "The token profile."},
    {"scopes", LIST(VALUE_SCOPE, 64), KEPT(target.scopes), .fallback = "[]", .help = "Scopes it offers."},
    {"authorizationDetails", LIST(VALUE_TEXT, 32), KEPT(target.authorization_details), .fallback = "[]",
     .help = "Types of authorization details it offers (RFC 9396)."},
    {"maximumLifetime", .type = VALUE_DURATION, SECONDS(1, CREDENTIAL_LIFETIME_MAX_S), KEPT(target.maximum_lifetime_s), .fallback = "5m",
     .help = "The longest life of what is issued."},
    {"accepts", GROUP(accept_fields), .help = "Who may come, on whose behalf."},
    {"resourceServer", .type = VALUE_NAME, KEPT(target.resource_server), .otherwise = "none",
     .help = "The Client that is this target: may introspect its tokens and exchange them onwards."},
    {"enabled", .type = VALUE_BOOLEAN, KEPT(target.is_enabled), .fallback = "true",
     .help = "false: nothing is issued for it."},
    END};

/* kind: Team */
static const struct field team_budget_fields[] = {BUDGET_FIELDS(owner.budget)};
static const struct field team_fields[] = {
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
