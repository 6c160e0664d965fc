#ifndef WV_ARCHIVE_STORE_TAIL_H
#define WV_ARCHIVE_STORE_TAIL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Is a data file that ends before its last page whole all the same?
 *
 * LMDB maps its file, and touching a page behind the end is SIGBUS: a truncated file must be told
 * before anything is read through the map. But pages that a transaction took at the end and gave
 * back before it committed are counted and never written, so a short file can be sound: then the
 * free list names every page that is missing. (One kill in some hundreds, between two commits,
 * leaves such a file.)
 *
 * Reads the file by pread, trusting nothing in it, and changes nothing. page_bytes is the file's
 * page size. False: something is missing, or the file cannot be read; a commit of another process
 * meanwhile can make it so, so ask twice.
 */
bool wv_tail_is_free(int fd, uint64_t page_bytes);

#endif
