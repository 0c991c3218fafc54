/* Reading the documents a process starts with, for all commands of dragomand. */
#include "supervisor/supervisor.h"

bool start_documents_are_good(struct documents *documents, bool is_whole)
{
    if (is_whole || documents_gateway(documents) == NULL)
        documents_check_references(documents);
    return documents->mistake_count == 0;
}

bool start_documents_read(struct documents *documents, const struct configuration *configuration)
{
    documents_take_settings(documents, configuration->settings, configuration->setting_count);
    documents_read_path(documents, configuration->path);
    return start_documents_are_good(documents, false);
}
