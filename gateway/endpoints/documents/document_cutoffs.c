/* Off means off for what was issued already, and switching on again revives nothing. A kill goes by a name, so
 * a document that changes its name, or its team, takes the kill along: editing is no way to lift one. */
#include "documents/document_cutoffs.h"

#include "exchange/kill.h"

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

static bool has_name(const struct kill_names *list, struct text name)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->names[i], name))
            return true;
    return false;
}

/* One of each name: an off, a new name and another can meet in one change. The wider one counts. */
static struct store_cutoff *slot_of(const struct admin_call *call, struct cutoff_list *list,
                                    const struct kill *kill)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->items[i].kind, kill->kind) && text_equal(list->items[i].id, kill->id))
            return &list->items[i];
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 16 : 2 * list->room;
        struct store_cutoff *items = ARENA_ARRAY(call->arena, struct store_cutoff, room);
        for (size_t i = 0; i < list->count; i++)
            items[i] = list->items[i];
        list->items = items;
        list->room = room;
    }
    list->items[list->count] = (struct store_cutoff){0};
    return &list->items[list->count++];
}

static void add(const struct admin_call *call, struct cutoff_list *list, const struct kill *kill, int64_t at_us,
                bool is_past_only, const char *reason)
{
    struct store_cutoff *slot = slot_of(call, list, kill);
    int64_t latest_us = slot->at_us > at_us ? slot->at_us : at_us;
    *slot = kill_cutoff(kill, latest_us, is_past_only && !slot->stands);
    slot->reason = text_of(reason);
    slot->record = call->id;
}

/* What kills have done to a thing. */
struct killed {
    int64_t reach_us; /* what was issued up to then is dead; 0: nothing */
    bool is_barred;
};

/* Where there are too many kills for this to know, it is as if this were one of them: a bar can be lifted. */
static struct killed look_up(const struct admin_call *call, struct text kind, struct text id)
{
    const struct cutoff_book *book = cutoff_keeper_book(call->gateway->cutoffs);
    if (cutoff_book_epoch(book).number == 0)
        return (struct killed){.reach_us = call->now_us, .is_barred = true};
    return (struct killed){.reach_us = cutoff_book_reach(book, kind, id),
                           .is_barred = cutoff_book_is_barred(book, kind, id)};
}

static void end_all(const struct admin_call *call, const struct kill_names *names, int64_t at_us,
                    const char *reason, struct cutoff_list *list)
{
    for (size_t i = 0; i < names->count; i++)
        add(call, list, &(struct kill){.kind = names->kind, .id = names->names[i]}, at_us, true, reason);
}

/* Names that were dropped: what a kill by any of the old names ended stays so under the first new one, and
 * under the dropped ones for whoever takes them over. */
static void carry_over(const struct admin_call *call, const struct kill_names *before,
                       const struct kill_names *after, struct cutoff_list *list)
{
    struct killed all = {0};
    size_t dropped = 0;
    for (size_t i = 0; i < before->count; i++)
        dropped += !has_name(after, before->names[i]);
    for (size_t i = 0; dropped != 0 && i < before->count; i++) {
        struct killed one = look_up(call, before->kind, before->names[i]);
        all.reach_us = one.reach_us > all.reach_us ? one.reach_us : all.reach_us;
        all.is_barred |= one.is_barred;
        if (!one.is_barred) /* a bar goes along as a bar, whatever else comes */
            standing_add(&list->unkilled, before->kind, before->names[i], one.reach_us + 1);
    }
    if (all.reach_us == 0)
        return;
    add(call, list, &(struct kill){.kind = after->kind, .id = after->names[0]}, all.reach_us, !all.is_barred,
        "it was killed under a former name");
    for (size_t i = 0; i < before->count; i++)
        if (!has_name(after, before->names[i]))
            add(call, list, &(struct kill){.kind = before->kind, .id = before->names[i]}, all.reach_us, true,
                "it was killed with what had this name");
}

void document_cutoffs_add(const struct admin_call *call, const struct document *before,
                          const struct document *after, int64_t at_us, struct cutoff_list *list)
{
    if (before == NULL)
        return;
    struct kill_names old = kill_names_of(before);
    if (is_enabled(before) && (after == NULL || !is_enabled(after)))
        end_all(call, &old, at_us, after == NULL ? "it was deleted" : "it was switched off", list);
    if (after == NULL || old.count == 0)
        return;
    struct kill_names new = kill_names_of(after);
    carry_over(call, &old, &new, list);
}
