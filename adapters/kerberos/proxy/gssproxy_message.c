/* In the order of the types. Options have the zero byte of C's strings in them, as gssproxy compares them so.
 */
#include "gssproxy_message.h"

#include <gssapi/gssapi.h>

#include "xdr.h"

enum { RPC_VERSION = 2, PROGRAM = 400112, PROGRAM_VERSION = 1, ACQUIRE_CRED = 6, INIT_SEC_CONTEXT = 8 };
enum { CALL, REPLY };
enum { USED_TO_INITIATE = 1 };

#define OPTION(name) ((struct text){name, sizeof(name)})
#define KERBEROS     TEXT("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02")     /* 1.2.840.113554.1.2.2 */
#define PRINCIPAL    TEXT("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01") /* GSS_KRB5_NT_PRINCIPAL_NAME */

/* --- what is asked --- */

static void put_nothing(struct buffer *out, int count)
{
    for (int i = 0; i < count; i++)
        xdr_put_number(out, 0);
}

/* The call with neither credential nor verifier (RFC 5531 section 9), and the context of the caller, which says
 * nothing: who calls is whose socket it is. */
static void put_head(struct buffer *out, uint32_t id, uint32_t procedure)
{
    const uint32_t head[] = {id, CALL, RPC_VERSION, PROGRAM, PROGRAM_VERSION, procedure};
    for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
        xdr_put_number(out, head[i]);
    put_nothing(out, 4);
    put_nothing(out, 3);
}

static void put_name(struct buffer *out, struct text principal)
{
    xdr_put_bytes(out, principal);
    xdr_put_bytes(out, PRINCIPAL);
    put_nothing(out, 4); /* exported forms, attributes, extensions */
}

/* What may be missing has a number before it that says whether it is. */
static void put_sealed(struct buffer *out, struct text sealed)
{
    xdr_put_number(out, sealed.base != NULL);
    buffer_append(out, sealed);
}

static void put_optional(struct buffer *out, struct text bytes)
{
    xdr_put_number(out, bytes.base != NULL);
    if (bytes.base != NULL)
        xdr_put_bytes(out, bytes);
}

static void put_acquisition(struct buffer *out, uint32_t id, struct text login, struct text principal)
{
    put_head(out, id, ACQUIRE_CRED);
    put_sealed(out, login);
    xdr_put_number(out, false); /* not added to that one */
    xdr_put_number(out, true);
    put_name(out, principal);
    xdr_put_long(out, GSS_C_INDEFINITE);
    xdr_put_number(out, 1);
    xdr_put_bytes(out, KERBEROS);
    xdr_put_number(out, USED_TO_INITIATE);
    xdr_put_long(out, 0);
    xdr_put_long(out, 0);
}

void gssproxy_write_login(struct buffer *out, uint32_t id, struct text principal)
{
    put_acquisition(out, id, TEXT_NONE, principal);
    put_nothing(out, 1);
}

void gssproxy_write_impersonation(struct buffer *out, uint32_t id, struct text login, struct text principal)
{
    put_acquisition(out, id, login, principal);
    xdr_put_number(out, 1);
    xdr_put_bytes(out, OPTION("acquire_type"));
    xdr_put_bytes(out, OPTION("impersonate_name"));
}

static void put_binding(struct buffer *out, struct text binding)
{
    xdr_put_number(out, binding.base != NULL);
    if (binding.base == NULL)
        return;
    for (int i = 0; i < 2; i++) { /* the initiator's address and the acceptor's */
        xdr_put_long(out, GSS_C_AF_UNSPEC);
        put_nothing(out, 1);
    }
    xdr_put_bytes(out, binding);
}

void gssproxy_write_initiation(struct buffer *out, uint32_t id, const struct gssproxy_initiation *initiation)
{
    put_head(out, id, INIT_SEC_CONTEXT);
    put_sealed(out, initiation->context);
    put_sealed(out, initiation->credential);
    xdr_put_number(out, true);
    put_name(out, initiation->service);
    xdr_put_bytes(out, KERBEROS);
    xdr_put_long(out, initiation->is_mutual ? GSS_C_MUTUAL_FLAG : 0);
    xdr_put_long(out, initiation->lifetime_s);
    put_binding(out, initiation->binding);
    put_optional(out, initiation->answer);
    put_nothing(out, 1);
}

/* --- what is answered --- */

