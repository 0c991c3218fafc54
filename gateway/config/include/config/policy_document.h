/* kind: Policy and kind: Combination as plain data; see config/document.h, which includes it. What a text of
 * policies means is for the rooms cedar and policy. */
#ifndef CONFIG_POLICY_DOCUMENT_H
#define CONFIG_POLICY_DOCUMENT_H

#include "config/text_list.h"

/* kind: Policy: Cedar policies as text. A mistake at line L and column C of the text stands in line
 * line + L - 1 and column column_offset + C of source where is_exact. Elsewhere (quoted or folded YAML, JSON
 * from the store) lines of the text are no lines of the source, and line and column_offset + 1 are where the
 * text begins. documents_add_policy_mistake() does both. */
struct policy_document {
    bool is_report; /* what it would have refused is recorded, not refused */
    bool is_enabled;
    struct text policies;
    struct text file;   /* where the text stands in a file of its own; TEXT_NONE in the document itself */
    struct text source; /* the file the text stands in, or "store" */
    unsigned line, column_offset;
    bool is_exact;
};

enum combination_holder { COMBINATION_SUBJECT, COMBINATION_TREE, COMBINATION_AGENT };

/* One of the rights: a credential has it whose target and domain are named and that has any of the scopes; a
 * list that is empty asks for nothing. */
struct combination_right {
    struct text name;
    struct text_list targets, domains; /* metadata.names */
    struct text_list scopes;
};

/* kind: Combination: rights that must never meet in one holder. */
struct combination_document {
    enum combination_holder holder;
    int64_t within_s; /* counts what ended so long ago; 0 = only what is live */
    bool narrows;     /* takes away what would meet instead of refusing */
    bool is_enabled;
    struct mapping_list rights; /* struct combination_right */
};

#endif
