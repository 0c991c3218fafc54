/* Messages with descriptors over a SOCK_SEQPACKET pair: whole or not at all (unix(7), SCM_RIGHTS). */
#include "control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union descriptors {
    char bytes[CMSG_SPACE(sizeof(int) * CONTROL_DESCRIPTORS_MAX)];
    struct cmsghdr aligned;
};

bool control_send(int control, struct text word, const int *descriptors, size_t count)
{
    union descriptors attached = {0};
    struct iovec content = {(void *)(uintptr_t)word.base, word.length};
    struct msghdr header = {.msg_iov = &content, .msg_iovlen = 1};
    if (count != 0) {
        header.msg_control = attached.bytes;
        header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(rights), descriptors, sizeof(int) * count);
    }
    return sendmsg(control, &header, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)word.length;
}

int control_receive(int control, struct control_message *message, bool may_wait)
{
    union descriptors attached = {0};
    struct iovec content = {message->word, sizeof(message->word) - 1};
    struct msghdr header = {.msg_iov = &content,
                            .msg_iovlen = 1,
                            .msg_control = attached.bytes,
                            .msg_controllen = sizeof(attached.bytes)};
    ssize_t length;
    do
        length = recvmsg(control, &header, MSG_CMSG_CLOEXEC | (may_wait ? 0 : MSG_DONTWAIT));
    while (length < 0 && errno == EINTR);
    if (length < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? -1 : 0;
    message->word[length] = '\0';
    message->descriptor_count = 0;
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    if (rights != NULL && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS) {
        message->descriptor_count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(message->descriptors, CMSG_DATA(rights), message->descriptor_count * sizeof(int));
    }
    return length == 0 ? 0 : 1;
}

void control_close_descriptors(struct control_message *message)
{
    for (size_t i = 0; i < message->descriptor_count; i++)
        close(message->descriptors[i]);
    message->descriptor_count = 0;
}
