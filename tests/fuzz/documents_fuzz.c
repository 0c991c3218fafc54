/* Documents as people write them: YAML or JSON to bound documents, then what they say about each other. What is
 * good comes back the same from its own YAML; what is wrong is said in words that are safe on a terminal, at a
 * line that exists. */
#include <string.h>

#include "config/documents.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct text source = TEXT("gateway.yaml");
static const struct document_file no_file = {.path = ""};

static unsigned lines_of(struct text content)
{
    unsigned lines = 1;
    for (size_t i = 0; i < content.length; i++) /* YAML 1.1 ends a line with CR, LF, NEL, LS and PS */
        lines += (content.base[i] & 0x80) != 0 || content.base[i] == '\n' || content.base[i] == '\r';
    return lines;
}

static void check_mistake(const struct mistake *mistake, unsigned lines)
{
    INVARIANT(mistake->sentence.length != 0 && text_is_printable(mistake->sentence));
    INVARIANT(mistake->line <= lines + 1 && (mistake->line == 0) == (mistake->column == 0));
    INVARIANT(mistake->source.length == 0 || text_equal(mistake->source, source));
}

/* What `dragoman get -o yaml` would print must be what was read. */
static void check_body(const struct document *document)
{
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER yaml = {0};
    struct documents again;
    document_body_to_yaml(document->body, &yaml);
    documents_init(&again, arena);
    documents_read(&again, source, buffer_text(&yaml));
    INVARIANT(again.count == 1 && again.mistake_count == 0);
    INVARIANT(again.items[0]->kind == document->kind && text_equal(again.items[0]->name, document->name));
    INVARIANT(text_equal(again.items[0]->body, document->body));
}

static void check_document(const struct documents *documents, const struct document *document)
{
    enum document_kind kind;
    INVARIANT(document_kind_parse(text_of(document_kind_name(document->kind)), &kind) &&
              kind == document->kind);
    INVARIANT(document->name.length != 0 && text_is_printable(document->name));
    INVARIANT(documents_find(documents, document->kind, document->name) != NULL);
    check_body(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct text content = {(const char *)bytes, size};
    SCOPED_ARENA arena = arena_create();
    struct documents documents;
    documents_init(&documents, arena);
    documents.given = &no_file; /* whatever a document names: the fuzzer finds only what it made itself */
    documents_read(&documents, source, content);
    for (size_t i = 0; i < documents.count; i++)
        check_document(&documents, documents.items[i]);
    documents_check_references(&documents);
    INVARIANT(documents.mistake_count <= DOCUMENTS_MISTAKES_MAX);
    for (size_t i = 0; i < documents.mistake_count; i++)
        check_mistake(&documents.mistakes[i], lines_of(content));
    if (documents.mistake_count == 0)
        INVARIANT(documents.refused_count == 0 && documents_gateway(&documents) != NULL);
    return 0;
}
