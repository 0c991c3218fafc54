/* From a schema as it is written to one that can be asked. Cedar language reference, "Schema". Whoever loads a
 * schema calls this once; what comes out is read by any number of threads. */
#include <string.h>

#include "schema/schema_model.h"
#include "schema/schema_names.h"

struct schema_compiler {
    struct schema_names names;
    struct schema_entity *entities; /* in the order of names.entities */
    struct schema_action *actions;
    size_t environment_count;
};

/* From direct ancestors to all, in place: Warshall's way, with a bit for every pair. */
static void close_over(unsigned char *bits, size_t count)
{
    size_t row = (count + 7) / 8;
    for (size_t through = 0; through < count; through++)
        for (size_t from = 0; from < count; from++)
            if (from != through && schema_bit(bits + from * row, through))
                for (size_t i = 0; i < row; i++)
                    bits[from * row + i] |= bits[through * row + i];
}

static void set_bit(unsigned char *bits, size_t index)
{
    bits[index / 8] |= (unsigned char)(1 << (index % 8));
}

static const struct text *copy_ids(struct arena *arena, const struct written_string *written, size_t *count)
{
    *count = 0;
    for (const struct written_string *id = written; id != NULL; id = id->next)
        (*count)++;
    struct text *ids = ARENA_ARRAY(arena, struct text, *count + 1);
    for (size_t i = 0; written != NULL; written = written->next)
        ids[i++] = written->text;
    return ids;
}

static enum fault compile_entity(struct schema_compiler *compiler, size_t index, unsigned char *ancestors)
{
    struct schema_names *names = &compiler->names;
    const struct written_entity *written = names->entities[index].written;
    struct schema_entity *entity = &compiler->entities[index];
    *entity = (struct schema_entity){.name = names->entities[index].name,
                                     .index = index,
                                     .type = schema_entity_of(names->arena, names->entities[index].name),
                                     .record = &schema_record_empty,
                                     .ancestors = ancestors};
    for (const struct written_path *parent = written->parents; parent != NULL; parent = parent->next) {
        const struct named_entity *named = NULL;
        TRY(schema_resolve_entity(names, written->space, parent, &named));
        set_bit(ancestors, (size_t)(named - names->entities));
    }
    if (written->record != NULL)
        TRY(schema_resolve_type(names, written->space, written->record, &entity->record));
    if (written->tags != NULL)
        TRY(schema_resolve_type(names, written->space, written->tags, &entity->tags));
    if (written->ids != NULL)
        entity->ids = copy_ids(names->arena, written->ids, &entity->id_count);
    return FAULT_NONE;
}

static enum fault compile_entities(struct schema_compiler *compiler)
{
    size_t count = compiler->names.entity_count, row = (count + 7) / 8;
    unsigned char *bits = arena_allocate(compiler->names.arena, count * row + 1);
    compiler->entities = ARENA_ARRAY(compiler->names.arena, struct schema_entity, count + 1);
    for (size_t i = 0; i < count; i++)
        TRY(compile_entity(compiler, i, bits + i * row));
    close_over(bits, count);
    for (size_t i = 0; i < count; i++) {
        compiler->entities[i].is_nested = schema_bit(bits + i * row, i);
        set_bit(bits + i * row, i);
    }
    return FAULT_NONE;
}

static enum fault compile_applied(struct schema_compiler *compiler, struct text space,
                                  const struct written_path *paths, const struct schema_entity ***result,
                                  size_t *result_count)
{
    size_t count = 0;
    for (const struct written_path *path = paths; path != NULL; path = path->next)
        count++;
    *result = ARENA_ARRAY(compiler->names.arena, const struct schema_entity *, count + 1);
    *result_count = 0;
    for (const struct written_path *path = paths; path != NULL; path = path->next) {
        const struct named_entity *named = NULL;
        TRY(schema_resolve_entity(&compiler->names, space, path, &named));
        const struct schema_entity *entity = &compiler->entities[named - compiler->names.entities];
        bool is_new = true; /* a type that is listed twice is one all the same */
        for (size_t i = 0; i < *result_count; i++)
            is_new = is_new && (*result)[i] != entity;
        if (is_new)
            (*result)[(*result_count)++] = entity;
    }
    return FAULT_NONE;
}

static enum fault compile_context(struct schema_compiler *compiler, const struct written_action *written,
                                  struct schema_action *action)
{
    const struct written_type *context = written->applies->context;
    if (context == NULL)
        return FAULT_NONE;
    TRY(schema_resolve_common(&compiler->names, written->space, context, &action->context));
    return action->context->kind == TYPE_RECORD
               ? FAULT_NONE
               : schema_names_refuse(
                     &compiler->names, context->span,
                     arena_print(compiler->names.arena, "a context is a record, but this is %.*s",
                                 TEXT_ARGUMENTS(schema_type_text(compiler->names.arena, action->context))));
}

