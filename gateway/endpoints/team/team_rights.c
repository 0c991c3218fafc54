/* Matches a caller with the members of teams. */
#include "team/team_rights.h"

static const struct {
    enum admin_right right;
    const char *name;
} right_names[] = {{ADMIN_RIGHT_READ, "read"},
                   {ADMIN_RIGHT_APPLY, "apply"},
                   {ADMIN_RIGHT_DELETE, "delete"},
                   {ADMIN_RIGHT_KILL, "kill"},
                   {ADMIN_RIGHT_LIFT, "lift"}};

enum { RIGHT_COUNT = sizeof(right_names) / sizeof(right_names[0]) };

struct text admin_right_name(enum admin_right right)
{
    for (size_t i = 0; i < RIGHT_COUNT; i++)
        if (right_names[i].right == right)
            return text_of(right_names[i].name);
    return TEXT("session");
}

static unsigned rights_of(const struct team_member *member)
{
    unsigned rights = 0;
    for (size_t i = 0; i < RIGHT_COUNT; i++)
        if (text_list_has(&member->rights, text_of(right_names[i].name)))
            rights |= right_names[i].right;
    return rights;
}

/* One of the elements of a list, or all of a single value. */
static bool has_value(const struct token_attribute *attribute, struct text wanted)
{
    struct text rest = attribute->value;
    if (!attribute->is_list)
        return text_equal(rest, wanted);
    while (rest.length != 0)
        if (text_equal(text_cut(&rest, '\n'), wanted))
            return true;
    return false;
}

static bool has_attribute(const struct team_caller *caller, struct text name, struct text value)
{
    for (size_t i = 0; i < caller->attribute_count; i++)
        if (text_equal(caller->attributes[i].name, name) && has_value(&caller->attributes[i], value))
            return true;
    return false;
}

/* The issuer that a member is named by, as long as it is on, must be the very one that vouched for the caller:
 * the same group of another issuer is another group. */
static bool is_of_issuer(const struct world *world, const struct team_member *member,
                         const struct identity *identity)
{
    const struct document *document = documents_find(&world->documents, DOCUMENT_ISSUER, member->issuer);
    if (document == NULL || !document->issuer.is_enabled ||
        !text_equal(document->issuer.issuer, identity->issuer))
        return false;
    const struct document *domain = documents_find(&world->documents, DOCUMENT_DOMAIN, document->issuer.domain);
    return domain == NULL || domain->domain.is_enabled;
}

static bool is_member(const struct world *world, const struct team_member *member,
                      const struct team_caller *caller)
{
    if (!is_of_issuer(world, member, &caller->identity))
        return false;
    return text_is(member->attribute, "sub") ? text_equal(caller->identity.subject, member->value)
                                             : has_attribute(caller, member->attribute, member->value);
}

static unsigned rights_in(const struct world *world, const struct document *team,
                          const struct team_caller *caller)
{
    const struct team_member *members = team->owner.members.items;
    unsigned rights = 0;
    for (size_t i = 0; i < team->owner.members.count; i++)
        if (is_member(world, &members[i], caller))
            rights |= rights_of(&members[i]);
    return rights;
}

void team_rights_find(struct arena *arena, const struct world *world, const struct cutoff_book *book,
                      const struct team_caller *caller, struct team_rights *rights)
{
    const struct documents *documents = &world->documents;
    *rights = (struct team_rights){.grants = ARENA_ARRAY(arena, struct team_grant, documents->count + 1)};
    for (size_t i = 0; i < documents->count; i++) {
        const struct document *team = documents->items[i];
        if (team->kind != DOCUMENT_TEAM || cutoff_book_is_barred(book, TEXT("team"), team->name))
            continue;
        unsigned found = rights_in(world, team, caller);
        if (found == 0)
            continue;
        rights->grants[rights->count++] = (struct team_grant){team, found};
        rights->anywhere |= found;
        if (team->owner.is_operator)
            rights->of_operator |= found;
    }
}

