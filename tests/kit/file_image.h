/* The bytes of a file in memory, and changes to them that have been asked for and not been made. Fails the test
 * (aborts) where there is no memory or a file cannot be read or written. */
#ifndef KIT_FILE_IMAGE_H
#define KIT_FILE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

struct file_image {
    unsigned char *bytes;
    size_t length, capacity;
};

void file_image_read(struct file_image *image, const char *path);
/* Owner-only, in place of whatever is there. */
void file_image_write(const struct file_image *image, const char *path);
void file_image_free(struct file_image *image);

struct file_change;

struct file_changes {
    struct file_change *first, *last;
};

void file_changes_add_write(struct file_changes *changes, size_t offset, const void *bytes, size_t length);
void file_changes_add_truncation(struct file_changes *changes, size_t length);
/* In their order. happens is asked for each sector of 512 bytes, each truncation, and each growth, since the
 * length of a file is written apart from what is in it: what it grew by may read as zeros. */
void file_changes_make(const struct file_changes *changes, struct file_image *image, bool (*happens)(void));
void file_changes_forget(struct file_changes *changes);

#endif
