/* Written from the inside out, read strictly: lengths in their shortest form, fields in their order, nothing
 * behind the last. */
#include "spnego.h"

#include <string.h>

#include "base/fault.h"

enum {
    TAG_OCTETS = 0x04,
    TAG_OBJECT_IDENTIFIER = 0x06,
    TAG_ENUMERATED = 0x0a,
    TAG_SEQUENCE = 0x30,
    TAG_APPLICATION_0 = 0x60,
    TAG_FIELD_0 = 0xa0, /* and the following ones, of a sequence and of a choice */
    TAG_ANSWER = TAG_FIELD_0 + 1
};

/* A tag and a length of at most four bytes, the longest that is written. */
enum { HEADER_BYTES_MAX = 5, LENGTH_BYTES_MAX = 3 };

static const struct text krb5_mechanism = {"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02", 9}; /* RFC 1964 section 1 */
static const struct text spnego_mechanism = {"\x2b\x06\x01\x05\x05\x02", 6};

/* --- writing: backwards, so that every length is known when it is written --- */

struct writer {
    char *start; /* of what is written */
    size_t length;
};

static void put(struct writer *writer, struct text bytes)
{
    writer->start -= bytes.length;
    writer->length += bytes.length;
    memcpy(writer->start, bytes.base, bytes.length);
}

/* Makes all that was written since the length was `before` the contents of this tag. */
static void enclose(struct writer *writer, unsigned char tag, size_t before)
{
    size_t length = writer->length - before;
    char header[HEADER_BYTES_MAX];
    size_t at = sizeof(header);
    unsigned bytes = 0;
    for (size_t rest = length; length >= 0x80 && rest != 0; rest >>= 8, bytes++)
        header[--at] = (char)(rest & 0xff);
    header[--at] = (char)(length < 0x80 ? length : 0x80 | bytes);
    header[--at] = (char)tag;
    put(writer, (struct text){header + at, sizeof(header) - at});
}

static void put_object_identifier(struct writer *writer, struct text identifier)
{
    size_t before = writer->length;
    put(writer, identifier);
    enclose(writer, TAG_OBJECT_IDENTIFIER, before);
}

struct text spnego_wrap(struct arena *arena, struct text krb5_token)
{
    enum { AROUND_BYTES_MAX = 64 };
    INVARIANT(krb5_token.length <= SPNEGO_TOKEN_BYTES_MAX);
    size_t room = krb5_token.length + AROUND_BYTES_MAX;
    struct writer writer = {.start = (char *)arena_allocate(arena, room) + room};
    put(&writer, krb5_token); /* mechToken [2] OCTET STRING */
    enclose(&writer, TAG_OCTETS, 0);
    enclose(&writer, TAG_FIELD_0 + 2, 0);
    size_t before = writer.length; /* mechTypes [0] SEQUENCE OF OBJECT IDENTIFIER */
    put_object_identifier(&writer, krb5_mechanism);
    enclose(&writer, TAG_SEQUENCE, before);
    enclose(&writer, TAG_FIELD_0, before);
    enclose(&writer, TAG_SEQUENCE, 0); /* NegTokenInit, the first of NegotiationToken */
    enclose(&writer, TAG_FIELD_0, 0);
    put_object_identifier(&writer, spnego_mechanism); /* RFC 2743 section 3.1 */
    enclose(&writer, TAG_APPLICATION_0, 0);
    return (struct text){writer.start, writer.length};
}

/* --- reading --- */

static unsigned char byte_at(struct text text, size_t at)
{
    return (unsigned char)text.base[at];
}

static struct text skip(struct text text, size_t bytes)
{
    return (struct text){text.base + bytes, text.length - bytes};
}

/* The length behind a tag, shortest form only (X.690 section 10.1), in so many bytes; 0: it is none. */
static size_t read_length(struct text text, size_t *length)
{
    if (text.length == 0)
        return 0;
    unsigned first = byte_at(text, 0);
    *length = first;
    if (first < 0x80)
        return 1;
    size_t count = first & 0x7f;
    if (count > LENGTH_BYTES_MAX || text.length <= count)
        return 0;
    *length = 0;
    for (size_t i = 1; i <= count; i++)
        *length = *length << 8 | byte_at(text, i);
    bool is_shortest = *length >= 0x80 && byte_at(text, 1) != 0;
    return is_shortest ? 1 + count : 0;
}

