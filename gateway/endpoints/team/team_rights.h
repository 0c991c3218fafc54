/* What somebody may do over the admin API, by the Team documents as they are at this moment. Pure: no store and
 * no clock. Asked at login and again at every call, so that a Team that is changed counts at once. */
#ifndef ENDPOINTS_TEAM_RIGHTS_H
#define ENDPOINTS_TEAM_RIGHTS_H

#include "exchange/world.h"
#include "ledger/cutoff_book.h"
#include "json/json_writer.h"

enum admin_right {
    ADMIN_RIGHT_READ = 1,
    ADMIN_RIGHT_APPLY = 2,
    ADMIN_RIGHT_DELETE = 4,
    ADMIN_RIGHT_KILL = 8,
    ADMIN_RIGHT_LIFT = 16,
    ADMIN_RIGHTS = 31,
    ADMIN_RIGHT_OPERATOR = 32, /* asked for beside another: that one as an operator's */
};

/* A team that the caller is a member of, and what its membership allows. */
struct team_grant {
    const struct document *team;
    unsigned rights; /* enum admin_right */
};

struct team_rights {
    struct team_grant *grants;
    size_t count;
    unsigned of_operator; /* these hold for every document, whoever owns it */
    unsigned anywhere;    /* held in some team at least */
};

/* Who a verified token names, and the attributes that it has by its issuer's document. */
struct team_caller {
    struct identity identity;
    const struct token_attribute *attributes;
    size_t attribute_count;
};

/* Teams that are barred give nothing. */
void team_rights_find(struct arena *arena, const struct world *world, const struct cutoff_book *book,
                      const struct team_caller *caller, struct team_rights *rights);
/* Whether a right holds for what this team owns; TEXT_NONE: for what nobody owns. */
bool team_rights_cover(const struct team_rights *rights, struct text team, enum admin_right right);
/* The same of a document, which must be of a kind that its team may own as well. */
bool team_rights_cover_document(const struct team_rights *rights, const struct document *document,
                                enum admin_right right);
/* The one team of a caller who has this right in one only; TEXT_NONE. */
struct text team_rights_only_team(const struct team_rights *rights, enum admin_right right);

/* Of a person's attributes those that members of teams are known by, with no more of their values: what a
 * session carries. */
size_t team_rights_attributes(struct arena *arena, const struct world *world, const struct team_caller *caller,
                              const struct credential_attribute **attributes);
/* The member "teams" of the open object: each with what it allows. */
void team_rights_write(struct json_writer *writer, const struct team_rights *rights);
/* "apply" */
struct text admin_right_name(enum admin_right right);

#endif
