/* The rows of a CDX answer: which pass, and how they are printed. */
#include "archive/serve/cdx_parts.h"

/* Those of CDXJ are other words for some. */
const char *const wv_cdx_names[WV_CDX_FIELD_COUNT] = {"urlkey", "timestamp", "original", "mimetype",
                                               "statuscode", "digest", "length", "redirect",
                                               "verdict", "source", "id"};
static const char *const cdxj_names[WV_CDX_FIELD_COUNT] = {"urlkey", "timestamp", "url", "mime", "status",
                                                    "digest", "length", "redirect", "verdict",
                                                    "source", "id"};
bool wv_cdx_find_field(struct wv_slice name, enum wv_cdx_field *out)
{
	for (int i = 0; i < (int)WV_CDX_FIELD_COUNT; i++)
		if (wv_slice_equals(name, wv_slice_of(wv_cdx_names[i])) ||
		    wv_slice_equals(name, wv_slice_of(cdxj_names[i]))) {
			*out = (enum wv_cdx_field)i;
			return true;
		}
	return false;
}

/* "-" where there is nothing, as ever in CDX; a space would part fields. */
static void add_field(struct wv_buf *out, const struct wv_capture *c, enum wv_cdx_field field)
{
	char text[WV_TIME_TEXT_MAX], hex[WV_DIGEST_HEX_MAX];
	size_t from = out->n;

	switch (field) {
	case WV_CDX_FIELD_URLKEY:
		wv_memento_add_key(out, c->page_key);
		break;
	case WV_CDX_FIELD_TIMESTAMP:
		wv_buf_add_string(out, wv_time_print_14(c->captured, text));
		break;
	case WV_CDX_FIELD_ORIGINAL:
		wv_memento_add_uri(out, c->url);
		break;
	case WV_CDX_FIELD_MIMETYPE:
		wv_memento_add_uri(out, c->mime);
		break;
	case WV_CDX_FIELD_STATUSCODE:
		wv_buf_add_format(out, "%d", c->status);
		break;
	case WV_CDX_FIELD_DIGEST:
		if (c->has_body)
			wv_buf_add_format(out, "sha256:%s", wv_digest_print(&c->body, hex));
		break;
	case WV_CDX_FIELD_LENGTH:
		wv_buf_add_format(out, "%llu", (unsigned long long)c->body_bytes);
		break;
	case WV_CDX_FIELD_REDIRECT:
		wv_memento_add_uri(out, c->location);
		break;
	case WV_CDX_FIELD_VERDICT:
		wv_buf_add_string(out, wv_verdict_name(c->verdict));
		break;
	case WV_CDX_FIELD_SOURCE:
		wv_memento_add_uri(out, c->source);
		break;
	case WV_CDX_FIELD_ID:
	case WV_CDX_FIELD_COUNT:
		wv_buf_add_format(out, "%llu", (unsigned long long)c->id);
		break;
	}
	if (out->n == from)
		wv_buf_add_byte(out, '-');
}

static struct wv_slice value_of(struct wv_cdx *cdx, const struct wv_capture *capture, enum wv_cdx_field field)
{
	wv_buf_reset(&cdx->value);
	add_field(&cdx->value, capture, field);
	return wv_buf_slice(&cdx->value);
}

static bool is_collapsed(struct wv_cdx *cdx, const struct wv_capture *capture,
                         struct wv_cdx_collapse *collapse)
{
	struct wv_slice value =
		wv_slice_part(value_of(cdx, capture, collapse->field), 0, collapse->bytes);

	if (collapse->has_before && wv_slice_equals(value, wv_buf_slice(&collapse->before)))
		return true;
	collapse->has_before = true;
	wv_buf_reset(&collapse->before);
	wv_buf_add(&collapse->before, value);
	return false;
}

bool wv_cdx_passes(struct wv_cdx *cdx, const struct wv_capture *capture)
{
	if (!wv_memento_is(capture))
		return false;
	for (size_t i = 0; i < cdx->filter_count; i++) {
		const struct wv_cdx_filter *filter = &cdx->filters[i];
		struct wv_slice value = value_of(cdx, capture, filter->field);

		if ((filter->is_exact ? wv_slice_equals(value, filter->pattern.text)
		                      : wv_pattern_matches(&filter->pattern, value)) == filter->is_not)
			return false;
	}
	for (size_t i = 0; i < cdx->collapse_count; i++)
		if (is_collapsed(cdx, capture, &cdx->collapses[i]))
			return false;
	if (cdx->passed_over < cdx->offset) {
		cdx->passed_over++;
		return false;
	}
	return true;
}

void wv_cdx_print(struct wv_cdx *cdx, const struct wv_capture *capture)
{
	struct wv_buf *out = &cdx->call->answer->body;

	if (cdx->output == WV_CDX_OUTPUT_JSON) {
		wv_json_open_array(&cdx->json, NULL);
		for (size_t i = 0; i < cdx->field_count; i++)
			wv_json_string(&cdx->json, NULL, value_of(cdx, capture, cdx->fields[i]));
		wv_json_close(&cdx->json);
		return;
	}
	if (cdx->output == WV_CDX_OUTPUT_CDXJ) {
		struct wv_json_writer w;

		add_field(out, capture, WV_CDX_FIELD_URLKEY);
		wv_buf_add_byte(out, ' ');
		add_field(out, capture, WV_CDX_FIELD_TIMESTAMP);
		wv_buf_add_byte(out, ' ');
		wv_json_begin(&w, out);
		wv_json_open_object(&w, NULL);
		for (size_t i = 0; i < cdx->field_count; i++)
			if (cdx->fields[i] > WV_CDX_FIELD_TIMESTAMP)
				wv_json_string(&w, cdxj_names[cdx->fields[i]],
				               value_of(cdx, capture, cdx->fields[i]));
		wv_json_close(&w);
		wv_buf_add_byte(out, '\n');
		return;
	}
	for (size_t i = 0; i < cdx->field_count; i++) {
		if (i)
			wv_buf_add_byte(out, ' ');
		add_field(out, capture, cdx->fields[i]);
	}
	wv_buf_add_byte(out, '\n');
}
