/* Bytes in, lines out; see shim_input.h. */
#include "shim_input.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024 };

/* Ends are told when nothing is left that was not taken. */
static void tell_end(struct shim_input *input)
{
    bool has_rest = input->bytes.length != 0;
    shim_input_close(input);
    input->end(input->owner, has_rest ? "it ends within a line" : NULL);
}

static void drop_front(struct buffer *buffer, size_t bytes)
{
    memmove(buffer->base, buffer->base + bytes, buffer->length - bytes);
    buffer->length -= bytes;
}

static void hand_over(struct shim_input *input)
{
    size_t start = 0;
    while (!input->is_held && !input->is_closed) {
        const char *from = input->bytes.base + start, *feed = NULL;
        size_t left = input->bytes.length - start;
        if (left > input->searched)
            feed = memchr(from + input->searched, '\n', left - input->searched);
        if (feed == NULL) {
            input->searched = left;
            break;
        }
        struct text line = {from, (size_t)(feed - from)};
        size_t whole = line.length + 1;
        if (text_ends_with(line, TEXT("\r")))
            line.length--;
        input->searched = 0;
        input->is_held = line.length != 0 && !input->line(input->owner, line);
        if (!input->is_held)
            start += whole;
    }
    if (!input->is_closed)
        drop_front(&input->bytes, start);
}

/* As much as one line may be, and no more of what is not taken. */
static bool has_room(const struct shim_input *input)
{
    return input->bytes.length <= input->limit;
}

static void read_piece(struct shim_input *input)
{
    ssize_t got = read(input->descriptor, buffer_reserve(&input->bytes, PIECE_BYTES), PIECE_BYTES);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got <= 0)
        input->has_ended = true;
    else
        input->bytes.length += (size_t)got;
}

static void wait_for_more(struct shim_input *input)
{
    bool wants = !input->has_ended && has_room(input);
    if (input->has_ended) { /* a pipe whose other end is gone would be ready for ever */
        loop_watch_destroy(input->watch);
        input->watch = NULL;
    }
    if (input->watch != NULL)
        loop_watch_set(input->watch, wants ? LOOP_READABLE : 0);
    else if (wants && input->task.queue == NULL)
        loop_defer(input->loop, &input->task);
}

static void go_on(struct shim_input *input)
{
    if (input->bytes.length != 0)
        hand_over(input);
    if (input->is_closed)
        return;
    if (!input->is_held && !has_room(input)) {
        shim_input_close(input);
        input->end(input->owner, "a line is longer than a message may be");
        return;
    }
    if (input->has_ended && !input->is_held) {
        tell_end(input);
        return;
    }
    wait_for_more(input);
}

static void on_readable(void *context, int events)
{
    struct shim_input *input = context;
    (void)events;
    read_piece(input);
    go_on(input);
}

/* Of what is read in turns, and after a line was taken at last. */
static void on_task(struct loop_task *task)
{
    struct shim_input *input = (struct shim_input *)(void *)((char *)task - offsetof(struct shim_input, task));
    if (input->watch == NULL && !input->has_ended && has_room(input))
        read_piece(input);
    go_on(input);
}

static bool can_be_waited_for(int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN};
    int set = epoll_create1(EPOLL_CLOEXEC);
    bool can = set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) == 0;
    if (set >= 0)
        close(set);
    return can;
}

void shim_input_open(struct shim_input *input, int descriptor)
{
    input->descriptor = descriptor;
    input->task.run = on_task;
    if (can_be_waited_for(descriptor))
        input->watch = loop_watch_create(input->loop, descriptor, on_readable, input);
    wait_for_more(input);
}

void shim_input_continue(struct shim_input *input)
{
    if (!input->is_held || input->is_closed)
        return;
    input->is_held = false;
    if (input->task.queue == NULL)
        loop_defer(input->loop, &input->task);
}

void shim_input_close(struct shim_input *input)
{
    if (input->is_closed)
        return;
    input->is_closed = true;
    loop_defer_cancel(&input->task);
    loop_watch_destroy(input->watch);
    input->watch = NULL;
    buffer_dispose(&input->bytes);
}
