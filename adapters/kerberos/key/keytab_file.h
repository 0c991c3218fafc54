/* The file that keys of principals are kept in, version 0x0502 of MIT's format: read from bytes, which may be
 * anybody's. libkrb5 reads it, too, but only by a path, and this program has a descriptor alone. Pure. */
#ifndef KERBEROS_KEYTAB_FILE_H
#define KERBEROS_KEYTAB_FILE_H

#include "base/arena.h"
#include "base/fault.h"

enum { KEYTAB_BYTES_MAX = 64 * 1024, KEYTAB_ENTRIES_MAX = 512, KEYTAB_COMPONENTS_MAX = 8 };

struct keytab_entry {
    struct text realm;
    struct text components[KEYTAB_COMPONENTS_MAX];
    size_t component_count;
    uint32_t timestamp_s, version; /* version: the key's, kvno */
    int key_type;
    struct text key; /* a secret: lies in the file's bytes */
};

struct keytab_file {
    struct keytab_entry *entries;
    size_t count;
};

/* NULL, or what is wrong with it. The entries point into the file's bytes. */
MUST_USE const char *keytab_file_read(struct arena *arena, struct text file, struct keytab_file *read);
/* Whether the entry is for "component/component@REALM", where no component has a / or @ in it. */
bool keytab_entry_is_for(const struct keytab_entry *entry, struct text principal);

#endif
