/* Reads settings. Whoever owns a target writes them, so nothing in them decides where the kept secret goes but
 * the origin, which is fixed text and to which the secret is bound (kept.c). */
#include "description.h"

#include <string.h>

#include "base/buffer.h"
#include "base/header_name.h"
#include "base/outside_url.h"
#include "template.h"
#include "json/json_pointer.h"

enum { TEXT_MAX = 2048, NAME_MAX_BYTES = 64 };

static const unsigned known_at_create = TEMPLATE_LEASE | TEMPLATE_ROOT | TEMPLATE_SUBJECT | TEMPLATE_CLIENT |
                                        TEMPLATE_SCOPES | TEMPLATE_EXPIRES_AT | TEMPLATE_EXPIRES_AT_TEXT |
                                        TEMPLATE_SECRET;
static const unsigned known_at_delete = TEMPLATE_LEASE | TEMPLATE_ID | TEMPLATE_SECRET;
static const unsigned known_at_find = TEMPLATE_LEASE | TEMPLATE_SECRET;

/* --- a URL --- */

/* The same question as for any URL, asked of the template: names stand for plain letters. The secret is not
 * known here: URLs end up in logs. */
static void read_url(struct adapter_settings *settings, struct vendor_request *request, unsigned allowed)
{
    unsigned used = 0;
    request->url = adapter_setting_text(settings, "url", ADAPTER_REQUIRED, TEXT_MAX);
    if (request->url.base == NULL)
        return;
    struct text path = adapter_setting_path(settings, TEXT("url")), origin = outside_url_origin(request->url);
    const char *mistake = template_check(request->url, allowed & ~(unsigned)TEMPLATE_SECRET, &used);
    request->uses |= used;
    if (mistake != NULL) {
        adapter_mistake(settings->mistakes, path, "%s", mistake);
        return;
    }
    if (memchr(origin.base, '{', origin.length) != NULL) {
        adapter_mistake(settings->mistakes, path, "scheme, host and port are fixed: no braces before the path");
        return;
    }
    static const struct text letter = {"x", 1};
    const struct template_values values = {letter, letter, letter, letter, letter, letter, &letter, 1, 1};
    SCOPED_BUFFER example = {0};
    mistake = template_url(&example, request->url, &values);
    if (mistake == NULL && !adapter_url_is_usable(buffer_text(&example)))
        mistake = "expected an https URL with a host, without user information and fragment";
    if (mistake != NULL)
        adapter_mistake(settings->mistakes, path, "%s", mistake);
}

/* --- headers --- */

static const char *check_header(const struct json_value *member, unsigned allowed, unsigned *used)
{
    struct text value = json_string(member);
    if (member->name.length > NAME_MAX_BYTES || !text_is_token(member->name) ||
        header_name_is_framing(member->name))
        return "this is no name of a header that may be set here";
    if (!json_is_string(member) || value.length == 0 || value.length > TEXT_MAX)
        return "expected a text of 1 to 2048 bytes";
    for (size_t i = 0; i < value.length; i++) {
        if (value.base[i] < 0x20 || value.base[i] > 0x7e)
            return "the value of a header is plain ASCII";
    }
    return template_check(value, allowed, used);
}

static void read_headers(struct adapter_settings *settings, struct vendor_request *request, unsigned allowed)
{
    struct adapter_settings headers = adapter_setting_object(settings, "headers", ADAPTER_OPTIONAL);
    const struct json_value *member = headers.object != NULL ? headers.object->first : NULL;
    for (; member != NULL; member = member->next) {
        const char *mistake = check_header(member, allowed, &request->uses);
        if (mistake == NULL && request->header_count == DESCRIPTION_HEADERS_MAX)
            mistake = "there are more than 16 headers";
        if (mistake != NULL)
            adapter_mistake(settings->mistakes, adapter_setting_path(&headers, member->name), "%s", mistake);
        else
            request->headers[request->header_count++] =
                (struct vendor_header){member->name, json_string(member)};
    }
}

