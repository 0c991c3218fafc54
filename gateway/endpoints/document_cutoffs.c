/* Off means off for what was issued already, and switching on again revives nothing. A kill goes by a name, so
 * a document that changes its name, or its team, takes the kill along: editing is no way to lift one. */
#include "document_cutoffs.h"

#include "exchange/kill.h"

/* The names under which a document's credentials are ended: a target by any of its audiences. */
struct name_list {
    struct text kind;
    const struct text *names;
    size_t count;
};

static struct name_list names_of(const struct document *document)
{
    switch (document->kind) {
    case DOCUMENT_ISSUER:
        return (struct name_list){TEXT("issuer"), &document->issuer.issuer, 1};
    case DOCUMENT_CLIENT:
        return (struct name_list){TEXT("client"), &document->client.client_id, 1};
    case DOCUMENT_AGENT_CLASS: /* its name is the client_id of its agents */
        return (struct name_list){TEXT("client"), &document->name, 1};
    case DOCUMENT_TARGET:
        return (struct name_list){TEXT("target"), document->target.audiences.items,
                                  document->target.audiences.count};
    default:
        return (struct name_list){0};
    }
}

static bool is_enabled(const struct document *document)
{
    switch (document->kind) {
    case DOCUMENT_ISSUER:
        return document->issuer.is_enabled;
    case DOCUMENT_CLIENT:
        return document->client.is_enabled;
    case DOCUMENT_AGENT_CLASS:
        return document->agent_class.is_enabled;
    case DOCUMENT_TARGET:
        return document->target.is_enabled;
    default:
        return true;
    }
}

static bool has_name(const struct name_list *list, struct text name)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->names[i], name))
            return true;
    return false;
}

static void add(const struct admin_call *call, struct cutoff_list *list, struct store_cutoff cutoff,
                const char *reason)
{
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 16 : 2 * list->room;
        struct store_cutoff *items = ARENA_ARRAY(call->arena, struct store_cutoff, room);
        for (size_t i = 0; i < list->count; i++)
            items[i] = list->items[i];
        list->items = items;
        list->room = room;
    }
    cutoff.reason = text_of(reason);
    cutoff.record = call->id;
    list->items[list->count++] = cutoff;
}

/* What kills have done to a thing. */
struct killed {
    int64_t reach_us; /* what was issued up to then is dead; 0: nothing */
    bool is_barred;
};

static struct killed look_up(const struct admin_call *call, struct text kind, struct text id)
{
    const struct cutoff_book *book = cutoff_keeper_book(call->gateway->cutoffs);
    const struct store_guard yet_to_come = {kind, id, INT64_MAX};
    if (cutoff_book_epoch(book).number == 0) /* too many to know: then as if it were killed now */
        return (struct killed){.reach_us = call->now_us};
    return (struct killed){.reach_us = cutoff_book_reach(book, kind, id),
                           .is_barred = cutoff_book_find(book, &yet_to_come, 1) != NULL};
}

static void end_all(const struct admin_call *call, const struct name_list *names, int64_t at_us,
                    const char *reason, struct cutoff_list *list)
{
    for (size_t i = 0; i < names->count; i++)
        add(call, list, kill_cutoff(&(struct kill){.kind = names->kind, .id = names->names[i]}, at_us, true),
            reason);
}

/* Names that were dropped: what a kill by any of the old names ended stays so under the first new one, and
 * under the dropped ones for whoever takes them over. */
static void carry_over(const struct admin_call *call, const struct name_list *before,
                       const struct name_list *after, struct cutoff_list *list)
{
    struct killed all = {0};
    size_t dropped = 0;
    for (size_t i = 0; i < before->count; i++) {
        struct killed one = look_up(call, before->kind, before->names[i]);
        all.reach_us = one.reach_us > all.reach_us ? one.reach_us : all.reach_us;
        all.is_barred |= one.is_barred;
        dropped += !has_name(after, before->names[i]);
    }
    if (dropped == 0 || (all.reach_us == 0 && !all.is_barred))
        return;
    struct kill renamed = {.kind = after->kind, .id = after->names[0]};
    add(call, list, kill_cutoff(&renamed, all.reach_us, !all.is_barred), "it was killed under a former name");
    for (size_t i = 0; i < before->count; i++)
        if (!has_name(after, before->names[i]))
            add(call, list,
                kill_cutoff(&(struct kill){.kind = before->kind, .id = before->names[i]}, all.reach_us, true),
                "it was killed with what had this name");
}

void document_cutoffs_add(const struct admin_call *call, const struct document *before,
                          const struct document *after, int64_t at_us, struct cutoff_list *list)
{
    if (before == NULL)
        return;
    struct name_list old = names_of(before);
    if (is_enabled(before) && (after == NULL || !is_enabled(after)))
        end_all(call, &old, at_us, after == NULL ? "it was deleted" : "it was switched off", list);
    if (after == NULL || old.count == 0)
        return;
    struct name_list new = names_of(after);
    carry_over(call, &old, &new, list);
    if (before->team.length == 0 || text_equal(before->team, after->team))
        return;
    struct killed team = look_up(call, TEXT("team"), before->team);
    if (team.reach_us != 0)
        add(call, list, kill_cutoff(&(struct kill){.kind = new.kind, .id = new.names[0]}, team.reach_us, true),
            "it was killed with its former team");
}
