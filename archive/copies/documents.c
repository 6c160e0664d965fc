#include "archive/copies/documents.h"

#include <stdlib.h>

#include "config/base/limits.h"

#define PIECE_OVERLAPS  64u
#define OVERLAP_BYTES   17u
#define ROW_CAP_BYTES   (4u * WV_KIB)
#define ARENA_CAP_BYTES (1024u * WV_MIB) /* a cluster of thousands that splits */
#define SLOTS_MIN       1024u

#define FLAG_ROUNDUP 1u
#define FLAG_SETTLED 2u
#define FLAG_EXACT   4u
#define FLAG_TEXT    8u
#define FLAG_PARTS   16u

#define STANDING_BYTES 33u
#define MAIN_BYTES     9u
#define COMMON_BYTES   8u
#define EXACT_KEY_BYTES (1u + WV_DOCUMENT_EXACT_BYTES + 4u)

struct wv_documents {
	struct wv_arena *arena;
	struct wv_document **slots; /* open addressing by number; a power of two */
	size_t slot_count;
	struct wv_document **list; /* in the order of coming */
	size_t count, room;
};

enum wv_status wv_documents_new(struct wv_documents **out, struct wv_err *err)
{
	struct wv_documents *made = calloc(1, sizeof(*made));

	if (!made || !(made->slots = calloc(SLOTS_MIN, sizeof(*made->slots)))) {
		free(made);
		return wv_err_set(err, WV_NOMEM, "out of memory for documents");
	}
	made->slot_count = SLOTS_MIN;
	if (wv_arena_new(ARENA_CAP_BYTES, &made->arena, err) != WV_OK) {
		wv_documents_free(&made);
		return WV_NOMEM;
	}
	*out = made;
	return WV_OK;
}

void wv_documents_free(struct wv_documents **documents)
{
	struct wv_documents *d = *documents;

	if (!d)
		return;
	wv_arena_free(&d->arena);
	free(d->slots);
	free(d->list);
	free(d);
	*documents = NULL;
}

static enum wv_status no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory for documents");
}

/* ---- the table in memory ---- */

static size_t slot_of(struct wv_document *const *slots, size_t count, uint64_t number)
{
	size_t at = (size_t)(number * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (count - 1);

	while (slots[at] && slots[at]->number != number)
		at = (at + 1) & (count - 1);
	return at;
}

static bool grow_slots(struct wv_documents *d)
{
	size_t more = d->slot_count * 2;
	struct wv_document **slots = calloc(more, sizeof(*slots));

	if (!slots)
		return false;
	for (size_t i = 0; i < d->count; i++)
		slots[slot_of(slots, more, d->list[i]->number)] = d->list[i];
	free(d->slots);
	d->slots = slots;
	d->slot_count = more;
	return true;
}

static struct wv_document *insert(struct wv_documents *d, uint64_t number)
{
	struct wv_document *made;

	if (d->count == d->room) {
		size_t more = d->room ? d->room * 2 : 256;
		struct wv_document **list = realloc(d->list, more * sizeof(struct wv_document *));

		if (!list)
			return NULL;
		d->list = list;
		d->room = more;
	}
	if (d->count * 2 >= d->slot_count && !grow_slots(d))
		return NULL;
	made = WV_ARENA_NEW(d->arena, struct wv_document);
	if (!made)
		return NULL;
	made->number = number;
	d->slots[slot_of(d->slots, d->slot_count, number)] = made;
	d->list[d->count++] = made;
	return made;
}

/* ---- rows ---- */

static struct wv_slice row_key(unsigned char letter, uint64_t number, unsigned char key[static 9])
{
	key[0] = letter;
	wv_store_u64_be(key + 1, number);
	return wv_slice(key, 9);
}

static struct wv_slice piece_key(uint64_t number, uint32_t piece, unsigned char key[static 13])
{
	row_key('o', number, key);
	for (int i = 0; i < 4; i++)
		key[9 + i] = (unsigned char)(piece >> (24 - 8 * i));
	return wv_slice(key, 13);
}

/* Documents come by their numbers, and these rows lie last in the table: pages that are only
 * appended to are filled whole. */
static enum wv_status put_last(struct wv_txn *txn, struct wv_slice key, struct wv_slice row,
                               struct wv_err *err)
{
	struct wv_walk *walk = NULL;
	struct wv_slice last = WV_SLICE_NONE, value;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_FINGERPRINTS, &walk, err);
	bool is_last = false;

	if (st == WV_OK)
		st = wv_walk_seek_before(walk, WV_SLICE_NONE, &last, &value, err);
	if (st == WV_OK)
		is_last = wv_slice_compare(last, key) < 0;
	wv_walk_end(&walk);
	if (st != WV_OK && st != WV_NO)
		return st;
	return is_last ? wv_txn_append(txn, WV_TABLE_FINGERPRINTS, key, row, err)
	               : wv_txn_put(txn, WV_TABLE_FINGERPRINTS, key, row, err);
}

