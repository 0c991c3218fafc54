/* See server_settings.h. */
#include "server_settings.h"

struct server_limits server_limits_of(const struct connection_limits_document *from)
{
    return (struct server_limits){
        .connections = (unsigned)from->in_all,
        .connections_per_address = (unsigned)from->per_address,
        .connections_on_socket = (unsigned)from->on_admin_socket,
        .requests_per_connection = (unsigned)from->requests,
        .age_s = from->age_s,
        .handshake_s = from->handshake_s,
        .header_s = from->header_s,
        .body_s = from->body_s,
        .idle_s = from->idle_s,
        .write_stall_s = from->write_stall_s,
        .header_bytes = (size_t)from->header_bytes,
        .unfinished_bytes_per_connection = (size_t)from->unfinished_bytes_per_connection,
        .unfinished_bytes_per_address = (size_t)from->unfinished_bytes_per_address,
        .unfinished_bytes = (size_t)from->unfinished_bytes,
        .frames_per_second = {(uint32_t)from->resets, (uint32_t)from->window_updates, (uint32_t)from->settings,
                              (uint32_t)from->pings, (uint32_t)from->priorities, (uint32_t)from->empty_data,
                              (uint32_t)from->continuations, (uint32_t)from->other_frames},
        .control_records = (unsigned)from->control_records,
    };
}

enum fault server_terminators_of(struct arena *arena, const struct gateway_document *settings,
                                 struct server_terminators *terminators, struct text *bad)
{
    const struct text_list *addresses = &settings->terminators.addresses;
    unsigned headers = settings->terminators.headers;
    size_t index = 0;
    *terminators = (struct server_terminators){
        .speaks_proxy = settings->terminators.speaks_proxy,
        .sets_forwarded_for = (headers & TERMINATOR_FORWARDED_FOR) != 0,
        .sets_forwarded = (headers & TERMINATOR_FORWARDED) != 0,
        .sets_certificate = (headers & TERMINATOR_CLIENT_CERTIFICATE) != 0,
    };
    if (addresses->count == 0)
        return FAULT_NONE;
    enum fault fault =
        address_guard_create(arena, addresses->items, addresses->count, &terminators->addresses, &index);
    *bad = addresses->items[index];
    return fault == FAULT_NONE ? FAULT_NONE : FAULT_DOCUMENT_INVALID;
}
