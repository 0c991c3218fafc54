/* The supervisor's hold on the sealing key: has it brought from where spec.sealing says, keeps it where it
 * cannot be had again at will, and knows since when and why there is none. It reads nothing of the network.
 * Which worker is started with it is supervisor.c's. */
#ifndef SUPERVISOR_SEALING_KEEPER_H
#define SUPERVISOR_SEALING_KEEPER_H

#include "programs/restart_delay.h"
#include "sealing_command.h"
#include "sealing_source.h"

struct sealing_keeper {
    struct arena *arena; /* of the settings */
    struct sealing_document settings;
    struct sealing_command command;
    struct secret *kept; /* of the environment, the command or an operator; NULL: none */
    bool is_of_operator; /* that one */
    int64_t since_s;     /* that there is a key, or none */
    bool had_key;
    char failure[SEALING_COMMAND_DETAIL]; /* the last one; empty: none since there is a key */
    struct restart_delay delay;
    int64_t next_us; /* when it is asked for again; 0: not by itself */
};

void sealing_keeper_init(struct sealing_keeper *keeper);
void sealing_keeper_end(struct sealing_keeper *keeper);

/* These are the ways from now on; starts the command where there is one and no key yet. Then, once it is not
 * busy, sealing_keeper_key has it. */
void sealing_keeper_ask(struct sealing_keeper *keeper, const struct sealing_document *settings);
/* The same where a worker serves already, with a key or without. */
void sealing_keeper_resume(struct sealing_keeper *keeper, const struct sealing_document *settings,
                           bool has_key);
bool sealing_keeper_is_busy(const struct sealing_keeper *keeper);
/* A copy, the caller's; NULL if there is none, and failure says why. */
struct secret *sealing_keeper_key(struct sealing_keeper *keeper);
/* The command's process has died. False: it is another's. */
bool sealing_keeper_reap(struct sealing_keeper *keeper, pid_t process);

/* The key that an operator gave, or that the program before us kept, is the keeper's from now on. */
void sealing_keeper_take(struct sealing_keeper *keeper, struct secret *key, bool is_of_operator);
/* What is kept did not open the store, or was not tried: it is forgotten, and asked for again later. */
void sealing_keeper_refuse(struct sealing_keeper *keeper, const char *why);
/* A worker serves with the key, or stays without: since now, if it was otherwise before. */
void sealing_keeper_note(struct sealing_keeper *keeper, bool has_key);
/* The name of where the key comes from, as workers are told. */
const char *sealing_keeper_source(const struct sealing_keeper *keeper);

/* For struct programs_keys; context is the keeper. */
struct secret *sealing_keeper_derive(void *context, struct text adapter, char *detail);

/* What is kept, on its way to a worker or to the program that is executed in our place: a pipe, whose content
 * no disk and no core file ever has. -1: there is none, or no pipe. */
int sealing_key_pipe(const struct secret *key);
/* Closes it. NULL: it held no key. */
struct secret *sealing_key_from_pipe(int descriptor);

#endif
