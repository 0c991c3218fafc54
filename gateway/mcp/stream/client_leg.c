/* Proxies on the way and clients' own libraries close what is silent; a comment is nothing to whoever reads
 * events (WHATWG HTML section 9.2.7). */
#include "client_leg.h"

#include <stddef.h>

static struct client_leg *of_keep_alive(struct loop_timer *timer)
{
    return (struct client_leg *)(void *)((char *)timer - offsetof(struct client_leg, keep_alive));
}

static void wait_for_silence(struct client_leg *leg)
{
    loop_timer_start(request_loop(leg->request), &leg->keep_alive, leg->keep_alive_ms);
}

static bool hand_on(struct client_leg *leg, struct text piece)
{
    leg->bytes += piece.length;
    bool has_room = request_send(leg->request, piece);
    wait_for_silence(leg);
    if (has_room || leg->is_full)
        return !leg->is_full;
    leg->is_full = true;
    loop_timer_start(request_loop(leg->request), &leg->stall, leg->stall_ms);
    return false;
}

/* A client that is behind with what it was sent needs no comment. */
static void on_silence(struct loop_timer *timer)
{
    struct client_leg *leg = of_keep_alive(timer);
    if (leg->is_full)
        wait_for_silence(leg);
    else
        hand_on(leg, TEXT(": keep-alive\n\n"));
    leg->on_silence(leg->context);
}

static void on_stall(struct loop_timer *timer)
{
    struct client_leg *leg = (struct client_leg *)(void *)((char *)timer - offsetof(struct client_leg, stall));
    leg->on_stall(leg->context);
}

static void on_ready(void *context)
{
    struct client_leg *leg = context;
    loop_timer_stop(request_loop(leg->request), &leg->stall);
    leg->is_full = false;
    leg->on_room(leg->context);
}

void client_leg_begin(struct client_leg *leg, const struct response *head)
{
    leg->is_begun = true;
    leg->keep_alive.run = on_silence;
    leg->stall.run = on_stall;
    request_begin_answer(leg->request, head);
    request_on_ready(leg->request, on_ready, leg);
    wait_for_silence(leg);
}

bool client_leg_send(struct client_leg *leg, struct text piece)
{
    return piece.length == 0 ? !leg->is_full : hand_on(leg, piece);
}

void client_leg_stop(struct client_leg *leg)
{
    if (!leg->is_begun)
        return;
    loop_timer_stop(request_loop(leg->request), &leg->keep_alive);
    loop_timer_stop(request_loop(leg->request), &leg->stall);
}