static enum wv_status put_sides(struct wv_txn *txn, const struct wv_document *document,
                                struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf row = {0};
	unsigned char key[9];
	const struct wv_sides *sides = &document->sides;
	enum wv_status st;

	wv_buf_init(&row, ROW_CAP_BYTES);
	wv_buf_add_byte(&row, 1);
	wv_buf_add_u32(&row, document->partition);
	wv_buf_add_byte(&row, (unsigned char)sides->level);
	for (uint32_t l = sides->level; l < WV_FINGERPRINT_LEVELS; l++)
		wv_buf_add_varint(&row, sides->count[l]);
	wv_buf_add_varint(&row, sides->figure_count);
	for (uint32_t i = 0; i < sides->figure_count; i++) {
		const struct wv_figure *figure = &sides->figures[i];

		for (int byte = 0; byte < 3; byte++)
			wv_buf_add_byte(&row, (unsigned char)(figure->context >> 8 * byte));
		for (int byte = 0; byte < 3; byte++)
			wv_buf_add_byte(&row, (unsigned char)(figure->value >> 8 * byte));
	}
	st = wv_buf_finish(&row, "fingerprint", err);
	return st == WV_OK ? put_last(txn, row_key('z', document->number, key),
	                              wv_buf_slice(&row), err)
	                   : st;
}

static enum wv_status get_sides(struct wv_documents *d, struct wv_txn *txn,
                                struct wv_document *document, struct wv_err *err)
{
	unsigned char key[9];
	struct wv_slice row;
	struct wv_figure *figures;
	struct wv_cursor c;
	uint64_t count;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_FINGERPRINTS,
	                               row_key('z', document->number, key), &row, err);

	if (st != WV_OK)
		return st == WV_NO ? wv_err_set(err, WV_DAMAGED, "fingerprint without its row") : st;
	c = wv_cursor(row);
	if (wv_cursor_u8(&c) != 1)
		c.failed = true;
	document->partition = wv_cursor_u32(&c);
	document->sides.level = wv_cursor_u8(&c);
	for (uint32_t l = document->sides.level; l < WV_FINGERPRINT_LEVELS; l++)
		document->counts[l] = (uint32_t)wv_cursor_varint(&c);
	count = wv_cursor_varint(&c);
	if (c.failed || document->sides.level >= WV_FINGERPRINT_LEVELS ||
	    count > WV_FINGERPRINT_FIGURES)
		return wv_err_set(err, WV_DAMAGED, "fingerprint of document %llu",
		                  (unsigned long long)document->number);
	figures = WV_ARENA_ARRAY(d->arena, struct wv_figure, (size_t)count + 1);
	if (!figures)
		return no_memory(err);
	for (uint64_t i = 0; i < count; i++) {
		for (int byte = 0; byte < 3; byte++)
			figures[i].context |= (uint32_t)wv_cursor_u8(&c) << 8 * byte;
		for (int byte = 0; byte < 3; byte++)
			figures[i].value |= (uint32_t)wv_cursor_u8(&c) << 8 * byte;
	}
	document->sides.count = document->counts;
	document->sides.figures = figures;
	document->sides.figure_count = (uint32_t)count;
	return c.failed ? wv_err_set(err, WV_DAMAGED, "fingerprint cut short") : WV_OK;
}

static enum wv_status put_standing(struct wv_txn *txn, const struct wv_document *document,
                                   struct wv_err *err)
{
	unsigned char key[9], row[STANDING_BYTES + MAIN_BYTES];
	uint64_t stored = document->stored_count, partition = document->partition;
	bool has_main = document->has_parts && document->main.mask;
	bool has_common = document->has_parts && !has_main && document->common != UINT64_MAX;

