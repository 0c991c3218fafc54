/* dragoman policy convert: policies from text into JSON, or back. */
#include "commands/commands.h"
#include "policy_files.h"
#include "printer.h"

/* Nothing a policy means is lost on the way; what one form cannot say is refused. */
static enum exit_code refuse_conversion(const struct invocation *invocation, const char *path, struct text what,
                                        const char *next)
{
    terminal_complain(invocation->terminal,
                      arena_print(invocation->arena, "%s: %.*s", path, TEXT_ARGUMENTS(what)), TEXT_NONE,
                      text_of(next));
    return EXIT_CODE_REFUSED;
}

static enum exit_code print_json(const struct invocation *invocation, const struct policy_file *file)
{
    struct buffer out = buffer_in(invocation->arena, 1024);
    struct json_writer writer = json_writer_on(&out);
    const struct json_limits limits = {
        .bytes = SIZE_MAX, .depth = JSON_DEPTH_MAX, .members = UINT32_MAX, .takes_nul = true};
    const struct json_value *json = NULL;
    cedar_policy_set_write(&file->set, &writer);
    if (json_parse(invocation->arena, buffer_text(&out), &limits, &json) != FAULT_NONE)
        return refuse_conversion(invocation, file->path, TEXT("The policies are nested too deeply for JSON."),
                                 NULL);
    printer_print(invocation, json);
    return EXIT_CODE_FINE;
}

/* What a reader of the text will call the policy that stands at this place. */
static struct text id_in_text(const struct invocation *invocation, const struct cedar_policy *policy,
                              size_t place)
{
    const struct text *id = cedar_policy_annotation(policy, "id");
    return id != NULL ? *id : arena_print(invocation->arena, "policy%zu", place);
}

static enum exit_code print_policy(const struct invocation *invocation, const struct policy_file *file,
                                   size_t place, struct buffer *out)
{
    const struct cedar_policy *policy = &file->set.policies[place];
    bool is_renamed = !text_equal(policy->id, id_in_text(invocation, policy, place));
    if (is_renamed && cedar_policy_annotation(policy, "id") != NULL)
        return refuse_conversion(
            invocation, file->path,
            arena_print(invocation->arena,
                        "The policy \"%.*s\" has another name as its annotation @id, and would go by "
                        "that in a text.",
                        TEXT_ARGUMENTS(policy->id)),
            "give the annotation the policy's own name, or take it away");
    if (is_renamed) {
        buffer_append(out, TEXT("@id("));
        cedar_string_print(policy->id, out);
        buffer_append(out, TEXT(")\n"));
    }
    cedar_policy_print(policy, out);
    buffer_append(out, TEXT("\n"));
    return EXIT_CODE_FINE;
}

static enum exit_code print_text(const struct invocation *invocation, const struct policy_file *file)
{
    struct buffer out = buffer_in(invocation->arena, 1024);
    if (file->set.link_count != 0)
        return refuse_conversion(invocation, file->path,
                                 TEXT("A text of policies has no place for templateLinks."),
                                 "keep them in a file of their own, for --template-linked");
    for (size_t i = 0; i < file->set.count; i++) {
        buffer_append(&out, i == 0 ? TEXT_NONE : TEXT("\n"));
        enum exit_code code = print_policy(invocation, file, i, &out);
        if (code != EXIT_CODE_FINE)
            return code;
    }
    fwrite(out.base, 1, out.length, invocation->terminal->out);
    return EXIT_CODE_FINE;
}

enum exit_code command_policy_convert(struct invocation *invocation)
{
    struct policy_file file;
    const char *to = invocation_option(invocation, "to");
    struct text form = to != NULL ? text_of(to) : TEXT("");
    if (to != NULL && !text_is(form, "json") && !text_is(form, "cedar")) {
        terminal_complain(invocation->terminal, TEXT("--to is json or cedar"), TEXT_NONE,
                          TEXT("dragoman policy convert --help"));
        return EXIT_CODE_USAGE;
    }
    enum exit_code code = policy_file_read(invocation, invocation->arguments[0],
                                           invocation_option(invocation, "template-linked"), &file);
    if (code != EXIT_CODE_FINE)
        return code;
    bool is_to_json = to != NULL ? text_is(form, "json") : !file.is_json;
    return is_to_json ? print_json(invocation, &file) : print_text(invocation, &file);
}
