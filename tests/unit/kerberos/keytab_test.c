/* A keytab that others could have, or whose keys are no good, is refused; what is taken is found by libkrb5. */
#include "keytab.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call_stage.h"
#include "keytab_bytes.h"

#define GATEWAY "gw/gateway.corp.example@CORP.EXAMPLE"

enum { AES256 = 18, AES128 = 17, AES256_SHA2 = 20, RC4 = 23, DES = 3 };

struct keytab_stage {
    struct call_stage stage;
    krb5_context context;
    char path[40];
    int descriptor;
};

static void begin(struct keytab_stage *keytab)
{
    call_stage_begin(&keytab->stage);
    assert_int_equal(krb5_init_context(&keytab->context), 0);
    snprintf(keytab->path, sizeof(keytab->path), "/tmp/keytab-test-XXXXXX");
    keytab->descriptor = mkstemp(keytab->path);
    assert_true(keytab->descriptor >= 0);
}

static void end(struct keytab_stage *keytab)
{
    close(keytab->descriptor);
    unlink(keytab->path);
    krb5_free_context(keytab->context);
    call_stage_end(&keytab->stage);
}

static void write_keys(struct keytab_stage *keytab, const struct key_bytes *keys, size_t count)
{
    struct buffer bytes = keytab_bytes(keytab->stage.arena);
    for (size_t i = 0; i < count; i++)
        keytab_bytes_add(&bytes, &keys[i]);
    assert_int_equal(ftruncate(keytab->descriptor, 0), 0);
    assert_int_equal(pwrite(keytab->descriptor, bytes.base, bytes.length, 0), (ssize_t)bytes.length);
}

static enum adapter_outcome load(struct keytab_stage *keytab, struct keytab *loaded)
{
    return keytab_load(&keytab->stage.call, keytab->context, keytab->descriptor, TEXT(GATEWAY), loaded);
}

static void assert_refused(struct keytab_stage *keytab, const char *words)
{
    struct keytab loaded;
    assert_int_equal(load(keytab, &loaded), ADAPTER_MISCONFIGURED);
    if (!text_has(keytab->stage.call.said, words))
        fail_msg("\"%.*s\" does not say: %s", TEXT_ARGUMENTS(keytab->stage.call.said), words);
}

/* By its name, as GSSAPI looks for it; the first byte of the key, or -1. */
static int key_of(struct keytab_stage *keytab, const char *name, unsigned version, int type)
{
    krb5_keytab handle;
    krb5_principal principal;
    krb5_keytab_entry entry;
    int found = -1;
    assert_int_equal(krb5_kt_resolve(keytab->context, name, &handle), 0);
    assert_int_equal(krb5_parse_name(keytab->context, GATEWAY, &principal), 0);
    if (krb5_kt_get_entry(keytab->context, handle, principal, version, type, &entry) == 0) {
        found = entry.key.contents[0];
        krb5_free_keytab_entry_contents(keytab->context, &entry);
    }
    krb5_free_principal(keytab->context, principal);
    krb5_kt_close(keytab->context, handle);
    return found;
}

static void keeps_the_newest_keys_and_those_before(void **state)
{
    (void)state;
    static const struct key_bytes keys[] = {
        {GATEWAY, 3, AES256, 32, 'a'},      {GATEWAY, 5, AES256, 32, 'c'},
        {GATEWAY, 5, AES128, 16, 'd'},      {"gw2@CORP.EXAMPLE", 9, AES256, 32, 'x'},
        {GATEWAY, 4, AES256_SHA2, 32, 'b'},
    };
    struct keytab_stage keytab;
    struct keytab loaded;
    char name[sizeof(loaded.name)];
    begin(&keytab);
    write_keys(&keytab, keys, 5);
    assert_int_equal(load(&keytab, &loaded), ADAPTER_DONE);
    memcpy(name, loaded.name, sizeof(name));
    assert_memory_equal(name, "MEMORY:", 7);
    assert_int_equal(key_of(&keytab, name, 5, AES256), 'c');
    assert_int_equal(key_of(&keytab, name, 5, AES128), 'd');
    assert_int_equal(key_of(&keytab, name, 4, AES256_SHA2), 'b');
    assert_int_equal(key_of(&keytab, name, 3, AES256), -1);
    assert_int_equal(call_stage_log(&keytab.stage).length, 0);
    keytab_close(&loaded);
    assert_int_equal(key_of(&keytab, name, 5, AES256), -1); /* gone with it */
    end(&keytab);
}

