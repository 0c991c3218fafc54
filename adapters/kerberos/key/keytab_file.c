/* Every length is compared with what is left before anything is read. Numbers are big-endian; what is behind
 * the last byte of an entry that is understood belongs to versions to come and is left alone. */
#include "keytab_file.h"

enum { VERSION = 0x0502, KEY_BYTES_MAX = 256 };

/* --- bytes --- */

static bool take(struct text *rest, size_t length, struct text *taken)
{
    if (rest->length < length)
        return false;
    *taken = (struct text){rest->base, length};
    *rest = (struct text){rest->base + length, rest->length - length};
    return true;
}

static bool take_number(struct text *rest, size_t bytes, uint32_t *number)
{
    struct text taken;
    if (!take(rest, bytes, &taken))
        return false;
    *number = 0;
    for (size_t i = 0; i < bytes; i++)
        *number = *number << 8 | (unsigned char)taken.base[i];
    return true;
}

static bool take_counted(struct text *rest, struct text *taken)
{
    uint32_t length;
    return take_number(rest, 2, &length) && take(rest, length, taken);
}

/* --- an entry --- */

static bool take_name(struct text *rest, struct keytab_entry *entry)
{
    uint32_t count, name_type;
    if (!take_number(rest, 2, &count) || count == 0 || count > KEYTAB_COMPONENTS_MAX ||
        !take_counted(rest, &entry->realm))
        return false;
    for (; entry->component_count < count; entry->component_count++) {
        if (!take_counted(rest, &entry->components[entry->component_count]))
            return false;
    }
    return take_number(rest, 4, &name_type);
}

static bool take_entry(struct text rest, struct keytab_entry *entry)
{
    uint32_t key_type, version;
    if (!take_name(&rest, entry) || !take_number(&rest, 4, &entry->timestamp_s) ||
        !take_number(&rest, 1, &entry->version) || !take_number(&rest, 2, &key_type) ||
        !take_counted(&rest, &entry->key) || entry->key.length > KEY_BYTES_MAX)
        return false;
    entry->key_type = (int16_t)key_type;
    if (take_number(&rest, 4, &version) && version != 0)
        entry->version = version; /* the one byte before has what fits of it */
    return true;
}

/* --- the file --- */

/* What was removed leaves a hole of a negative length; a length of zero is the end, whatever is behind it. */
static const char *read_entries(struct text rest, struct keytab_file *read)
{
    struct text bytes;
    uint32_t size;
    while (take_number(&rest, 4, &size) && size != 0) {
        bool is_hole = size > INT32_MAX;
        if (!take(&rest, is_hole ? (size_t)(0 - size) : size, &bytes))
            return "an entry is longer than the file";
        if (is_hole)
            continue;
        if (read->count == KEYTAB_ENTRIES_MAX)
            return "it has more than 512 entries";
        if (!take_entry(bytes, &read->entries[read->count++]))
            return "an entry is not whole";
    }
    return NULL;
}

const char *keytab_file_read(struct arena *arena, struct text file, struct keytab_file *read)
{
    struct text rest = file;
    uint32_t version;
    *read = (struct keytab_file){0};
    if (file.length > KEYTAB_BYTES_MAX)
        return "it is larger than 64 KiB";
    if (!take_number(&rest, 2, &version) || version != VERSION)
        return "it is no keytab of version 0x0502";
    read->entries = ARENA_ARRAY(arena, struct keytab_entry, KEYTAB_ENTRIES_MAX);
    return read_entries(rest, read);
}

bool keytab_entry_is_for(const struct keytab_entry *entry, struct text principal)
{
    struct text realm = principal, name = text_cut(&realm, '@');
    size_t count = 0;
    while (name.base != NULL && count < entry->component_count &&
           text_equal(text_cut(&name, '/'), entry->components[count]))
        count++;
    return realm.base != NULL && text_equal(realm, entry->realm) && name.base == NULL &&
           count == entry->component_count;
}
