/* See document_clients.h. */
#include "rules/document_clients.h"

#include <string.h>

static void add(struct documents *documents, const struct document *document, const char *path,
                const char *sentence)
{
    documents_add_mistake(documents, document, path, text_of(sentence));
}

/* draft-ietf-oauth-client-id-metadata-document: https, a path, no dot segments, user or fragment; the path and
 * what it must not have are looked at again when one is shown. */
static void check_urls(struct documents *documents, const struct document *document)
{
    const struct text_list *urls = &document->client.metadata_urls;
    for (size_t i = 0; i < urls->count; i++)
        if (urls->items[i].length != 0 && !text_starts_with(urls->items[i], TEXT("https://")))
            add(documents, document, "spec.clientMetadataDocuments.urls",
                "spec.clientMetadataDocuments.urls: a client_id that is a URL begins with https://");
}

static void check_class(struct documents *documents, const struct document *document)
{
    const struct client_document *client = &document->client;
    check_urls(documents, document);
    if (client->methods != 0 && client->methods != CLIENT_NONE)
        add(documents, document, "spec.authentication.methods",
            "spec.authentication.methods: clients of a class are public; expected [none]");
    if (client->redirect_uris.count != 0)
        add(documents, document, "spec.redirectUris",
            "spec.redirectUris: each client of a class brings its own; leave them out here");
    if (client->client_id.length != 0)
        add(documents, document, "spec.clientId",
            "spec.clientId: each client of a class has its own; leave it out here");
}

/* A public client with a secret would be believed for the secret it shows and for the one it does not. */
static void check_public(struct documents *documents, const struct document *document)
{
    const struct client_document *client = &document->client;
    if (client->methods != CLIENT_NONE)
        add(documents, document, "spec.authentication.methods",
            "spec.authentication.methods: none stands alone; a client that can prove who it is always has to");
    else if (client->redirect_uris.count == 0)
        add(documents, document, "spec.redirectUris",
            "spec.redirectUris is missing: a public client can do nothing but send people to /authorize and "
            "must say where they come back to");
}

/* RFC 8705 section 2.1.2: exactly one of the names. */
static void check_certificate(struct documents *documents, const struct document *document)
{
    const struct client_document *client = &document->client;
    int names = (client->certificate.subject.length != 0) + (client->certificate.dns.length != 0) +
                (client->certificate.uri.length != 0) + (client->certificate.ip.length != 0) +
                (client->certificate.email.length != 0);
    bool is_wanted = (client->methods & CLIENT_TLS) != 0;
    if (is_wanted && names != 1)
        add(documents, document, "spec.authentication.certificate",
            "spec.authentication.certificate: tls_client_auth needs exactly one of subject, dns, uri, ip and "
            "email, "
            "which the client's certificate must have");
    else if (!is_wanted && client->methods != 0 && names != 0)
        add(documents, document, "spec.authentication.certificate",
            "spec.authentication.certificate: a name is given, but methods does not name tls_client_auth");
}

/* Names of clients that no document can have. */
static void check_client_id(struct documents *documents, const struct document *document)
{
    if (text_starts_with(document->client.client_id, TEXT(REGISTERED_CLIENT_PREFIX)))
        add(documents, document, "spec.clientId",
            "spec.clientId: names that begin so are given by this gateway to clients that register themselves");
}

void document_clients_check(struct documents *documents, const struct document *document)
{
    const struct client_document *client = &document->client;
    check_client_id(documents, document);
    check_certificate(documents, document);
    if (client_document_is_class(client))
        check_class(documents, document);
    else if ((client->methods & CLIENT_NONE) != 0)
        check_public(documents, document);
}
