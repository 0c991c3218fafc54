/* What the system says of the program under test while it runs: descriptors, memory, Internet sockets; see
 * adapter_process.h. From /proc, so of the process that was started alone. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapter_process.h"

int64_t adapter_process_descriptors(const struct adapter_process *process)
{
    char path[64];
    int64_t count = 0;
    struct dirent *entry;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)process->id);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return -1;
    while ((entry = readdir(folder)) != NULL)
        count += isdigit((unsigned char)entry->d_name[0]) != 0;
    closedir(folder);
    return count;
}

int64_t adapter_process_memory_kib(const struct adapter_process *process)
{
    char path[64], line[256];
    long long resident = -1;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)process->id);
    FILE *stream = fopen(path, "re");
    if (stream == NULL)
        return -1;
    while (fgets(line, sizeof(line), stream) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            resident = strtoll(line + 6, NULL, 10);
    fclose(stream);
    return resident;
}

/* The lines of /proc/net/tcp and its like have the inode in their tenth column. */
static bool table_has(const char *name, unsigned long long inode)
{
    char path[64], line[512];
    bool is_there = false;
    snprintf(path, sizeof(path), "/proc/net/%s", name);
    FILE *stream = fopen(path, "re");
    if (stream == NULL)
        return false;
    while (!is_there && fgets(line, sizeof(line), stream) != NULL) {
        char *rest = NULL, *word = strtok_r(line, " ", &rest);
        for (int column = 0; column < 9 && word != NULL; column++)
            word = strtok_r(NULL, " ", &rest);
        is_there = word != NULL && strtoull(word, NULL, 10) == inode;
    }
    fclose(stream);
    return is_there;
}

static bool is_network(unsigned long long inode)
{
    static const char *const tables[] = {"tcp", "tcp6", "udp", "udp6", "raw", "raw6"};
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        if (table_has(tables[i], inode))
            return true;
    return false;
}

bool adapter_process_has_network(const struct adapter_process *process)
{
    char path[64], link[64];
    bool has_network = false;
    struct dirent *entry;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)process->id);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return false;
    while (!has_network && (entry = readdir(folder)) != NULL) {
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, link, sizeof(link) - 1);
        if (length <= 0)
            continue;
        link[length] = '\0';
        has_network = strncmp(link, "socket:[", 8) == 0 && is_network(strtoull(link + 8, NULL, 10));
    }
    closedir(folder);
    return has_network;
}
