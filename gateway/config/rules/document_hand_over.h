/* What a Target's adapter may be given of others: the tokens of an Issuer, which has to say so itself, our word
 * for somebody, and accounts that people connect. Called by document_references.c once all documents are read.
 */
#ifndef CONFIG_DOCUMENT_HAND_OVER_H
#define CONFIG_DOCUMENT_HAND_OVER_H

#include "config/documents.h"

void document_hand_over_check(struct documents *documents);

#endif
