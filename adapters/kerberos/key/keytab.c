/* Checks what the operator handed over before any KDC is asked: a keytab is the gateway, for as long as its
 * keys are good, so nobody else may read it. Nothing of a key is printed. */
#include "keytab.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "keytab_file.h"

/* --- the file --- */

const char *keytab_status_mistake(const struct stat *status, uid_t user)
{
    if (!S_ISREG(status->st_mode))
        return "it is no regular file";
    if ((status->st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return "its mode lets others than its owner have it: chmod 0400";
    if (status->st_uid != 0 && status->st_uid != user)
        return "its owner is neither root nor the user that the gateway runs as";
    return NULL;
}

bool keytab_has_changed(const struct keytab *keytab, int descriptor)
{
    struct stat status;
    return fstat(descriptor, &status) != 0 || status.st_nlink == 0 || status.st_size != keytab->size ||
           status.st_mtim.tv_sec != keytab->written_at.tv_sec ||
           status.st_mtim.tv_nsec != keytab->written_at.tv_nsec;
}

/* NULL, or why it cannot be read; one byte more than may be, so that what is too large is noticed. */
static const char *read_file(int descriptor, struct arena *arena, struct text *file)
{
    char *bytes = arena_allocate(arena, KEYTAB_BYTES_MAX + 1);
    size_t length = 0;
    while (length <= KEYTAB_BYTES_MAX) {
        ssize_t count = pread(descriptor, bytes + length, KEYTAB_BYTES_MAX + 1 - length, (off_t)length);
        if (count < 0 && errno != EINTR)
            return "it cannot be read";
        if (count == 0)
            break;
        length += count > 0 ? (size_t)count : 0;
    }
    *file = (struct text){bytes, length};
    return NULL;
}

/* What is written while it is read is seen later: the time is that of before. */
static const char *open_file(int descriptor, struct arena *arena, struct stat *status, struct keytab_file *file)
{
    struct text bytes;
    if (fstat(descriptor, status) != 0)
        return "it is not open";
    const char *mistake = keytab_status_mistake(status, geteuid());
    if (mistake == NULL)
        mistake = read_file(descriptor, arena, &bytes);
    return mistake != NULL ? mistake : keytab_file_read(arena, bytes, file);
}

/* --- which keys --- */

/* RFC 3962 and RFC 8009; the length is the type's, else it is no key of it. */
static bool is_aes(const struct keytab_entry *entry)
{
    switch (entry->key_type) {
    case ENCTYPE_AES128_CTS_HMAC_SHA1_96:
    case ENCTYPE_AES128_CTS_HMAC_SHA256_128:
        return entry->key.length == 16;
    case ENCTYPE_AES256_CTS_HMAC_SHA1_96:
    case ENCTYPE_AES256_CTS_HMAC_SHA384_192:
        return entry->key.length == 32;
    default:
        return false;
    }
}

/* Of the principal's entries with a version below this, the highest; -1: there is none. */
static int64_t version_below(const struct keytab_file *file, struct text principal, int64_t below)
{
    int64_t highest = -1;
    for (size_t i = 0; i < file->count; i++) {
        const struct keytab_entry *entry = &file->entries[i];
        if (keytab_entry_is_for(entry, principal) && entry->version < below && entry->version > highest)
            highest = entry->version;
    }
    return highest;
}

static void warn_of(struct adapter_call *call, const struct keytab_entry *entry)
{
    char name[64];
    if (krb5_enctype_to_name(entry->key_type, 0, name, sizeof(name)) != 0)
        snprintf(name, sizeof(name), "type %d", entry->key_type);
    adapter_log(call, ADAPTER_LOG_WARNING,
                "the keytab's key of version %u for %s is left out: only whole AES keys are used",
                (unsigned)entry->version, name);
}

/* --- into memory --- */

static krb5_error_code add(const struct keytab *keytab, krb5_principal principal,
                           const struct keytab_entry *entry)
{
    krb5_keytab_entry added = {
        .principal = principal, .timestamp = (krb5_timestamp)entry->timestamp_s, .vno = entry->version};
    added.key.enctype = entry->key_type;
    added.key.length = (unsigned)entry->key.length;
    added.key.contents = (krb5_octet *)(uintptr_t)entry->key.base; /* copied, not written to */
    return krb5_kt_add_entry(keytab->context, keytab->handle, &added);
}

/* Of the newest keys and those before: tickets that were made a moment before a rotation are for the latter. */
static krb5_error_code add_all(struct adapter_call *call, const struct keytab *keytab,
                               const struct keytab_file *file, struct text name, krb5_principal principal,
                               bool *has_newest)
{
    int64_t newest = version_below(file, name, INT64_MAX), before = version_below(file, name, newest);
    krb5_error_code code = 0;
    for (size_t i = 0; i < file->count && code == 0; i++) {
        const struct keytab_entry *entry = &file->entries[i];
        if (!keytab_entry_is_for(entry, name) || (entry->version != newest && entry->version != before))
            continue;
        if (!is_aes(entry)) {
            warn_of(call, entry);
            continue;
        }
        code = add(keytab, principal, entry);
        *has_newest |= entry->version == newest;
    }
    return code;
}

/* Whose the first key is tells a slip in spec.settings from the wrong file. */
static enum adapter_outcome end_for_others(struct adapter_call *call, const struct keytab_file *file,
                                           struct text name)
{
    struct buffer other = buffer_in(adapter_arena(call), 64);
    if (file->count == 0)
        return adapter_misconfigured(call, NULL, "the file keytab has no key of %.*s, nor any other",
                                     TEXT_ARGUMENTS(name));
    const struct keytab_entry *entry = &file->entries[0];
    for (size_t i = 0; i < entry->component_count; i++)
        buffer_print(&other, "%s%.*s", i == 0 ? "" : "/", TEXT_ARGUMENTS(entry->components[i]));
    buffer_print(&other, "@%.*s", TEXT_ARGUMENTS(entry->realm));
    struct text found = buffer_text(&other);
    return adapter_misconfigured(call, NULL, "the file keytab has no key of %.*s; it has one of %.*s",
                                 TEXT_ARGUMENTS(name), text_is_printable(found) ? (int)found.length : 0,
                                 found.base);
}

static enum adapter_outcome fill(struct adapter_call *call, const struct keytab *keytab,
                                 const struct keytab_file *file, struct text name)
{
    krb5_principal principal;
    bool has_newest = false;
    if (version_below(file, name, INT64_MAX) < 0)
        return end_for_others(call, file, name);
    const char *parsed = arena_copy(adapter_arena(call), name).base;
    if (krb5_parse_name(keytab->context, parsed, &principal) != 0)
        return adapter_misconfigured(call, NULL, "%s is no principal", parsed);
    krb5_error_code code = add_all(call, keytab, file, name, principal, &has_newest);
    krb5_free_principal(keytab->context, principal);
    if (code != 0)
        return adapter_fail(call, "the keys could not be kept in memory (%d)", (int)code);
    return has_newest ? ADAPTER_DONE
                      : adapter_misconfigured(call, NULL,
                                              "the newest keys of %s in the file keytab are not for AES: give "
                                              "the account AES keys and make the keytab anew",
                                              parsed);
}

/* Named by where it lies, so that none is taken for another; libkrb5 forgets it with the last handle. */
static enum adapter_outcome resolve(struct adapter_call *call, krb5_context context, struct keytab *keytab)
{
    *keytab = (struct keytab){.context = context};
    snprintf(keytab->name, sizeof(keytab->name), "MEMORY:keytab-%llx", (unsigned long long)(uintptr_t)keytab);
    krb5_error_code code = krb5_kt_resolve(context, keytab->name, &keytab->handle);
    return code != 0 ? adapter_fail(call, "no keytab in memory could be made (%d)", (int)code) : ADAPTER_DONE;
}

enum adapter_outcome keytab_load(struct adapter_call *call, krb5_context context, int descriptor,
                                 struct text principal, struct keytab *keytab)
{
    SCOPED_ARENA arena = arena_create(); /* has the keys, and is wiped */
    struct keytab_file file;
    struct stat status;
    if (descriptor < 0)
        return adapter_misconfigured(call, NULL, "the Adapter document names no file keytab in spec.files");
    const char *mistake = open_file(descriptor, arena, &status, &file);
    if (mistake != NULL)
        return adapter_misconfigured(call, NULL, "the file keytab: %s", mistake);
    ADAPTER_TRY(resolve(call, context, keytab));
    keytab->size = status.st_size;
    keytab->written_at = status.st_mtim;
    enum adapter_outcome outcome = fill(call, keytab, &file, principal);
    if (outcome != ADAPTER_DONE)
        keytab_close(keytab);
    return outcome;
}

void keytab_close(struct keytab *keytab)
{
    krb5_kt_close(keytab->context, keytab->handle);
    *keytab = (struct keytab){0};
}
