/* The format is MIT's, as its documentation describes it (keytab_file_format). */
#include "keytab_bytes.h"

void keytab_bytes_number(struct buffer *file, uint32_t number, unsigned bytes)
{
    while (bytes-- != 0)
        buffer_append_byte(file, (char)(number >> 8 * bytes));
}

static void add_counted(struct buffer *file, struct text text)
{
    keytab_bytes_number(file, (uint32_t)text.length, 2);
    buffer_append(file, text);
}

struct buffer keytab_bytes(struct arena *arena)
{
    struct buffer file = buffer_in(arena, 512);
    keytab_bytes_number(&file, 0x0502, 2);
    return file;
}

void keytab_bytes_add(struct buffer *file, const struct key_bytes *key)
{
    SCOPED_ARENA arena = arena_create();
    struct buffer entry = buffer_in(arena, 128);
    struct text realm = text_of(key->principal), name = text_cut(&realm, '@');
    uint32_t count = 1;
    for (size_t i = 0; i < name.length; i++)
        count += name.base[i] == '/';
    keytab_bytes_number(&entry, count, 2);
    add_counted(&entry, realm);
    while (name.base != NULL)
        add_counted(&entry, text_cut(&name, '/'));
    keytab_bytes_number(&entry, 1, 4);          /* KRB5_NT_PRINCIPAL */
    keytab_bytes_number(&entry, 1790000000, 4); /* when it was written */
    keytab_bytes_number(&entry, key->version & 0xff, 1);
    keytab_bytes_number(&entry, key->key_type, 2);
    keytab_bytes_number(&entry, key->key_length, 2);
    for (unsigned i = 0; i < key->key_length; i++)
        buffer_append_byte(&entry, key->fill);
    keytab_bytes_number(&entry, key->version, 4);
    keytab_bytes_number(file, (uint32_t)entry.length, 4);
    buffer_append(file, buffer_text(&entry));
}
