/* The ladder of checks. Bounded: past the last rung only failures are kept, in place of the last. */
#include "policy/ladder.h"

enum { DETAIL_BYTES_MAX = 256 };

static void add(struct ladder *ladder, struct rung rung)
{
    if (rung.detail.length > DETAIL_BYTES_MAX)
        rung.detail.length = DETAIL_BYTES_MAX; /* the writer replaces a character cut in two */
    if (ladder->count < LADDER_RUNGS_MAX)
        ladder->rungs[ladder->count++] = rung;
    else if (rung.fault != FAULT_NONE)
        ladder->rungs[LADDER_RUNGS_MAX - 1] = rung;
}

void ladder_pass(struct ladder *ladder, const char *check, struct text document, struct text detail)
{
    add(ladder, (struct rung){check, FAULT_NONE, document, detail});
}

enum fault ladder_fail(struct ladder *ladder, const char *check, enum fault fault, struct text document,
                       struct text detail)
{
    add(ladder, (struct rung){check, fault, document, detail});
    return fault;
}

/* The first rung with the same label, which is one text for each document; its own position where it is the
 * first. */
static size_t first_with_document(const struct ladder *ladder, size_t position)
{
    size_t first = 0;
    while (first < position && ladder->rungs[first].document.base != ladder->rungs[position].document.base)
        first++;
    return first;
}

static void write_document(const struct ladder *ladder, size_t position, struct json_writer *writer)
{
    struct text document = ladder->rungs[position].document;
    size_t first = first_with_document(ladder, position);
    if (document.base != NULL && first < position)
        json_member_integer(writer, "as", (int64_t)first);
    else
        json_member_text_if(writer, "document", document);
}

void ladder_write(const struct ladder *ladder, struct json_writer *writer)
{
    json_begin_array(writer);
    for (size_t i = 0; i < ladder->count; i++) {
        const struct rung *rung = &ladder->rungs[i];
        json_begin_object(writer);
        json_member_text(writer, "check", text_of(rung->check));
        if (rung->fault != FAULT_NONE)
            json_member_text(writer, "result", text_of(fault_row(rung->fault)->reason));
        write_document(ladder, i, writer);
        json_member_text_if(writer, "detail", rung->detail);
        json_end_object(writer);
    }
    json_end_array(writer);
}
