/* Reads what the operator says about the realm. What is not said here is asked of nobody: no KDC, no service.
 */
#include "realm_settings.h"

#include <string.h>

#include "account_name.h"

enum { REALM_BYTES_MAX = 255, HOST_MAX = 253, TEAMS_MAX = 64, LDAP_PORT = 389, LDAPS_PORT = 636 };
enum { EXCHANGE_LOWEST_MS = 100, EXCHANGE_HIGHEST_MS = 10000, EXCHANGE_MS = 2000 };
enum { LIFETIME_LOWEST_S = 60, EVIDENCE_S = 60, TICKET_S = 300, CACHE_ROWS = 4096, CACHE_ROWS_MAX = 65536 };

/* --- names --- */

static bool is_made_of(struct text text, const char *further)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.base[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_letter && !(byte >= '0' && byte <= '9') && (byte == '\0' || strchr(further, byte) == NULL))
            return false;
    }
    return text.length != 0;
}

static bool is_port(struct text text, uint16_t *port)
{
    int64_t number;
    if (!is_made_of(text, "") || !text_to_int64(text, &number) || number < 1 || number > UINT16_MAX)
        return false;
    *port = (uint16_t)number;
    return true;
}

/* In capitals, as every directory has them: in another case a KDC would be asked for another realm. */
static bool is_realm(struct text realm)
{
    for (size_t i = 0; i < realm.length; i++) {
        if (realm.base[i] >= 'a' && realm.base[i] <= 'z')
            return false;
    }
    return is_made_of(realm, ".-");
}

/* One or two components of what needs no escape in a principal (RFC 1964 section 2.1.1). */
static bool is_principal(struct text principal)
{
    struct text rest = principal, first = text_cut(&rest, '/');
    return is_made_of(first, "._-$") && (rest.base == NULL || is_made_of(rest, "._-"));
}

/* "class/host" or "class/host:port", and none that belongs to the KDC itself: a ticket for krbtgt is the right
 * to ask for every other. */
static const char *service_mistake(struct text service)
{
    struct text host = service, class = text_cut(&host, '/'), port = host;
    struct text name = text_cut(&port, ':');
    uint16_t number;
    if (!is_made_of(class, "_-") || name.length > HOST_MAX || !is_made_of(name, ".-") ||
        (port.base != NULL && !is_port(port, &number)))
        return "expected a service and its host, as in HTTP/app.corp.example";
    if (account_name_is_reserved(class))
        return "this belongs to the KDC: no ticket for it is ever asked for";
    return NULL;
}

/* --- KDCs --- */

static const char *kdc_mistake(struct text text)
{
    struct kdc_host host;
    return kdc_host_read(text, &host) ? NULL : "expected a host and perhaps a port, as in dc1.corp.example:88";
}

static void read_kdcs(struct adapter_settings *settings, struct arena *arena, struct realm_settings *read)
{
    read->kdcs = setting_texts(settings, "kdcs", REALM_KDCS_MAX, kdc_mistake, arena);
    bool is_there = settings->object != NULL && json_member(settings->object, TEXT("kdcs")) != NULL;
    if (read->is_proxied && is_there)
        adapter_mistake(settings->mistakes, adapter_setting_path(settings, TEXT("kdcs")),
                        "gssproxy asks the KDCs of its own krb5.conf: leave this out");
    if (settings->object != NULL && !read->is_proxied && !is_there)
        adapter_mistake(settings->mistakes, adapter_setting_path(settings, TEXT("kdcs")),
                        "expected the addresses of the KDCs, which are not looked up");
}

/* --- services --- */

static const char *output_mistake(struct text output)
{
    return text_is(output, "spnego") || text_is(output, "ccache") ? NULL : "expected spnego or ccache";
}

unsigned setting_outputs(struct adapter_settings *settings, struct arena *arena, unsigned otherwise)
{
    struct text_list names = setting_texts(settings, "outputs", 2, output_mistake, arena);
    unsigned outputs = 0;
    for (size_t i = 0; i < names.count; i++)
        outputs |= text_is(names.texts[i], "spnego") ? KERBEROS_SPNEGO : KERBEROS_CCACHE;
    return names.count != 0 ? outputs : otherwise;
}

static void read_service(struct adapter_settings *settings, struct arena *arena, struct realm_settings *read)
{
    struct service_settings service = {
        .service = adapter_setting_text(settings, "service", ADAPTER_REQUIRED, HOST_MAX + 64)};
    const char *mistake = service.service.base != NULL ? service_mistake(service.service) : NULL;
    if (mistake == NULL && service.service.base != NULL && realm_service(read, service.service) != NULL)
        mistake = "this service stands here twice";
    if (mistake != NULL)
        adapter_mistake(settings->mistakes, adapter_setting_path(settings, TEXT("service")), "%s", mistake);
    service.teams = setting_texts(settings, "teams", TEAMS_MAX, NULL, arena);
    service.outputs = setting_outputs(settings, arena, KERBEROS_SPNEGO);
    service.maximum_lifetime_s = adapter_setting_integer(settings, "maximumLifetime", LIFETIME_LOWEST_S,
                                                         SERVICE_LIFETIME_S, SERVICE_LIFETIME_S);
    adapter_settings_end(settings);
    read->services[read->service_count++] = service;
}

