#include "archive/view/visit.h"

enum wv_status wv_visit_shows(const struct wv_visit *visit, const struct wv_capture *capture,
                              struct wv_fact *why, struct wv_err *err)
{
	return wv_register_shows(visit->txn, visit->arena, capture->page_key, capture->id, visit->now,
	                         why, err);
}

enum wv_status wv_visit_article(const struct wv_visit *visit, const struct wv_capture *capture,
                                struct wv_article *out, struct wv_err *err)
{
	struct wv_reading reading;
	enum wv_status st = wv_store_reading(visit->txn, visit->arena, capture, visit->known_at,
	                                     &reading, err);

	return st == WV_OK ? wv_store_article(visit->txn, visit->arena, &reading, out, err) : st;
}