/* --- a request --- */

/* The secret goes into headers alone: what is in a body may become a name that everybody at the vendor reads.
 */
static void read_body(struct adapter_settings *settings, struct vendor_request *request, unsigned allowed)
{
    unsigned in_bodies = allowed & ~(unsigned)TEMPLATE_SECRET;
    request->body = adapter_setting_value(settings, "body");
    const char *mistake =
        request->body != NULL ? template_check_body(request->body, in_bodies, &request->uses) : NULL;
    if (mistake == NULL && request->body != NULL && text_is(request->method, "GET"))
        mistake = "GET has no body";
    if (mistake != NULL)
        adapter_mistake(settings->mistakes, adapter_setting_path(settings, TEXT("body")), "%s", mistake);
}

static void read_request(struct adapter_settings *settings, const char *const *methods, unsigned allowed,
                         struct vendor_request *request)
{
    request->is_there = settings->object != NULL;
    if (!request->is_there)
        return;
    request->method = adapter_setting_choice(settings, "method", ADAPTER_REQUIRED, methods);
    read_url(settings, request, allowed);
    read_headers(settings, request, allowed);
    read_body(settings, request, allowed);
}

/* --- where things are in answers --- */

static struct text read_pointer(struct adapter_settings *settings, const char *name, enum adapter_need need)
{
    struct text pointer = adapter_setting_text(settings, name, need, TEXT_MAX);
    if (pointer.base != NULL && !json_pointer_is_well_formed(pointer)) {
        adapter_mistake(settings->mistakes, adapter_setting_path(settings, text_of(name)),
                        "expected a JSON pointer (RFC 6901), such as /data/key");
        return TEXT_NONE;
    }
    return pointer;
}

/* Found is what has this very label: a vendor that overlooks a filter must not have all its keys deleted. */
static void read_equals(struct adapter_settings *find, struct vendor_description *description)
{
    unsigned used = 0;
    description->found.equals = adapter_setting_text(find, "equals", ADAPTER_REQUIRED, TEXT_MAX);
    if (description->found.equals.base == NULL)
        return;
    const char *mistake = template_check(description->found.equals, TEMPLATE_LEASE, &used);
    if (mistake == NULL && (used & TEMPLATE_LEASE) == 0)
        mistake = "this has {lease} in it, so that it is found in no other lease's key";
    if (mistake != NULL)
        adapter_mistake(find->mistakes, adapter_setting_path(find, TEXT("equals")), "%s", mistake);
}

static void read_find(struct adapter_settings *settings, struct vendor_description *description)
{
    static const char *const methods[] = {"GET", "POST", NULL};
    struct adapter_settings find = adapter_setting_object(settings, "find", ADAPTER_OPTIONAL);
    read_request(&find, methods, known_at_find, &description->find);
    if (!description->find.is_there)
        return;
    /* The empty pointer, the whole answer, is meant where there is none. */
    description->found.list = read_pointer(&find, "list", ADAPTER_OPTIONAL);
    description->found.id = read_pointer(&find, "id", ADAPTER_REQUIRED);
    description->found.label = read_pointer(&find, "label", ADAPTER_REQUIRED);
    description->found.more = read_pointer(&find, "more", ADAPTER_OPTIONAL);
    read_equals(&find, description);
    adapter_settings_end(&find);
}

static void read_answer(struct adapter_settings *settings, struct vendor_description *description)
{
    struct adapter_settings answer = adapter_setting_object(settings, "answer", ADAPTER_REQUIRED);
    description->answer.key = read_pointer(&answer, "key", ADAPTER_REQUIRED);
    description->answer.id = read_pointer(&answer, "id", ADAPTER_REQUIRED);
    description->answer.expires_at = read_pointer(&answer, "expires_at", ADAPTER_OPTIONAL);
    adapter_settings_end(&answer);
}

