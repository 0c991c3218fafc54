/* In a process of its own: libldap reads what it reads when it is used first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "directory_library.h"

/* What ldap.conf(5) says of where else settings are taken from. */
static void lay_traps(char folder[])
{
    char path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/ldaprc", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("URI ldap://trap.example\nTLS_REQCERT never\nBASE dc=trap\n", file);
    fclose(file);
    setenv("LDAPRC", path, 1);
    setenv("LDAPCONF", path, 1);
    setenv("LDAPTLS_REQCERT", "never", 1);
    setenv("LDAPBASE", "dc=trap", 1);
    setenv("LDAPURI", "ldap://trap.example", 1);
}

static void remove_traps(const char *folder)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/ldaprc", folder);
    unlink(path);
    rmdir(folder);
}

static void listens_to_no_file_of_the_machines_and_to_nothing_of_the_environment(void **state)
{
    (void)state;
    char folder[] = "/tmp/dragoman-ldap-XXXXXX", *base = NULL, *url = NULL;
    const char *mistake = NULL;
    int demanded = -1;
    lay_traps(folder);
    if (!directory_library_begin(-1, &mistake))
        fail_msg("%s", mistake);
    assert_int_equal(ldap_get_option(NULL, LDAP_OPT_X_TLS_REQUIRE_CERT, &demanded), LDAP_OPT_SUCCESS);
    assert_int_equal(demanded, LDAP_OPT_X_TLS_DEMAND);
    assert_int_equal(ldap_get_option(NULL, LDAP_OPT_DEFBASE, &base), LDAP_OPT_SUCCESS);
    assert_true(base == NULL || strstr(base, "trap") == NULL);
    assert_int_equal(ldap_get_option(NULL, LDAP_OPT_URI, &url), LDAP_OPT_SUCCESS);
    assert_true(url == NULL || strstr(url, "trap") == NULL);
    ldap_memfree(base);
    ldap_memfree(url);
    remove_traps(folder);
}

static void refuses_a_file_without_certificates(void **state)
{
    (void)state;
    const char *mistake = NULL;
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_false(directory_library_begin(fileno(file), &mistake));
    assert_non_null(strstr(mistake, "no certificates"));
    fputs("-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n", file);
    fflush(file);
    assert_false(directory_library_begin(fileno(file), &mistake));
    fclose(file);
    assert_false(directory_library_begin(1000, &mistake)); /* no file at all */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listens_to_no_file_of_the_machines_and_to_nothing_of_the_environment),
        cmocka_unit_test(refuses_a_file_without_certificates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
