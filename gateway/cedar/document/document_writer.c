/* Responses as JSON. */
#include "cedar/document.h"

void cedar_response_write(const struct cedar_response *response, struct json_writer *writer)
{
    json_begin_object(writer);
    json_member_text(writer, "decision", response->is_allowed ? TEXT("allow") : TEXT("deny"));
    json_name(writer, TEXT("diagnostics"));
    json_begin_object(writer);
    json_name(writer, TEXT("reason"));
    json_begin_array(writer);
    for (size_t i = 0; i < response->reason_count; i++)
        json_write_text(writer, response->reasons[i]->id);
    json_end_array(writer);
    json_name(writer, TEXT("errors"));
    json_begin_array(writer);
    for (size_t i = 0; i < response->error_count; i++) {
        json_begin_object(writer);
        json_member_text(writer, "policyId", response->errors[i].policy->id);
        json_member_text(writer, "error", response->errors[i].sentence);
        json_end_object(writer);
    }
    json_end_array(writer);
    if (response->is_exhausted)
        json_member_boolean(writer, "exhausted", true);
    json_end_object(writer);
    json_end_object(writer);
}
