#include "config/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/base/checked.h"

/* A page's arena rarely needs a second block: 64 KiB first, then doubling up to this. */
#define BLOCK_FIRST_BYTES (64u * 1024u)
#define BLOCK_MOST_BYTES  (4u * 1024u * 1024u)

struct block {
	struct block *next; /* older */
	size_t room, used;
	alignas(max_align_t) unsigned char bytes[];
};

struct wv_arena {
	struct block *newest;
	size_t first_bytes;
	size_t cap, held; /* bytes in blocks */
	size_t used;
	size_t keep; /* the largest block that outlasts a reset */
	jmp_buf *jump;
	bool (*may_go_on)(void *context);
	void *context;
};

static struct block *block_new(size_t room)
{
	struct block *block = malloc(sizeof(*block) + room);

	if (block) {
		block->next = NULL;
		block->room = room;
		block->used = 0;
	}
	return block;
}

enum wv_status wv_arena_new(size_t cap_bytes, struct wv_arena **out, struct wv_err *err)
{
	return wv_arena_new_sized(BLOCK_FIRST_BYTES, cap_bytes, out, err);
}

enum wv_status wv_arena_new_sized(size_t first_bytes, size_t cap_bytes, struct wv_arena **out,
                                  struct wv_err *err)
{
	struct wv_arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		return wv_err_set(err, WV_NOMEM, "out of memory for an arena");
	arena->first_bytes = first_bytes;
	arena->cap = cap_bytes;
	*out = arena;
	return WV_OK;
}

static void free_blocks(struct block *block)
{
	while (block) {
		struct block *older = block->next;

		free(block);
		block = older;
	}
}

void wv_arena_free(struct wv_arena **arena)
{
	if (!*arena)
		return;
	free_blocks((*arena)->newest);
	free(*arena);
	*arena = NULL;
}

void wv_arena_reset(struct wv_arena *arena)
{
	struct block *block = arena->newest, *older;

	/* The newest is the largest, but for one that was made for something large. */
	while (block && block->next && block->room > arena->keep) {
		older = block->next;
		free(block);
		block = older;
	}
	arena->newest = block;
	arena->held = 0;
	if (block) {
		free_blocks(block->next);
		block->next = NULL;
		block->used = 0;
		arena->held = block->room;
	}
	arena->used = 0;
}

void wv_arena_keep(struct wv_arena *arena, size_t block_bytes)
{
	arena->keep = block_bytes;
}

void wv_arena_reset_cap(struct wv_arena *arena, size_t cap_bytes)
{
	wv_arena_reset(arena);
	arena->cap = cap_bytes;
	if (arena->held > cap_bytes) {
		free_blocks(arena->newest);
		arena->newest = NULL;
		arena->held = 0;
	}
}

static void *fail(struct wv_arena *arena)
{
	if (arena->jump)
		longjmp(*arena->jump, 1);
	return NULL;
}

/* A block that has room for n bytes, or NULL at the cap. */
static struct block *grow(struct wv_arena *arena, size_t n)
{
	size_t room = arena->newest ? arena->newest->room * 2 : arena->first_bytes;
	struct block *block;

	if (arena->may_go_on && !arena->may_go_on(arena->context))
		return NULL;
	room = wv_min_size(room, BLOCK_MOST_BYTES);
	room = wv_max_size(room, n);
	if (room > arena->cap - arena->held) {
		room = arena->cap - arena->held;
		if (room < n)
			return NULL;
	}
	block = block_new(room);
	if (!block)
		return NULL;
	block->next = arena->newest;
	arena->newest = block;
	arena->held += room;
	return block;
}

void *wv_arena_alloc(struct wv_arena *arena, size_t n)
{
	struct block *block = arena->newest;
	void *p;

	if (n > SIZE_MAX - alignof(max_align_t))
		return fail(arena);
	n = (n + alignof(max_align_t) - 1) & ~(size_t)(alignof(max_align_t) - 1);
	if (!block || n > block->room - block->used) {
		block = grow(arena, n);
		if (!block)
			return fail(arena);
	}
	p = block->bytes + block->used;
	block->used += n;
	arena->used += n;
	return p;
}

void *wv_arena_zero(struct wv_arena *arena, size_t count, size_t size)
{
	size_t n;
	void *p;

	if (!wv_mul(count, size, &n))
		return fail(arena);
	p = wv_arena_alloc(arena, n);
	if (p)
		memset(p, 0, n);
	return p;
}

struct wv_slice wv_arena_copy(struct wv_arena *arena, struct wv_slice s)
{
	unsigned char *p = wv_arena_alloc(arena, s.n);

	if (!p)
		return WV_SLICE_NONE;
	if (s.n)
		memcpy(p, s.p, s.n);
	return wv_slice(p, s.n);
}

char *wv_arena_string(struct wv_arena *arena, struct wv_slice s)
{
	char *p;

	if (s.n == SIZE_MAX)
		return fail(arena);
	p = wv_arena_alloc(arena, s.n + 1);
	if (!p)
		return NULL;
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

struct wv_slice wv_arena_format(struct wv_arena *arena, const char *format, ...)
{
	va_list args;
	char *p;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return WV_SLICE_NONE;
	p = wv_arena_alloc(arena, (size_t)n + 1);
	if (!p)
		return WV_SLICE_NONE;
	va_start(args, format);
	vsnprintf(p, (size_t)n + 1, format, args);
	va_end(args);
	return wv_slice(p, (size_t)n);
}

void wv_arena_on_failure(struct wv_arena *arena, jmp_buf *jump)
{
	arena->jump = jump;
}

void wv_arena_on_block(struct wv_arena *arena, bool (*may_go_on)(void *context), void *context)
{
	arena->may_go_on = may_go_on;
	arena->context = context;
}

size_t wv_arena_used_bytes(const struct wv_arena *arena)
{
	return arena->used;
}