static void read_services(struct adapter_settings *settings, struct arena *arena, struct realm_settings *read)
{
    struct adapter_settings services =
        setting_array(settings, "services", ADAPTER_REQUIRED, REALM_SERVICES_MAX);
    if (services.object == NULL)
        return;
    read->services = ARENA_ARRAY(arena, struct service_settings, services.object->count);
    for (const struct json_value *one = services.object->first; one != NULL; one = one->next) {
        struct adapter_settings service = setting_element(&services, read->service_count, one);
        read_service(&service, arena, read);
    }
}

const struct service_settings *realm_service(const struct realm_settings *settings, struct text service)
{
    for (size_t i = 0; i < settings->service_count; i++) {
        if (text_equal(settings->services[i].service, service))
            return &settings->services[i];
    }
    return NULL;
}

/* Whoever writes a target says where its tokens are shown, so a team that may name a service may be its users
 * there: that is said of each team. */
bool service_is_let_to(const struct service_settings *service, struct text team)
{
    if (service->teams.count == 0)
        return team.length == 0;
    return text_list_has(&service->teams, TEXT("*")) || text_list_has(&service->teams, team);
}

/* --- the self-test's user, cache, directory --- */

static void read_probe(struct adapter_settings *settings, struct realm_settings *read)
{
    struct adapter_settings probe = adapter_setting_object(settings, "probe", ADAPTER_OPTIONAL);
    read->probe_subject = adapter_setting_text(&probe, "subject", ADAPTER_REQUIRED, ACCOUNT_NAME_MAX);
    read->probe_service = adapter_setting_text(&probe, "service", ADAPTER_REQUIRED, HOST_MAX + 64);
    const char *mistake = read->probe_subject.base != NULL ? account_name_mistake(read->probe_subject) : NULL;
    if (mistake == NULL && account_name_is_reserved(read->probe_subject))
        mistake = "nobody may be this account";
    if (mistake != NULL)
        adapter_mistake(probe.mistakes, adapter_setting_path(&probe, TEXT("subject")), "%s", mistake);
    if (read->probe_service.base != NULL && realm_service(read, read->probe_service) == NULL)
        adapter_mistake(probe.mistakes, adapter_setting_path(&probe, TEXT("service")),
                        "expected one of the services that stand here");
    adapter_settings_end(&probe);
}

/* Longer than this, an account that was disabled would be let in for too long (there is no revocation). */
static void read_cache(struct adapter_settings *settings, struct realm_settings *read)
{
    struct adapter_settings cache = adapter_setting_object(settings, "cache", ADAPTER_OPTIONAL);
    read->evidence_s = adapter_setting_integer(&cache, "evidence", 0, SERVICE_LIFETIME_S, EVIDENCE_S);
    read->ticket_s = adapter_setting_integer(&cache, "ticket", 0, SERVICE_LIFETIME_S, TICKET_S);
    read->cache_entries = adapter_setting_integer(&cache, "entries", 1, CACHE_ROWS_MAX, CACHE_ROWS);
    adapter_settings_end(&cache);
}

/* "ldaps://host[:port]"; without TLS for this host alone. libldap takes "localhost" for the machine's own name,
 * and would check the certificate for that. */
static bool read_directory_url(struct text url, struct directory_settings *read)
{
    struct text secure = TEXT("ldaps://"), plain = TEXT("ldap://");
    read->is_secure = text_starts_with(url, secure);
    if (!read->is_secure && !text_starts_with(url, plain))
        return false;
    size_t scheme = read->is_secure ? secure.length : plain.length;
    struct text authority = {url.base + scheme, url.length - scheme};
    if (text_ends_with(authority, TEXT("/")))
        authority.length--;
    if (!host_read(authority, read->is_secure ? LDAPS_PORT : LDAP_PORT, &read->host))
        return false;
    if (text_equal_ignoring_case(text_of(read->host.host), TEXT("localhost")))
        memcpy(read->host.host, "127.0.0.1", sizeof("127.0.0.1"));
    struct text name = text_of(read->host.host);
    return read->is_secure || text_is(name, "127.0.0.1") || text_is(name, "::1");
}

/* An attribute's name (RFC 4512 section 1.4, keystring): it is put into a filter as it is. */
static struct text read_attribute(struct adapter_settings *directory, const char *name, const char *otherwise)
{
    struct text attribute = adapter_setting_text(directory, name, ADAPTER_OPTIONAL, 64);
    if (attribute.base == NULL)
        return text_of(otherwise);
    if (!is_made_of(attribute, "-") || !is_made_of((struct text){attribute.base, 1}, "") ||
        (attribute.base[0] >= '0' && attribute.base[0] <= '9'))
        adapter_mistake(directory->mistakes, adapter_setting_path(directory, text_of(name)),
                        "expected the name of an attribute: a letter, then letters, digits and -");
    return attribute;
}

