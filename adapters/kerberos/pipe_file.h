/* Bytes for a library that reads a path alone, from a program that may write no file: they lie in a pipe, which
 * is opened by its descriptor and can be read exactly once. */
#ifndef KERBEROS_PIPE_FILE_H
#define KERBEROS_PIPE_FILE_H

#include "base/fault.h"
#include "base/text.h"

enum { PIPE_FILE_PATH_SIZE = 40 };

/* The descriptor that the path is good for until it is closed; -1: a pipe cannot be had, or does not hold that
 * much. What is held is a mebibyte at most, and 64 KiB where a pipe may not be made larger. */
MUST_USE int pipe_file_open(struct text bytes, char path[PIPE_FILE_PATH_SIZE]);

#endif
