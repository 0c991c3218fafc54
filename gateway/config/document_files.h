/* Documents from files and folders, and where the files a document names are looked for. */
#ifndef CONFIG_DOCUMENT_FILES_H
#define CONFIG_DOCUMENT_FILES_H

#include "config/documents.h"

/* Whether this is a file of documents by its ending: .yaml, .yml, .json or .cedar. */
bool document_files_is_name(struct text name);
/* The folder a file lies in: "/etc/dragoman" of "/etc/dragoman/gateway.yaml"; "" for the working directory.
 * Borrowed. */
struct text document_files_folder(struct text name);
/* The content of a file that a document names, which from now on is one of the set's files; NULL, or why it
 * cannot be read. */
const char *document_files_read_named(struct documents *documents, struct text path, struct text *content);
/* A file as somebody in that folder names it. */
struct text document_files_resolve(struct arena *arena, struct text folder, struct text name);
/* What is to be laid over a Gateway document that stands in this folder (TEXT_NONE for none) becomes part of
 * the set's files: drop-ins, then settings. */
void document_files_note_layers(struct documents *documents, struct text folder);
/* documents.c: a stream whose file names start at folder; TEXT_NONE for none. */
void documents_read_from(struct documents *documents, struct text source, struct text folder,
                         struct text content);

#endif
