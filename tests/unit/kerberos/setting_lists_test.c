/* Lists are bounded, and every element has its path. */
#include "call_stage.h"

#include "setting_lists.h"

static const char *no_z(struct text element)
{
    return text_is(element, "z") ? "not z" : NULL;
}

static struct text_list read(struct call_stage *stage, const char *document, const char *path,
                             const char *words)
{
    struct adapter_mistakes *mistakes = adapter_mistakes_begin(&stage->call);
    struct adapter_settings settings = adapter_settings_of(mistakes, call_stage_json(stage, document));
    struct text_list list = setting_texts(&settings, "list", 3, no_z, stage->arena);
    setting_switch(&settings, "switch");
    call_stage_assert_mistake(stage, mistakes, document, path, words);
    return list;
}

static void says_which_element_is_wrong(void **state)
{
    (void)state;
    struct call_stage stage;
    call_stage_begin(&stage);
    read(&stage, "{}", NULL, NULL);
    read(&stage, "{'list':['a','b','c'],'switch':true}", NULL, NULL);
    read(&stage, "{'list':['a','b','c','d']}", "/list", "1 to 3 elements");
    read(&stage, "{'list':[]}", "/list", "1 to 3 elements");
    read(&stage, "{'list':'a'}", "/list", "an array");
    read(&stage, "{'list':['a','z']}", "/list/1", "not z");
    read(&stage, "{'list':['a','b',7]}", "/list/2", "printable");
    read(&stage, "{'list':['a\\u0000']}", "/list/0", "printable");
    read(&stage, "{'switch':'true'}", "/switch", "true or false");
    call_stage_end(&stage);
}

static void finds_texts_with_and_without_case(void **state)
{
    (void)state;
    struct call_stage stage;
    call_stage_begin(&stage);
    struct text_list list = read(&stage, "{'list':['a','B']}", NULL, NULL);
    assert_int_equal(list.count, 2);
    assert_true(text_list_has(&list, TEXT("B")));
    assert_false(text_list_has(&list, TEXT("b")));
    assert_true(text_list_has_ignoring_case(&list, TEXT("b")));
    assert_false(text_list_has_ignoring_case(&list, TEXT("c")));
    call_stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_which_element_is_wrong),
        cmocka_unit_test(finds_texts_with_and_without_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
