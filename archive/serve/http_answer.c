#include "archive/serve/http.h"

#include "archive/serve/target.h"

/* What handlers do with a request's parameters and an answer's fields. */

bool wv_http_parameter(const struct wv_http_request *request, const char *name,
		       struct wv_slice *value)
{
	return wv_http_parameter_at(request, name, 0, value);
}

bool wv_http_parameter_at(const struct wv_http_request *request, const char *name, size_t nth,
			  struct wv_slice *value)
{
	return wv_target_parameter(request->query, name, nth, request->arena, value);
}

/* `value` is in the arena and ends in NUL, or is NULL. */
static bool add(struct wv_http_answer *answer, const struct wv_http_request *request,
		const char *name, const char *value, size_t n)
{
	struct wv_slice given = wv_slice_of(name);
	const char *copy = wv_arena_string(request->arena, given);
	size_t bytes = given.n + n + sizeof(": \r\n") - 1;

	if (!value || !copy || answer->field_count == WV_LIMIT_SERVE_ANSWER_FIELDS ||
	    bytes > WV_LIMIT_SERVE_FIELD_BYTES - answer->field_bytes)
		return false;
	answer->fields[answer->field_count][0] = copy;
	answer->fields[answer->field_count++][1] = value;
	answer->field_bytes += bytes;
	return true;
}

bool wv_http_add(struct wv_http_answer *answer, const struct wv_http_request *request,
		 const char *name, struct wv_slice value)
{
	for (size_t i = 0; i < value.n; i++)
		WV_ASSERT((value.p[i] >= ' ' && value.p[i] != 0x7f) || value.p[i] == '\t');
	return add(answer, request, name, wv_arena_string(request->arena, value), value.n);
}

struct wv_slice wv_http_escape(const struct wv_http_request *request, struct wv_slice foreign)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t most = foreign.n <= WV_LIMIT_SERVE_ANSWER_BYTES ? 3 * foreign.n : SIZE_MAX;
	char *escaped = wv_arena_alloc(request->arena, most);
	size_t n = 0;

	if (!escaped)
		return WV_SLICE_NONE;
	for (size_t i = 0; i < foreign.n; i++) {
		unsigned char c = foreign.p[i];

		if (c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>') {
			escaped[n++] = (char)c;
			continue;
		}
		escaped[n++] = '%';
		escaped[n++] = digits[c >> 4];
		escaped[n++] = digits[c & 15];
	}
	return wv_slice(escaped, n);
}

bool wv_http_add_foreign(struct wv_http_answer *answer, const struct wv_http_request *request,
			 const char *name, struct wv_slice value)
{
	struct wv_slice escaped = wv_http_escape(request, value);

	return (escaped.n > 0 || value.n == 0) && wv_http_add(answer, request, name, escaped);
}
