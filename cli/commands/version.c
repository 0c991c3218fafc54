/* dragoman version. */
#include <openssl/crypto.h>

#include "commands.h"
#include "printer.h"
#include "json/json_writer.h"

enum exit_code command_version(struct invocation *invocation)
{
    const char *openssl = OpenSSL_version(OPENSSL_VERSION_STRING);
    if (invocation->output == OUTPUT_TABLE) {
        fprintf(invocation->terminal->out, "dragoman %s (OpenSSL %s)\n", DRAGOMAN_VERSION, openssl);
        return EXIT_CODE_FINE;
    }
    SCOPED_BUFFER json = {0};
    const struct json_value *value = NULL;
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_text(&writer, "version", TEXT(DRAGOMAN_VERSION));
    json_member_text(&writer, "openssl", text_of(openssl));
    json_end_object(&writer);
    INVARIANT(json_parse(invocation->arena, buffer_text(&json), &json_limits_token, &value) == FAULT_NONE);
    printer_print(invocation, value);
    return EXIT_CODE_FINE;
}
