#include "archive/copies/documents_inner.h"

#define PIECE_OVERLAPS 64u
#define OVERLAP_BYTES  17u

static struct wv_slice wv_document_piece_key(uint64_t number, uint32_t piece,
                                             unsigned char key[static 13])
{
	wv_document_key('o', number, key);
	for (int i = 0; i < 4; i++)
		key[9 + i] = (unsigned char)(piece >> (24 - 8 * i));
	return wv_slice(key, 13);
}

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
		return wv_documents_no_memory(err);
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
		                   wv_document_piece_key(document->number, piece, key), &row, err);

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
		return wv_documents_no_memory(err);
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
enum wv_status wv_document_put_overlaps(struct wv_txn *txn, struct wv_document *document,
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
		wv_document_piece_key(document->number, piece, key);
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

enum wv_status wv_document_delete_pieces(struct wv_txn *txn, struct wv_document *document,
                                         struct wv_err *err)
{
	size_t pieces = (document->stored_count + PIECE_OVERLAPS - 1) / PIECE_OVERLAPS;
	enum wv_status st = WV_OK;

	for (uint32_t piece = 0; piece < pieces && (st == WV_OK || st == WV_NO); piece++) {
		unsigned char key[13];

		st = wv_txn_delete(txn, WV_TABLE_FINGERPRINTS,
		                   wv_document_piece_key(document->number, piece, key), err);
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
	return wv_document_delete_pieces(txn, document, err);
}
