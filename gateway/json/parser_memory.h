/* Memory for one run of yajl: a bump region inside this struct, which lives on the caller's stack, and the heap
 * for what does not fit. Wiped when given back, because the parser copies strings of tokens into it. */
#ifndef JSON_PARSER_MEMORY_H
#define JSON_PARSER_MEMORY_H

#include <stddef.h>

#include <yajl/yajl_common.h>

enum { PARSER_MEMORY_REGION = 4096 };

struct parser_memory {
    size_t used;
    _Alignas(16) unsigned char region[PARSER_MEMORY_REGION];
};

/* The allocation functions that yajl_alloc takes; valid as long as memory, whose used must be 0 at first. */
yajl_alloc_funcs parser_memory_functions(struct parser_memory *memory);
/* Wipes the region; blocks on the heap were wiped as they were freed. */
void parser_memory_wipe(struct parser_memory *memory);

#endif
