/* What the names in a schema refer to. Cedar language reference, "Schema": a name without a namespace means
 * that of the namespace it is written in, else that without one; a common type goes before an entity type. The
 * compiler of schemas calls this. */
#include "schema/schema_names.h"

/* What a name may refer to, nearest first: that of the namespace it is written in, then that without one. */
static size_t candidates(struct schema_names *names, struct text space, const struct written_path *path,
                         struct text full_names[2])
{
    size_t count = 0;
    if (!path->is_qualified && space.length != 0)
        full_names[count++] = schema_full_name(names->arena, space, path->text);
    full_names[count++] = path->text;
    return count;
}

static enum fault refuse_unknown(struct schema_names *names, const struct written_path *path,
                                 bool with_entities, bool with_commons)
{
    static const struct text own[] = {TEXT("Bool"),   TEXT("Long"),    TEXT("String"),   TEXT("Set"),
                                      TEXT("ipaddr"), TEXT("decimal"), TEXT("datetime"), TEXT("duration")};
    struct schema_guess guess = schema_guess_start(path->text);
    for (size_t i = 0; with_entities && i < names->entity_count; i++)
        schema_guess_offer(&guess, names->entities[i].name);
    for (size_t i = 0; with_commons && i < names->common_count; i++)
        schema_guess_offer(&guess, names->commons[i].name);
    for (size_t i = 0; with_commons && with_entities && i < sizeof(own) / sizeof(own[0]); i++)
        schema_guess_offer(&guess, own[i]);
    return schema_names_refuse(names, path->span,
                               arena_print(names->arena, "there is no %stype %.*s%.*s",
                                           with_commons ? "" : "entity ",
                                           TEXT_ARGUMENTS(schema_quote(names->arena, path->text)),
                                           TEXT_ARGUMENTS(schema_guess_text(names->arena, &guess))));
}

enum fault schema_resolve_entity(struct schema_names *names, struct text space, const struct written_path *path,
                                 const struct named_entity **entity)
{
    struct text full_names[2];
    size_t count = candidates(names, space, path, full_names);
    for (size_t i = 0; i < count; i++)
        if ((*entity = schema_names_entity(names, full_names[i])) != NULL)
            return FAULT_NONE;
    return refuse_unknown(names, path, true, false);
}

enum fault schema_resolve_action(struct schema_names *names, struct text space,
                                 const struct written_action_reference *reference,
                                 const struct named_action **action)
{
    struct written_path type = reference->type;
    if (type.text.length == 0)
        type.text = TEXT("Action");
    struct text full_names[2];
    size_t count = candidates(names, space, &type, full_names);
    for (size_t i = 0; i < count; i++) {
        struct cedar_uid uid = {full_names[i], reference->id};
        if ((*action = schema_names_action(names, &uid)) != NULL)
            return FAULT_NONE;
    }
    struct schema_guess guess = schema_guess_start(reference->id);
    for (size_t i = 0; i < names->action_count; i++)
        schema_guess_offer(&guess, names->actions[i].uid.id);
    return schema_names_refuse(names, reference->span,
                               arena_print(names->arena, "there is no action %.*s here%.*s",
                                           TEXT_ARGUMENTS(schema_quote(names->arena, reference->id)),
                                           TEXT_ARGUMENTS(schema_guess_text(names->arena, &guess))));
}

/* Cedar's own types, which a declaration without a namespace may hide; "__cedar::Long" always is one. */
static const struct schema_type *find_own(struct text name)
{
    static const struct {
        struct text name;
        enum schema_type_kind kind;
    } own[] = {{TEXT("Bool"), TYPE_BOOL},        {TEXT("Long"), TYPE_LONG},
               {TEXT("String"), TYPE_STRING},    {TEXT("ipaddr"), TYPE_IPADDR},
               {TEXT("decimal"), TYPE_DECIMAL},  {TEXT("datetime"), TYPE_DATETIME},
               {TEXT("duration"), TYPE_DURATION}};
    if (text_starts_with(name, TEXT("__cedar::")))
        name = (struct text){name.base + 9, name.length - 9};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (text_equal(own[i].name, name))
            return schema_simple_type(own[i].kind);
    return NULL;
}

