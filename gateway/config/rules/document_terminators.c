/* See document_terminators.h. */
#include "rules/document_terminators.h"

static void add(struct documents *documents, const struct document *document, const char *path,
                const char *sentence)
{
    documents_add_mistake(documents, document, path, text_of(sentence));
}

/* Numeric, as every address to listen on. */
static bool is_loopback(struct text address)
{
    return text_starts_with(address, TEXT("127.")) || text_starts_with(address, TEXT("[::1]:"));
}

static void check_plaintext(struct documents *documents, const struct document *document)
{
    const struct text_list *addresses = &document->gateway.plaintext_listen;
    for (size_t i = 0; i < addresses->count; i++)
        if (!is_loopback(addresses->items[i]))
            documents_add_mistake(
                documents, document, "spec.plaintextListen",
                arena_print(
                    documents->arena,
                    "spec.plaintextListen: %.*s is not a loopback address; without TLS whoever is on the way "
                    "reads every credential, so only a proxy on this host may come this way. Use spec.listen, "
                    "or "
                    "127.0.0.1 and [::1]",
                    TEXT_ARGUMENTS(addresses->items[i])));
}

void document_terminators_check(struct documents *documents, const struct document *document)
{
    const struct gateway_document *gateway = &document->gateway;
    const unsigned addresses = TERMINATOR_FORWARDED_FOR | TERMINATOR_FORWARDED;
    check_plaintext(documents, document);
    if (gateway->terminators.addresses.count == 0 &&
        (gateway->terminators.headers != 0 || gateway->terminators.speaks_proxy))
        add(documents, document, "spec.terminators",
            "spec.terminators.addresses is missing: it says who is believed about the client");
    /* A proxy that writes the one passes on what its client wrote into the other. */
    if ((gateway->terminators.headers & addresses) == addresses)
        add(documents, document, "spec.terminators.headers",
            "spec.terminators.headers: expected one of x-forwarded-for and forwarded, found both; name the one "
            "that "
            "your proxies set, since the other is whatever their clients send");
}
