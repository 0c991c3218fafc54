/* Says everything that is in what the gateway hands out, so that tests can prove what is not: a ticket that
 * grants tickets, a second service, a ticket that can be renewed, a delegated credential. It also makes what
 * should never be handed out, so that tests can show that it is found. Only tests run it; it is installed
 * nowhere.
 *
 * What it is asked with stands in run(), what it writes beside each function in ticket_reader.h. */
#include "ticket_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

void must(krb5_context context, krb5_error_code code, const char *what)
{
    if (code != 0)
        give_up(what, krb5_get_error_message(context, code));
}

struct bytes read_whole_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        give_up(path, "cannot be opened");
    struct bytes read = {.data = malloc(1024 * 1024)};
    if (read.data == NULL)
        give_up(path, "there is no memory");
    read.length = fread(read.data, 1, 1024 * 1024, file);
    fclose(file);
    return read;
}

static int run(krb5_context context, int count, char **words)
{
    const char *third = count > 4 ? words[4] : NULL;
    if (count >= 4 && count <= 5 && strcmp(words[1], "token") == 0)
        return print_token(context, words[2], words[3], third), 0;
    if (count >= 4 && count <= 5 && strcmp(words[1], "write-token") == 0)
        return write_token(words[2], words[3], third), 0;
    if (count == 4 && strcmp(words[1], "write-message") == 0)
        return write_message(context, words[2], words[3]), 0;
    krb5_keytab keytab = NULL;
    if (count == 4)
        must(context, krb5_kt_resolve(context, words[3], &keytab), words[3]);
    int status = 0;
    if (count >= 3 && count <= 4 && strcmp(words[1], "cache") == 0)
        print_cache(context, words[2], keytab);
    else if (count >= 3 && count <= 4 && strcmp(words[1], "message") == 0)
        print_message(context, words[2], keytab);
    else
        status = 2;
    if (keytab != NULL)
        krb5_kt_close(context, keytab);
    return status;
}

int main(int count, char **words)
{
    /* Looking at a token is not using it: no service hears of it. */
    setenv("KRB5RCACHENAME", "none:", 1);
    krb5_context context;
    if (krb5_init_context(&context) != 0)
        give_up("ticket_reader", "there is no Kerberos configuration");
    int status = run(context, count, words);
    if (status == 2)
        fprintf(stderr, "ticket_reader token|cache|message|write-token|write-message ...\n");
    krb5_free_context(context);
    return status;
}
