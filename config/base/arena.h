#ifndef WV_CONFIG_BASE_ARENA_H
#define WV_CONFIG_BASE_ARENA_H

#include <setjmp.h>
#include <stddef.h>

#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * Memory with one lifetime: all of a page's, a run's, a command's. Nothing in it is freed alone.
 * One thread at a time. Grows in blocks up to its cap; at the cap or out of memory an allocation
 * gives NULL, or jumps where the arena was told to (for parsers that never look).
 */
struct wv_arena;

WV_MUST_USE enum wv_status wv_arena_new(size_t cap_bytes, struct wv_arena **out,
                                        struct wv_err *err);
/* The same with a first block of `first_bytes` instead of 64 KiB: less where there are hundreds of
 * them that hold little, more where one is filled again and again. */
WV_MUST_USE enum wv_status wv_arena_new_sized(size_t first_bytes, size_t cap_bytes,
                                              struct wv_arena **out, struct wv_err *err);
void wv_arena_free(struct wv_arena **arena);
/* Forgets everything, keeps one block and the cap: the first, or the largest of at most the bytes that
 * wv_arena_keep allowed. */
void wv_arena_reset(struct wv_arena *arena);
/* For one that is filled to much the same again and again: blocks up to so large outlast a reset, so
 * that the pages behind them are not given back and asked for each time. */
void wv_arena_keep(struct wv_arena *arena, size_t block_bytes);
/* As wv_arena_reset, and sets another cap. */
void wv_arena_reset_cap(struct wv_arena *arena, size_t cap_bytes);

/* Aligned for any type, not cleared; n = 0 gives a valid address. */
void *wv_arena_alloc(struct wv_arena *arena, size_t n) __attribute__((malloc));
/* count * size, cleared; overflow counts as the cap. */
void *wv_arena_zero(struct wv_arena *arena, size_t count, size_t size) __attribute__((malloc));
#define WV_ARENA_NEW(arena, type) ((type *)wv_arena_zero((arena), 1, sizeof(type)))
#define WV_ARENA_ARRAY(arena, type, count) ((type *)wv_arena_zero((arena), (count), sizeof(type)))
/* Copies; the empty slice (with p NULL) on failure, so compare n. */
struct wv_slice wv_arena_copy(struct wv_arena *arena, struct wv_slice s);
/* Copies and ends in NUL; NULL on failure. */
char *wv_arena_string(struct wv_arena *arena, struct wv_slice s);
struct wv_slice wv_arena_format(struct wv_arena *arena, const char *format, ...) WV_PRINTF(2, 3);

/*
 * While `jump` is set, a failed allocation is a longjmp(*jump, 1); NULL turns it off. Only code
 * whose every resource lies in this arena may be jumped out of.
 */
void wv_arena_on_failure(struct wv_arena *arena, jmp_buf *jump);
/* Called once per new block (64 KiB or more); false makes the allocation fail: a deadline. */
void wv_arena_on_block(struct wv_arena *arena, bool (*may_go_on)(void *context), void *context);

size_t wv_arena_used_bytes(const struct wv_arena *arena);

#endif