/* Accepted and done (RFC 5531 section 9): anything else is about the call and not about Kerberos. */
static struct xdr_reader read_head(struct text answer, uint32_t *id)
{
    struct xdr_reader reader = {.rest = answer};
    *id = xdr_number(&reader);
    bool is_reply = xdr_number(&reader) == REPLY, is_accepted = xdr_number(&reader) == 0;
    (void)xdr_number(&reader); /* the verifier */
    (void)xdr_bytes(&reader);
    bool is_done = xdr_number(&reader) == 0;
    reader.is_bad |= !is_reply || !is_accepted || !is_done;
    return reader;
}

bool gssproxy_read_id(struct text answer, uint32_t *id)
{
    struct xdr_reader reader = {.rest = answer};
    *id = xdr_number(&reader);
    return xdr_number(&reader) == REPLY && !reader.is_bad;
}

static void skip_options(struct xdr_reader *reader)
{
    for (uint32_t count = xdr_count(reader); count > 0 && !reader->is_bad; count--) {
        (void)xdr_bytes(reader);
        (void)xdr_bytes(reader);
    }
}

static struct text read_name(struct xdr_reader *reader)
{
    struct text shown = xdr_bytes(reader);
    for (int i = 0; i < 3; i++) /* its type, and its exported forms */
        (void)xdr_bytes(reader);
    for (uint32_t count = xdr_count(reader); count > 0 && !reader->is_bad; count--) {
        (void)xdr_bytes(reader); /* an attribute */
        (void)xdr_bytes(reader);
        skip_options(reader);
    }
    skip_options(reader);
    return shown;
}

/* Numbers of GSSAPI have 32 bits; they come in 64. */
static uint32_t read_status_number(struct xdr_reader *reader)
{
    return (uint32_t)(xdr_long(reader) & UINT32_MAX);
}

static void read_status(struct xdr_reader *reader, struct gssproxy_answer *read)
{
    read->major = read_status_number(reader);
    (void)xdr_bytes(reader); /* the mechanism */
    read->minor = read_status_number(reader);
    for (int i = 0; i < 3; i++) /* both in words, and what a server might want back */
        (void)xdr_bytes(reader);
    skip_options(reader);
}

static void read_credential(struct xdr_reader *reader, struct gssproxy_answer *read)
{
    struct xdr_reader before = *reader;
    read->name = read_name(reader);
    for (uint32_t count = xdr_count(reader); count > 0 && !reader->is_bad; count--) {
        (void)read_name(reader);
        (void)xdr_bytes(reader);  /* the mechanism */
        (void)xdr_number(reader); /* for what */
        (void)xdr_long(reader);   /* for how long, either way */
        (void)xdr_long(reader);
        skip_options(reader);
    }
    (void)xdr_bytes(reader);  /* what it is for gssproxy, sealed by it */
    (void)xdr_number(reader); /* it keeps nothing that had to be released */
    read->credential = xdr_since(&before, reader);
}

static void read_context(struct xdr_reader *reader, struct gssproxy_answer *read)
{
    struct xdr_reader before = *reader;
    (void)xdr_bytes(reader); /* exported */
    (void)xdr_bytes(reader);
    (void)xdr_number(reader); /* it keeps nothing that had to be released */
    (void)xdr_bytes(reader);  /* the mechanism */
    (void)read_name(reader);
    (void)read_name(reader);
    uint64_t rest_s = xdr_long(reader);
    read->rest_s = rest_s < UINT32_MAX ? (uint32_t)rest_s : UINT32_MAX;
    read->is_mutual = (xdr_long(reader) & GSS_C_MUTUAL_FLAG) != 0;
    (void)xdr_number(reader); /* initiated here */
    read->is_open = xdr_number(reader) != 0;
    skip_options(reader);
    read->context = xdr_since(&before, reader);
}

bool gssproxy_read_credential(struct text answer, struct gssproxy_answer *read)
{
    uint32_t id;
    struct xdr_reader reader = read_head(answer, &id);
    *read = (struct gssproxy_answer){0};
    read_status(&reader, read);
    bool is_there = xdr_number(&reader) != 0;
    if (is_there)
        read_credential(&reader, read);
    skip_options(&reader);
    return !reader.is_bad && (is_there || GSS_ERROR(read->major));
}

bool gssproxy_read_initiation(struct text answer, struct gssproxy_answer *read)
{
    uint32_t id;
    struct xdr_reader reader = read_head(answer, &id);
    *read = (struct gssproxy_answer){0};
    read_status(&reader, read);
    bool is_there = xdr_number(&reader) != 0;
    if (is_there)
        read_context(&reader, read);
    if (xdr_number(&reader) != 0)
        read->token = xdr_bytes(&reader);
    skip_options(&reader);
    return !reader.is_bad && (is_there || GSS_ERROR(read->major));
}
