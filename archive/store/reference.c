#include "archive/store/reference.h"

#include <stdlib.h>

static void forget_one(struct wv_reference *slot)
{
	free((void *)(uintptr_t)slot->host.p);
	free((void *)(uintptr_t)slot->texts.p);
	*slot = (struct wv_reference){0};
}

void wv_references_forget(struct wv_references *references)
{
	for (size_t i = 0; i < WV_REFERENCES; i++)
		forget_one(&references->slots[i]);
}

/* "com,example)" of "com,example)/path"; the whole where there is no ")". */
static struct wv_slice host_of(struct wv_slice page_key)
{
	size_t at = wv_slice_find_byte(page_key, ')', 0);

	return at == SIZE_MAX ? page_key : wv_slice_part(page_key, 0, at + 1);
}

static struct wv_reference *known_reference(struct wv_references *references, struct wv_slice host)
{
	for (size_t i = 0; i < WV_REFERENCES; i++)
		if (references->slots[i].host.n &&
		    wv_slice_equals(references->slots[i].host, host)) {
			references->slots[i].used = ++references->clock;
			return &references->slots[i];
		}
	return NULL;
}

static struct wv_slice own_copy(struct wv_slice s)
{
	unsigned char *copy = malloc(s.n ? s.n : 1);

	if (!copy)
		return WV_SLICE_NONE;
	if (s.n)
		memcpy(copy, s.p, s.n);
	return wv_slice(copy, s.n);
}

/* Keeps the texts for the host, in place of its old ones or of the longest unused. Out of memory
 * only costs a dictionary. */
static struct wv_reference *keep(struct wv_references *references, struct wv_slice host,
                                 uint64_t id, struct wv_slice texts)
{
	struct wv_reference *slot = known_reference(references, host);
	struct wv_reference made = {own_copy(host), id, own_copy(texts), ++references->clock};

	if (!made.host.p || !made.texts.p) {
		forget_one(&made);
		return NULL;
	}
	for (size_t i = 0; !slot && i < WV_REFERENCES; i++)
		if (references->slots[i].host.n == 0)
			slot = &references->slots[i];
	if (!slot) {
		slot = &references->slots[0];
		for (size_t i = 1; i < WV_REFERENCES; i++)
			if (references->slots[i].used < slot->used)
				slot = &references->slots[i];
	}
	forget_one(slot);
	*slot = made;
	return slot;
}

/* The newest capture of a page names a reference, or is one. WV_NO: the page has none. */
static enum wv_status reference_of_page(struct wv_txn *txn, uint64_t page, uint64_t *id,
                                        struct wv_err *err)
{
	const struct wv_capture_key top = {page, {INT64_MAX}, UINT64_MAX};
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char bytes[WV_KEY_CAPTURE_BYTES];
	struct wv_capture_context context;
	struct wv_capture_key found;
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_CAPTURES, &walk, err);

	if (st != WV_OK)
		return st;
	wv_key_of_capture(&top, bytes);
	st = wv_walk_seek_before(walk, wv_slice(bytes, sizeof bytes), &key, &value, err);
	if (st != WV_OK)
		return st;
	if (!wv_key_read_capture(key, &found) || found.page != page)
		return WV_NO;
	st = wv_record_capture_peek(&found, value, &context, NULL, err);
	if (st == WV_OK)
		*id = context.has_reference ? context.reference : found.id;
	return st;
}

/* After a restart: the nearest page of the host in key order has a capture to go on from. */
static enum wv_status neighbour(struct wv_txn *txn, struct wv_slice page_key, uint64_t *page,
                                struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice host = host_of(page_key), key, value;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_PAGES, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek_before(walk, page_key, &key, &value, err);
	if (st == WV_OK && wv_slice_equals(key, page_key))
		st = wv_walk_previous(walk, &key, &value, err);
	if (st == WV_NO || (st == WV_OK && !wv_slice_starts(key, host))) {
		st = wv_walk_seek(walk, page_key, &key, &value, err);
		if (st == WV_OK && wv_slice_equals(key, page_key))
			st = wv_walk_next(walk, &key, &value, err);
	}
	if (st != WV_OK)
		return st;
	if (!wv_slice_starts(key, host))
		return WV_NO;
	if (value.n != 8)
		return wv_err_set(err, WV_DAMAGED, "the row of a page does not decode");
	*page = wv_load_u64_be(value.p);
	return WV_OK;
}

enum wv_status wv_reference_find(struct wv_references *references, struct wv_loader *loader,
                                 uint64_t page, struct wv_slice page_key,
                                 const struct wv_reference **out, struct wv_err *err)
{
	struct wv_slice host = host_of(page_key);
	uint64_t id = 0;
	enum wv_status st;

	*out = known_reference(references, host);
	if (*out)
		return WV_OK;
	st = reference_of_page(loader->txn, page, &id, err);
	if (st == WV_NO) {
		st = neighbour(loader->txn, page_key, &page, err);
		if (st == WV_OK)
			st = reference_of_page(loader->txn, page, &id, err);
	}
	if (st == WV_OK)
		st = wv_loader_texts(loader, id, err);
	if (st == WV_OK && loader->texts.n >= WV_REFERENCE_MIN)
		*out = keep(references, host, id, wv_buf_slice(&loader->texts));
	return st == WV_NO ? WV_OK : st;
}

void wv_reference_remember(struct wv_references *references, struct wv_slice page_key, uint64_t id,
                           struct wv_slice texts)
{
	(void)keep(references, host_of(page_key), id, texts);
}
