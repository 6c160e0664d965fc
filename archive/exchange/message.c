#include "archive/exchange/message.h"

#include <stdint.h>

#define ORIGINAL "X-Archive-Orig-"

static size_t line_end(struct wv_slice s, size_t at)
{
	size_t end = wv_slice_find_byte(s, '\n', at);

	return end == SIZE_MAX ? s.n : end + 1;
}

bool wv_message_split(struct wv_slice block, struct wv_slice *head, struct wv_slice *rest)
{
	size_t at = 0;

	if (!wv_slice_starts_nocase(block, WV_LIT("HTTP/")))
		return false;
	while (at < block.n) {
		size_t end = line_end(block, at);

		if (wv_slice_trim(wv_slice_part(block, at, end - at)).n == 0) {
			at = end;
			break;
		}
		at = end;
	}
	*head = wv_slice_part(block, 0, at);
	*rest = wv_slice_from(block, at);
	return true;
}

/* The field on the line at `at`, without folds; false for a line that is none. */
static bool field_at(struct wv_slice head, size_t at, size_t end, struct wv_slice *name,
                     struct wv_slice *value)
{
	struct wv_slice line = wv_slice_part(head, at, end - at);
	size_t colon = wv_slice_find_byte(line, ':', 0);

	if (at == 0 || colon == SIZE_MAX || colon == 0)
		return false;
	*name = wv_slice_trim(wv_slice_part(line, 0, colon));
	*value = wv_slice_trim(wv_slice_from(line, colon + 1));
	return true;
}

struct wv_slice wv_message_field(struct wv_slice head, const char *name)
{
	struct wv_slice one, value;

	for (size_t at = 0, end; at < head.n; at = end) {
		end = line_end(head, at);
		if (field_at(head, at, end, &one, &value) &&
		    wv_slice_equals_nocase(one, wv_slice_of(name)))
			return value;
	}
	return WV_SLICE_NONE;
}

static bool is_renamed(struct wv_slice name, struct wv_message_undone undone)
{
	if (wv_slice_starts_nocase(name, WV_LIT(ORIGINAL)))
		return true; /* the server's own: so that one prefix less gives it back */
	if (undone.transfer && wv_slice_equals_nocase(name, WV_LIT("Transfer-Encoding")))
		return true;
	return undone.content && (wv_slice_equals_nocase(name, WV_LIT("Content-Encoding")) ||
	                          wv_slice_equals_nocase(name, WV_LIT("Content-Length")));
}

void wv_message_write_head(struct wv_slice head, struct wv_message_undone undone,
                           struct wv_buf *out)
{
	struct wv_slice name, value;

	for (size_t at = 0, end; at < head.n; at = end) {
		end = line_end(head, at);
		if ((undone.transfer || undone.content) && field_at(head, at, end, &name, &value) &&
		    name.p == head.p + at && is_renamed(name, undone))
			wv_buf_add_string(out, ORIGINAL);
		wv_buf_add(out, wv_slice_part(head, at, end - at));
	}
}

void wv_message_read_head(struct wv_slice head, struct wv_message_undone undone,
                          struct wv_buf *out)
{
	struct wv_slice name, value;

	for (size_t at = 0, end; at < head.n; at = end) {
		end = line_end(head, at);
		if ((undone.transfer || undone.content) && field_at(head, at, end, &name, &value) &&
		    name.p == head.p + at && wv_slice_starts_nocase(name, WV_LIT(ORIGINAL)))
			at += sizeof(ORIGINAL) - 1;
		wv_buf_add(out, wv_slice_part(head, at, end - at));
	}
}

bool wv_message_is_chunked(struct wv_slice head)
{
	struct wv_slice value = wv_message_field(head, "Transfer-Encoding");
	struct wv_slice chunked = WV_LIT("chunked");

	return value.n >= chunked.n &&
	       wv_slice_equals_nocase(wv_slice_from(value, value.n - chunked.n), chunked);
}

/* "1a;name=value" CR LF at *at; false: no size stands there. */
static bool read_size(struct wv_slice s, size_t *at, size_t *size)
{
	size_t here = *at, digits = 0, n = 0;

	while (here < s.n && wv_byte_hex(s.p[here]) >= 0 && digits < 8) {
		n = n << 4 | (size_t)wv_byte_hex(s.p[here]);
		here++;
		digits++;
	}
	while (here < s.n && (s.p[here] == ' ' || s.p[here] == '\t'))
		here++;
	if (digits == 0 || here == s.n ||
	    (s.p[here] != ';' && s.p[here] != '\r' && s.p[here] != '\n'))
		return false;
	here = wv_slice_find_byte(s, '\n', here);
	if (here == SIZE_MAX)
		return false;
	*at = here + 1;
	*size = n;
	return true;
}

enum wv_status wv_message_dechunk(struct wv_slice rest, struct wv_buf *out, struct wv_err *err)
{
	size_t at = 0, size = 0;

	if (!read_size(rest, &at, &size))
		return wv_err_set(err, WV_BAD_INPUT, "no chunk at the start of the body");
	for (;;) {
		struct wv_slice chunk = wv_slice_part(rest, at, size);

		if (size == 0)
			return wv_buf_finish(out, "chunked body", err);
		wv_buf_add(out, chunk);
		at += chunk.n;
		if (chunk.n < size || at == rest.n)
			break;
		at += rest.p[at] == '\r';
		at += at < rest.n && rest.p[at] == '\n';
		if (!read_size(rest, &at, &size))
			break;
	}
	if (out->failed != WV_OK)
		return wv_buf_finish(out, "chunked body", err);
	return WV_NO;
}
