/* One row per field that people may write: name, type, default, range, where its value goes, one sentence of
 * help. The same rows make the binder, its messages, docs/reference and schema/documents.schema.json. */
#ifndef CONFIG_DOCUMENT_FIELDS_H
#define CONFIG_DOCUMENT_FIELDS_H

#include "config/danger.h"
#include "config/document.h"
#include "document_values.h"

enum field_shape { FIELD_ONE, FIELD_LIST, FIELD_MAP, FIELD_GROUP, FIELD_GROUPS };

#define FIELD_NOT_KEPT SIZE_MAX

struct former_name;

struct field {
    const char *name; /* NULL ends a table */
    enum field_shape shape;
    enum value_type type;      /* of the value, the items or the members' values */
    enum value_type name_type; /* of a map's names */
    bool is_required;
    bool is_secret;             /* what was found is never repeated */
    const char *fallback;       /* the default as people would write it */
    const char *otherwise;      /* a default that depends on something else, in words */
    const char *unit;           /* of a number, as a noun in the plural; durations carry theirs */
    int64_t minimum, maximum;   /* of a number, a duration in seconds, or how many items */
    size_t offset;              /* in struct document or in the struct of a list's item, or FIELD_NOT_KEPT */
    const struct field *fields; /* of a group, or of each in a list of groups */
    size_t item_size;           /* of a list of groups: the struct each of them fills */
    const char *help;
    enum danger danger;    /* of a Gateway: what one of its values chooses */
    const char *dangerous; /* that value, as people would write it */
    const struct former_name *former;
    const char *restart; /* what of it holds only after a restart, in words; NULL: a reload is enough */
    bool is_optional; /* a group that means something by being there: it has no members unless it is written */
    const char *unless; /* the default holds only where this other member of the group is not written */
};

/* How a setting was called before: what is written by that name counts, with a warning. */
struct former_name {
    const char *path;         /* under spec */
    const char *since, *gone; /* the versions that renamed it and that will not know it */
};

struct kind_row {
    const char *name;
    const struct field *fields; /* of spec */
    const char *help;
};

/* Numbers of bytes may be written with a unit: 16KiB. */
static inline bool field_is_in_bytes(const struct field *field)
{
    return field->type == VALUE_INTEGER && field->unit != NULL && text_is(text_of(field->unit), "bytes");
}

const struct kind_row *kind_row(enum document_kind kind);
extern const struct field metadata_fields[];

#endif
