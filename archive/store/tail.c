#include "archive/store/tail.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/bytes.h"

/*
 * LMDB 0.9's file, 64-bit little endian (mdb.c, "Page Format"):
 *
 *   page   u64 number | u16 pad | u16 flags | u16 lower | u16 upper (u32 pages of an overflow)
 *          then u16 offsets of nodes, (lower - 16) / 2 of them
 *   node   u16 low | u16 high | u16 flags | u16 key size | key | data
 *          of a branch the child's number is low | high << 16 | flags << 32, of a leaf the data's
 *          size low | high << 16; with flag 1 the data is the u64 number of an overflow page
 *   meta   page head | u32 magic | u32 version | u64 | u64 map size | 2 trees | u64 last page
 *          | u64 transaction; the newer of pages 0 and 1 counts
 *   tree   u32 | u16 flags | u16 depth | 4 u64 counts | u64 root; the first is the free list,
 *          whose data are u64 count and that many page numbers
 */
#define PAGE_HEAD     16u
#define NODE_HEAD     8u
#define PAGE_BRANCH   0x01u
#define PAGE_LEAF     0x02u
#define PAGE_OVERFLOW 0x04u
#define NODE_BIG      0x01u
#define META_MAGIC    0xbeefc0deu
#define NO_PAGE       UINT64_MAX
#define DEPTH_MAX     32u
#define PAGE_MAX      65536u
/* More missing pages than this are no commit's leavings. */
#define MISSING_MAX (UINT64_C(1) << 24)
/* The largest list one transaction writes in a row. */
#define LIST_MAX (UINT64_C(1) << 30)

struct tail {
	int fd;
	uint64_t page_bytes, file_bytes;
	uint64_t root, last;    /* of the newer meta page */
	uint64_t first;         /* first page that is not wholly there */
	unsigned char *is_free; /* a bit for each page from `first` to `last` */
};

struct meta {
	uint64_t root, last, txn;
};

static bool read_at(const struct tail *tail, uint64_t at, unsigned char *bytes, uint64_t n)
{
	if (at > tail->file_bytes || n > tail->file_bytes - at)
		return false;
	while (n) {
		ssize_t got = pread(tail->fd, bytes, (size_t)n, (off_t)at);

		if (got <= 0)
			return false;
		bytes += got;
		at += (uint64_t)got;
		n -= (uint64_t)got;
	}
	return true;
}

static bool read_meta(const struct tail *tail, uint64_t number, struct meta *meta)
{
	unsigned char bytes[PAGE_HEAD + 24 + 96 + 16];
	struct wv_cursor c = wv_cursor(wv_slice(bytes, sizeof bytes));

	if (!read_at(tail, number * tail->page_bytes, bytes, sizeof bytes))
		return false;
	(void)wv_cursor_bytes(&c, PAGE_HEAD);
	if (wv_cursor_u32(&c) != META_MAGIC)
		return false;
	(void)wv_cursor_bytes(&c, 20 + 40);
	meta->root = wv_cursor_u64(&c);
	(void)wv_cursor_bytes(&c, 48);
	meta->last = wv_cursor_u64(&c);
	meta->txn = wv_cursor_u64(&c);
	return !c.failed;
}

static void note_free(struct tail *tail, uint64_t page)
{
	if (page >= tail->first && page <= tail->last)
		tail->is_free[(page - tail->first) / 8] |=
			(unsigned char)(1u << (page - tail->first) % 8);
}

static bool read_list(struct tail *tail, struct wv_slice list)
{
	struct wv_cursor c = wv_cursor(list);
	uint64_t count = wv_cursor_u64(&c);

	if (c.failed || count > wv_cursor_left(&c) / 8)
		return false;
	while (count--)
		note_free(tail, wv_cursor_u64(&c));
	return true;
}

static bool read_big_list(struct tail *tail, uint64_t page, uint64_t n)
{
	unsigned char head[PAGE_HEAD], *bytes;
	struct wv_cursor c = wv_cursor(wv_slice(head + 10, 2));
	bool is_done;

	if (page > tail->last || n > LIST_MAX ||
	    !read_at(tail, page * tail->page_bytes, head, sizeof head) ||
	    wv_cursor_u16(&c) != PAGE_OVERFLOW || n > tail->file_bytes)
		return false;
	bytes = malloc(n ? (size_t)n : 1);
	is_done = bytes && read_at(tail, page * tail->page_bytes + PAGE_HEAD, bytes, n) &&
	          read_list(tail, wv_slice(bytes, (size_t)n));
	free(bytes);
	return is_done;
}

