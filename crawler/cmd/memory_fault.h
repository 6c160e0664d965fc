#ifndef WV_CRAWLER_CMD_MEMORY_FAULT_H
#define WV_CRAWLER_CMD_MEMORY_FAULT_H

/*
 * What a command that only reads an archive does when memory that should be there is not.
 *
 * LMDB follows the page numbers that it finds: one flipped bit in a branch page, or a data file cut
 * short behind a reader's back, and the next read is SIGSEGV or SIGBUS. Nobody is shown a crash for
 * that: one line says which archive and what to do, and the exit code is that of damage (65).
 *
 * Main thread, once. `archive` is copied. Commands that run page workers do not ask for it: there
 * such a signal is a bug of ours and must look like one.
 */
void wv_memory_fault_watch(const char *archive);

/* Back to the system's way: the walker of `verify` dies, and who started it draws the conclusion. */
void wv_memory_fault_ignore(void);

#endif