static void read_directory(struct adapter_settings *settings, struct directory_settings *read)
{
    static const char *const binds[] = {"gssapi", "anonymous", NULL};
    struct adapter_settings directory = adapter_setting_object(settings, "directory", ADAPTER_OPTIONAL);
    read->is_used = directory.object != NULL;
    struct text url = adapter_setting_text(&directory, "url", ADAPTER_REQUIRED, HOST_MAX + 16);
    if (url.base != NULL && !read_directory_url(url, read))
        adapter_mistake(directory.mistakes, adapter_setting_path(&directory, TEXT("url")),
                        "expected ldaps:// with a host and nothing behind it, or ldap:// for a loopback "
                        "address");
    read->base = adapter_setting_text(&directory, "base", ADAPTER_REQUIRED, SETTING_TEXT_MAX);
    read->match = read_attribute(&directory, "match", "userPrincipalName");
    read->account = read_attribute(&directory, "account", "sAMAccountName");
    read->is_anonymous =
        text_is(adapter_setting_choice(&directory, "bind", ADAPTER_OPTIONAL, binds), "anonymous");
    adapter_settings_end(&directory);
}

/* A rule that asks the directory needs one. */
static void check_directory(struct adapter_mistakes *mistakes, const struct realm_settings *read)
{
    for (size_t i = 0; i < read->subjects.count; i++) {
        if (read->subjects.rules[i].asks_directory && !read->directory.is_used)
            adapter_mistake(mistakes, TEXT("/directory"), "expected an object: %.*s asks it",
                            TEXT_ARGUMENTS(read->subjects.rules[i].path));
    }
}

/* --- gssproxy --- */

/* It never gives a ticket or a key to anybody, which is what it is for. */
static void check_proxied(struct adapter_mistakes *mistakes, struct arena *arena,
                          const struct realm_settings *read)
{
    if (!read->is_proxied)
        return;
    for (size_t i = 0; i < read->service_count; i++) {
        if ((read->services[i].outputs & KERBEROS_CCACHE) != 0)
            adapter_mistake(mistakes, arena_print(arena, "/services/%zu/outputs", i),
                            "expected spnego alone: no ticket comes out of gssproxy");
    }
    if (read->directory.is_used && !read->directory.is_anonymous)
        adapter_mistake(mistakes, TEXT("/directory/bind"),
                        "expected anonymous: gssproxy has the key that would be needed");
}

/* --- the whole --- */

static void read_names(struct adapter_settings *settings, struct realm_settings *read)
{
    read->realm = adapter_setting_text(settings, "realm", ADAPTER_REQUIRED, REALM_BYTES_MAX);
    if (read->realm.base != NULL && !is_realm(read->realm))
        adapter_mistake(settings->mistakes, adapter_setting_path(settings, TEXT("realm")),
                        "expected the name of a realm: capital letters, digits, . and -");
    read->principal = adapter_setting_text(settings, "principal", ADAPTER_REQUIRED, REALM_BYTES_MAX);
    if (read->principal.base != NULL && !is_principal(read->principal))
        adapter_mistake(settings->mistakes, adapter_setting_path(settings, TEXT("principal")),
                        "expected the gateway's principal without its realm, as in gw/gateway.corp.example");
}

void realm_settings_read(struct adapter_mistakes *mistakes, const struct json_value *object,
                         struct arena *arena, struct realm_settings *read)
{
    *read = (struct realm_settings){0};
    struct adapter_settings settings = adapter_settings_of(mistakes, json_copy(arena, object));
    if (object == NULL) {
        adapter_mistake(mistakes, TEXT(""), "the Adapter document has no spec.settings");
        return;
    }
    read_names(&settings, read);
    read->is_proxied = setting_switch(&settings, "gssproxy");
    read_kdcs(&settings, arena, read);
    read->exchange_timeout_ms = adapter_setting_integer(&settings, "exchangeTimeout", EXCHANGE_LOWEST_MS,
                                                        EXCHANGE_HIGHEST_MS, EXCHANGE_MS);
    subject_rules_read(&settings, arena, &read->subjects);
    read->denied = setting_texts(&settings, "denied", REALM_DENIED_MAX, account_name_mistake, arena);
    read->denied_prefixes =
        setting_texts(&settings, "deniedPrefixes", REALM_DENIED_MAX, account_name_mistake, arena);
    read_services(&settings, arena, read);
    read_probe(&settings, read);
    read_cache(&settings, read);
    read_directory(&settings, &read->directory);
    check_directory(mistakes, read);
    check_proxied(mistakes, arena, read);
    adapter_settings_end(&settings);
}

enum adapter_outcome realm_settings_of(struct adapter_call *call, struct arena *arena,
                                       struct realm_settings *read)
{
    struct adapter_mistakes *mistakes = adapter_mistakes_begin(call);
    realm_settings_read(mistakes, adapter_own_settings(call), arena, read);
    enum adapter_outcome outcome = adapter_mistakes_end(call, mistakes);
    if (outcome != ADAPTER_DONE)
        realm_settings_close(read);
    return outcome;
}

void realm_settings_close(struct realm_settings *settings)
{
    subject_rules_close(&settings->subjects);
}
