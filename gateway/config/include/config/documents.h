/* Resource documents (kind, metadata, spec) as plain data: what people write, checked for shape, names and
 * ranges, with where each came from. What they mean together is compiled elsewhere (exchange/world). YAML or
 * JSON; unknown keys, doubled keys, anchors, tags and merge keys are mistakes. */
#ifndef CONFIG_DOCUMENTS_H
#define CONFIG_DOCUMENTS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/fault.h"
#include "config/document.h"

enum {
    DOCUMENTS_BYTES_MAX = 1024 * 1024, /* of one stream or file */
    DOCUMENTS_DEPTH_MAX = 32,          /* of lists and mappings */
    DOCUMENTS_STREAM_MAX = 1000,       /* documents in one stream */
    DOCUMENTS_MISTAKES_MAX = 1000,     /* of one set; the last one says that there are more */
};

/* One thing wrong, for people: "gateway.yaml:12:3: expected ..., found ...; did you mean ...?" A line of 0
 * stands for a source as a whole. */
struct mistake {
    struct text source;
    unsigned line, column;
    struct text sentence;
};

/* One file as it was read. */
struct document_file {
    const char *path;
    struct text content;
    bool is_named; /* no documents: a text that a document names and that is read along with it */
};

struct documents {
    struct arena *arena; /* borrowed: everything below lives there */
    struct document **items;
    size_t count, capacity;
    struct mistake *mistakes;
    size_t mistake_count, mistake_capacity;
    struct mistake *warnings; /* what is accepted, and will not be for ever */
    size_t warning_count, warning_capacity;
    struct document **refused; /* had mistakes: half read, kept so that naming one is no second mistake */
    size_t refused_count, refused_capacity;
    bool is_incomplete;          /* a syntax error swallowed whole documents */
    struct document_file *files; /* what came from files, in the order they were read */
    size_t file_count, file_capacity;
    const struct document_file *given; /* borrowed: instead of the files on disk that documents name */
    size_t given_count;
};

void documents_init(struct documents *documents, struct arena *arena);
/* Reads every document of a YAML or JSON stream and adds what is good; what is wrong is added to mistakes, all
 * of it. Files a document names are relative to the folder of source where that ends in .yaml, .yml or .json;
 * in a document from anywhere else ("store") a relative file name is a mistake. Copies what it keeps. */
void documents_read(struct documents *documents, struct text source, struct text content);
/* The same from a file, or from every *.yaml, *.yml, *.json and *.cedar of a directory in name order, but for
 * cases of `dragoman policy test`, which are called *.test.yaml. NAME.cedar is a document of kind Policy,
 * called NAME, that consists of its text. */
void documents_read_path(struct documents *documents, const char *path);
/* The same from all the files of a set that was read before, in their order: everything is as if each path had
 * this content, which is borrowed. */
void documents_read_files(struct documents *documents, const struct document_file *files, size_t count);
/* A file that somebody else has read becomes one of the set's files, so that lines of it can be shown. The
 * content is borrowed. */
void documents_note_file(struct documents *documents, const char *path, struct text content);
/* Makes another set's documents part of this one, by reference: the other's arena must outlive it. Mistakes
 * stay where they are. */
void documents_include(struct documents *documents, const struct documents *other);
/* References between documents (an AgentClass's issuer, a Target's domain, clients, issuers ...), doubled names
 * and identifiers: adds mistakes with the nearest known name. Call when all sources are read, store and files
 * alike: a set without any Gateway document is a mistake too. */
void documents_check_references(struct documents *documents);
/* The settings of the Gateway document, NULL if there is none. */
/* The file with a secret that a document of whatever kind names; TEXT_NONE: it names none. */
struct text document_secret_file(const struct document *document);
const struct gateway_document *documents_gateway(const struct documents *documents);
const struct document *documents_find(const struct documents *documents, enum document_kind kind,
                                      struct text name);
/* For ladders; TEXT_NONE without a document. */
struct text document_label(const struct document *document);
/* Adds a mistake found by whoever compiles documents, at the line of a field ("spec.token.algorithm"), or of
 * the nearest mapping around it that is written. NULL for the document as a whole. */
void documents_add_mistake(struct documents *documents, const struct document *document, const char *field,
                           struct text sentence);
/* The same at a line and column of a Policy's text, both from 1: told where they stand in its file, or, where
 * that is not known, at the text as a whole. */
void documents_add_policy_mistake(struct documents *documents, const struct document *document, unsigned line,
                                  unsigned column, struct text sentence);
/* The same where an adapter found it: a JSON pointer (RFC 6901) into the settings that stand at field. */
void documents_add_settings_mistake(struct documents *documents, const struct document *document,
                                    const char *field, struct text pointer, struct text sentence);
/* A line per mistake. */
void documents_print_mistakes(const struct documents *documents, struct buffer *out);
/* The same for warnings. */
void documents_print_warnings(const struct documents *documents, struct buffer *out);

/* What metadata.name may be. */
bool document_name_is_well_formed(struct text name);
const char *document_kind_name(enum document_kind kind); /* "AgentClass" */
bool document_kind_parse(struct text name, enum document_kind *kind);
/* A stream of one value that is no document, under the same rules of writing; NULL after adding a mistake. */
const struct json_value *document_value_from_yaml(struct documents *documents, struct text source,
                                                  struct text content);
/* Any value as YAML. */
void document_value_to_yaml(const struct json_value *value, struct buffer *out);
/* For `dragoman get -o yaml`: canonical JSON back as YAML. Nothing for what is not a document's body. */
void document_body_to_yaml(struct text body, struct buffer *out);

#endif
