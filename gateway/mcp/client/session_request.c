/* Member by member; a name that is not known is a mistake, as what was meant by it would not be done. */
#include "session_request.h"

static const struct json_limits limits = {.bytes = SESSION_REQUEST_BYTES_MAX, .depth = 16, .members = 512};

static bool read_mode(const struct json_value *member, struct session_request *request)
{
    request->mode = text_is(member->text, "direct") ? SESSION_DIRECT : SESSION_PROXY;
    return json_is_string(member) && (request->mode == SESSION_DIRECT || text_is(member->text, "proxy"));
}

static bool read_generation(const struct json_value *member, struct session_request *request)
{
    request->wish = text_is(member->text, "old")   ? SESSION_OLD
                    : text_is(member->text, "new") ? SESSION_NEW
                                                   : SESSION_AUTO;
    return json_is_string(member) && (request->wish != SESSION_AUTO || text_is(member->text, "auto"));
}

static bool read_client(const struct json_value *member, struct session_request *request)
{
    request->client_info = member;
    return member->kind == JSON_OBJECT && json_text_of(member, "name").length != 0 &&
           json_text_of(member, "version").length != 0;
}

static bool read_capabilities(const struct json_value *member, struct session_request *request)
{
    request->capabilities = member;
    return member->kind == JSON_OBJECT;
}

static bool read_lifetime(const struct json_value *member, struct session_request *request)
{
    return json_integer(member, &request->lifetime_s) && request->lifetime_s > 0 &&
           request->lifetime_s <= INT32_MAX;
}

enum fault session_request_read(struct arena *arena, struct text parameter, struct session_request *request)
{
    static const struct {
        const char *name;
        bool (*read)(const struct json_value *member, struct session_request *request);
    } rows[] = {{"mode", read_mode},
                {"generation", read_generation},
                {"client_info", read_client},
                {"capabilities", read_capabilities},
                {"max_lifetime", read_lifetime}};
    const struct json_value *json;
    *request = (struct session_request){0};
    if (parameter.length == 0)
        return FAULT_NONE;
    if (json_parse(arena, parameter, &limits, &json) != FAULT_NONE || json->kind != JSON_OBJECT)
        return FAULT_MCP_SESSION_INVALID;
    for (const struct json_value *member = json->first; member != NULL; member = member->next) {
        bool is_fine = false;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
            if (text_is(member->name, rows[i].name))
                is_fine = rows[i].read(member, request);
        if (!is_fine)
            return FAULT_MCP_SESSION_INVALID;
    }
    return FAULT_NONE;
}
