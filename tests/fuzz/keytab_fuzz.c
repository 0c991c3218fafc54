/* Keytabs: whatever the bytes are, what is read lies in them, and what is not whole is no entry. */
#include "keytab_file.h"

#include "base/buffer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_within(struct text file, struct text part)
{
    INVARIANT(part.base >= file.base && part.length <= file.length &&
              (size_t)(part.base - file.base) <= file.length - part.length);
}

/* "component/component@REALM"; false where a name like that says something else. */
static bool print_name(const struct keytab_entry *entry, struct buffer *out)
{
    bool is_plain = true;
    for (size_t i = 0; i < entry->component_count; i++) {
        struct text component = entry->components[i];
        for (size_t j = 0; j < component.length; j++)
            is_plain = is_plain && component.base[j] != '/' && component.base[j] != '@';
        buffer_append(out, i == 0 ? TEXT("") : TEXT("/"));
        buffer_append(out, component);
    }
    buffer_append_byte(out, '@');
    buffer_append(out, entry->realm);
    return is_plain;
}

static void check_entry(struct arena *arena, struct text file, const struct keytab_entry *entry)
{
    struct buffer name = buffer_in(arena, 128);
    INVARIANT(entry->component_count >= 1 && entry->component_count <= KEYTAB_COMPONENTS_MAX);
    INVARIANT(entry->key.length <= 256);
    check_within(file, entry->key);
    check_within(file, entry->realm);
    for (size_t i = 0; i < entry->component_count; i++)
        check_within(file, entry->components[i]);
    INVARIANT(keytab_entry_is_for(entry, buffer_text(&name)) == false);
    bool is_plain = print_name(entry, &name);
    INVARIANT(keytab_entry_is_for(entry, buffer_text(&name)) == is_plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    SCOPED_ARENA arena = arena_create();
    struct text file = {(const char *)bytes, size};
    struct keytab_file read;
    if (keytab_file_read(arena, file, &read) != NULL)
        return 0;
    INVARIANT(read.count <= KEYTAB_ENTRIES_MAX);
    for (size_t i = 0; i < read.count; i++)
        check_entry(arena, file, &read.entries[i]);
    return 0;
}
