/* Reading the documents a process starts with, for all commands of dragomand. */
#include <stdio.h>

#include "supervisor/supervisor.h"

bool start_documents_are_good(struct documents *documents, bool is_whole)
{
    if (is_whole || documents_gateway(documents) == NULL)
        documents_check_references(documents);
    SCOPED_BUFFER mistakes = {0};
    documents_print_mistakes(documents, &mistakes);
    if (mistakes.length != 0)
        fwrite(mistakes.base, 1, mistakes.length, stderr);
    return documents->mistake_count == 0;
}

bool start_documents_read(struct documents *documents, const struct configuration *configuration)
{
    documents_take_settings(documents, configuration->settings, configuration->setting_count);
    documents_read_path(documents, configuration->path);
    return start_documents_are_good(documents, false);
}
