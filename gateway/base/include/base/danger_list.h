/* DANGER(SYMBOL, word, what it means): settings that take away a protection. Each stands only beside its word
 * in spec.insecure and is a metric while it does. When one is chosen says config/settings/dangers.c; which
 * field chooses it, that field's row. */
/* clang-format off */
DANGER(WEAK_DURABILITY,    "weak-durability",        "a crash of the database server loses records of what was issued")
DANGER(NO_ISOLATION,       "adapters-not-isolated",  "adapters may read the gateway's files where the kernel cannot keep them from it")
DANGER(NO_CONFINEMENT,     "workers-not-confined",   "whoever takes a worker over has every system call and every file of its user")
DANGER(NO_STRANGER_LIMIT,  "strangers-not-limited",  "one address may be refused any number of times and costs a signature check each time")
DANGER(ANY_CLIENT,         "any-client",             "any program in the world may make itself a client, and is fetched from where it says")
DANGER(ANY_OUTBOUND,       "any-outbound-address",   "documents may send the gateway to every private address, cloud metadata included")
DANGER(PLAINTEXT_LISTENER, "plaintext-listener",     "every program on this host may read and send what agents send, tokens and secrets included")
DANGER(BELIEVE_ANYONE,     "believe-anyone",         "whoever reaches the gateway says whose address and whose certificate a request has")
/* clang-format on */