static bool is_type_of_actions(const struct schema_names *names, struct text name)
{
    for (size_t i = 0; i < names->action_count; i++)
        if (text_equal(names->actions[i].uid.type, name))
            return true;
    return false;
}

static enum fault make_common(struct schema_names *names, struct named_common *common,
                              struct cedar_span reference, const struct schema_type **type)
{
    if (common->is_open)
        return schema_names_refuse(
            names, reference,
            arena_print(names->arena, "the type %.*s would be inside itself", TEXT_ARGUMENTS(common->name)));
    if (common->type == NULL) {
        common->is_open = true;
        TRY(schema_resolve_type(names, common->written->space, common->written->type, &common->type));
        common->is_open = false;
    }
    *type = common->type;
    return FAULT_NONE;
}

static enum fault resolve_path(struct schema_names *names, struct text space, const struct written_path *path,
                               bool with_entities, const struct schema_type **type)
{
    struct text full_names[2];
    size_t count = candidates(names, space, path, full_names);
    for (size_t i = 0; i < count; i++) {
        struct named_common *common = schema_names_common(names, full_names[i]);
        if (common != NULL)
            return make_common(names, common, path->span, type);
        const struct named_entity *entity = schema_names_entity(names, full_names[i]);
        bool is_entity = entity != NULL || is_type_of_actions(names, full_names[i]);
        if (is_entity && with_entities) {
            *type = schema_entity_of(names->arena, full_names[i]);
            return FAULT_NONE;
        }
        bool is_bare = i + 1 == count;
        if (!is_entity && is_bare && (*type = find_own(full_names[i])) != NULL)
            return FAULT_NONE;
    }
    return refuse_unknown(names, path, with_entities, true);
}

static enum fault resolve_record(struct schema_names *names, struct text space,
                                 const struct written_type *written, const struct schema_type **type)
{
    struct schema_attribute *attributes =
        ARENA_ARRAY(names->arena, struct schema_attribute, written->attribute_count + 1);
    size_t count = 0;
    for (const struct written_attribute *attribute = written->attributes; attribute != NULL;
         attribute = attribute->next) {
        struct schema_attribute *made = &attributes[count++];
        *made = (struct schema_attribute){.name = attribute->name, .is_required = !attribute->is_optional};
        TRY(schema_resolve_type(names, space, attribute->type, &made->type));
    }
    *type = schema_record_of(names->arena, attributes, count);
    for (size_t i = 1; i < count; i++)
        if (text_equal(attributes[i - 1].name, attributes[i].name))
            return schema_names_refuse(
                names, written->span,
                arena_print(names->arena, "the attribute %.*s stands twice in this record",
                            TEXT_ARGUMENTS(schema_quote(names->arena, attributes[i].name))));
    return FAULT_NONE;
}

enum fault schema_resolve_type(struct schema_names *names, struct text space,
                               const struct written_type *written, const struct schema_type **type)
{
    const struct schema_type *element = NULL;
    if (++names->depth > CEDAR_DEPTH_MAX)
        return schema_names_refuse(names, written->span, TEXT("types stand too deep inside each other here"));
    if (written->kind == WRITTEN_RECORD) {
        TRY(resolve_record(names, space, written, type));
    } else if (written->kind == WRITTEN_SET) {
        TRY(schema_resolve_type(names, space, written->element, &element));
        *type = schema_set_of(names->arena, element);
    } else {
        TRY(resolve_path(names, space, &written->path, true, type));
    }
    names->depth--;
    return (*type)->weight <= SCHEMA_TYPE_WEIGHT_MAX && (*type)->depth <= SCHEMA_TYPE_DEPTH_MAX
               ? FAULT_NONE
               : schema_names_refuse(names, written->span,
                                     TEXT("this type has too many parts, or too many inside each other"));
}

enum fault schema_resolve_common(struct schema_names *names, struct text space,
                                 const struct written_type *written, const struct schema_type **type)
{
    return written->kind == WRITTEN_PATH ? resolve_path(names, space, &written->path, false, type)
                                         : schema_resolve_type(names, space, written, type);
}