static void read_presentation(struct adapter_settings *settings, struct vendor_description *description)
{
    struct adapter_settings presentation = adapter_setting_object(settings, "presentation", ADAPTER_OPTIONAL);
    description->header = adapter_setting_text(&presentation, "header", ADAPTER_REQUIRED, NAME_MAX_BYTES);
    description->scheme = adapter_setting_text(&presentation, "scheme", ADAPTER_OPTIONAL, NAME_MAX_BYTES);
    if (description->header.base != NULL && !header_name_takes_credential(description->header))
        adapter_mistake(settings->mistakes, adapter_setting_path(&presentation, TEXT("header")),
                        "this is no name of a header that a key can be shown in");
    if (description->scheme.base != NULL && !text_is_token(description->scheme))
        adapter_mistake(settings->mistakes, adapter_setting_path(&presentation, TEXT("scheme")),
                        "expected a scheme such as Bearer");
    if (presentation.object == NULL) {
        description->header = TEXT("authorization");
        description->scheme = TEXT("Bearer");
    }
    adapter_settings_end(&presentation);
}

/* --- the whole --- */

static bool goes_elsewhere(const struct vendor_request *request, struct text origin)
{
    return request->is_there && !text_equal_ignoring_case(outside_url_origin(request->url), origin);
}

static void check_whole(struct adapter_settings *settings, struct vendor_description *description)
{
    struct text root = TEXT("");
    const struct vendor_request *create = &description->create, *removal = &description->removal;
    description->origin = outside_url_origin(create->url);
    description->uses_secret = ((create->uses | removal->uses | description->find.uses) & TEMPLATE_SECRET) != 0;
    if (goes_elsewhere(removal, description->origin) || goes_elsewhere(&description->find, description->origin))
        adapter_mistake(settings->mistakes, root, "create, delete and find go to one host");
    if ((create->uses & TEMPLATE_LEASE) == 0)
        adapter_mistake(settings->mistakes, TEXT("/create"),
                        "{lease} has to be in what is sent, so that the key can be found again");
    if ((removal->uses & (TEMPLATE_ID | TEMPLATE_LEASE)) == 0)
        adapter_mistake(settings->mistakes, TEXT("/delete"), "{id} or {lease} has to be in what is sent");
    if ((removal->uses & TEMPLATE_ID) != 0 && !description->find.is_there)
        adapter_mistake(settings->mistakes, TEXT("/find"),
                        "expected an object: a key whose answer was lost is found by its lease");
}

void description_read(struct adapter_mistakes *mistakes, const struct json_value *object, struct arena *arena,
                      struct vendor_description *description)
{
    static const char *const create_methods[] = {"POST", "PUT", "PATCH", NULL};
    static const char *const delete_methods[] = {"DELETE", "POST", "PUT", "PATCH", NULL};
    struct adapter_settings settings = adapter_settings_of(mistakes, object);
    struct buffer size = buffer_in(arena, 4096);
    struct json_writer writer = json_writer_on(&size);
    *description = (struct vendor_description){0};
    json_write_value(&writer, object);
    if (size.length > DESCRIPTION_BYTES_MAX)
        adapter_mistake(mistakes, TEXT(""), "the settings are larger than 40 KiB");
    struct adapter_settings create = adapter_setting_object(&settings, "create", ADAPTER_REQUIRED);
    read_request(&create, create_methods, known_at_create, &description->create);
    adapter_settings_end(&create);
    struct adapter_settings removal = adapter_setting_object(&settings, "delete", ADAPTER_REQUIRED);
    read_request(&removal, delete_methods, known_at_delete, &description->removal);
    adapter_settings_end(&removal);
    read_find(&settings, description);
    read_answer(&settings, description);
    read_presentation(&settings, description);
    adapter_settings_end(&settings);
    if (description->create.url.base != NULL && description->removal.url.base != NULL)
        check_whole(&settings, description);
}
