/* An image grows by doubling, as a log does that is appended to; what is beyond its length is zero. */
#include "file_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512 };

struct file_change {
    struct file_change *next;
    bool is_truncation;
    size_t offset, length; /* of a truncation only the length: the file's */
    unsigned char bytes[];
};

static void *allocate(size_t size)
{
    void *memory = calloc(1, size + 1);
    if (memory == NULL)
        abort();
    return memory;
}

static void resize(struct file_image *image, size_t length)
{
    if (length > image->capacity) {
        size_t capacity = length > 2 * image->capacity ? length : 2 * image->capacity;
        unsigned char *bytes = allocate(capacity);
        if (image->length != 0)
            memcpy(bytes, image->bytes, image->length);
        free(image->bytes);
        *image = (struct file_image){bytes, image->length, capacity};
    }
    if (length < image->length)
        memset(image->bytes + length, 0, image->length - length);
    image->length = length;
}

void file_image_free(struct file_image *image)
{
    free(image->bytes);
    *image = (struct file_image){0};
}

void file_image_read(struct file_image *image, const char *path)
{
    file_image_free(image);
    FILE *file = fopen(path, "rb");
    struct stat status;
    if (file == NULL || fstat(fileno(file), &status) != 0)
        abort();
    resize(image, (size_t)status.st_size);
    if (fread(image->bytes, 1, image->length, file) != image->length)
        abort();
    fclose(file);
}

void file_image_write(const struct file_image *image, const char *path)
{
    unlink(path);
    FILE *file = fopen(path, "wb");
    if (file == NULL || chmod(path, S_IRUSR | S_IWUSR) != 0 ||
        (image->length != 0 && fwrite(image->bytes, 1, image->length, file) != image->length) ||
        fclose(file) != 0)
        abort();
}

static struct file_change *add(struct file_changes *changes, size_t held)
{
    struct file_change *change = allocate(sizeof(*change) + held);
    if (changes->first == NULL)
        changes->first = change;
    else
        changes->last->next = change;
    changes->last = change;
    return change;
}

void file_changes_add_write(struct file_changes *changes, size_t offset, const void *bytes, size_t length)
{
    struct file_change *change = add(changes, length);
    change->offset = offset;
    change->length = length;
    memcpy(change->bytes, bytes, length);
}

void file_changes_add_truncation(struct file_changes *changes, size_t length)
{
    struct file_change *change = add(changes, 0);
    change->is_truncation = true;
    change->length = length;
}

static void put(struct file_image *image, size_t offset, const unsigned char *bytes, size_t length)
{
    if (offset + length > image->length)
        resize(image, offset + length);
    memcpy(image->bytes + offset, bytes, length);
}

static void make_write(const struct file_change *change, struct file_image *image, bool (*happens)(void))
{
    if (change->offset + change->length > image->length && happens())
        resize(image, change->offset + change->length);
    for (size_t at = 0; at < change->length;) {
        size_t rest = SECTOR - (change->offset + at) % SECTOR;
        size_t length = change->length - at < rest ? change->length - at : rest;
        if (happens())
            put(image, change->offset + at, change->bytes + at, length);
        at += length;
    }
}

void file_changes_make(const struct file_changes *changes, struct file_image *image, bool (*happens)(void))
{
    for (const struct file_change *change = changes->first; change != NULL; change = change->next) {
        if (!change->is_truncation)
            make_write(change, image, happens);
        else if (happens())
            resize(image, change->length);
    }
}

void file_changes_forget(struct file_changes *changes)
{
    for (struct file_change *change = changes->first, *next; change != NULL; change = next) {
        next = change->next;
        free(change);
    }
    *changes = (struct file_changes){0};
}
