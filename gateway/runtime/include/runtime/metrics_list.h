/* METRIC(SYMBOL, Prometheus name, help). Names end in _total for counters; others are gauges. */
/* clang-format off */
METRIC(CONNECTIONS_OPEN,       "dragoman_connections_open",            "Connections open now.")
METRIC(REQUESTS,               "dragoman_requests_total",              "Requests received.")
METRIC(REQUESTS_IN_FLIGHT,     "dragoman_requests_in_flight",          "Requests being worked on now, orphans included.")
METRIC(REQUESTS_CANCELLED,     "dragoman_requests_cancelled_total",    "Requests whose stream went before they were started.")
METRIC(KEY_REFRESHES,          "dragoman_key_refreshes_total",         "Fetches of issuer keys that succeeded.")
METRIC(KEY_REFRESH_FAILURES,   "dragoman_key_refresh_failures_total",  "Fetches of issuer keys that failed.")
METRIC(TOKENS_REMEMBERED,      "dragoman_tokens_remembered_total",     "Tokens whose signature had been checked before with the same key.")
METRIC(STORE_COMMITS,          "dragoman_store_commits_total",         "Store transactions committed.")
METRIC(STORE_ITEMS,            "dragoman_store_items_total",           "Items made durable; divided by commits this is the batch size.")
METRIC(STORE_FAILURES,         "dragoman_store_failures_total",        "Store transactions that failed.")