/* As ktutil and kadmin write them: what ktremove takes out leaves a hole. */
static void reads_what_libkrb5_writes(void **state)
{
    (void)state;
    struct keytab_stage keytab;
    struct keytab loaded;
    krb5_keytab file;
    krb5_octet bytes[32] = {'k'};
    char name[64];
    begin(&keytab);
    close(keytab.descriptor);
    assert_int_equal(unlink(keytab.path), 0);
    snprintf(name, sizeof(name), "WRFILE:%s", keytab.path);
    krb5_keytab_entry entry = {.key = {.enctype = AES256, .length = sizeof(bytes), .contents = bytes}};
    assert_int_equal(krb5_kt_resolve(keytab.context, name, &file), 0);
    assert_int_equal(krb5_parse_name(keytab.context, GATEWAY, &entry.principal), 0);
    for (entry.vno = 298; entry.vno <= 301; entry.vno++)
        assert_int_equal(krb5_kt_add_entry(keytab.context, file, &entry), 0);
    entry.vno = 301;
    assert_int_equal(krb5_kt_remove_entry(keytab.context, file, &entry), 0);
    krb5_free_principal(keytab.context, entry.principal);
    krb5_kt_close(keytab.context, file);
    keytab.descriptor = open(keytab.path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(load(&keytab, &loaded), ADAPTER_DONE);
    assert_int_equal(key_of(&keytab, loaded.name, 301, AES256), -1);
    assert_int_equal(key_of(&keytab, loaded.name, 300, AES256), 'k');
    assert_int_equal(key_of(&keytab, loaded.name, 299, AES256), 'k');
    assert_int_equal(key_of(&keytab, loaded.name, 298, AES256), -1);
    keytab_close(&loaded);
    end(&keytab);
}

static void leaves_out_what_is_not_aes_and_says_so(void **state)
{
    (void)state;
    static const struct key_bytes keys[] = {{GATEWAY, 5, RC4, 16, 'r'},
                                            {GATEWAY, 5, AES256, 32, 'a'},
                                            {GATEWAY, 4, DES, 8, 'e'},
                                            {GATEWAY, 5, AES128, 15, 's'}};
    struct keytab_stage keytab;
    struct keytab loaded;
    begin(&keytab);
    write_keys(&keytab, keys, 4);
    assert_int_equal(load(&keytab, &loaded), ADAPTER_DONE);
    struct text log = call_stage_log(&keytab.stage);
    assert_true(text_has(log, "\"warning\"") && text_has(log, "version 5 for arcfour-hmac") &&
                text_has(log, "version 4 for ") && text_has(log, "version 5 for aes128"));
    assert_int_equal(key_of(&keytab, loaded.name, 5, AES256), 'a');
    assert_int_equal(key_of(&keytab, loaded.name, 5, RC4), -1);
    assert_int_equal(key_of(&keytab, loaded.name, 4, DES), -1);
    assert_int_equal(key_of(&keytab, loaded.name, 5, AES128), -1);
    keytab_close(&loaded);
    end(&keytab);
}

static void refuses_keys_that_are_no_good(void **state)
{
    (void)state;
    static const struct key_bytes weak[] = {{GATEWAY, 5, RC4, 16, 'r'}, {GATEWAY, 5, DES, 8, 'd'}};
    static const struct key_bytes old[] = {{GATEWAY, 4, AES256, 32, 'a'}, {GATEWAY, 5, RC4, 16, 'r'}};
    static const struct key_bytes others[] = {{"gw/gateway.corp.example@OTHER", 5, AES256, 32, 'a'},
                                              {"GW/gateway.corp.example@CORP.EXAMPLE", 5, AES256, 32, 'a'}};
    static const struct key_bytes broken[] = {{GATEWAY, 5, AES256, 16, 'a'}};
    struct keytab_stage keytab;
    begin(&keytab);
    write_keys(&keytab, weak, 2);
    assert_refused(&keytab, "are not for AES");
    write_keys(&keytab, old, 2); /* whose AES key is not the account's any more */
    assert_refused(&keytab, "newest keys of " GATEWAY);
    write_keys(&keytab, broken, 1);
    assert_refused(&keytab, "are not for AES");
    write_keys(&keytab, others, 2);
    assert_refused(&keytab, "has no key of " GATEWAY "; it has one of gw/gateway.corp.example@OTHER");
    write_keys(&keytab, NULL, 0);
    assert_refused(&keytab, "has no key of " GATEWAY ", nor any other");
    assert_int_equal(ftruncate(keytab.descriptor, 0), 0);
    assert_refused(&keytab, "0x0502");
    assert_int_equal(ftruncate(keytab.descriptor, 65537), 0);
    assert_refused(&keytab, "64 KiB");
    end(&keytab);
}

static void refuses_files_that_others_can_have(void **state)
{
    (void)state;
    static const mode_t modes[] = {0440, 0404, 0620, 0602, 0610, 0601};
    static const struct key_bytes key = {GATEWAY, 5, AES256, 32, 'a'};
    struct keytab_stage keytab;
    struct keytab loaded;
    begin(&keytab);
    write_keys(&keytab, &key, 1);
    for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
        assert_int_equal(fchmod(keytab.descriptor, modes[i]), 0);
        assert_refused(&keytab, "its mode");
    }
    assert_int_equal(fchmod(keytab.descriptor, 0400), 0);
    assert_int_equal(load(&keytab, &loaded), ADAPTER_DONE);
    keytab_close(&loaded);
    end(&keytab);
}

