/* Which constructor makes which kind. */
#include "cedar/extension.h"

#include "base/fault.h"

bool cedar_extension_parse(struct arena *arena, enum cedar_kind kind, struct text text,
                           struct cedar_value *value)
{
    *value = (struct cedar_value){.kind = kind};
    if (kind == CEDAR_DECIMAL)
        return cedar_decimal_parse(text, &value->integer);
    if (kind == CEDAR_DATETIME)
        return cedar_datetime_parse(text, &value->integer);
    if (kind == CEDAR_DURATION)
        return cedar_duration_parse(text, &value->integer);
    INVARIANT(kind == CEDAR_IPADDR);
    struct cedar_ipaddr ipaddr;
    if (!cedar_ipaddr_parse(text, &ipaddr))
        return false;
    struct cedar_ipaddr *kept = ARENA_NEW(arena, struct cedar_ipaddr);
    *kept = ipaddr;
    value->ipaddr = kept;
    return true;
}

bool cedar_extension_print(const struct cedar_value *value, struct buffer *out)
{
    if (value->kind == CEDAR_DATETIME)
        return cedar_datetime_print(value->integer, out);
    if (value->kind == CEDAR_DECIMAL)
        cedar_decimal_print(value->integer, out);
    else if (value->kind == CEDAR_IPADDR)
        cedar_ipaddr_print(value->ipaddr, out);
    else
        cedar_duration_print(value->integer, out);
    return true;
}