	row[0] = (unsigned char)((document->is_roundup ? FLAG_ROUNDUP : 0) |
	                         (document->is_settled ? FLAG_SETTLED : 0) |
	                         (document->is_exact_copy ? FLAG_EXACT : 0) |
	                         (document->has_text ? FLAG_TEXT : 0) |
	                         (document->has_parts ? FLAG_PARTS : 0));
	wv_store_u64_be(row + 1, document->cluster);
	for (int i = 0; i < 4; i++) {
		row[9 + i] = (unsigned char)(stored >> 8 * i);
		row[13 + i] = (unsigned char)(partition >> 8 * i);
	}
	memcpy(row + 17, document->exact, WV_DOCUMENT_EXACT_BYTES);
	wv_store_u64_be(row + STANDING_BYTES, has_main ? document->main.mask : document->common);
	row[STANDING_BYTES + MAIN_BYTES - 1] = document->main.level;
	return wv_txn_put(txn, WV_TABLE_FINGERPRINTS, row_key('s', document->number, key),
	                  wv_slice(row, STANDING_BYTES + (has_main     ? MAIN_BYTES
	                                                  : has_common ? COMMON_BYTES
	                                                               : 0)),
	                  err);
}

static enum wv_status get_standing(struct wv_txn *txn, uint64_t number, struct wv_document *out,
                                   struct wv_err *err)
{
	unsigned char key[9];
	struct wv_slice row;
	struct wv_cursor c;
	unsigned flags;
	enum wv_status st =
		wv_txn_get(txn, WV_TABLE_FINGERPRINTS, row_key('s', number, key), &row, err);

	if (st != WV_OK)
		return st;
	if (row.n != STANDING_BYTES && row.n != STANDING_BYTES + MAIN_BYTES &&
	    row.n != STANDING_BYTES + COMMON_BYTES)
		return wv_err_set(err, WV_DAMAGED, "standing of document %llu",
		                  (unsigned long long)number);
	flags = row.p[0];
	c = wv_cursor(wv_slice_from(row, 9));
	out->is_roundup = (flags & FLAG_ROUNDUP) != 0;
	out->is_settled = (flags & FLAG_SETTLED) != 0;
	out->is_exact_copy = (flags & FLAG_EXACT) != 0;
	out->has_text = (flags & FLAG_TEXT) != 0;
	out->cluster = wv_load_u64_be(row.p + 1);
	out->stored_count = wv_cursor_u32(&c);
	out->partition = wv_cursor_u32(&c);
	memcpy(out->exact, row.p + 17, WV_DOCUMENT_EXACT_BYTES);
	out->has_parts = (flags & FLAG_PARTS) != 0;
	out->common = out->has_parts ? UINT64_MAX : 0;
	if (row.n == STANDING_BYTES + COMMON_BYTES)
		out->common = wv_load_u64_be(row.p + STANDING_BYTES);
	if (row.n == STANDING_BYTES + MAIN_BYTES)
		out->main = (struct wv_main_part){wv_load_u64_be(row.p + STANDING_BYTES),
		                                  row.p[STANDING_BYTES + MAIN_BYTES - 1]};
	return WV_OK;
}

enum wv_status wv_documents_peek(struct wv_txn *txn, uint64_t number, struct wv_document *out,
                                 struct wv_err *err)
{
	struct wv_document standing = {.number = number};
	enum wv_status st = get_standing(txn, number, &standing, err);

	if (st == WV_OK)
		*out = standing;
	return st;
}

/* ---- overlaps ---- */

/* Of the other's parts only the first counts, and of the entries only whether there are enough. */
static void add_overlap_row(struct wv_buf *row, const struct wv_overlap *o)
{
	uint32_t first = o->other_mask ? (uint32_t)__builtin_ctzll(o->other_mask) : 64u;

	wv_buf_add_u32(row, (uint32_t)o->document);
	wv_buf_add_u64(row, o->mask);
	wv_buf_add_u16(row, (uint16_t)(o->explained | (o->figures_differ ? 0x8000u : 0)));
	wv_buf_add_u16(row, o->covered);
	wv_buf_add_byte(row, (unsigned char)(first | (o->shared >= 2 ? 0x80u : 0)));
}

static struct wv_overlap read_overlap(struct wv_cursor *c)
{
	struct wv_overlap o = {.document = wv_cursor_u32(c)};
	uint16_t explained;
	uint8_t first;

