/* Asks the book of cutoffs what ended a credential, and writes it. */
#include "killed_by.h"

#include "base/random.h"

static const struct cutoff_book *book_of(const struct admin_call *call)
{
    return cutoff_keeper_book(call->gateway->cutoffs);
}

struct cutoff_death killed_by_find(const struct admin_call *call, const struct standing *standing)
{
    return cutoff_book_find_death(book_of(call), standing->things, standing->count);
}

void killed_by_write_kill(struct json_writer *writer, const struct cutoff_death *death)
{
    int64_t at_ms = identifier_time_ms(death->record.base, death->record.length);
    if (at_ms < 0)
        return;
    json_member_integer(writer, "at", at_ms / 1000);
    json_member_text(writer, "record", death->record);
}

void killed_by_write(struct json_writer *writer, const struct cutoff_death *death)
{
    if (death->thing == NULL)
        return;
    json_name(writer, TEXT("killed_by"));
    json_begin_object(writer);
    json_member_text(writer, "kind", death->thing->kind);
    json_member_text(writer, "id", death->thing->id);
    killed_by_write_kill(writer, death);
    json_end_object(writer);
}

void killed_by_write_known(struct json_writer *writer, const struct admin_call *call)
{
    json_member_boolean(writer, "kills_known", cutoff_book_epoch(book_of(call)).number != 0);
}
