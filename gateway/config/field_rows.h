/* How the rows of document_fields.c and gateway_fields.c are written, and the bounds they share. */
#ifndef CONFIG_FIELD_ROWS_H
#define CONFIG_FIELD_ROWS_H

#include <stddef.h>

#include "document_fields.h"

#define KEPT(member)             .offset = offsetof(struct document, member)
#define SECONDS(from, to)        .minimum = (from), .maximum = (to)
#define LIST(value_type, most)   .shape = FIELD_LIST, .type = (value_type), .maximum = (most)
#define MAP(names, values, most) .shape = FIELD_MAP, .name_type = (names), .type = (values), .maximum = (most)
#define GROUP(rows)              .shape = FIELD_GROUP, .fields = (rows), .offset = FIELD_NOT_KEPT
#define GROUPS(rows, type, most)                                                                               \
    .shape = FIELD_GROUPS, .fields = (rows), .item_size = sizeof(type), .maximum = (most)
#define KEPT_RIGHT(member)  .offset = offsetof(struct combination_right, member)
#define KEPT_RULE(member)   .offset = offsetof(struct call_rule, member)
#define KEPT_MEMBER(member) .offset = offsetof(struct team_member, member)
/* On a field of a Gateway; both at the end of its row. */
#define DANGEROUS(symbol, value) .danger = DANGER_##symbol, .dangerous = (value)
#define FORMERLY(name, since_version, gone_with)                                                               \
    .former = &(const struct former_name)                                                                      \
    {                                                                                                          \
        name, .since = (since_version), .gone = (gone_with)                                                    \
    }
#define END                                                                                                    \
    {                                                                                                          \
        .name = NULL                                                                                           \
    }

enum {
    MINUTE = 60,
    HOUR = 3600,
    DAY = 86400,
    AUDIENCES_MAX = 16,
    NAMES_MAX = 256,
    BUDGET_MAX = 1000000000,
    RISK_MAX = 100
};

extern const struct field gateway_fields[], mcp_fields[], mcp_gateway_fields[];

#endif
