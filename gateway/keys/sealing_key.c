/* Reads and makes files with the sealing key, and refuses one that anybody else could have read or put there:
 * whoever has the key and a database copy has our private keys. */
#include "keys/sealing_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/private_file.h"
#include "base/random.h"

enum { HEX_LENGTH = 2 * SEALING_KEY_SIZE, BASE64URL_LENGTH = 43 };
_Static_assert(BASE64URL_LENGTH == BASE64URL_ENCODED_LENGTH(SEALING_KEY_SIZE), "the shorter spelling");

static void close_descriptor(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}
#define SCOPED_DESCRIPTOR __attribute__((cleanup(close_descriptor))) int

__attribute__((format(printf, 2, 3))) static enum fault refuse(char *detail, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, SEALING_KEY_DETAIL_SIZE, format, arguments);
    va_end(arguments);
    return FAULT_FILE_UNREADABLE;
}

static enum fault check_status(int descriptor, const char *path, char *detail)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return refuse(detail, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return refuse(detail, "%s is not a regular file", path);
    if (!private_file_is_kept(&status))
        return refuse(detail, "%s has mode %04o; group and others may have no access (chmod 600)", path,
                      (unsigned)(status.st_mode & 07777));
    if (status.st_uid != geteuid() && status.st_uid != 0)
        return refuse(detail, "%s belongs to user %u, who is neither this user nor root", path,
                      (unsigned)status.st_uid);
    return FAULT_NONE;
}

static int value_of_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    char lower = (char)(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool decode_hex(struct text text, unsigned char *out)
{
    for (size_t i = 0; i < text.length; i += 2) {
        int high = value_of_digit(text.base[i]), low = value_of_digit(text.base[i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i / 2] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static bool decode_line(struct text line, unsigned char key[SEALING_KEY_SIZE])
{
    size_t length = 0;
    if (line.length > 0 && line.base[line.length - 1] == '\n')
        line.length--;
    if (line.length == HEX_LENGTH)
        return decode_hex(line, key);
    return line.length == BASE64URL_LENGTH && base64url_decode(line, key, &length) &&
           length == SEALING_KEY_SIZE;
}

static ssize_t read_whole(int descriptor, char *out, size_t size)
{
    size_t filled = 0;
    while (filled < size) {
        ssize_t count = read(descriptor, out + filled, size - filled);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        if (count == 0)
            break;
        filled += (size_t)count;
    }
    return (ssize_t)filled;
}

struct secret *sealing_key_parse(struct text line)
{
    unsigned char bytes[SEALING_KEY_SIZE];
    struct secret *key = decode_line(line, bytes) ? secret_create(bytes, sizeof(bytes)) : NULL;
    secret_wipe(bytes, sizeof(bytes));
    return key;
}

enum fault sealing_key_read_file(const char *path, struct secret **key, char *detail)
{
    SCOPED_DESCRIPTOR descriptor = private_file_open(path);
    if (descriptor < 0)
        return errno == ELOOP ? refuse(detail, "%s is a symbolic link; name the file itself", path)
                              : refuse(detail, "%s: %s", path, strerror(errno));
    TRY(check_status(descriptor, path, detail));
    char line[SEALING_KEY_LINE_MAX + 1]; /* room to see that there is more */
    ssize_t length = read_whole(descriptor, line, sizeof(line));
    enum fault fault = FAULT_NONE;
    if (length < 0)
        fault = refuse(detail, "%s: %s", path, strerror(errno));
    else if ((*key = sealing_key_parse((struct text){line, (size_t)length})) == NULL)
        fault = refuse(detail, "%s must hold one line of %d hexadecimal digits or %d base64url characters",
                       path, HEX_LENGTH, BASE64URL_LENGTH);
    secret_wipe(line, sizeof(line));
    return fault;
}

static bool write_whole(int descriptor, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t count = write(descriptor, bytes, length);
        if (count < 0 && errno != EINTR)
            return false;
        if (count > 0) {
            bytes += count;
            length -= (size_t)count;
        }
    }
    return fsync(descriptor) == 0;
}

enum fault sealing_key_make_file(const char *path, char *detail)
{
    SCOPED_DESCRIPTOR descriptor =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (descriptor < 0)
        return refuse(detail, "%s: %s", path, strerror(errno));
    unsigned char bytes[SEALING_KEY_SIZE];
    char line[BASE64URL_LENGTH + 1];
    random_bytes(bytes, sizeof(bytes));
    base64url_encode(bytes, sizeof(bytes), line);
    line[BASE64URL_LENGTH] = '\n';
    bool is_written = write_whole(descriptor, line, sizeof(line));
    int cause = errno;
    secret_wipe(bytes, sizeof(bytes));
    secret_wipe(line, sizeof(line));
    if (is_written)
        return FAULT_NONE;
    unlink(path);
    return refuse(detail, "%s: %s", path, strerror(cause));
}
