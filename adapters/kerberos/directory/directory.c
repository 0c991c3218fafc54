/* Each question has a connection of its own: they are rare, as answers are kept, and a connection that was left
 * open would be one more thing to be found closed. */
#include "directory.h"

#include <stdlib.h>
#include <string.h>

#include "directory_filter.h"
#include "directory_library.h"
#include "directory_link.h"
#include "directory_login.h"
#include "kdc_stream.h"
#include "principal_mapping.h"
#include "ticket_cache.h"

#include "base/clock.h"

/* Two are enough to know that there is not one. */
enum { LONGEST_MS = 2000, ENTRIES_MAX = 2, SECOND_US = 1000000 };

struct directory {
    const struct realm_settings *settings;
    const struct delegation *delegation;
    struct arena *arena;
    struct directory_place place;
    const char *base, *attribute; /* zero-terminated */
    struct ticket_cache *found;
};

enum adapter_outcome directory_open(struct adapter_call *call, const struct realm_settings *settings,
                                    const struct delegation *delegation, int authorities,
                                    struct directory **opened)
{
    const struct directory_settings *own = &settings->directory;
    const char *mistake = NULL;
    *opened = NULL;
    if (!directory_library_begin(authorities, &mistake))
        return adapter_misconfigured(call, "/directory", "%s", mistake);
    struct arena *arena = arena_create();
    struct directory *directory = ARENA_NEW(arena, struct directory);
    *directory = (struct directory){.settings = settings,
                                    .delegation = delegation,
                                    .arena = arena,
                                    .place.is_secure = own->is_secure,
                                    .base = arena_copy(arena, own->base).base,
                                    .attribute = arena_copy(arena, own->account).base};
    kdc_address_open(&directory->place.address, &own->host);
    directory->found = ticket_cache_open((size_t)settings->cache_entries, free);
    *opened = directory;
    return ADAPTER_DONE;
}

void directory_close(struct directory *directory)
{
    if (directory == NULL)
        return;
    ticket_cache_close(directory->found);
    kdc_address_close(&directory->place.address);
    arena_destroy(directory->arena);
}

/* --- one search --- */

struct search {
    struct directory *directory;
    struct directory_link *link;
    int scope;
    struct text filter;
    const char *attribute;
    int entries;
    int values;        /* of the first entry */
    struct text value; /* the first of them */
};

static void take_entry(struct adapter_call *call, struct search *search, LDAPMessage *message)
{
    LDAP *session = directory_link_session(search->link);
    if (search->entries++ != 0)
        return;
    struct berval **values = ldap_get_values_len(session, message, search->attribute);
    search->values = ldap_count_values_len(values);
    if (search->values != 0)
        search->value = arena_copy(adapter_arena(call), (struct text){values[0]->bv_val, values[0]->bv_len});
    ldap_value_free_len(values);
}

/* Whether the search is over, with its code. */
static bool take_message(struct adapter_call *call, struct search *search, LDAPMessage *message, int *code)
{
    LDAP *session = directory_link_session(search->link);
    *code = LDAP_SUCCESS;
    if (ldap_msgtype(message) == LDAP_RES_SEARCH_ENTRY)
        take_entry(call, search, message);
    else if (ldap_msgtype(message) == LDAP_RES_SEARCH_RESULT) {
        int parsed = ldap_parse_result(session, message, code, NULL, NULL, NULL, NULL, 0);
        *code = parsed == LDAP_SUCCESS ? *code : parsed;
        return true;
    }
    return search->entries == ENTRIES_MAX; /* what comes after that is of no matter */
}

static int receive(struct adapter_call *call, struct search *search, int number)
{
    LDAP *session = directory_link_session(search->link);
    int code = LDAP_SUCCESS;
    bool is_over = false;
    while (!is_over) {
        LDAPMessage *message = NULL;
        struct timeval rest = directory_link_rest(search->link);
        int kind = ldap_result(session, number, LDAP_MSG_ONE, &rest, &message);
        if (kind == 0)
            return LDAP_TIMEOUT;
        if (kind < 0) {
            ldap_get_option(session, LDAP_OPT_RESULT_CODE, &code);
            return code != LDAP_SUCCESS ? code : LDAP_SERVER_DOWN;
        }
        is_over = take_message(call, search, message, &code);
        ldap_msgfree(message);
    }
    return code == LDAP_SIZELIMIT_EXCEEDED && search->entries != 0 ? LDAP_SUCCESS : code;
}

