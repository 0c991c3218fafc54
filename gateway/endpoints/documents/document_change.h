/* A change of documents under way: what was sent, what is stored, and what follows from both. Its flow is in
 * admin_documents_endpoint.c; the parts below have a file each in this folder. */
#ifndef ENDPOINTS_DOCUMENT_CHANGE_H
#define ENDPOINTS_DOCUMENT_CHANGE_H

#include "adapter_host/adapter_host.h"
#include "admin/admin_call.h"
#include "documents/document_cutoffs.h"
#include "exchange/propagation.h"

struct planned_change {
    const struct document *document; /* as sent; NULL when one is removed */
    const struct document *before;   /* as it is now; NULL where there is none, or none that can be read */
    enum document_kind kind;
    struct text name;
    const char *change;
    int64_t live_leases, until_s; /* of a target that is removed */
    bool is_more;                 /* there are more leases than were counted */
};

/* Settings that an adapter is asked about. */
struct settings_question {
    const struct document *document;
    const struct adapter *adapter;
    const struct json_value *settings;
    const char *field; /* where they stand in the document */
};

/* How far the live leases of removed targets are counted. */
struct lease_count {
    size_t change; /* which of changes */
    bool are_rows; /* those that have a row; else those that are a record */
    struct store_query query;
    struct flow_wait wait;
    size_t pages;
};

struct document_change {
    struct admin_call call; /* first */
    struct documents sent;
    struct documents stored;
    struct planned_change *changes;
    size_t change_count;
    struct store_document *rows;
    size_t row_count;
    bool is_dry_run, is_prune, is_cascade, is_unvalidated;
    struct adapter_trial trial; /* of one Adapter after the other */
    size_t tried;               /* changes that were looked at for that */
    struct settings_question *questions;
    size_t question_count, answered;
    struct settings_validation validation;
    struct lease_count leases;
    struct cutoff_list cutoffs;         /* of what is switched off by this, and of what stays dead */
    struct store_counter planned_epoch; /* of the kills that this was planned on */
    int64_t ends_at_us;                 /* what is switched off ends all that was issued up to then */
    struct ledger_entry late;           /* the same cutoffs again, for what was issued while this took effect */
    struct propagation_wait effect, late_effect;
    int64_t generation;
};

/* KIND/NAME from the path; DOCUMENT_UNKNOWN if it is not that. */
MUST_USE enum fault document_change_name(const struct admin_call *call, enum document_kind *kind,
                                         struct text *name);
/* What would change, and whether the caller may do so; fills changes and rows. */
MUST_USE enum fault document_plan_make(struct document_change *x);

/* Every Adapter that is new or another is started on trial: what does not work is not for the store. start
 * completes trial.wait; take reads what came of it and says whether there may be another. */
void document_trial_start(struct document_change *x);
MUST_USE enum fault document_trial_take(struct document_change *x, bool *is_more);

/* Every adapter that a changed target is for is asked about its settings, one after another. start completes
 * validation.wait; take reads the answer and says whether there is another to ask. */
void document_validation_list(struct document_change *x);
void document_validation_start(struct document_change *x);
MUST_USE enum fault document_validation_take(struct document_change *x, bool *is_more);

/* The live leases of targets that are removed; start completes leases.wait. */
void document_leases_start(struct document_change *x);
MUST_USE enum fault document_leases_take(struct document_change *x, bool *is_more);
/* TARGET_HAS_LEASES where there are some and nobody said that they are to end. */
MUST_USE enum fault document_leases_judge(struct document_change *x);

/* The member "differences" of the open object: what is another in the second body than in the first, place by
 * place, at most so many as people read. */
void document_difference_write(struct json_writer *writer, struct arena *arena, struct text before,
                               struct text after);

#endif
