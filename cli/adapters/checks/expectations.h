/* What several checks expect alike. */
#ifndef CLI_ADAPTERS_CHECKS_EXPECTATIONS_H
#define CLI_ADAPTERS_CHECKS_EXPECTATIONS_H

#include "adapters/conversation.h"
#include "adapters/orders.h"

/* Begins, mints plainly and answers the result; order may be NULL. */
const struct json_value *expect_minted(struct trial *trial, struct order *order);
/* The result of one more mint. */
const struct json_value *expect_mint(struct trial *trial, const struct order *order);
/* A result, or an error with a code of the page. */
void expect_documented(struct trial *trial, const struct answer *answer);
void expect_error(struct trial *trial, const struct answer *answer, int64_t code);
/* Any error of the page. */
void expect_refused(struct trial *trial, const struct answer *answer);
/* Nothing at all came in these ways. */
void expect_conduct(struct trial *trial, enum misconduct kind);
/* No more than was ordered. */
void expect_not_widened(struct trial *trial, const struct order *order, const struct json_value *minted);
/* After something no gateway sends: it goes on, or ends in order; it neither hangs nor crashes. */
void expect_survival(struct trial *trial);
/* Ends within two seconds; with status 0 where is_clean. */
void expect_end(struct trial *trial, bool is_clean, const char *when);

bool text_has(struct text whole, struct text part); /* false for an empty part */

#endif
