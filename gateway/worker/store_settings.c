/* Which engine, and how it is reached. */
#include "worker/store_settings.h"

#include "worker/store_files.h"

enum { MILLISECONDS = 1000 };

void store_settings_read(const struct gateway_document *gateway, unsigned queue_limit,
                         struct store_settings *settings)
{
    struct text password_file = gateway->postgres_password_file;
    settings->options =
        (struct store_options){.sqlite_path = gateway->store_path.base, .queue_limit = queue_limit};
    settings->postgres = (struct store_postgres_options){
        .connection = gateway->postgres_connection.base,
        .password_file = password_file.length != 0 ? password_file.base : NULL,
        .schema = gateway->postgres_schema.base,
        .connect_timeout_ms = gateway->postgres_connect_s * MILLISECONDS,
        .statement_timeout_ms = gateway->postgres_statement_s * MILLISECONDS,
        .answer_timeout_ms = gateway->postgres_answer_s * MILLISECONDS,
        .allows_weak_durability = gateway->postgres_is_weak,
    };
    if (gateway->postgres_connection.length != 0)
        settings->options.postgres = &settings->postgres;
}

struct text_list store_files(const struct gateway_document *gateway, struct arena *arena)
{
    struct text_list files = {.items = ARENA_ARRAY(arena, struct text, STORE_POSTGRES_FILES_MAX)};
    if (gateway->postgres_connection.length != 0)
        files.count = store_postgres_files(gateway->postgres_connection.base, arena, files.items);
    return files;
}
