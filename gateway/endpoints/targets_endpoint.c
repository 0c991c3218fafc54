/* GET or POST /targets: what this caller may ask for, so that an agent need not guess. GET takes Basic
 * credentials, POST any client authentication as form parameters. */
#include "endpoint.h"

static void write_texts(struct json_writer *writer, const char *name, const struct text *items, size_t count)
{
    json_name(writer, text_of(name));
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++)
        json_write_text(writer, items[i]);
    json_end_array(writer);
}

static void write_target(struct json_writer *writer, const struct target *target)
{
    const struct target_document *spec = &target->document->target;
    json_begin_object(writer);
    json_member_text(writer, "name", target->document->name);
    json_member_text(writer, "domain", spec->domain);
    write_texts(writer, "audiences", spec->audiences.items, spec->audiences.count);
    write_texts(writer, "resources", spec->resources.items, spec->resources.count);
    write_texts(writer, "scopes", target->scopes.scopes, target->scopes.count);
    write_texts(writer, "authorization_details_types", spec->authorization_details.items,
                spec->authorization_details.count);
    json_member_text(writer, "credential", spec->adapter);
    json_member_integer(writer, "maximum_lifetime", spec->maximum_lifetime_s);
    json_end_object(writer);
}

static enum flow_step_result respond(struct flow *flow)
{
    struct call *call = (struct call *)flow;
    if (call->fault != FAULT_NONE) {
        call_answer_fault(call);
        return FLOW_NEXT;
    }
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    json_name(&writer, TEXT("targets"));
    json_begin_array(&writer);
    for (size_t i = 0; i < call->world->target_count; i++) {
        const struct target *target = &call->world->targets[i];
        if (target->document->target.is_enabled && target->is_domain_enabled &&
            text_list_has(&target->document->target.clients, call->caller->name))
            write_target(&writer, target);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    call_answer(call, 200, buffer_text(&body));
    return FLOW_NEXT;
}

static const struct flow_step targets_steps[] = {
    FLOW_STEP(call_read_form),           FLOW_STEP(call_identify_client),
    FLOW_STEP(call_authenticate_client),                                    /* waits: keys */
    FLOW_STEP(call_take_rate),           FLOW_STEP(call_consume_assertion), /* waits: commit */
    FLOW_STEP_ALWAYS(respond),           FLOW_STEP_LAST,
};

void targets_endpoint(struct gateway *gateway, struct request *request)
{
    call_start(gateway, request, sizeof(struct call), targets_steps, NULL);
}
