/* memfd_create(2) with every seal on it. */
#include "programs/sealed_document.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static bool write_all(int descriptor, struct text rest)
{
    while (rest.length != 0) {
        ssize_t written = write(descriptor, rest.base, rest.length);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0)
            rest = (struct text){rest.base + written, rest.length - (size_t)written};
    }
    return true;
}

int sealed_document_make(struct text document)
{
    const int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
    int descriptor = memfd_create("dragoman-document", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor >= 0 && write_all(descriptor, document) && fcntl(descriptor, F_ADD_SEALS, seals) == 0)
        return descriptor;
    int error = errno;
    if (descriptor >= 0)
        close(descriptor);
    errno = error;
    return -1;
}
