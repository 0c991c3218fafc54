/* The secret of our client at an issuer is read where its document is compiled, or the document is refused. */
#include "exchange_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char key[] =
    "keys: {jwks: {keys: [{kty: OKP, crv: Ed25519, kid: k, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo}]}}";

static bool use(struct fixture *fixture, const char *login, const char *more, struct buffer *mistakes)
{
    char text[1024];
    snprintf(text, sizeof(text),
             "---\nkind: Issuer\nmetadata: {name: people-idp}\nspec: {issuer: 'https://people.example', login: "
             "{clientId: gateway%s}, %s%s}\n",
             login, key, more);
    return fixture_use(fixture, text, mistakes);
}

static void write_secret(const char *path, mode_t mode, const char *secret)
{
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, mode);
    assert_true(file >= 0);
    assert_int_equal(write(file, secret, strlen(secret)), (ssize_t)strlen(secret));
    close(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void a_login_has_the_secret_of_its_file_or_none(void **state)
{
    struct fixture *fixture = *state;
    SCOPED_BUFFER mistakes = {0};
    char path[128], login[192];
    snprintf(path, sizeof(path), "%s/login.secret", fixture->folder);
    snprintf(login, sizeof(login), ", secretFile: %s", path);
    write_secret(path, 0600, "the login secret\n");
    assert_true(use(fixture, login, "", &mistakes));
    const struct issuer *issuer = world_issuer(fixture->world, TEXT("https://people.example"));
    assert_non_null(issuer->login_secret);
    assert_int_equal(secret_length(issuer->login_secret), strlen("the login secret"));
    assert_memory_equal(secret_bytes(issuer->login_secret), "the login secret", strlen("the login secret"));
    assert_true(use(fixture, "", "", &mistakes));
    assert_null(world_issuer(fixture->world, TEXT("https://people.example"))->login_secret);
    unlink(path);
    assert_true(use(fixture, login, ", enabled: false", &mistakes)); /* off means off */
}

static void a_file_that_others_can_read_or_that_is_not_there_is_a_mistake(void **state)
{
    struct fixture *fixture = *state;
    char path[128], login[192];
    snprintf(path, sizeof(path), "%s/login.secret", fixture->folder);
    snprintf(login, sizeof(login), ", secretFile: %s", path);
    for (int written = 0; written < 2; written++) {
        SCOPED_BUFFER mistakes = {0};
        if (written)
            write_secret(path, 0644, "the login secret\n");
        assert_false(use(fixture, login, "", &mistakes));
        buffer_append_byte(&mistakes, '\0');
        assert_non_null(strstr(mistakes.base, "login.secret cannot be read"));
        assert_null(strstr(mistakes.base, "the login secret"));
    }
    unlink(path);
}

int main(void)
{
#define TRIED(test) cmocka_unit_test_setup_teardown(test, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TRIED(a_login_has_the_secret_of_its_file_or_none),
        TRIED(a_file_that_others_can_read_or_that_is_not_there_is_a_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