	o.mask = wv_cursor_u64(c);
	explained = wv_cursor_u16(c);
	o.explained = explained & 0x7fffu;
	o.figures_differ = (explained & 0x8000u) != 0;
	o.covered = wv_cursor_u16(c);
	first = wv_cursor_u8(c);
	o.other_mask = (first & 0x7fu) < 64 ? UINT64_C(1) << (first & 0x3fu) : 0;
	o.shared = first & 0x80u ? 2 : 1;
	return o;
}

static bool overlap_room(struct wv_documents *d, struct wv_document *document, size_t n)
{
	size_t more = document->overlap_room ? document->overlap_room : 4;
	struct wv_overlap *bigger;

	if (n <= document->overlap_room)
		return true;
	while (more < n)
		more *= 2;
	bigger = wv_arena_alloc(d->arena, more * sizeof(*bigger));
	if (!bigger)
		return false;
	if (document->overlap_count > 0)
		memcpy(bigger, document->overlaps, document->overlap_count * sizeof(*bigger));
	document->overlaps = bigger;
	document->overlap_room = more;
	return true;
}

enum wv_status wv_documents_add_overlap(struct wv_documents *documents,
                                        struct wv_document *document,
                                        const struct wv_overlap *overlap, struct wv_err *err)
{
	if (!overlap_room(documents, document, document->overlap_count + 1))
		return no_memory(err);
	document->overlaps[document->overlap_count++] = *overlap;
	document->is_changed = true;
	return WV_OK;
}

static enum wv_status read_pieces(struct wv_txn *txn, struct wv_document *document,
                                  struct wv_overlap *to, struct wv_err *err)
{
	size_t left = document->stored_count;

	for (uint32_t piece = 0; left > 0; piece++) {
		unsigned char key[13];
		struct wv_slice row;
		struct wv_cursor c;
		size_t n = left < PIECE_OVERLAPS ? left : PIECE_OVERLAPS;
		enum wv_status st =
			wv_txn_get(txn, WV_TABLE_FINGERPRINTS,
		                   piece_key(document->number, piece, key), &row, err);

		if (st != WV_OK && st != WV_NO)
			return st;
		if (st == WV_NO || row.n != n * OVERLAP_BYTES)
			return wv_err_set(err, WV_DAMAGED, "overlaps of document %llu",
			                  (unsigned long long)document->number);
		c = wv_cursor(row);
		for (size_t i = 0; i < n; i++)
			*to++ = read_overlap(&c);
		left -= n;
	}
	return WV_OK;
}

enum wv_status wv_documents_load_overlaps(struct wv_documents *documents, struct wv_txn *txn,
                                          struct wv_document *document, struct wv_err *err)
{
	size_t all = document->stored_count + document->overlap_count;
	struct wv_overlap *overlaps;
	enum wv_status st;

	if (document->has_all)
		return WV_OK;
	overlaps = wv_arena_alloc(documents->arena, (all + 4) * sizeof(*overlaps));
	if (!overlaps)
		return no_memory(err);
	st = read_pieces(txn, document, overlaps, err);
	if (st != WV_OK)
		return st;
	if (document->overlap_count > 0)
		memcpy(overlaps + document->stored_count, document->overlaps,
		       document->overlap_count * sizeof(*overlaps));
	document->overlaps = overlaps;
	document->overlap_count = all;
	document->overlap_room = all + 4;
	document->has_all = true;
	return WV_OK;
}

void wv_document_know_parts(struct wv_document *document)
{
	document->main = wv_main_part_of(document->overlaps, document->overlap_count);
	document->common = UINT64_MAX;
	for (size_t i = 0; i < document->overlap_count; i++)
		(void)wv_common_part_take(&document->common, document->overlaps + i);
	document->has_parts = true;
}

