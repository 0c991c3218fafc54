/* Every metric that the gateway can show, one row each; docs/reference/metrics.md is made from this list.
 *
 * METRIC(SYMBOL, name, help): a number that metric_add moves. Names end in _total for counters; others are
 * gauges. HISTOGRAM(SYMBOL, name, help): times that metric_observe takes. AGE(SYMBOL, name, help): seconds
 * since what metric_wait_since noted; 0 where nothing waits. FAMILY(SYMBOL, type, name, labels, help): what a
 * collector writes when somebody reads (metrics_page.h); the names of its labels are parted by spaces.
 *
 * A name of the first two may carry a label; rows of one name stand together, and the first has the help.
 * Whoever includes this defines the kinds of rows it wants. */
#ifndef METRIC
#define METRIC(symbol, name, help)
#endif
#ifndef HISTOGRAM
#define HISTOGRAM(symbol, name, help)
#endif
#ifndef AGE
#define AGE(symbol, name, help)
#endif
#ifndef FAMILY
#define FAMILY(symbol, type, name, labels, help)
#endif
/* clang-format off */
#define CUT(reason) "dragoman_connections_cut_total{reason=\"" reason "\"}"
#define STAGE(stage) "dragoman_exchange_duration_seconds{stage=\"" stage "\"}"
METRIC(CONNECTIONS_OPEN,       "dragoman_connections_open",            "Connections open now.")
METRIC(REQUESTS,               "dragoman_requests_total",              "Requests received.")
METRIC(REQUESTS_IN_FLIGHT,     "dragoman_requests_in_flight",          "Requests being worked on now, orphans included.")
METRIC(STREAMS_OPEN,           "dragoman_streams_open",                "Answers of relay listeners that go on in pieces; not among the requests in flight.")
METRIC(REQUESTS_CANCELLED,     "dragoman_requests_cancelled_total",    "Requests whose stream went before they were started.")
METRIC(CUT_RESETS,             CUT("resets"),                          "Connections cut by the guard, by reason.")
METRIC(CUT_WINDOW_UPDATES,     CUT("window_updates"),                  "")
METRIC(CUT_SETTINGS,           CUT("settings"),                        "")
METRIC(CUT_PINGS,              CUT("pings"),                           "")
METRIC(CUT_PRIORITIES,         CUT("priorities"),                      "")
METRIC(CUT_EMPTY_DATA,         CUT("empty_data"),                      "")
METRIC(CUT_CONTINUATIONS,      CUT("continuations"),                   "")
METRIC(CUT_OTHER_FRAMES,       CUT("other_frames"),                    "")
METRIC(CUT_HEADER_BLOCK,       CUT("header_block"),                    "")
METRIC(CUT_CONTINUATION_IN_DRAIN, CUT("continuation_in_drain"),        "")
METRIC(CUT_WRITE_STALL,        CUT("write_stall"),                     "")
METRIC(CUT_HEADER_TIMEOUT,     CUT("header_timeout"),                  "")
METRIC(CUT_BODY_TIMEOUT,       CUT("body_timeout"),                    "")
METRIC(CUT_UNFINISHED,         CUT("unfinished_requests"),             "")
METRIC(CUT_CONTROL_RECORDS,    CUT("control_records"),                 "")
METRIC(CONNECTIONS_REFUSED, "dragoman_connections_refused_total", "Connections closed at once because as many as accepted were open.")
METRIC(PROXY_HEADERS_REFUSED,  "dragoman_proxy_headers_refused_total", "Connections from terminators that were closed because they did not begin with a whole header of the PROXY protocol, version 2.")
METRIC(BODY_TIMEOUTS,          "dragoman_body_timeouts_total",         "Requests reset because their body did not arrive in time.")
METRIC(TRACE_SPANS_EXPORTED,   "dragoman_trace_spans_total{outcome=\"exported\"}", "Spans of traces by what became of them: exported; rejected by the collector; dropped, because as many as accepted were waiting; failed, after the collector was tried again and again.")
METRIC(TRACE_SPANS_REJECTED,   "dragoman_trace_spans_total{outcome=\"rejected\"}", "")
METRIC(TRACE_SPANS_DROPPED,    "dragoman_trace_spans_total{outcome=\"dropped\"}", "")
METRIC(TRACE_SPANS_FAILED,     "dragoman_trace_spans_total{outcome=\"failed\"}", "")
METRIC(TRACE_SPANS_WAITING,    "dragoman_trace_spans_waiting",         "Spans that wait to be sent to the collector.")
METRIC(TRACE_CONTEXTS_MALFORMED, "dragoman_trace_contexts_malformed_total", "Requests whose traceparent was malformed or there twice, and so was left out of account.")
METRIC(LOG_LINES_LEFT_OUT,     "dragoman_log_lines_left_out_total",    "Log lines about refused requests that were left out in a flood.")
METRIC(EGRESS_RELAYED,         "dragoman_egress_calls_total{outcome=\"relayed\"}", "Calls that went to an upstream, by what became of the answer.")
METRIC(EGRESS_CUT,             "dragoman_egress_calls_total{outcome=\"cut\"}", "")
METRIC(EGRESS_FAILED,          "dragoman_egress_calls_total{outcome=\"failed\"}", "")
METRIC(MCP_RELAYED,            "dragoman_mcp_calls_total{outcome=\"relayed\"}", "Messages that went to an MCP server, by what became of the answer.")
METRIC(MCP_CUT,                "dragoman_mcp_calls_total{outcome=\"cut\"}", "")
METRIC(MCP_FAILED,             "dragoman_mcp_calls_total{outcome=\"failed\"}", "")
METRIC(ANSWERS_STALLED,        "dragoman_answers_stalled_total",       "Answers in pieces that were reset because nothing of them was taken for too long.")
METRIC(STRANGERS,              "dragoman_strangers",                   "Addresses with refusals this minute whose caller was not known.")
METRIC(STRANGERS_HELD_OFF,     "dragoman_strangers_held_off_total",    "Addresses that had as many such refusals in a minute as are borne.")
METRIC(STRANGERS_UNCOUNTED,    "dragoman_strangers_uncounted_total",   "Such refusals of addresses beyond those that are counted.")
METRIC(SEALED,                 "dragoman_sealed",                      "1 while there is no key that opens the store, and everything is answered 503.")
METRIC(KEY_REFRESHES,          "dragoman_jwks_refresh_total{result=\"fetched\"}", "Fetches of issuers' keys by what came of them.")
METRIC(KEY_REFRESH_FAILURES,   "dragoman_jwks_refresh_total{result=\"failed\"}", "")
METRIC(TOKENS_REMEMBERED,      "dragoman_verified_cache_hits_total",   "Tokens whose signature had been checked before with the same key.")
METRIC(TOKENS_NOT_REMEMBERED,  "dragoman_verified_cache_misses_total", "Tokens whose signature had to be checked.")
METRIC(TOKENS_FORGOTTEN,       "dragoman_verified_cache_evictions_total", "Tokens that were forgotten for others: their signature will be checked again.")
METRIC(PDP_ALLOWED,            "dragoman_pdp_calls_total{outcome=\"allowed\"}", "Calls of an outside decision point by what came of them.")
METRIC(PDP_DENIED,             "dragoman_pdp_calls_total{outcome=\"denied\"}", "")
METRIC(PDP_OBLIGATION,         "dragoman_pdp_calls_total{outcome=\"obligation\"}", "")
METRIC(PDP_FAILED,             "dragoman_pdp_calls_total{outcome=\"failed\"}", "")
METRIC(PDP_SHARED,             "dragoman_pdp_shared_total",            "Questions that waited for a call that was under way with the same words.")
METRIC(PDP_UNASKED_PAUSED,     "dragoman_pdp_unasked_total{reason=\"paused\"}", "Questions that were refused without a call.")
METRIC(PDP_UNASKED_OVERLOADED, "dragoman_pdp_unasked_total{reason=\"overloaded\"}", "")
METRIC(PDP_PAUSED,             "dragoman_pdp_paused",                  "Loops that leave their decision point alone, because it failed, or try it with one call.")
METRIC(SHARED_FOUND,           "dragoman_shared_credentials_total{outcome=\"found\"}", "Credentials that leases share, by whether there was one already.")
METRIC(SHARED_MADE,            "dragoman_shared_credentials_total{outcome=\"made\"}", "")
METRIC(ADAPTER_RESTARTS,       "dragoman_adapter_restarts_total",      "Adapters that were started again.")
METRIC(ADAPTERS_UP,            "dragoman_adapters_up",                 "Adapters that run and have said what they make.")
METRIC(ADAPTER_WAITING,        "dragoman_adapter_calls_waiting",       "Calls that wait for an adapter to have time.")
METRIC(ADAPTER_IN_FLIGHT,      "dragoman_adapter_calls_in_flight",     "Calls that an adapter is working on, cancelled ones included.")
METRIC(EVALUATIONS_ALLOWED,    "dragoman_evaluations_total{decision=\"true\"}", "Questions of others to our own policy decision endpoint by what was decided.")
METRIC(EVALUATIONS_DENIED,     "dragoman_evaluations_total{decision=\"false\"}", "")
METRIC(WORKERS_DIED,           "dragoman_workers_lost_total{reason=\"died\"}", "Workers before this one that served and ended unasked, since the supervisor started.")
METRIC(WORKERS_SILENT,         "dragoman_workers_lost_total{reason=\"silent\"}", "")
METRIC(ADAPTER_STARTS,         "dragoman_adapter_starts_total",        "Programs of adapters that were started.")
METRIC(ADAPTER_STARTS_WAIVED,  "dragoman_adapter_starts_not_isolated_total", "Those of them that nothing keeps from the gateway's files, as isolation: none lets it be.")
METRIC(CONFINED_SYSTEM_CALLS,  "dragoman_confined{layer=\"system_calls\"}", "1 where the kernel took away what workers do not need.")
METRIC(CONFINED_FILES,         "dragoman_confined{layer=\"files\"}",    "")
#define DANGER(symbol, word, meaning) METRIC(INSECURE_##symbol, "dragoman_insecure{choice=\"" word "\"}", "1 for each dangerous choice that the configuration makes, by its word in spec.insecure.")
#include "base/danger_list.h"
#undef DANGER
METRIC(STORE_COMMITS,          "dragoman_store_commits_total",         "Store transactions committed.")
METRIC(STORE_ITEMS,            "dragoman_store_items_total",           "Items made durable; divided by commits this is the batch size.")
METRIC(STORE_FAILURES,         "dragoman_store_failures_total",        "Store transactions that failed.")
METRIC(STORE_WAITING,          "dragoman_db_pool_waiting",             "Transactions and questions that were given to the store and are not answered yet.")
METRIC(STORE_SESSIONS,         "dragoman_db_pool_in_use",              "Sessions with PostgreSQL that are open; SQLite has none.")
METRIC(STORE_ERROR_CONNECTION, "dragoman_db_errors_total{class=\"connection\"}", "Errors of the store by their kind; one can fail many transactions, or none that anybody waits for.")
METRIC(STORE_ERROR_TIMEOUT,    "dragoman_db_errors_total{class=\"timeout\"}", "")
METRIC(STORE_ERROR_READ_ONLY,  "dragoman_db_errors_total{class=\"read_only\"}", "")
METRIC(STORE_ERROR_NO_SPACE,   "dragoman_db_errors_total{class=\"no_space\"}", "")
METRIC(STORE_ERROR_OTHER,      "dragoman_db_errors_total{class=\"other\"}", "")
METRIC(RECORD_WRITE_FAILURES,  "dragoman_audit_write_failures_total{sink=\"store\"}", "Records that could not be made durable; what they are of was refused. More than 0 is an alert.")
METRIC(REPLAYS_REJECTED,       "dragoman_replay_rejected_total",       "Values to be used once that were shown again: assertions, codes, identity assertions.")
METRIC(STREAMS_RESET,          "dragoman_h2_streams_reset_total",      "Streams of HTTP/2 that were reset, by clients or because of what they sent.")
METRIC(CLOCK_JUMPS,            "dragoman_clock_jump_total",            "Times that the wall clock moved by more than a second against the time that passed.")
METRIC(EXCHANGES_IN_FLIGHT,    "dragoman_exchange_in_flight",          "Exchanges that are being worked on now.")
HISTOGRAM(EXCHANGE_ANSWER,     "dragoman_exchange_answer_seconds",     "From the first step of an exchange to its answer, refusals included.")
HISTOGRAM(EXCHANGE_PARSE,      STAGE("parse"),                         "Time of each exchange in a stage, what it waited for included. A stage that an exchange did not come to is not counted for it.")
HISTOGRAM(EXCHANGE_VERIFY,     STAGE("verify"),                        "")
HISTOGRAM(EXCHANGE_POLICY,     STAGE("policy"),                        "")
HISTOGRAM(EXCHANGE_REPLAY,     STAGE("replay"),                        "")
HISTOGRAM(EXCHANGE_ADAPTER,    STAGE("adapter"),                       "")
HISTOGRAM(EXCHANGE_SIGN,       STAGE("sign"),                          "")
HISTOGRAM(EXCHANGE_AUDIT,      STAGE("audit"),                         "")
AGE(AUDIT_LAG,                 "dragoman_audit_lag_seconds",           "How long the oldest record that is not durable yet has been waiting; 0 where none waits.")
FAMILY(FAULTS,                 COUNTER, "dragoman_faults_total",       "reason caller", "Decisions by reason; none is a grant. The reasons are those of errors.md.")
FAMILY(EXCHANGES,              COUNTER, "dragoman_exchange_requests_total", "grant source_kind target_kind result reason", "Token requests: by what grant, who spoke for the subject, what the target's credential is, and what came of it. The reasons are those of errors.md.")
FAMILY(ADAPTER_CALLS,          COUNTER, "dragoman_adapter_calls_total", "adapter op result", "Calls of adapters that are programs by what came of them.")
FAMILY(ADAPTER_DURATION,       HISTOGRAM, "dragoman_adapter_duration_seconds", "adapter", "Time of each call of an adapter, the wait for its turn included.")
FAMILY(BREAKER_STATE,          GAUGE,   "dragoman_breaker_state",      "adapter", "0: the adapter is asked. 1: after failures one call tries it. 2: it is left alone for a while.")
FAMILY(KEYS_AGE,               GAUGE,   "dragoman_jwks_age_seconds",   "", "Age of the oldest set of issuer's or client's keys among those that are fetched.")
FAMILY(SIGNING_KEY_EXPIRY,     GAUGE,   "dragoman_signing_key_expiry_timestamp_seconds", "", "When the first of the signing keys is to be followed by another one, by spec.signing.rotateEvery; 0 where none is. A time that has passed is a rotation that fails.")
FAMILY(KEYS_MISSING,           GAUGE,   "dragoman_jwks_missing",       "", "Issuers whose keys could not be fetched yet.")
FAMILY(KILLS_AGE,         GAUGE,   "dragoman_kills_age_seconds",  "", "How old the kills in force here are: until then they are known to be all that the store had. Above 2 a kill told elsewhere may not hold here yet.")
FAMILY(KILL_EPOCH,             GAUGE,   "dragoman_kill_epoch",         "", "Number of the last kill that holds here. Replicas that differ for long have one that hangs behind.")
FAMILY(CONFIG_GENERATION,      GAUGE,   "dragoman_config_generation",  "", "Generation of the stored documents that is in force here.")
FAMILY(CONFIG_HASH,            GAUGE,   "dragoman_config_hash",        "", "The first 48 bits of the digest of all documents in force. Replicas that differ serve different documents.")
FAMILY(CONFIG_RELOAD_SUCCESS,  GAUGE,   "dragoman_config_last_reload_success", "", "1; 0 from a reload that was refused until the next good one: the documents of before are served.")
FAMILY(CONFIG_RELOAD_TIME,     GAUGE,   "dragoman_config_last_reload_timestamp_seconds", "", "When the documents in files that are in force were read.")
FAMILY(READY,                  GAUGE,   "dragoman_ready",              "", "1 where /readyz says 200.")
FAMILY(BUILD_INFO,             GAUGE,   "dragoman_build_info",         "version store", "Always 1: what runs here.")
FAMILY(PROCESS_CPU,            COUNTER, "process_cpu_seconds_total",   "", "User and system CPU time of the worker. The supervisor and adapters are processes of their own.")
FAMILY(PROCESS_RESIDENT,       GAUGE,   "process_resident_memory_bytes", "", "Resident memory of the worker.")
FAMILY(PROCESS_VIRTUAL,        GAUGE,   "process_virtual_memory_bytes", "", "Virtual memory of the worker.")
FAMILY(PROCESS_FDS,            GAUGE,   "process_open_fds",            "", "Open file descriptors of the worker.")
FAMILY(PROCESS_FDS_MAX,        GAUGE,   "process_max_fds",             "", "How many it may have.")
FAMILY(PROCESS_START,          GAUGE,   "process_start_time_seconds",  "", "When the worker started.")
/* clang-format on */
#undef METRIC
#undef HISTOGRAM
#undef AGE
#undef FAMILY
#undef CUT
#undef STAGE
