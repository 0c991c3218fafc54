/* The params of what the kit asks, as JSON. What a check is about is set in the order; the rest is plain. */
#ifndef CLI_ADAPTERS_ORDERS_H
#define CLI_ADAPTERS_ORDERS_H

#include "kit.h"

/* A mint. Texts stand in JSON as they are: the makers of odd ones escape them. */
struct order {
    int64_t deadline_ms;
    struct text lease, subject, scopes, actors, settings, type; /* type TEXT_NONE: not asked */
    struct text details;                                        /* authorization_details, or TEXT_NONE */
    bool is_fresh, is_bare;                                     /* is_bare: no task, no purpose */
    int64_t issued_at, expires_at;
    const char *subject_more;             /* members behind the subject's name, with a comma first */
    struct text target_more, handed_over; /* as the kit's, where a check is not about them */
    const char *more;                     /* members before the end, with a comma first */
};

struct order order_plain(struct trial *trial);
struct text order_mint(struct trial *trial, const struct order *order);
struct text order_target(struct trial *trial, struct text settings); /* TEXT_NONE: it has gone */
struct text order_initialize(struct trial *trial, int lowest, int highest, const char *more);
struct text order_validate(struct trial *trial, struct text settings);
/* handle NULL: it is not known. */
struct text order_revoke(struct trial *trial, struct text lease, const struct json_value *handle,
                         struct text settings);
struct text order_renew(struct trial *trial, struct text lease, const struct json_value *handle,
                        int64_t expires_at);
struct text order_connection(struct trial *trial, bool has_subject);
/* Random ones to all that is asked, where none were given; trial->connected_secret is the first secret. */
struct text order_answers(struct trial *trial, const struct json_value *ask, bool has_subject);
/* A person at a browser, and back with these answers (JSON); keep TEXT_NONE: nothing was kept. */
struct text order_browser(struct trial *trial, struct text subject, struct text state);
struct text order_back(struct trial *trial, struct text subject, struct text keep, const char *answers);
/* With members of a target beside its settings, with a comma first. */
struct text order_validate_with(struct trial *trial, struct text settings, struct text target_more);
extern const char order_redirect_uri[];
struct text order_health(struct trial *trial, bool has_target);
struct text order_lease(struct trial *trial); /* a new one */

#endif
