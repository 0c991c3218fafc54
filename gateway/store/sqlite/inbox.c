/* Mutex and condition: the lock is held for a few instructions, and only the first message of a round pays for
 * a wake-up. */
#include "sqlite/inbox.h"

#include <stddef.h>

void inbox_init(struct inbox *inbox, unsigned limit)
{
    *inbox = (struct inbox){.limit = limit};
    pthread_mutex_init(&inbox->lock, NULL);
    pthread_cond_init(&inbox->signal, NULL);
}

void inbox_dispose(struct inbox *inbox)
{
    pthread_cond_destroy(&inbox->signal);
    pthread_mutex_destroy(&inbox->lock);
}

static bool add(struct inbox *inbox, struct loop_message *message)
{
    if (inbox->waiting >= inbox->limit)
        return false;
    message->next = NULL;
    if (inbox->first == NULL)
        inbox->first = message;
    else
        inbox->last->next = message;
    inbox->last = message;
    inbox->waiting++;
    return true;
}

bool inbox_add(struct inbox *inbox, struct loop_message *message)
{
    pthread_mutex_lock(&inbox->lock);
    bool has_room = add(inbox, message);
    pthread_mutex_unlock(&inbox->lock);
    return has_room;
}

void inbox_wake(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    if (inbox->first != NULL)
        pthread_cond_signal(&inbox->signal);
    pthread_mutex_unlock(&inbox->lock);
}

bool inbox_put(struct inbox *inbox, struct loop_message *message)
{
    pthread_mutex_lock(&inbox->lock);
    bool has_room = add(inbox, message);
    if (has_room && inbox->waiting == 1)
        pthread_cond_signal(&inbox->signal);
    pthread_mutex_unlock(&inbox->lock);
    return has_room;
}

void inbox_poke(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    inbox->is_poked = true;
    pthread_cond_signal(&inbox->signal);
    pthread_mutex_unlock(&inbox->lock);
}

void inbox_close(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    inbox->is_closed = true;
    pthread_cond_signal(&inbox->signal);
    pthread_mutex_unlock(&inbox->lock);
}

bool inbox_take(struct inbox *inbox, bool may_wait, struct loop_message **messages)
{
    pthread_mutex_lock(&inbox->lock);
    while (may_wait && inbox->first == NULL && !inbox->is_poked && !inbox->is_closed)
        pthread_cond_wait(&inbox->signal, &inbox->lock);
    *messages = inbox->first;
    inbox->first = inbox->last = NULL;
    inbox->waiting = 0;
    inbox->is_poked = false;
    bool has_ended = *messages == NULL && inbox->is_closed;
    pthread_mutex_unlock(&inbox->lock);
    return !has_ended;
}
