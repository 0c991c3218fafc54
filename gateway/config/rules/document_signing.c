/* A rotation every few hours would leave more keys in the JWKS than verifiers want to load: each stays until
 * what it signed has expired. */
#include "document_signing.h"

enum { ROTATION_MINIMUM_S = 24 * 3600, TOKEN_LABEL_MAX = 32 /* PKCS#11 2.40, CK_TOKEN_INFO */ };

void document_signing_check(struct documents *documents, const struct document *document)
{
    const struct pkcs11_document *token = &document->gateway.pkcs11;
    int said = (token->module.length != 0) + (token->token_label.length != 0) + (token->pin_file.length != 0);
    int64_t every_s = document->gateway.key_rotate_s;
    if (said != 0 && said != 3)
        documents_add_mistake(documents, document, "spec.signing.pkcs11",
                              TEXT("spec.signing.pkcs11: module, tokenLabel and pinFile go together"));
    if (token->token_label.length > TOKEN_LABEL_MAX)
        documents_add_mistake(documents, document, "spec.signing.pkcs11.tokenLabel",
                              TEXT("spec.signing.pkcs11.tokenLabel: expected at most 32 bytes"));
    if (every_s != 0 && (every_s < ROTATION_MINIMUM_S || every_s <= document->gateway.key_publish_s))
        documents_add_mistake(documents, document, "spec.signing.rotateEvery",
                              TEXT("spec.signing.rotateEvery: expected 1d or more and more than "
                                   "publishBeforeUse, or 0s, with which nothing is rotated by itself"));
}
