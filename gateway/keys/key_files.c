/* Read once, when a worker starts: a hand-over reads them anew. */
#include "keys/key_files.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>

#include "base/secret.h"
#include "signing_key_row.h"

#define REFUSE(detail, fault, ...) (snprintf(detail, KEY_FILES_DETAIL_SIZE, __VA_ARGS__), fault)

/* An encrypted file is a mistake, not a reason to ask on a terminal. */
static int no_passphrase(char *out, int size, int is_writing, void *context)
{
    (void)out;
    (void)size;
    (void)is_writing;
    (void)context;
    return 0;
}

static EVP_PKEY *parse(const struct secret *pem)
{
    BIO *bytes = BIO_new_mem_buf(secret_bytes(pem), (int)secret_length(pem));
    INVARIANT(bytes != NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bytes, NULL, no_passphrase, NULL);
    BIO_free(bytes);
    ERR_clear_error();
    return key;
}

static enum fault find_algorithm(const EVP_PKEY *key, const char *path, const enum algorithm *algorithms,
                                 size_t count, enum algorithm *found, char *detail)
{
    for (size_t i = 0; i < count; i++) {
        if (!algorithm_fits_key(algorithms[i], key) || algorithms[i] == *found)
            continue;
        if (*found != ALGORITHM_NONE_KNOWN)
            return REFUSE(detail, FAULT_KEY_INVALID,
                          "the key in %s could sign several of signing.algorithms; leave one of them", path);
        *found = algorithms[i];
    }
    if (*found == ALGORITHM_NONE_KNOWN)
        return REFUSE(detail, FAULT_KEY_INVALID,
                      "the key in %s fits none of signing.algorithms: another kind, curve or size", path);
    return FAULT_NONE;
}

static bool is_there(const struct key_files *files, struct text id)
{
    for (size_t i = 0; i + 1 < files->count; i++)
        if (text_equal(files->items[i].id, id))
            return true;
    return false;
}

static enum fault read_file(struct key_files *files, const char *path, const enum algorithm *algorithms,
                            size_t count, char *detail)
{
    SCOPED_SECRET pem = NULL;
    struct key_file *file = &files->items[files->count++];
    if (secret_read_file(path, &pem) != FAULT_NONE)
        return REFUSE(detail, FAULT_FILE_UNREADABLE,
                      "%s cannot be read, is no regular file of up to %d bytes, or is open to others than its "
                      "owner (set mode 0600)",
                      path, SECRET_FILE_BYTES_MAX);
    file->key = parse(pem);
    if (file->key == NULL)
        return REFUSE(detail, FAULT_KEY_INVALID, "%s is no unencrypted private key in PEM", path);
    TRY(find_algorithm(file->key, path, algorithms, count, &file->algorithm, detail));
    file->id = signing_key_id(files->arena, file->key);
    if (is_there(files, file->id))
        return REFUSE(detail, FAULT_KEY_INVALID, "the key in %s is in another file too", path);
    return FAULT_NONE;
}

enum fault key_files_read(const struct text *paths, size_t count, const enum algorithm *algorithms,
                          size_t algorithm_count, struct key_files *files, char *detail)
{
    files->arena = arena_create();
    for (size_t i = 0; i < count && i < KEY_FILES_MAX; i++)
        TRY(read_file(files, paths[i].base, algorithms, algorithm_count, detail));
    return FAULT_NONE;
}

void key_files_close(struct key_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        EVP_PKEY_free(files->items[i].key);
    arena_destroy(files->arena);
    *files = (struct key_files){0};
}
