/* Keytabs as MIT's tools write them, byte by byte, and with what they never write. */
#ifndef KERBEROS_TEST_KEYTAB_BYTES_H
#define KERBEROS_TEST_KEYTAB_BYTES_H

#include "base/buffer.h"

struct key_bytes {
    const char *principal; /* "gw/gateway.corp.example@CORP.EXAMPLE" */
    unsigned version, key_type, key_length;
    char fill; /* every byte of the key */
};

struct buffer keytab_bytes(struct arena *arena); /* the file's head */
void keytab_bytes_add(struct buffer *file, const struct key_bytes *key);
void keytab_bytes_number(struct buffer *file, uint32_t number, unsigned bytes); /* big-endian */

#endif
