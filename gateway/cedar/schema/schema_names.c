/* The names a schema declares. Cedar language reference, "Schema": a name belongs to its namespace, may not be
 * one of Cedar's own, and may not hide one that has no namespace (RFC 70). References are
 * schema_resolution.c's. */
#include "schema/schema_names.h"

#include <stdlib.h>
#include <string.h>

enum fault schema_names_refuse(const struct schema_names *names, struct cedar_span span, struct text sentence)
{
    *names->mistake = (struct cedar_mistake){.source = names->source, .span = span, .sentence = sentence};
    return FAULT_POLICY_INVALID;
}

struct text schema_full_name(struct arena *arena, struct text space, struct text name)
{
    const struct text parts[] = {space, TEXT("::"), name};
    return space.length == 0 ? name : arena_join(arena, parts, 3);
}

static int compare_entities(const void *a, const void *b)
{
    return text_compare(((const struct named_entity *)a)->name, ((const struct named_entity *)b)->name);
}

static int compare_commons(const void *a, const void *b)
{
    return text_compare(((const struct named_common *)a)->name, ((const struct named_common *)b)->name);
}

static int compare_actions(const void *a, const void *b)
{
    return cedar_uid_compare(&((const struct named_action *)a)->uid, &((const struct named_action *)b)->uid);
}

const struct named_entity *schema_names_entity(const struct schema_names *names, struct text full_name)
{
    struct named_entity wanted = {.name = full_name};
    return names->entity_count == 0
               ? NULL
               : bsearch(&wanted, names->entities, names->entity_count, sizeof(wanted), compare_entities);
}

const struct named_action *schema_names_action(const struct schema_names *names, const struct cedar_uid *uid)
{
    struct named_action wanted = {.uid = *uid};
    return names->action_count == 0
               ? NULL
               : bsearch(&wanted, names->actions, names->action_count, sizeof(wanted), compare_actions);
}

struct named_common *schema_names_common(const struct schema_names *names, struct text full_name)
{
    struct named_common wanted = {.name = full_name};
    return names->common_count == 0
               ? NULL
               : bsearch(&wanted, names->commons, names->common_count, sizeof(wanted), compare_commons);
}

static bool has_reserved_part(struct text name)
{
    while (name.length != 0) {
        struct text part = text_cut(&name, ':');
        if (text_is(part, "__cedar"))
            return true;
    }
    return false;
}

static enum fault check_declared(const struct schema_names *names, struct text space, struct text name,
                                 struct cedar_span span)
{
    if (text_is(name, "__cedar"))
        return schema_names_refuse(names, span, TEXT("names with \"__cedar\" are Cedar's own"));
    if (space.length == 0)
        return FAULT_NONE;
    if (schema_names_entity(names, name) == NULL && schema_names_common(names, name) == NULL)
        return FAULT_NONE;
    return schema_names_refuse(names, span,
                               arena_print(names->arena,
                                           "this hides the %.*s that has no namespace; one needs another name",
                                           TEXT_ARGUMENTS(name)));
}

static enum fault check_entities(const struct schema_names *names)
{
    for (size_t i = 0; i < names->entity_count; i++) {
        const struct written_entity *written = names->entities[i].written;
        if (i != 0 && text_equal(names->entities[i - 1].name, names->entities[i].name))
            return schema_names_refuse(names, written->span, TEXT("this entity type is declared twice"));
        if (text_is(written->name, "Action"))
            return schema_names_refuse(names, written->span,
                                       TEXT("\"Action\" is the type of actions; they are declared as such"));
        TRY(check_declared(names, written->space, written->name, written->span));
    }
    return FAULT_NONE;
}

static enum fault check_commons(const struct schema_names *names)
{
    static const char *const reserved[] = {"Bool", "Boolean", "Entity", "Extension",
                                           "Long", "Record",  "Set",    "String"};
    for (size_t i = 0; i < names->common_count; i++) {
        const struct written_common *written = names->commons[i].written;
        if (i != 0 && text_equal(names->commons[i - 1].name, names->commons[i].name))
            return schema_names_refuse(names, written->span, TEXT("this type is declared twice"));
        for (size_t j = 0; j < sizeof(reserved) / sizeof(reserved[0]); j++)
            if (text_is(written->name, reserved[j]))
                return schema_names_refuse(names, written->span,
                                           TEXT("this is the name of one of Cedar's own types"));
        TRY(check_declared(names, written->space, written->name, written->span));
    }
    return FAULT_NONE;
}

static enum fault check_actions(const struct schema_names *names)
{
    for (size_t i = 0; i < names->action_count; i++) {
        const struct written_action *written = names->actions[i].written;
        struct cedar_uid bare = {TEXT("Action"), written->id};
        if (i != 0 && cedar_uid_equal(&names->actions[i - 1].uid, &names->actions[i].uid))
            return schema_names_refuse(names, written->span, TEXT("this action is declared twice"));
        if (written->space.length != 0 && schema_names_action(names, &bare) != NULL)
            return schema_names_refuse(
                names, written->span,
                TEXT("this hides the action of this name that has no namespace; one needs another name"));
    }
    return FAULT_NONE;
}

static enum fault check_sizes(const struct schema_names *names, const struct written_schema *written)
{
    const struct cedar_span whole = {0, 0};
    if (written->entity_count > SCHEMA_NAMES_MAX || written->action_count > SCHEMA_NAMES_MAX)
        return schema_names_refuse(names, whole,
                                   arena_print(names->arena,
                                               "a schema has at most %d entity types and as many actions",
                                               SCHEMA_NAMES_MAX));
    for (const struct written_path *space = written->spaces; space != NULL; space = space->next)
        if (has_reserved_part(space->text))
            return schema_names_refuse(names, space->span, TEXT("names with \"__cedar\" are Cedar's own"));
    return FAULT_NONE;
}

static void gather(struct schema_names *names, const struct written_schema *written)
{
    struct arena *arena = names->arena;
    names->entities = ARENA_ARRAY(arena, struct named_entity, written->entity_count + 1);
    names->actions = ARENA_ARRAY(arena, struct named_action, written->action_count + 1);
    names->commons = ARENA_ARRAY(arena, struct named_common, written->common_count + 1);
    for (const struct written_entity *entity = written->entities; entity != NULL; entity = entity->next)
        names->entities[names->entity_count++] =
            (struct named_entity){schema_full_name(arena, entity->space, entity->name), entity};
    for (const struct written_action *action = written->actions; action != NULL; action = action->next)
        names->actions[names->action_count++] =
            (struct named_action){{schema_full_name(arena, action->space, TEXT("Action")), action->id}, action};
    for (const struct written_common *common = written->commons; common != NULL; common = common->next)
        names->commons[names->common_count++] = (struct named_common){
            .name = schema_full_name(arena, common->space, common->name), .written = common};
    qsort(names->entities, names->entity_count, sizeof(*names->entities), compare_entities);
    qsort(names->actions, names->action_count, sizeof(*names->actions), compare_actions);
    qsort(names->commons, names->common_count, sizeof(*names->commons), compare_commons);
}

enum fault schema_names_gather(struct schema_names *names, const struct written_schema *written)
{
    TRY(check_sizes(names, written));
    gather(names, written);
    TRY(check_entities(names));
    TRY(check_commons(names));
    return check_actions(names);
}
