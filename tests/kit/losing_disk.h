/* A disk that loses power: SQLite's own file layer with a memory of what was synced. Whatever was written, cut
 * short, made or deleted since the last sync may be there after power came back or not, sector by sector and in
 * no order. For one store at a time. */
#ifndef KIT_LOSING_DISK_H
#define KIT_LOSING_DISK_H

#include <stdbool.h>
#include <stdint.h>

/* What becomes of what was not synced. */
enum losing_disk_luck {
    LOSING_DISK_KEEPS_NOTHING,
    LOSING_DISK_KEEPS_ALL,
    LOSING_DISK_KEEPS_SOME, /* each sector of 512 bytes, file name and length for itself, by the seed */
};

struct losing_disk_plan {
    uint64_t cut_at; /* the write, truncation, deletion or sync that power fails in, from 1; 0 = never */
    enum losing_disk_luck luck;
    uint64_t seed;
    bool ignores_syncs; /* a disk that lies: it says that it is done and has done nothing */
};

/* From here on every database that is opened without naming a file layer is on this disk. */
void losing_disk_install(void);
/* Power comes (back) on. What files there are, as they are, is what the disk holds. */
void losing_disk_power_on(const struct losing_disk_plan *plan);
/* Operations since power came on; the one it failed in is the last. */
uint64_t losing_disk_operations(void);
bool losing_disk_has_power(void);
/* Power fails if it has not yet. Nothing may be open any more: the files become what the disk kept of them. */
void losing_disk_lose(void);
/* Forgets all files, and removes them. */
void losing_disk_clear(void);

#endif
