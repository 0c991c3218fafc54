/* What is synced of a file is an image in memory; what was done since is a list of changes. SQLite works on the
 * real file meanwhile, which is written anew from image and changes when power is lost. The folder is synced as
 * SQLite's own layer does it: with the first sync of a log or journal it has made, and with a deletion that
 * asks for it. */
#include "losing_disk.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file_image.h"

enum { FILES_MAX = 8, PATH_SIZE = 256 };

struct disk_file {
    char path[PATH_SIZE];
    bool exists;
    bool is_named;            /* the folder on the disk knows it */
    bool syncs_folder;        /* with its next sync */
    struct file_image synced; /* what the disk holds for certain */
    struct file_changes changes;
    struct file_image unlinked; /* was there under this name, and the folder on the disk still knows it */
    bool has_unlinked;
};

/* As SQLite allocates it: the real layer's file follows. */
struct open_file {
    sqlite3_file base;
    struct disk_file *file; /* NULL: nothing that has to last */
};

static struct {
    pthread_mutex_t lock;
    sqlite3_vfs layer, *real;
    sqlite3_io_methods methods;
    struct losing_disk_plan plan;
    uint64_t operations, random;
    bool has_power;
    struct disk_file files[FILES_MAX];
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* --- chance: splitmix64, the same for the same seed --- */

static uint64_t next_random(void)
{
    uint64_t z = (disk.random += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static bool is_lucky(void)
{
    if (disk.plan.luck != LOSING_DISK_KEEPS_SOME)
        return disk.plan.luck == LOSING_DISK_KEEPS_ALL;
    return (next_random() & 1) != 0;
}

static bool certainly(void)
{
    return true;
}

/* --- files and the folder --- */

static struct disk_file *find_file(const char *path)
{
    for (size_t i = 0; i < FILES_MAX; i++)
        if (strcmp(disk.files[i].path, path) == 0)
            return &disk.files[i];
    return NULL;
}

static struct disk_file *file_of(const char *path)
{
    struct disk_file *file = find_file(path);
    if (file == NULL)
        file = find_file("");
    if (file == NULL || strlen(path) >= PATH_SIZE)
        abort();
    memcpy(file->path, path, strlen(path) + 1);
    return file;
}

static void forget_unlinked(struct disk_file *file)
{
    file_image_free(&file->unlinked);
    file->has_unlinked = false;
}

static void sync_folder(void)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        disk.files[i].is_named = disk.files[i].exists;
        forget_unlinked(&disk.files[i]);
    }
}

static void sync_file(struct disk_file *file)
{
    file_changes_make(&file->changes, &file->synced, certainly);
    file_changes_forget(&file->changes);
    if (file->syncs_folder)
        sync_folder();
    file->syncs_folder = false;
}

/* A file that has bytes when it is first seen was there before. */
static void note_opened(struct disk_file *file, bool is_log)
{
    if (file->exists)
        return;
    file->exists = true;
    file_image_read(&file->synced, file->path);
    file->is_named = file->synced.length != 0;
    file->syncs_folder = is_log && !file->is_named;
}

static void note_deleted(struct disk_file *file)
{
    if (file->is_named) {
        forget_unlinked(file);
        file->unlinked = file->synced;
        file->has_unlinked = true;
        file->synced = (struct file_image){0};
    }
    file_image_free(&file->synced);
    file_changes_forget(&file->changes);
    file->exists = file->is_named = false;
}

enum power { POWER_IS_ON, POWER_FAILS, POWER_IS_OFF };

/* What does not have to last counts for nothing. */
static enum power operate_on(const struct disk_file *file)
{
    if (file == NULL)
        return POWER_IS_ON;
    if (!disk.has_power)
        return POWER_IS_OFF;
    disk.operations++;
    if (disk.operations != disk.plan.cut_at)
        return POWER_IS_ON;
    disk.has_power = false;
    return POWER_FAILS;
}

/* --- SQLite's interface --- */

static struct open_file *open_file_of(sqlite3_file *base)
{
    return (struct open_file *)base;
}

static sqlite3_file *real_file(sqlite3_file *base)
{
    return (sqlite3_file *)(open_file_of(base) + 1);
}

static int close_file(sqlite3_file *base)
{
    return real_file(base)->pMethods->xClose(real_file(base));
}

static int read_file(sqlite3_file *base, void *bytes, int length, sqlite3_int64 offset)
{
    return losing_disk_has_power() ? real_file(base)->pMethods->xRead(real_file(base), bytes, length, offset)
                                   : SQLITE_IOERR_READ;
}

static int write_file(sqlite3_file *base, const void *bytes, int length, sqlite3_int64 offset)
{
    struct disk_file *file = open_file_of(base)->file;
    pthread_mutex_lock(&disk.lock);
    enum power power = operate_on(file);
    if (file != NULL && power != POWER_IS_OFF)
        file_changes_add_write(&file->changes, (size_t)offset, bytes, (size_t)length);
    pthread_mutex_unlock(&disk.lock);
    return power == POWER_IS_ON ? real_file(base)->pMethods->xWrite(real_file(base), bytes, length, offset)
                                : SQLITE_IOERR_WRITE;
}

static int truncate_file(sqlite3_file *base, sqlite3_int64 length)
{
    struct disk_file *file = open_file_of(base)->file;
    pthread_mutex_lock(&disk.lock);
    enum power power = operate_on(file);
    if (file != NULL && power != POWER_IS_OFF)
        file_changes_add_truncation(&file->changes, (size_t)length);
    pthread_mutex_unlock(&disk.lock);
    return power == POWER_IS_ON ? real_file(base)->pMethods->xTruncate(real_file(base), length)
                                : SQLITE_IOERR_TRUNCATE;
}

/* The real file is not synced: this machine keeps its power. */
static int synchronise_file(sqlite3_file *base, int flags)
{
    (void)flags;
    struct disk_file *file = open_file_of(base)->file;
    pthread_mutex_lock(&disk.lock);
    enum power power = operate_on(file);
    if (file != NULL && power == POWER_IS_ON && !disk.plan.ignores_syncs)
        sync_file(file);
    pthread_mutex_unlock(&disk.lock);
    return power == POWER_IS_ON ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size)
{
    return real_file(base)->pMethods->xFileSize(real_file(base), size);
}

static int lock_file(sqlite3_file *base, int level)
{
    return real_file(base)->pMethods->xLock(real_file(base), level);
}

static int unlock_file(sqlite3_file *base, int level)
{
    return real_file(base)->pMethods->xUnlock(real_file(base), level);
}

static int check_reserved_lock(sqlite3_file *base, int *result)
{
    return real_file(base)->pMethods->xCheckReservedLock(real_file(base), result);
}

static int control_file(sqlite3_file *base, int operation, void *argument)
{
    return real_file(base)->pMethods->xFileControl(real_file(base), operation, argument);
}

static int sector_size(sqlite3_file *base)
{
    return real_file(base)->pMethods->xSectorSize(real_file(base));
}

static int device_characteristics(sqlite3_file *base)
{
    return real_file(base)->pMethods->xDeviceCharacteristics(real_file(base));
}

static int map_shared(sqlite3_file *base, int page, int size, int extends, void volatile **memory)
{
    return real_file(base)->pMethods->xShmMap(real_file(base), page, size, extends, memory);
}

static int lock_shared(sqlite3_file *base, int offset, int count, int flags)
{
    return real_file(base)->pMethods->xShmLock(real_file(base), offset, count, flags);
}

static void order_shared(sqlite3_file *base)
{
    real_file(base)->pMethods->xShmBarrier(real_file(base));
}

static int unmap_shared(sqlite3_file *base, int deletes)
{
    return real_file(base)->pMethods->xShmUnmap(real_file(base), deletes);
}

static int open_path(sqlite3_vfs *layer, const char *name, sqlite3_file *base, int flags, int *given)
{
    (void)layer;
    struct open_file *opened = open_file_of(base);
    *opened = (struct open_file){0};
    if (!losing_disk_has_power())
        return SQLITE_CANTOPEN;
    int code = disk.real->xOpen(disk.real, name, real_file(base), flags, given);
    if (code != SQLITE_OK)
        return code;
    opened->base.pMethods = &disk.methods;
    bool is_log = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    if (name == NULL || (!is_log && (flags & SQLITE_OPEN_MAIN_DB) == 0))
        return SQLITE_OK;
    pthread_mutex_lock(&disk.lock);
    opened->file = file_of(name);
    note_opened(opened->file, is_log);
    pthread_mutex_unlock(&disk.lock);
    return SQLITE_OK;
}

static int delete_path(sqlite3_vfs *layer, const char *name, int syncs_folder)
{
    (void)layer;
    if (access(name, F_OK) != 0)
        return disk.real->xDelete(disk.real, name, 0); /* which says so */
    pthread_mutex_lock(&disk.lock);
    struct disk_file *file = file_of(name);
    note_opened(file, false);
    enum power power = operate_on(file);
    if (power != POWER_IS_OFF)
        note_deleted(file);
    if (power == POWER_IS_ON && syncs_folder != 0 && !disk.plan.ignores_syncs)
        sync_folder();
    pthread_mutex_unlock(&disk.lock);
    return power == POWER_IS_ON ? disk.real->xDelete(disk.real, name, 0) : SQLITE_IOERR_DELETE;
}

void losing_disk_install(void)
{
    disk.real = sqlite3_vfs_find("unix");
    disk.methods = (sqlite3_io_methods){.iVersion = 2,
                                        .xClose = close_file,
                                        .xRead = read_file,
                                        .xWrite = write_file,
                                        .xTruncate = truncate_file,
                                        .xSync = synchronise_file,
                                        .xFileSize = file_size,
                                        .xLock = lock_file,
                                        .xUnlock = unlock_file,
                                        .xCheckReservedLock = check_reserved_lock,
                                        .xFileControl = control_file,
                                        .xSectorSize = sector_size,
                                        .xDeviceCharacteristics = device_characteristics,
                                        .xShmMap = map_shared,
                                        .xShmLock = lock_shared,
                                        .xShmBarrier = order_shared,
                                        .xShmUnmap = unmap_shared};
    disk.layer = *disk.real;
    disk.layer.zName = "losing";
    disk.layer.pNext = NULL;
    disk.layer.szOsFile = (int)sizeof(struct open_file) + disk.real->szOsFile;
    disk.layer.xOpen = open_path;
    disk.layer.xDelete = delete_path;
    if (sqlite3_vfs_register(&disk.layer, 1) != SQLITE_OK)
        abort();
}

/* --- power --- */

static void forget_file(struct disk_file *file)
{
    file_changes_forget(&file->changes);
    forget_unlinked(file);
    file_image_free(&file->synced);
    *file = (struct disk_file){0};
}

void losing_disk_power_on(const struct losing_disk_plan *plan)
{
    for (size_t i = 0; i < FILES_MAX; i++)
        forget_file(&disk.files[i]);
    disk.plan = *plan;
    disk.random = plan->seed;
    disk.operations = 0;
    disk.has_power = true;
}

uint64_t losing_disk_operations(void)
{
    pthread_mutex_lock(&disk.lock);
    uint64_t operations = disk.operations;
    pthread_mutex_unlock(&disk.lock);
    return operations;
}

bool losing_disk_has_power(void)
{
    pthread_mutex_lock(&disk.lock);
    bool has_power = disk.has_power;
    pthread_mutex_unlock(&disk.lock);
    return has_power;
}

/* What shares memory between processes is gone in any case. */
static void remove_shared_memory(const char *path)
{
    char name[PATH_SIZE + 8];
    snprintf(name, sizeof(name), "%s-shm", path);
    unlink(name);
}

static void lose_file(struct disk_file *file)
{
    remove_shared_memory(file->path);
    if (file->exists && (file->is_named || is_lucky())) {
        file_changes_make(&file->changes, &file->synced, is_lucky);
        file_image_write(&file->synced, file->path);
    } else if (file->has_unlinked && (file->exists || !is_lucky())) {
        file_image_write(&file->unlinked, file->path);
    } else {
        unlink(file->path);
    }
}

void losing_disk_lose(void)
{
    disk.has_power = false;
    for (size_t i = 0; i < FILES_MAX; i++)
        if (disk.files[i].path[0] != '\0')
            lose_file(&disk.files[i]);
}

void losing_disk_clear(void)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (disk.files[i].path[0] != '\0') {
            remove_shared_memory(disk.files[i].path);
            unlink(disk.files[i].path);
        }
        forget_file(&disk.files[i]);
    }
}
