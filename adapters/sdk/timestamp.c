/* Times as other sides write them. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dragoman/adapter_tools.h"

bool adapter_timestamp(const struct json_value *value, int64_t *time_s)
{
    enum { TIME_SIZE = 40 };
    char text[TIME_SIZE];
    struct tm time = {0};
    if (value == NULL)
        return false;
    if (value->kind == JSON_NUMBER)
        return json_integer(value, time_s) && *time_s > 0;
    if (value->kind != JSON_STRING || value->text.length >= sizeof(text))
        return false;
    snprintf(text, sizeof(text), "%.*s", TEXT_ARGUMENTS(value->text));
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &time);
    if (end != NULL && *end == '.')
        end += 1 + strspn(end + 1, "0123456789");
    *time_s = (int64_t)timegm(&time);
    return end != NULL && (strcmp(end, "Z") == 0 || strcmp(end, "+00:00") == 0) && *time_s > 0;
}