static void takes_a_file_of_root_or_of_its_own_user(void **state)
{
    (void)state;
    struct stat status = {.st_mode = S_IFREG | 0400, .st_uid = 0};
    assert_null(keytab_status_mistake(&status, 1000));
    status.st_uid = 1000;
    assert_null(keytab_status_mistake(&status, 1000));
    status.st_uid = 1001;
    assert_non_null(keytab_status_mistake(&status, 1000));
    assert_non_null(keytab_status_mistake(&status, 0));
}

static void refuses_what_is_no_regular_open_file(void **state)
{
    (void)state;
    struct keytab_stage keytab;
    int ends[2];
    begin(&keytab);
    int file = keytab.descriptor;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    keytab.descriptor = ends[0];
    assert_refused(&keytab, "no regular file");
    close(ends[0]);
    close(ends[1]);
    keytab.descriptor = open("/tmp", O_RDONLY | O_CLOEXEC);
    assert_refused(&keytab, "no regular file");
    close(keytab.descriptor);
    assert_refused(&keytab, "not open");
    keytab.descriptor = open(keytab.path, O_WRONLY | O_CLOEXEC);
    assert_refused(&keytab, "cannot be read");
    close(keytab.descriptor);
    keytab.descriptor = -1;
    assert_refused(&keytab, "names no file keytab");
    keytab.descriptor = file;
    end(&keytab);
}

static void notices_that_the_file_was_replaced_or_written_to(void **state)
{
    (void)state;
    static const struct key_bytes keys[] = {{GATEWAY, 1, AES256, 32, 'a'}, {GATEWAY, 2, AES256, 32, 'b'}};
    struct keytab_stage keytab;
    struct keytab loaded;
    begin(&keytab);
    write_keys(&keytab, keys, 1);
    assert_int_equal(load(&keytab, &loaded), ADAPTER_DONE);
    assert_false(keytab_has_changed(&loaded, keytab.descriptor));
    write_keys(&keytab, keys, 2);
    assert_true(keytab_has_changed(&loaded, keytab.descriptor));
    keytab_close(&loaded);
    assert_int_equal(load(&keytab, &loaded), ADAPTER_DONE);
    assert_false(keytab_has_changed(&loaded, keytab.descriptor));
    assert_int_equal(unlink(keytab.path), 0);
    assert_true(keytab_has_changed(&loaded, keytab.descriptor));
    assert_true(keytab_has_changed(&loaded, -1));
    keytab_close(&loaded);
    end(&keytab);
}

/* Two that are loaded at once, as when a program is opened anew, have their own keys. */
static void keeps_keytabs_apart(void **state)
{
    (void)state;
    static const struct key_bytes first = {GATEWAY, 1, AES256, 32, 'a'}, second = {GATEWAY, 1, AES256, 32, 'b'};
    struct keytab_stage keytab;
    struct keytab loaded[2];
    begin(&keytab);
    write_keys(&keytab, &first, 1);
    assert_int_equal(load(&keytab, &loaded[0]), ADAPTER_DONE);
    write_keys(&keytab, &second, 1);
    assert_int_equal(load(&keytab, &loaded[1]), ADAPTER_DONE);
    assert_int_equal(key_of(&keytab, loaded[0].name, 1, AES256), 'a');
    assert_int_equal(key_of(&keytab, loaded[1].name, 1, AES256), 'b');
    keytab_close(&loaded[0]);
    keytab_close(&loaded[1]);
    end(&keytab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_newest_keys_and_those_before),
        cmocka_unit_test(reads_what_libkrb5_writes),
        cmocka_unit_test(leaves_out_what_is_not_aes_and_says_so),
        cmocka_unit_test(refuses_keys_that_are_no_good),
        cmocka_unit_test(refuses_files_that_others_can_have),
        cmocka_unit_test(takes_a_file_of_root_or_of_its_own_user),
        cmocka_unit_test(refuses_what_is_no_regular_open_file),
        cmocka_unit_test(notices_that_the_file_was_replaced_or_written_to),
        cmocka_unit_test(keeps_keytabs_apart),
    };
    setenv("KRB5_CONFIG", "/dev/null", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