/* The last piece is read again and filled up; further ones follow. */
static enum wv_status put_overlaps(struct wv_txn *txn, struct wv_document *document,
                                   struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf row = {0};
	size_t at = document->has_all ? document->stored_count : 0;
	uint32_t piece = (uint32_t)(document->stored_count / PIECE_OVERLAPS);
	size_t filled = document->stored_count % PIECE_OVERLAPS;
	enum wv_status st = WV_OK;

	wv_buf_init(&row, PIECE_OVERLAPS * OVERLAP_BYTES);
	for (; at < document->overlap_count && st == WV_OK; piece++, filled = 0) {
		unsigned char key[13];
		struct wv_slice before = WV_SLICE_NONE;
		size_t n = document->overlap_count - at;

		wv_buf_reset(&row);
		piece_key(document->number, piece, key);
		if (filled > 0) {
			st = wv_txn_get(txn, WV_TABLE_FINGERPRINTS, wv_slice(key, 13), &before,
			                err);
			if (st == WV_OK && before.n != filled * OVERLAP_BYTES)
				st = WV_NO;
			if (st == WV_NO)
				st = wv_err_set(err, WV_DAMAGED, "overlaps of document %llu",
				                (unsigned long long)document->number);
			if (st != WV_OK)
				return st;
			wv_buf_add(&row, before);
		}
		if (n > PIECE_OVERLAPS - filled)
			n = PIECE_OVERLAPS - filled;
		for (size_t i = 0; i < n; i++)
			add_overlap_row(&row, document->overlaps + at++);
		document->stored_count += n;
		st = wv_buf_finish(&row, "overlaps", err);
		if (st == WV_OK)
			st = wv_txn_put(txn, WV_TABLE_FINGERPRINTS, wv_slice(key, 13),
			                wv_buf_slice(&row), err);
	}
	return st;
}

/* ---- documents ---- */

enum wv_status wv_documents_add(struct wv_documents *documents, struct wv_txn *txn,
                                uint64_t number, uint32_t partition,
                                const struct wv_fingerprint *fingerprint,
                                struct wv_document **out, struct wv_err *err)
{
	struct wv_document *made = insert(documents, number);
	enum wv_status st;

	if (!made)
		return no_memory(err);
	made->partition = partition;
	made->cluster = number;
	made->has_all = true;
	made->has_parts = true;
	made->common = UINT64_MAX;
	made->is_changed = true;
	made->sides = wv_sides_of(fingerprint);
	made->has_text = fingerprint->units > 0;
	memcpy(made->exact, fingerprint->exact.b, WV_DOCUMENT_EXACT_BYTES);
	st = put_sides(txn, made, err);
	if (st == WV_OK)
		*out = made;
	return st;
}

enum wv_status wv_documents_get(struct wv_documents *documents, struct wv_txn *txn,
                                uint64_t number, struct wv_document **out, struct wv_err *err)
{
	struct wv_document *found =
		documents->slots[slot_of(documents->slots, documents->slot_count, number)];
	struct wv_document standing = {.number = number};
	enum wv_status st;

	if (found) {
		*out = found;
		return WV_OK;
	}
	st = get_standing(txn, number, &standing, err);
	if (st == WV_OK && !(found = insert(documents, number)))
		st = no_memory(err);
	if (st != WV_OK)
		return st;
	*found = standing;
	if (!found->is_exact_copy)
		st = get_sides(documents, txn, found, err);
	if (st == WV_OK)
		*out = found;
	return st;
}

enum wv_status wv_documents_store(struct wv_documents *documents, struct wv_txn *txn,
                                  struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < documents->count && st == WV_OK; i++) {
		struct wv_document *document = documents->list[i];

		if (!document->is_changed)
			continue;
		st = put_overlaps(txn, document, err);
		if (st == WV_OK)
			st = put_standing(txn, document, err);
	}
	wv_documents_forget(documents);
	return st;
}

void wv_documents_forget(struct wv_documents *documents)
{
	/* Last in, first out: so no probe meets a gap, and a table grown large costs nothing. */
	for (size_t i = documents->count; i-- > 0;)
		documents->slots[slot_of(documents->slots, documents->slot_count,
		                         documents->list[i]->number)] = NULL;
	documents->count = 0;
	wv_arena_reset(documents->arena);
}

/* ---- taking away ---- */

static enum wv_status delete_pieces(struct wv_txn *txn, struct wv_document *document,
                                    struct wv_err *err)
{
	size_t pieces = (document->stored_count + PIECE_OVERLAPS - 1) / PIECE_OVERLAPS;
	enum wv_status st = WV_OK;

	for (uint32_t piece = 0; piece < pieces && (st == WV_OK || st == WV_NO); piece++) {
		unsigned char key[13];

		st = wv_txn_delete(txn, WV_TABLE_FINGERPRINTS,
		                   piece_key(document->number, piece, key), err);
	}
	document->stored_count = 0;
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_documents_clear_overlaps(struct wv_documents *documents, struct wv_txn *txn,
                                           struct wv_document *document, struct wv_err *err)
{
	(void)documents;
	document->overlap_count = 0;
	document->has_all = true;
	document->is_changed = true;
	return delete_pieces(txn, document, err);
}

static struct wv_slice exact_key(const unsigned char *exact, uint32_t partition,
                                 unsigned char key[static EXACT_KEY_BYTES])
{
	key[0] = 'x';
	memcpy(key + 1, exact, WV_DOCUMENT_EXACT_BYTES);
	for (int i = 0; i < 4; i++)
		key[1 + WV_DOCUMENT_EXACT_BYTES + i] = (unsigned char)(partition >> (24 - 8 * i));
	return wv_slice(key, EXACT_KEY_BYTES);
}

/* Only the first one of a text has a row for it. */
static enum wv_status delete_exact(struct wv_txn *txn, const struct wv_document *document,
                                   struct wv_err *err)
{
	unsigned char key[EXACT_KEY_BYTES];
	struct wv_slice row;
	enum wv_status st;