static enum fault compile_action(struct schema_compiler *compiler, size_t index, unsigned char *ancestors)
{
    struct schema_names *names = &compiler->names;
    const struct written_action *written = names->actions[index].written;
    struct schema_action *action = &compiler->actions[index];
    *action = (struct schema_action){.uid = names->actions[index].uid,
                                     .index = index,
                                     .type = schema_entity_of(names->arena, names->actions[index].uid.type),
                                     .context = &schema_record_empty,
                                     .ancestors = ancestors};
    for (const struct written_action_reference *parent = written->parents; parent != NULL;
         parent = parent->next) {
        const struct named_action *named = NULL;
        TRY(schema_resolve_action(names, written->space, parent, &named));
        set_bit(ancestors, (size_t)(named - names->actions));
    }
    if (written->applies == NULL)
        return FAULT_NONE;
    TRY(compile_applied(compiler, written->space, written->applies->principals, &action->principals,
                        &action->principal_count));
    TRY(compile_applied(compiler, written->space, written->applies->resources, &action->resources,
                        &action->resource_count));
    compiler->environment_count += action->principal_count * action->resource_count;
    if (compiler->environment_count > SCHEMA_ENVIRONMENTS_MAX)
        return schema_names_refuse(
            names, written->span,
            arena_print(names->arena,
                        "with this action there are more than %d ways to put a principal, an "
                        "action and a resource together",
                        SCHEMA_ENVIRONMENTS_MAX));
    return compile_context(compiler, written, action);
}

static enum fault compile_actions(struct schema_compiler *compiler)
{
    size_t count = compiler->names.action_count, row = (count + 7) / 8;
    unsigned char *bits = arena_allocate(compiler->names.arena, count * row + 1);
    compiler->actions = ARENA_ARRAY(compiler->names.arena, struct schema_action, count + 1);
    for (size_t i = 0; i < count; i++)
        TRY(compile_action(compiler, i, bits + i * row));
    close_over(bits, count);
    for (size_t i = 0; i < count; i++) {
        if (schema_bit(bits + i * row, i))
            return schema_names_refuse(&compiler->names, compiler->names.actions[i].written->span,
                                       TEXT("this action would be in itself"));
        set_bit(bits + i * row, i);
    }
    return FAULT_NONE;
}

/* Those that nothing refers to are to be right all the same. */
static enum fault compile_commons(struct schema_compiler *compiler)
{
    struct schema_names *names = &compiler->names;
    for (size_t i = 0; i < names->common_count; i++) {
        const struct written_common *written = names->commons[i].written;
        const struct written_type reference = {.kind = WRITTEN_PATH,
                                               .span = written->span,
                                               .path = {.text = written->name, .span = written->span}};
        const struct schema_type *type = NULL;
        TRY(schema_resolve_type(names, written->space, &reference, &type));
    }
    return FAULT_NONE;
}

static enum fault check_text(struct text text, struct cedar_mistake *mistake)
{
    *mistake = (struct cedar_mistake){.source = text};
    if (text.length > CEDAR_POLICY_BYTES_MAX)
        mistake->sentence = TEXT("a schema has at most 1 MiB");
    else if (!text_is_utf8(text))
        mistake->sentence = TEXT("the schema is not UTF-8");
    return mistake->sentence.length == 0 ? FAULT_NONE : FAULT_POLICY_INVALID;
}

enum fault cedar_schema_parse(struct arena *arena, struct text text, struct cedar_schema **schema,
                              struct cedar_mistake *mistake)
{
    TRY(check_text(text, mistake));
    struct written_schema written;
    struct text source = arena_copy(arena, text);
    struct schema_compiler compiler = {.names = {.arena = arena, .source = source, .mistake = mistake}};
    mistake->source = source;
    TRY(schema_written_parse(arena, source, &written, mistake));
    TRY(schema_names_gather(&compiler.names, &written));
    TRY(compile_commons(&compiler));
    TRY(compile_entities(&compiler));
    TRY(compile_actions(&compiler));
    *schema = ARENA_NEW(arena, struct cedar_schema);
    **schema = (struct cedar_schema){.entities = compiler.entities,
                                     .entity_count = compiler.names.entity_count,
                                     .actions = compiler.actions,
                                     .action_count = compiler.names.action_count};
    return FAULT_NONE;
}
