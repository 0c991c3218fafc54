/* What a request body is made of, so that a place the gateway tells in it can be told as one of the files that
 * people wrote. Made where the files are put together (document_files.c), read where mistakes are printed
 * (gateway.c). */
#ifndef CLI_DOCUMENTS_SENT_PLACES_H
#define CLI_DOCUMENTS_SENT_PLACES_H

#include "base/arena.h"

/* Lines that follow one another in what is sent, and where they are from. */
struct sent_part {
    struct text source;   /* "b.yaml" */
    unsigned first_line;  /* in what is sent */
    unsigned lines;       /* 0: to its end */
    unsigned source_line; /* of the first */
    bool is_as_written;   /* else a document that was written anew: only where it begins is known */
};

struct sent_places {
    const struct sent_part *parts;
    size_t count;
};

/* Replaces a place in what was sent: false, and nothing is changed, where it is from no file. A column of 0
 * stands for one that nobody wrote; a line of 0 for the source as a whole. */
bool sent_places_find(const struct sent_places *places, struct text *source, unsigned *line, unsigned *column);
/* A sentence with the places in it ("already at request:12") replaced likewise. */
struct text sent_places_tell(const struct sent_places *places, struct arena *arena, struct text sentence);

#endif
