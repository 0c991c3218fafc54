/* Event streams: the first two bytes say how the rest is cut. However that is, the same events come out, or the
 * same fault; written here and read again they are the same. */
#include <stdlib.h>
#include <string.h>

#include "message/event_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { EVENT_BYTES_MAX = 200 };

/* Events as one text, each field with its length in front; and as a stream of our own. */
struct notes {
    struct buffer told, written;
};

static void put(struct buffer *out, bool has, struct text text)
{
    buffer_print(out, "%d %zu:", has, text.length);
    buffer_append(out, text);
}

static enum fault note(void *context, const struct event *event)
{
    struct notes *notes = context;
    INVARIANT(event->id.length + event->type.length + event->data.length <= EVENT_BYTES_MAX);
    INVARIANT(text_is_utf8(event->data) && text_is_utf8(event->id) && text_is_utf8(event->type));
    if (!event->has_id && !event->has_data && event->retry.base == NULL && event->type.length == 0)
        return FAULT_NONE; /* an empty type alone: nothing that could be written */
    put(&notes->told, event->has_id, event->id);
    put(&notes->told, true, event->type);
    put(&notes->told, event->has_data, event->data);
    put(&notes->told, event->retry.base != NULL, event->retry);
    event_write(&notes->written, event);
    return FAULT_NONE;
}

/* In pieces of turn about two sizes; 0: all at once. */
static enum fault read_pieces(struct text text, const size_t sizes[2], size_t most, struct notes *notes)
{
    struct event_stream stream;
    event_stream_begin(&stream, most);
    const struct event_reader reader = {note, notes};
    enum fault fault = FAULT_NONE;
    for (unsigned turn = 0; text.length != 0 && fault == FAULT_NONE; turn++) {
        size_t length = sizes[turn % 2];
        if (length == 0 || length > text.length)
            length = text.length;
        char *alone = malloc(length);
        INVARIANT(alone != NULL);
        memcpy(alone, text.base, length);
        fault = event_stream_take(&stream, (struct text){alone, length}, &reader);
        free(alone);
        text = (struct text){text.base + length, text.length - length};
    }
    event_stream_dispose(&stream);
    return fault;
}

static void dispose(struct notes *notes)
{
    buffer_dispose(&notes->told);
    buffer_dispose(&notes->written);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 2)
        return 0;
    struct text text = {(const char *)bytes + 2, size - 2};
    struct notes whole = {0}, cut = {0}, again = {0};
    enum fault fault = read_pieces(text, (const size_t[]){0, 0}, EVENT_BYTES_MAX, &whole);
    enum fault other =
        read_pieces(text, (const size_t[]){bytes[0] % 16 + 1u, bytes[1] % 64 + 1u}, EVENT_BYTES_MAX, &cut);
    INVARIANT((fault == FAULT_NONE) == (other == FAULT_NONE));
    INVARIANT(text_equal(buffer_text(&whole.told), buffer_text(&cut.told)));
    /* With room for the names of fields, which the limit counts too. */
    INVARIANT(read_pieces(buffer_text(&whole.written), (const size_t[]){0, 0}, 10 * EVENT_BYTES_MAX, &again) ==
              FAULT_NONE);
    INVARIANT(text_equal(buffer_text(&whole.told), buffer_text(&again.told)));
    dispose(&whole);
    dispose(&cut);
    dispose(&again);
    return 0;
}
