/* See asking.h. */
#include "asking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "made_by_hand.h"

const struct cedar_expression *expression_in(struct arena *arena, const char *text)
{
    const struct cedar_expression *expression = NULL;
    struct cedar_mistake mistake = {0};
    if (cedar_expression_parse(arena, text_of(text), &expression, &mistake) != FAULT_NONE)
        fail_msg("%s: %.*s", text, TEXT_ARGUMENTS(mistake.sentence));
    return expression;
}

static const struct cedar_record *record(struct asking *asking, const char *text)
{
    struct cedar_value value;
    struct cedar_error error;
    const struct cedar_expression *expression = expression_in(asking->arena, text);
    assert_int_equal(cedar_evaluate(asking->arena, expression, asking->entities, &asking->request,
                                    CEDAR_WORK_DEFAULT, &value, &error),
                     FAULT_NONE);
    assert_int_equal(value.kind, CEDAR_RECORD);
    return value.record;
}

void asking_begin(struct asking *asking, struct arena *arena)
{
    struct cedar_uid culprit;
    asking->arena = arena;
    asking->request = (struct cedar_request){uid_of("Agent::a"), uid_of("Action::read"), uid_of("Doc::none"),
                                             &cedar_record_empty};
    asking->entities = cedar_entities_create(arena, NULL);
    assert_int_equal(cedar_entities_seal(asking->entities, &culprit), FAULT_NONE);
    const struct cedar_record *attributes = record(asking, "{risk: 7, owner: User::\"u\"}");
    const struct cedar_record *tags = record(asking, "{env: \"prod\"}");
    asking->request.context = record(asking, "{n: 1, s: \"text\", deep: {er: true}, set: [1, 2]}");
    struct cedar_entities *entities = cedar_entities_create(arena, NULL);
    const struct cedar_entity agent = {.uid = uid_of("Agent::a"),
                                       .attributes = attributes,
                                       .tags = tags,
                                       .parents = uid_in(arena, "Team::t"),
                                       .parent_count = 1};
    assert_true(cedar_entities_add(entities, &agent));
    add_entity(arena, entities, "Team::t", "Org::o");
    add_entity(arena, entities, "Action::read", "Action::any");
    assert_int_equal(cedar_entities_seal(entities, &culprit), FAULT_NONE);
    asking->entities = entities;
}

static bool is_answered(struct asking *asking, const struct asked *asked, struct buffer *out,
                        struct text *place)
{
    struct cedar_value value;
    struct cedar_error error;
    const struct cedar_expression *expression = expression_in(asking->arena, asked->expression);
    *place = TEXT_NONE;
    if (cedar_evaluate(asking->arena, expression, asking->entities, &asking->request, CEDAR_WORK_DEFAULT,
                       &value, &error) == FAULT_NONE) {
        cedar_value_print(&value, out);
        return text_is(buffer_text(out), asked->answer) && asked->place == NULL;
    }
    buffer_append(out, error.sentence);
    *place = (struct text){asked->expression + error.span.offset, error.span.length};
    return text_is(error.sentence, asked->answer) && asked->place != NULL && text_is(*place, asked->place);
}

void assert_all_answered(const struct asked *asked, size_t count)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < count; i++) {
        SCOPED_ARENA arena = arena_create();
        SCOPED_BUFFER out = {0};
        struct asking asking;
        struct text place;
        asking_begin(&asking, arena);
        if (is_answered(&asking, &asked[i], &out, &place))
            continue;
        print_message("%s\n    is %.*s at '%.*s'\n    not %s at '%s'\n", asked[i].expression,
                      TEXT_ARGUMENTS(buffer_text(&out)), TEXT_ARGUMENTS(place), asked[i].answer,
                      asked[i].place != NULL ? asked[i].place : "");
        wrong++;
    }
    assert_int_equal(wrong, 0);
}
