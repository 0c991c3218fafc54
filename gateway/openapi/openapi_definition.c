/* What a tool says of itself, written as JSON and read again, as it would come from a server. */
#include "openapi_parts.h"

#include "openapi_schema.h"

enum { TITLE_BYTES = 128, DESCRIPTION_BYTES = 4096, VALUES_MAX = 32768, DEPTH_MAX = 56 };

static void write_words(struct openapi_reading *reading, struct json_writer *writer,
                        const struct openapi_draft *draft)
{
    struct text summary = json_text_of(draft->spot.value, "summary"),
                description = json_text_of(draft->spot.value, "description");
    const struct openapi_operation *operation = &draft->operation;
    if (summary.length != 0)
        json_member_text(writer, "title", text_beginning(summary, TITLE_BYTES));
    struct text words = summary.length != 0 && description.length != 0
                            ? arena_print(reading->scratch, "%.*s\n\n%.*s", TEXT_ARGUMENTS(summary),
                                          TEXT_ARGUMENTS(description))
                        : summary.length != 0 ? summary
                        : description.length != 0
                            ? description
                            : arena_print(reading->scratch, "%.*s %.*s", TEXT_ARGUMENTS(operation->method),
                                          TEXT_ARGUMENTS(operation->path));
    json_member_text(writer, "description", text_beginning(words, DESCRIPTION_BYTES));
}

/* A parameter's own words stand beside its schema, which may be a reference. */
static void write_argument(struct openapi_schema *schema, struct openapi_spot spot, struct text description)
{
    bool is_wrapped = description.length != 0 && json_member(spot.value, TEXT("description")) == NULL;
    if (!is_wrapped) {
        openapi_schema_write(schema, spot);
        return;
    }
    json_begin_object(schema->writer);
    json_member_text(schema->writer, "description", text_beginning(description, DESCRIPTION_BYTES));
    if (json_is_string(json_member(spot.value, TEXT("$ref")))) {
        json_name(schema->writer, TEXT("allOf"));
        json_begin_array(schema->writer);
        openapi_schema_write(schema, spot);
        json_end_array(schema->writer);
    } else {
        openapi_schema_write_members(schema, spot);
    }
    json_end_object(schema->writer);
}

static void write_arguments(struct openapi_schema *schema, const struct openapi_draft *draft)
{
    const struct openapi_operation *operation = &draft->operation;
    json_name(schema->writer, TEXT("properties"));
    json_begin_object(schema->writer);
    for (size_t i = 0; i < operation->parameter_count; i++) {
        json_name(schema->writer, draft->parameters[i].name);
        write_argument(schema, draft->sources[i].schema, draft->sources[i].description);
    }
    if (operation->has_body) {
        json_name(schema->writer, TEXT("body"));
        write_argument(schema, draft->body, draft->body_description);
    }
    json_end_object(schema->writer);
}

static void write_required(struct json_writer *writer, const struct openapi_draft *draft)
{
    const struct openapi_operation *operation = &draft->operation;
    json_name(writer, TEXT("required"));
    json_begin_array(writer);
    for (size_t i = 0; i < operation->parameter_count; i++)
        if (draft->parameters[i].is_required)
            json_write_text(writer, draft->parameters[i].name);
    if (operation->is_body_required)
        json_write_text(writer, TEXT("body"));
    json_end_array(writer);
}

static void write_input(struct openapi_schema *schema, const struct openapi_draft *draft)
{
    json_name(schema->writer, TEXT("inputSchema"));
    json_begin_object(schema->writer);
    json_member_text(schema->writer, "type", TEXT("object"));
    write_arguments(schema, draft);
    write_required(schema->writer, draft);
    json_member_boolean(schema->writer, "additionalProperties", false);
    openapi_schema_write_definitions(schema);
    json_end_object(schema->writer);
}

static void write_output(struct openapi_schema *schema, const struct openapi_draft *draft)
{
    json_name(schema->writer, TEXT("outputSchema"));
    json_begin_object(schema->writer);
    openapi_schema_write_members(schema, draft->output);
    openapi_schema_write_definitions(schema);
    json_end_object(schema->writer);
}

/* Hints, as the methods have them (RFC 9110 section 9.2). */
static void write_annotations(struct json_writer *writer, struct text method)
{
    bool is_read = text_is(method, "GET"), is_delete = text_is(method, "DELETE");
    json_name(writer, TEXT("annotations"));
    json_begin_object(writer);
    json_member_boolean(writer, "readOnlyHint", is_read);
    if (is_delete)
        json_member_boolean(writer, "destructiveHint", true);
    if (is_delete || text_is(method, "PUT"))
        json_member_boolean(writer, "idempotentHint", true);
    json_end_object(writer);
}

/* false: it takes more than one may. */
static bool write_tool(struct openapi_reading *reading, struct buffer *out, const struct openapi_draft *draft,
                       bool has_output)
{
    struct json_writer writer = json_writer_on(out);
    struct openapi_schema input = {.reading = reading,
                                   .writer = &writer,
                                   .bytes_max = OPENAPI_DEFINITION_BYTES_MAX,
                                   .is_input = true},
                          output = {
                              .reading = reading, .writer = &writer, .bytes_max = OPENAPI_DEFINITION_BYTES_MAX};
    json_begin_object(&writer);
    json_member_text(&writer, "name", draft->operation.tool);
    write_words(reading, &writer, draft);
    write_input(&input, draft);
    if (has_output)
        write_output(&output, draft);
    write_annotations(&writer, draft->operation.method);
    json_end_object(&writer);
    return !input.is_too_large && !output.is_too_large && out->length <= OPENAPI_DEFINITION_BYTES_MAX;
}

static bool read_back(struct openapi_reading *reading, struct openapi_operation *operation, struct text tool)
{
    const struct json_limits limits = {
        .bytes = OPENAPI_DEFINITION_BYTES_MAX, .depth = DEPTH_MAX, .members = VALUES_MAX};
    return json_parse(reading->arena, tool, &limits, &operation->definition) == FAULT_NONE;
}

size_t openapi_write_definition(struct openapi_reading *reading, struct openapi_draft *draft)
{
    struct buffer out = buffer_in(reading->scratch, 4096);
    size_t mistakes = reading->mistakes;
    bool has_output = draft->output.value != NULL;
    bool is_whole = write_tool(reading, &out, draft, has_output);
    if (!is_whole && has_output && reading->mistakes == mistakes) {
        has_output = false;
        out = buffer_in(reading->scratch, 4096);
        is_whole = write_tool(reading, &out, draft, false);
    }
    draft->operation.has_output_schema = has_output;
    if (reading->mistakes == mistakes &&
        (!is_whole || !read_back(reading, &draft->operation, buffer_text(&out))))
        openapi_mistake(reading, draft->spot,
                        "what it takes needs more than %d KiB to describe, or is nested too deeply",
                        OPENAPI_DEFINITION_BYTES_MAX / 1024);
    return out.length;
}