bool team_rights_cover(const struct team_rights *rights, struct text team, enum admin_right right)
{
    if ((rights->of_operator & right) != 0)
        return true;
    for (size_t i = 0; i < rights->count && team.length != 0; i++)
        if ((rights->grants[i].rights & right) != 0 && text_equal(rights->grants[i].team->name, team))
            return true;
    return false;
}

/* What says whom we trust and who may do what is never a team's own, whatever its document lists. */
static bool is_kind_for_teams(enum document_kind kind)
{
    return kind == DOCUMENT_TARGET || kind == DOCUMENT_CLIENT || kind == DOCUMENT_AGENT_CLASS;
}

bool team_rights_cover_document(const struct team_rights *rights, const struct document *document,
                                enum admin_right right)
{
    if ((rights->of_operator & right) != 0)
        return true;
    /* A file is the operator's to give: a team that could name one would have the gateway read it. */
    bool names_file = document_secret_file(document).length != 0;
    if (!is_kind_for_teams(document->kind) || (right == ADMIN_RIGHT_APPLY && names_file))
        return false;
    for (size_t i = 0; i < rights->count; i++) {
        const struct team_grant *grant = &rights->grants[i];
        if ((grant->rights & right) != 0 && text_equal(grant->team->name, document->team) &&
            text_list_has(&grant->team->owner.kinds, text_of(document_kind_name(document->kind))))
            return true;
    }
    return false;
}

struct text team_rights_only_team(const struct team_rights *rights, enum admin_right right)
{
    struct text only = TEXT_NONE;
    for (size_t i = 0; i < rights->count; i++) {
        if ((rights->grants[i].rights & right) == 0)
            continue;
        if (only.length != 0)
            return TEXT_NONE;
        only = rights->grants[i].team->name;
    }
    return only;
}

void team_rights_write(struct json_writer *writer, const struct team_rights *rights)
{
    json_name(writer, TEXT("teams"));
    json_begin_array(writer);
    for (size_t i = 0; i < rights->count; i++) {
        const struct team_grant *grant = &rights->grants[i];
        json_begin_object(writer);
        json_member_text(writer, "name", grant->team->name);
        json_member_boolean(writer, "operator", grant->team->owner.is_operator);
        json_name(writer, TEXT("rights"));
        json_begin_array(writer);
        for (size_t r = 0; r < RIGHT_COUNT; r++)
            if ((grant->rights & right_names[r].right) != 0)
                json_write_text(writer, text_of(right_names[r].name));
        json_end_array(writer);
        json_end_object(writer);
    }
    json_end_array(writer);
}

/* Whether any member of a team is known by this value of the caller's. */
static bool is_asked_for(const struct world *world, const struct team_caller *caller, struct text name,
                         struct text value)
{
    for (size_t i = 0; i < world->documents.count; i++) {
        const struct document *team = world->documents.items[i];
        const struct team_member *members = team->kind == DOCUMENT_TEAM ? team->owner.members.items : NULL;
        for (size_t m = 0; members != NULL && m < team->owner.members.count; m++)
            if (text_equal(members[m].attribute, name) && text_equal(members[m].value, value) &&
                is_of_issuer(world, &members[m], &caller->identity))
                return true;
    }
    return false;
}

size_t team_rights_attributes(struct arena *arena, const struct world *world, const struct team_caller *caller,
                              const struct credential_attribute **attributes)
{
    struct credential_attribute *carried =
        ARENA_ARRAY(arena, struct credential_attribute, caller->attribute_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < caller->attribute_count; i++) {
        const struct token_attribute *from = &caller->attributes[i];
        struct buffer values = buffer_in(arena, from->value.length + 1);
        for (struct text rest = from->value; rest.length != 0;) {
            struct text value = from->is_list ? text_cut(&rest, '\n') : rest;
            if (is_asked_for(world, caller, from->name, value)) {
                if (values.length != 0)
                    buffer_append_byte(&values, '\n');
                buffer_append(&values, value);
            }
            if (!from->is_list)
                break;
        }
        if (values.length != 0)
            carried[count++] = (struct credential_attribute){from->name, buffer_text(&values), from->is_list};
    }
    *attributes = carried;
    return count;
}
