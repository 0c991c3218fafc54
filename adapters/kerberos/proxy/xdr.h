/* External Data Representation (RFC 4506): numbers big-endian, bytes with their length before them and padded
 * to four. A reader that has met what is not there stays bad and gives nothing any more, so that it is asked
 * once, at the end. Pure. */
#ifndef KERBEROS_XDR_H
#define KERBEROS_XDR_H

#include "base/buffer.h"

void xdr_put_number(struct buffer *out, uint32_t number);
void xdr_put_long(struct buffer *out, uint64_t number);
void xdr_put_bytes(struct buffer *out, struct text bytes);

struct xdr_reader {
    struct text rest;
    bool is_bad;
};

uint32_t xdr_number(struct xdr_reader *reader);
uint64_t xdr_long(struct xdr_reader *reader);
struct text xdr_bytes(struct xdr_reader *reader); /* where they lie */
/* How many elements follow: bad where not even so many of four bytes are left. */
uint32_t xdr_count(struct xdr_reader *reader);
/* What was read since another reader stood at the same place before. */
struct text xdr_since(const struct xdr_reader *before, const struct xdr_reader *reader);

#endif