static enum adapter_outcome run(struct adapter_call *call, struct search *search)
{
    struct timeval rest = directory_link_rest(search->link);
    char *wanted[] = {(char *)(uintptr_t)search->attribute, NULL};
    int number = 0;
    int code = ldap_search_ext(directory_link_session(search->link), search->directory->base, search->scope,
                               search->filter.base, wanted, 0, NULL, NULL, &rest, ENTRIES_MAX, &number);
    if (code == LDAP_SUCCESS)
        code = receive(call, search, number);
    return code == LDAP_SUCCESS ? ADAPTER_DONE : directory_link_end(call, search->link, "the search", code);
}

static enum adapter_outcome run_on(struct adapter_call *call, struct search *search)
{
    const struct directory *directory = search->directory;
    if (!directory->settings->directory.is_anonymous)
        ADAPTER_TRY(
            directory_log_in(call, search->link, directory->delegation, directory->place.address.host.host));
    return run(call, search);
}

/* All of it is one exchange, as with a KDC. */
static enum adapter_outcome ask(struct adapter_call *call, struct search *search)
{
    int64_t longest_ms = search->directory->settings->exchange_timeout_ms, rest_ms = adapter_remaining_ms(call);
    if (longest_ms > LONGEST_MS)
        longest_ms = LONGEST_MS;
    if (longest_ms > rest_ms)
        longest_ms = rest_ms;
    enum adapter_outcome outcome =
        directory_link_open(call, &search->directory->place, stream_now_ms() + longest_ms, &search->link);
    if (outcome == ADAPTER_DONE)
        outcome = run_on(call, search);
    directory_link_close(search->link);
    return outcome;
}

/* --- what comes of it --- */

static enum adapter_outcome refuse(struct adapter_call *call, const char *why)
{
    return adapter_refuse_subject(call, SUBJECT_REFUSED_SHOWN, "the directory has %s", why);
}

static enum adapter_outcome look_up(struct adapter_call *call, struct directory *directory, struct text name,
                                    struct text *account)
{
    struct search search = {
        .directory = directory,
        .scope = LDAP_SCOPE_SUBTREE,
        .filter = directory_filter(adapter_arena(call), directory->settings->directory.match, name),
        .attribute = directory->attribute};
    ADAPTER_TRY(ask(call, &search));
    if (search.entries == 0)
        return refuse(call, "no entry for this name");
    if (search.entries > 1)
        return refuse(call, "several entries for this name");
    if (search.values == 0)
        return refuse(call, "an entry without an account for this name");
    if (search.values > 1)
        return refuse(call, "an entry with several accounts for this name");
    *account = search.value;
    return ADAPTER_DONE;
}

static struct text key_of(struct adapter_call *call, const struct directory_question *question)
{
    return arena_print(adapter_arena(call), "%.*s\n%.*s", TEXT_ARGUMENTS(question->documents),
                       TEXT_ARGUMENTS(question->name));
}

static void keep(struct directory *directory, struct text key, struct text account)
{
    int64_t now_us = clock_monotonic_us();
    char *kept = strndup(account.base, account.length);
    INVARIANT(kept != NULL);
    ticket_let_go(ticket_cache_keep(directory->found, key, kept, now_us,
                                    now_us + directory->settings->evidence_s * SECOND_US));
}

/* What is kept is a name that was found; that there is none is asked again each time. */
enum adapter_outcome directory_find(struct adapter_call *call, struct directory *directory,
                                    const struct directory_question *question, struct text *account)
{
    struct text key = key_of(call, question);
    struct kept_ticket *kept =
        question->is_fresh ? NULL : ticket_cache_find(directory->found, key, clock_monotonic_us());
    if (kept != NULL) {
        *account = arena_copy(adapter_arena(call), text_of(ticket_credential(kept)));
        ticket_let_go(kept);
        return ADAPTER_DONE;
    }
    ADAPTER_TRY(look_up(call, directory, question->name, account));
    if (memchr(account->base, '\0', account->length) == NULL) /* or it is no account, and nothing to keep */
        keep(directory, key, *account);
    return ADAPTER_DONE;
}

enum adapter_outcome directory_check(struct adapter_call *call, struct directory *directory)
{
    struct search search = {.directory = directory,
                            .scope = LDAP_SCOPE_BASE,
                            .filter = TEXT("(objectClass=*)"),
                            .attribute = LDAP_NO_ATTRS};
    ADAPTER_TRY(ask(call, &search));
    return search.entries == 1
               ? ADAPTER_DONE
               : adapter_misconfigured(call, "/directory/base", "the directory's base cannot be read");
}
