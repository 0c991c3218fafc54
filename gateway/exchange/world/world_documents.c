/* By what adapters are told that documents are not what they were: what they remember was decided by those. A
 * digest, so that a gateway that starts again, or another one on the same documents, says the same. */
#include "base/digest.h"
#include "exchange/world.h"

enum { NAME_BYTES = 16 };

/* Policies may stand in files of their own, which the documents only name. */
struct text world_documents_name(struct arena *arena, const struct world *world)
{
    const struct documents *documents = &world->documents;
    struct text *parts = ARENA_ARRAY(arena, struct text, documents->count + 1);
    unsigned char digest[DIGEST_SIZE];
    char hexadecimal[2 * DIGEST_SIZE + 1];
    for (size_t i = 0; i < documents->count; i++)
        parts[i] = documents->items[i]->body;
    parts[documents->count] = policy_book_version(world->policies.set.book);
    digest_parts(parts, documents->count + 1, digest);
    digest_hex(digest, hexadecimal);
    return arena_copy(arena, (struct text){hexadecimal, 2 * NAME_BYTES});
}
