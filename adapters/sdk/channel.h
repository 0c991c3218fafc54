/* The socket to the gateway as lines. One thread reads; any thread writes, whole lines one after the other. */
#ifndef SDK_CHANNEL_H
#define SDK_CHANNEL_H

#include <pthread.h>

#include "base/buffer.h"

struct channel {
    int descriptor;
    struct buffer received;
    size_t taken; /* of received: lines that were handed out */
    pthread_mutex_t writing;
};

enum channel_event { CHANNEL_LINE, CHANNEL_END, CHANNEL_TOO_LONG };

void channel_open(struct channel *channel, int descriptor);
/* The line, without its end, is borrowed until the next call. */
enum channel_event channel_read(struct channel *channel, struct text *line);
/* False where the other end has gone, or where it is longer than a line may be and nothing was written. */
bool channel_write(struct channel *channel, struct text line);
void channel_dispose(struct channel *channel);

#endif
