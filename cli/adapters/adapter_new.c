/* dragoman adapter new: writes a folder with an adapter that works, out of the templates that this program
 * carries (cli/adapters/templates). Overwrites nothing. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/digest.h"
#include "commands/commands.h"

enum { NAME_MAX_LENGTH = 40, FILES_MAX = 8 };

extern const char template_python_program[], template_python_test[], template_python_readme[],
    template_node_program[], template_node_test[], template_node_readme[], template_c_program[],
    template_c_build[], template_c_readme[], template_script_documents[], template_program_documents[],
    template_target[], template_good_settings[], template_bad_settings[];

struct template_file {
    const char *name; /* with @NAME@ in it; NULL ends a list */
    const char *content;
    mode_t mode;
};

/* The first file is the program: its hash goes into the documents, which come after it. */
static const struct language {
    const char *name, *program, *interpreter;
    struct template_file files[FILES_MAX];
} languages[] = {
    {"c",
     "@NAME@",
     "",
     {{"@NAME@.c", template_c_program, 0644},
      {"CMakeLists.txt", template_c_build, 0644},
      {"README.md", template_c_readme, 0644},
      {"documents.yaml", template_program_documents, 0644},
      {"target.yaml", template_target, 0644},
      {"good_settings.yaml", template_good_settings, 0644},
      {"bad_settings.yaml", template_bad_settings, 0644}}},
    {"python",
     "@NAME@.py",
     "python3",
     {{"@NAME@.py", template_python_program, 0755},
      {"test_@NAME@.py", template_python_test, 0644},
      {"README.md", template_python_readme, 0644},
      {"documents.yaml", template_script_documents, 0644},
      {"target.yaml", template_target, 0644},
      {"good_settings.yaml", template_good_settings, 0644},
      {"bad_settings.yaml", template_bad_settings, 0644}}},
    {"node",
     "@NAME@.js",
     "node",
     {{"@NAME@.js", template_node_program, 0755},
      {"@NAME@.test.js", template_node_test, 0644},
      {"README.md", template_node_readme, 0644},
      {"documents.yaml", template_script_documents, 0644},
      {"target.yaml", template_target, 0644},
      {"good_settings.yaml", template_good_settings, 0644},
      {"bad_settings.yaml", template_bad_settings, 0644}}},
};

struct substitution {
    const char *mark;
    struct text value;
};

static struct text fill(struct arena *arena, struct text rest, const struct substitution *substitutions)
{
    struct buffer out = buffer_in(arena, rest.length + 256);
    while (rest.length != 0) {
        const struct substitution *found = NULL;
        for (const struct substitution *one = substitutions; one->mark != NULL && found == NULL; one++)
            if (text_starts_with(rest, text_of(one->mark)))
                found = one;
        size_t length = found != NULL ? strlen(found->mark) : 1;
        buffer_append(&out, found != NULL ? found->value : (struct text){rest.base, 1});
        rest = (struct text){rest.base + length, rest.length - length};
    }
    return buffer_text(&out);
}

static enum exit_code complain(const struct invocation *invocation, struct text what, const char *why,
                               enum exit_code code)
{
    terminal_complain(invocation->terminal, what, text_of(why), TEXT("dragoman adapter new --help"));
    return code;
}

/* As documents want it, and as a header's name and a program's may be. */
static bool is_name(const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        if (!islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) && name[i] != '-')
            return false;
    return length != 0 && length <= NAME_MAX_LENGTH && islower((unsigned char)name[0]) &&
           name[length - 1] != '-';
}

static bool write_file(const char *path, struct text content, mode_t mode)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    bool is_written = file >= 0;
    while (is_written && content.length != 0) {
        ssize_t length = write(file, content.base, content.length);
        is_written = length > 0;
        content = (struct text){content.base + (length > 0 ? length : 0),
                                content.length - (length > 0 ? (size_t)length : 0)};
    }
    return file >= 0 && close(file) == 0 && is_written;
}

static enum exit_code write_files(const struct invocation *invocation, const struct language *language,
                                  const char *directory, struct text name)
{
    char digits[2 * DIGEST_SIZE + 1];
    unsigned char digest[DIGEST_SIZE];
    struct arena *arena = invocation->arena;
    const struct substitution only_name[] = {{"@NAME@", name}, {NULL, TEXT_NONE}};
    struct substitution all[] = {{"@NAME@", name},
                                 {"@PROGRAM@", fill(arena, text_of(language->program), only_name)},
                                 {"@INTERPRETER@", text_of(language->interpreter)},
                                 {"@SHA256@", TEXT_NONE},
                                 {NULL, TEXT_NONE}};
    digest_sha256(fill(arena, text_of(language->files[0].content), only_name), digest);
    digest_hex(digest, digits);
    all[3].value = text_of(digits);
    for (size_t i = 0; i < FILES_MAX && language->files[i].name != NULL; i++) {
        struct text file = fill(arena, text_of(language->files[i].name), all);
        struct text path = arena_print(arena, "%s/%.*s", directory, TEXT_ARGUMENTS(file));
        if (!write_file(path.base, fill(arena, text_of(language->files[i].content), all),
                        language->files[i].mode))
            return complain(invocation, arena_print(arena, "%s cannot be written", path.base), strerror(errno),
                            EXIT_CODE_REFUSED);
        fprintf(invocation->terminal->out, "  %s\n", path.base);
    }
    return EXIT_CODE_FINE;
}

enum exit_code command_adapter_new(struct invocation *invocation)
{
    const struct language *language = NULL;
    const char *name = invocation->arguments[0], *wanted = invocation_option(invocation, "lang");
    const char *directory = invocation_option(invocation, "directory");
    if (!is_name(name))
        return complain(invocation, arena_print(invocation->arena, "'%s' is no name of an adapter", name),
                        "it has small letters, digits and -, begins with a letter, and is at most 40 long",
                        EXIT_CODE_USAGE);
    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]) && wanted != NULL; i++)
        if (strcmp(languages[i].name, wanted) == 0)
            language = &languages[i];
    if (language == NULL)
        return complain(invocation, TEXT("--lang is one of c, python, node"), NULL, EXIT_CODE_USAGE);
    if (directory == NULL)
        directory = name;
    if (mkdir(directory, 0755) != 0)
        return complain(invocation, arena_print(invocation->arena, "%s cannot be made", directory),
                        errno == EEXIST ? "it is there already, and nothing is overwritten" : strerror(errno),
                        EXIT_CODE_REFUSED);
    enum exit_code code = write_files(invocation, language, directory, text_of(name));
    if (code == EXIT_CODE_FINE)
        fprintf(invocation->terminal->out, "\n%s/README.md says how to go on.\n", directory);
    return code;
}