/* The node at place `index` of a page; false: there is none. */
static bool node_at(struct wv_slice page, size_t index, struct wv_cursor *node)
{
	struct wv_cursor c = wv_cursor(wv_slice_from(page, 12));
	size_t lower = wv_cursor_u16(&c), at;

	if (lower < PAGE_HEAD || lower > page.n || index >= (lower - PAGE_HEAD) / 2)
		return false;
	c = wv_cursor(wv_slice_from(page, PAGE_HEAD + 2 * index));
	at = wv_cursor_u16(&c);
	*node = wv_cursor(wv_slice_from(page, at));
	return at >= lower && wv_cursor_left(node) >= NODE_HEAD;
}

static bool read_leaf(struct tail *tail, struct wv_slice page)
{
	struct wv_cursor node;

	for (size_t i = 0; node_at(page, i, &node); i++) {
		uint64_t low = wv_cursor_u16(&node), high = wv_cursor_u16(&node);
		unsigned flags = wv_cursor_u16(&node);
		size_t key = wv_cursor_u16(&node);
		uint64_t n = low | high << 16;
		struct wv_slice list;

		(void)wv_cursor_bytes(&node, key);
		if (flags & NODE_BIG) {
			uint64_t number = wv_cursor_u64(&node);

			if (node.failed || !read_big_list(tail, number, n))
				return false;
			continue;
		}
		list = wv_cursor_bytes(&node, (size_t)n);
		if (node.failed || !read_list(tail, list))
			return false;
	}
	return true;
}

static bool child_of(struct wv_slice page, size_t index, uint64_t *child)
{
	struct wv_cursor node;

	if (!node_at(page, index, &node))
		return false;
	*child = wv_cursor_u16(&node);
	*child |= (uint64_t)wv_cursor_u16(&node) << 16;
	*child |= (uint64_t)wv_cursor_u16(&node) << 32;
	return true;
}

/* Walks the free list's tree, a page of each level in memory. */
static bool walk(struct tail *tail, unsigned char *pages)
{
	size_t next[DEPTH_MAX] = {0};
	uint64_t child = tail->root;
	unsigned depth = 0;
	uint64_t seen = 0;

	if (tail->root == NO_PAGE)
		return true;
	for (;;) {
		struct wv_slice page =
			wv_slice(pages + depth * tail->page_bytes, (size_t)tail->page_bytes);
		struct wv_cursor c = wv_cursor(wv_slice_from(page, 10));
		unsigned flags;

		/* A tree has no more pages than the file; a ring in it would have. */
		if (child > tail->last || seen++ > tail->last ||
		    !read_at(tail, child * tail->page_bytes, pages + depth * tail->page_bytes,
		             tail->page_bytes))
			return false;
		flags = wv_cursor_u16(&c);
		next[depth] = 0;
		if (flags != PAGE_LEAF && flags != PAGE_BRANCH)
			return false;
		if (flags == PAGE_LEAF) {
			if (!read_leaf(tail, page))
				return false;
			if (depth-- == 0)
				return true;
		}
		/* Up to a branch that has a child left. */
		while (!child_of(
			wv_slice(pages + depth * tail->page_bytes, (size_t)tail->page_bytes),
			next[depth]++, &child))
			if (depth-- == 0)
				return true;
		if (++depth == DEPTH_MAX)
			return false;
	}
}

static bool all_free(const struct tail *tail)
{
	for (uint64_t i = 0; i <= tail->last - tail->first; i++)
		if (!(tail->is_free[i / 8] >> i % 8 & 1))
			return false;
	return true;
}

static bool look(struct tail *tail)
{
	struct meta metas[2];
	struct stat file;
	unsigned char *pages;
	int newer;
	bool is_sound;

	/* The metas first: a writer lengthens the file before it counts the pages. */
	tail->file_bytes = 2 * tail->page_bytes;
	if (!read_meta(tail, 0, &metas[0]) || !read_meta(tail, 1, &metas[1]) ||
	    fstat(tail->fd, &file) != 0)
		return false;
	newer = metas[1].txn > metas[0].txn;
	tail->file_bytes = (uint64_t)file.st_size;
	tail->root = metas[newer].root;
	tail->last = metas[newer].last;
	tail->first = tail->file_bytes / tail->page_bytes;
	if (tail->first > tail->last)
		return true;
	if (tail->last - tail->first >= MISSING_MAX)
		return false;
	tail->is_free = calloc(1, (size_t)((tail->last - tail->first) / 8 + 1));
	pages = malloc((size_t)(DEPTH_MAX * tail->page_bytes));
	is_sound = tail->is_free && pages && walk(tail, pages) && all_free(tail);
	free(pages);
	free(tail->is_free);
	return is_sound;
}

bool wv_tail_is_free(int fd, uint64_t page_bytes)
{
	struct tail tail = {.fd = fd, .page_bytes = page_bytes};

	return page_bytes >= 256 && page_bytes <= PAGE_MAX && look(&tail);
}
