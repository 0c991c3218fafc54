/* A rotation every few hours would leave more keys in the JWKS than verifiers want to load: each stays until
 * what it signed has expired. */
#include "document_signing.h"

enum { ROTATION_MINIMUM_S = 24 * 3600 };

void document_signing_check(struct documents *documents, const struct document *document)
{
    int64_t every_s = document->gateway.key_rotate_s;
    if (every_s != 0 && (every_s < ROTATION_MINIMUM_S || every_s <= document->gateway.key_publish_s))
        documents_add_mistake(documents, document, "spec.signing.rotateEvery",
                              TEXT("spec.signing.rotateEvery: expected 1d or more and more than "
                                   "publishBeforeUse, or 0s, with which nothing is rotated by itself"));
}