	if (document->is_exact_copy || !document->has_text)
		return WV_OK;
	st = wv_txn_get(txn, WV_TABLE_FINGERPRINTS,
	                exact_key(document->exact, document->partition, key), &row, err);
	if (st == WV_OK && row.n == 8 && wv_load_u64_be(row.p) == document->number)
		st = wv_txn_delete(txn, WV_TABLE_FINGERPRINTS, wv_slice(key, EXACT_KEY_BYTES), err);
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_documents_remove(struct wv_txn *txn, struct wv_document *document,
                                   struct wv_err *err)
{
	unsigned char key[9];
	enum wv_status st = delete_exact(txn, document, err);

	if (st == WV_OK)
		st = delete_pieces(txn, document, err);
	if (st == WV_OK)
		st = wv_txn_delete(txn, WV_TABLE_FINGERPRINTS, row_key('z', document->number, key),
		                   err);
	if (st == WV_OK || st == WV_NO)
		st = wv_txn_delete(txn, WV_TABLE_FINGERPRINTS, row_key('s', document->number, key),
		                   err);
	document->overlap_count = 0;
	document->has_all = true;
	document->is_changed = false;
	return st == WV_NO ? WV_OK : st;
}

/* ---- exact copies ---- */

enum wv_status wv_documents_find_exact(struct wv_txn *txn, const struct wv_digest *exact,
                                       uint32_t partition, uint64_t number, uint64_t *first,
                                       struct wv_err *err)
{
	unsigned char key[EXACT_KEY_BYTES], value[8];
	struct wv_slice row;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_FINGERPRINTS,
	                               exact_key(exact->b, partition, key), &row, err);

	if (st == WV_OK && row.n != sizeof(value))
		return wv_err_set(err, WV_DAMAGED, "exact copy without its document");
	if (st == WV_OK) {
		*first = wv_load_u64_be(row.p);
		return WV_OK;
	}
	if (st != WV_NO)
		return st;
	wv_store_u64_be(value, number);
	st = wv_txn_put(txn, WV_TABLE_FINGERPRINTS, wv_slice(key, sizeof(key)),
	                wv_slice(value, sizeof(value)), err);
	return st == WV_OK ? WV_NO : st;
}

enum wv_status wv_documents_add_exact(struct wv_txn *txn, uint64_t number, uint64_t first,
                                      const struct wv_digest *exact, uint32_t partition,
                                      struct wv_err *err)
{
	struct wv_document copy = {.number = number,
	                           .cluster = first,
	                           .partition = partition,
	                           .has_text = true,
	                           .is_exact_copy = true};

	memcpy(copy.exact, exact->b, WV_DOCUMENT_EXACT_BYTES);
	return put_standing(txn, &copy, err);
}

enum wv_status wv_documents_each_equal(struct wv_txn *txn, const struct wv_document *document,
                                       wv_documents_equal_fn each, void *context,
                                       struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char text[EXACT_KEY_BYTES];
	struct wv_slice key, row;
	enum wv_status st;

	if (!document->has_text)
		return WV_OK;
	st = wv_walk_begin(txn, WV_TABLE_FINGERPRINTS, &walk, err);
	if (st == WV_OK)
		st = wv_walk_seek(walk, exact_key(document->exact, 0, text), &key, &row, err);
	while (st == WV_OK && key.n == sizeof(text) &&
	       memcmp(key.p, text, 1 + WV_DOCUMENT_EXACT_BYTES) == 0) {
		if (row.n == 8 && wv_load_u64_be(row.p) != document->number)
			st = each(context, wv_load_u64_be(row.p), err);
		if (st == WV_OK)
			st = wv_walk_next(walk, &key, &row, err);
	}
	return st == WV_NO ? WV_OK : st;
}
