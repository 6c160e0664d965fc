/* Where a reference of an archived page leads in the archive. */
#include "crawler/page/charset.h"
#include "crawler/page/rewrite_parts.h"

#define REFERENCE_CAP (1u * WV_MIB)

enum wv_status wv_references_init(struct wv_references *references,
                                  const struct wv_rewrite *rewrite, struct wv_err *err)
{
	enum wv_status st = wv_arena_new(REFERENCE_CAP, &references->base, err);

	references->stamp = rewrite->stamp;
	if (st == WV_OK)
		st = wv_arena_new(REFERENCE_CAP, &references->scratch, err);
	if (st == WV_OK)
		st = wv_url_parse(references->base, rewrite->url, NULL, &references->joiner.base, err);
	if (st == WV_OK && !wv_url_is_web(&references->joiner.base))
		st = wv_err_set(err, WV_USAGE, "'%.*s' is no URL of the web", WV_FMT(rewrite->url));
	return st == WV_LIMIT ? WV_USAGE : st;
}

void wv_references_done(struct wv_references *references)
{
	wv_arena_free(&references->base);
	wv_arena_free(&references->scratch);
}

static void add_uri(struct wv_buf *out, struct wv_slice uri)
{
	for (size_t i = 0; i < uri.n; i++) {
		unsigned char c = uri.p[i];

		if (c <= 0x20 || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '\\')
			wv_buf_add_format(out, "%%%02X", c);
		else
			wv_buf_add_byte(out, c);
	}
}

bool wv_references_add(struct wv_references *references, struct wv_slice reference,
                       const char *modifier, struct wv_buf *out)
{
	size_t hash = wv_slice_find_byte(reference, '#', 0);
	struct wv_slice url, own = reference;
	struct wv_slice fragment = wv_slice_from(reference, hash == SIZE_MAX ? reference.n : hash + 1);

	wv_arena_reset(references->scratch);
	if (references->charset.n && !wv_slice_equals(references->charset, WV_LIT("UTF-8")) &&
	    wv_charset_encode_query(references->scratch, reference, references->charset, &own, NULL) !=
		    WV_OK)
		return false;
	if (wv_url_join(references->scratch, &references->joiner, own, &url) != WV_OK)
		return false;
	wv_buf_add(out, references->stamp);
	wv_buf_add_string(out, modifier);
	wv_buf_add_byte(out, '/');
	add_uri(out, url);
	if (fragment.n) {
		wv_buf_add_byte(out, '#');
		add_uri(out, fragment);
	}
	return true;
}

bool wv_reference_is_inline(struct wv_slice reference)
{
	struct wv_slice s = wv_slice_trim(reference);

	return wv_slice_starts_nocase(s, WV_LIT("data:image/")) ||
	       wv_slice_starts_nocase(s, WV_LIT("data:font/")) ||
	       wv_slice_starts_nocase(s, WV_LIT("data:application/font")) ||
	       wv_slice_starts_nocase(s, WV_LIT("data:application/x-font"));
}
