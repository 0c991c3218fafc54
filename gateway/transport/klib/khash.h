/* What h2o's http2_internal.h expects of klib's khash.h, which its Debian package leaves out: the layout of the
 * table of streams and looking into it. http2_guard.c checks at each connection that the layout fits. Included
 * by that header alone. */
#ifndef TRANSPORT_KLIB_KHASH_H
#define TRANSPORT_KLIB_KHASH_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t khiter_t;

#define khash_t(name) struct kh_##name

/* Two bits a bucket in states: 2 is empty, 1 is deleted. */
#define KHASH_MAP_INIT_INT64(name, value_type)                                                                 \
    khash_t(name)                                                                                              \
    {                                                                                                          \
        uint32_t n_buckets, size, n_occupied, upper_bound;                                                     \
        uint32_t *states;                                                                                      \
        uint64_t *keys;                                                                                        \
        value_type *vals;                                                                                      \
    };

#define kh_end(table)             ((table)->n_buckets)
#define kh_val(table, bucket)     ((table)->vals[bucket])
#define kh_is_used(table, bucket) ((((table)->states[(bucket) / 16] >> ((bucket) % 16 * 2)) & 3) == 0)
/* For the few who look one stream up: every bucket is looked at. */
#define kh_get(name, table, key) kh_bucket_of((table)->states, (table)->keys, (table)->n_buckets, (key))

static inline khiter_t kh_bucket_of(const uint32_t *states, const uint64_t *keys, uint32_t count, uint64_t key)
{
    khiter_t bucket = 0;
    while (bucket < count && (((states[bucket / 16] >> (bucket % 16 * 2)) & 3) != 0 || keys[bucket] != key))
        bucket++;
    return bucket;
}

#endif