/* Cuts one element of this tag off the front. */
static bool cut(struct text *rest, unsigned char tag, struct text *contents)
{
    size_t length, header;
    if (rest->length == 0 || byte_at(*rest, 0) != tag)
        return false;
    struct text behind = skip(*rest, 1);
    header = read_length(behind, &length);
    if (header == 0 || length > behind.length - header)
        return false;
    *contents = (struct text){behind.base + header, length};
    *rest = skip(behind, header + length);
    return true;
}

/* The one element of this tag that it consists of. */
static bool open_only(struct text whole, unsigned char tag, struct text *contents)
{
    return cut(&whole, tag, contents) && whole.length == 0;
}

/* A field of a sequence, which holds one element. Where it is not there, base is NULL and it is true. */
static bool cut_field(struct text *rest, unsigned number, unsigned char tag, struct text *contents)
{
    struct text field;
    unsigned char field_tag = (unsigned char)(TAG_FIELD_0 + number);
    *contents = TEXT_NONE;
    if (rest->length == 0 || byte_at(*rest, 0) != field_tag)
        return true;
    return cut(rest, field_tag, &field) && open_only(field, tag, contents);
}

/* negState, which a first answer has to have (RFC 4178 section 4.2.2). */
static bool read_state(struct text negotiated, enum spnego_state *state)
{
    static const enum spnego_state states[] = {SPNEGO_COMPLETED, SPNEGO_INCOMPLETE, SPNEGO_REJECTED,
                                               SPNEGO_INCOMPLETE /* request-mic */};
    if (negotiated.length != 1 || byte_at(negotiated, 0) >= sizeof(states) / sizeof(states[0]))
        return false;
    *state = states[byte_at(negotiated, 0)];
    return true;
}

/* The checksum is not looked at: over a list of one mechanism it says nothing, and old servers send a copy of
 * their token there (RFC 4178 appendix C). */
static bool read_answer(struct text token, enum spnego_state *state, struct text *mech_token)
{
    struct text sequence, fields, negotiated, mechanism, checksum;
    if (!open_only(token, TAG_ANSWER, &sequence) || !open_only(sequence, TAG_SEQUENCE, &fields) ||
        !cut_field(&fields, 0, TAG_ENUMERATED, &negotiated) ||
        !cut_field(&fields, 1, TAG_OBJECT_IDENTIFIER, &mechanism) ||
        !cut_field(&fields, 2, TAG_OCTETS, mech_token) || !cut_field(&fields, 3, TAG_OCTETS, &checksum))
        return false;
    return fields.length == 0 && read_state(negotiated, state) &&
           (mechanism.base == NULL ||
            text_equal(mechanism, krb5_mechanism)); /* the only one that was offered */
}

/* What kind of krb5 token it is stands in its first two bytes (RFC 4121 section 4.1). */
static bool read_krb5_token(struct text token, enum spnego_state *state, struct text *mech_token)
{
    struct text contents, mechanism;
    if (!open_only(token, TAG_APPLICATION_0, &contents) || !cut(&contents, TAG_OBJECT_IDENTIFIER, &mechanism) ||
        !text_equal(mechanism, krb5_mechanism))
        return false;
    bool is_reply = text_starts_with(contents, TEXT("\x02\x00")),
         is_error = text_starts_with(contents, TEXT("\x03\x00"));
    *state = is_reply ? SPNEGO_COMPLETED : SPNEGO_REJECTED;
    *mech_token = token;
    return is_reply || is_error;
}

bool spnego_unwrap_answer(struct text token, enum spnego_state *state, struct text *mech_token)
{
    bool is_raw = token.length != 0 && byte_at(token, 0) == TAG_APPLICATION_0;
    bool is_read = token.length <= SPNEGO_TOKEN_BYTES_MAX &&
                   (is_raw ? read_krb5_token(token, state, mech_token) : read_answer(token, state, mech_token));
    if (!is_read || mech_token->length == 0)
        *mech_token = TEXT_NONE;
    return is_read;
}
