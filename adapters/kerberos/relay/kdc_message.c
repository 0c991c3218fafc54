/* One cursor over DER with definite lengths, which is all that Kerberos has (RFC 4120 section 5.1). */
#include "kdc_message.h"

enum {
    TAG_AS_REQ = 0x6a, /* [APPLICATION 10] and so on (RFC 4120 section 5.10) */
    TAG_AS_REP = 0x6b,
    TAG_TGS_REQ = 0x6c,
    TAG_TGS_REP = 0x6d,
    TAG_KRB_ERROR = 0x7e,
    TAG_SEQUENCE = 0x30,
    TAG_INTEGER = 0x02,
    TAG_ERROR_CODE = 0xa6, /* [6] of KRB-ERROR (section 5.9.1) */
    ERROR_SVC_UNAVAILABLE = 29,
    LENGTH_BYTES_MAX = 4
};

struct element {
    unsigned tag;
    struct text content;
};

bool kdc_length_read(const unsigned char bytes[KDC_LENGTH_SIZE], size_t most, size_t *length)
{
    *length = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
    return (bytes[0] & 0x80) == 0 && *length != 0 && *length <= most;
}

static unsigned byte_at(struct text text, size_t index)
{
    return (unsigned char)text.base[index];
}

static struct text drop(struct text text, size_t count)
{
    return (struct text){text.base + count, text.length - count};
}

/* How many bytes the length takes, 0 where it is none of at most four bytes. */
static size_t read_length(struct text text, size_t *length)
{
    if (text.length == 0)
        return 0;
    *length = byte_at(text, 0);
    if (*length < 0x80)
        return 1;
    size_t count = *length & 0x7f;
    if (count == 0 || count > LENGTH_BYTES_MAX || text.length <= count)
        return 0;
    *length = 0;
    for (size_t i = 1; i <= count; i++)
        *length = *length << 8 | byte_at(text, i);
    return 1 + count;
}

/* Takes the first element off the front. All tags that are of interest have one byte. */
static bool take(struct text *rest, struct element *element)
{
    size_t length;
    if (rest->length < 2)
        return false;
    element->tag = byte_at(*rest, 0);
    struct text behind = drop(*rest, 1);
    size_t taken = read_length(behind, &length);
    if (taken == 0)
        return false;
    behind = drop(behind, taken);
    if (length > behind.length)
        return false;
    element->content = (struct text){behind.base, length};
    *rest = drop(behind, length);
    return true;
}

bool kdc_is_request(struct text message)
{
    struct element outer;
    return take(&message, &outer) && message.length == 0 &&
           (outer.tag == TAG_AS_REQ || outer.tag == TAG_TGS_REQ);
}

static bool is_unavailable(struct text error)
{
    struct element sequence, member, code;
    if (!take(&error, &sequence) || sequence.tag != TAG_SEQUENCE)
        return false;
    while (take(&sequence.content, &member)) {
        if (member.tag == TAG_ERROR_CODE)
            return take(&member.content, &code) && code.tag == TAG_INTEGER && code.content.length == 1 &&
                   byte_at(code.content, 0) == ERROR_SVC_UNAVAILABLE;
    }
    return false;
}

enum kdc_answer_kind kdc_answer_kind(struct text message)
{
    struct element outer;
    if (!take(&message, &outer))
        return KDC_NO_ANSWER;
    if (outer.tag == TAG_KRB_ERROR)
        return is_unavailable(outer.content) ? KDC_ANSWER_UNAVAILABLE : KDC_ANSWER;
    return outer.tag == TAG_AS_REP || outer.tag == TAG_TGS_REP ? KDC_ANSWER : KDC_NO_ANSWER;
}
