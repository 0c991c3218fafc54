/* issuer fixture: the token it writes verifies with the keys it prints, once, and says what it was told to. */
#include <sys/stat.h>
#include <unistd.h>

#include "session.h"

#define ISSUER   "https://fixture.example"
#define AUDIENCE "https://gateway.example"

static const char *fresh_path(const char *name)
{
    const char *path = session_file(name, "");
    assert_int_equal(unlink(path), 0);
    return path;
}

static const char *contents(const char *path)
{
    static char bytes[4096];
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    bytes[fread(bytes, 1, sizeof(bytes) - 1, file)] = '\0';
    fclose(file);
    return bytes;
}

static void signs_one_token_that_its_public_keys_verify(void **state)
{
    struct session session = {0}, other = {0};
    struct stat status;
    (void)state;
    const char *token = strdup(fresh_path("fixture.jwt"));
    SESSION_RUN(&session, "", "issuer", "fixture", ISSUER, "--audience", AUDIENCE, "--token-file", token);
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_null(strstr(session.out, "\"d\""));
    assert_int_equal(stat(token, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    const char *keys = strdup(session_file("fixture.json", session.out));
    SESSION_RUN(&other, contents(token), "token", "verify", "--jwks", keys, "--alg", "ES256", "--iss", ISSUER,
                "--aud", AUDIENCE);
    assert_int_equal(other.code, EXIT_CODE_FINE);
    session_end(&other);
    session_end(&session);
    free((void *)(uintptr_t)token);
    free((void *)(uintptr_t)keys);
}

static void overwrites_no_file(void **state)
{
    struct session session = {0};
    (void)state;
    const char *kept = strdup(session_file("kept.jwt", "kept"));
    SESSION_RUN(&session, "", "issuer", "fixture", ISSUER, "--audience", AUDIENCE, "--token-file", kept);
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_string_equal(contents(kept), "kept");
    assert_string_equal(session.out, "");
    session_end(&session);
    free((void *)(uintptr_t)kept);
}

static void says_what_is_missing_or_out_of_bounds(void **state)
{
    struct session session = {0};
    (void)state;
    SESSION_RUN(&session, "", "issuer", "fixture", ISSUER, "--audience", AUDIENCE);
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    assert_says(session.error, "--audience and --token-file are needed");
    SESSION_RUN(&session, "", "issuer", "fixture", "http://fixture.example", "--audience", AUDIENCE,
                "--token-file", "t");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    const char *lifetimes[] = {"59", "86401", "1h", "0"};
    for (size_t i = 0; i < sizeof(lifetimes) / sizeof(lifetimes[0]); i++) {
        SESSION_RUN(&session, "", "issuer", "fixture", ISSUER, "--audience", AUDIENCE, "--token-file", "t",
                    "--lifetime", lifetimes[i]);
        assert_int_equal(session.code, EXIT_CODE_USAGE);
        assert_says(session.error, "--lifetime is not a number of seconds");
    }
    session_end(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_one_token_that_its_public_keys_verify),
        cmocka_unit_test(overwrites_no_file),
        cmocka_unit_test(says_what_is_missing_or_out_of_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
