#ifndef WV_TESTS_SUPPORT_JSON_DUMP_H
#define WV_TESTS_SUPPORT_JSON_DUMP_H

/* A read tree written again: what was understood, as text. Recursive; trees are capped. */
#include <stdio.h>
#include <stdlib.h>

#include "config/base/json.h"

static inline void json_dump_value(struct wv_json_writer *writer, const char *key,
				   const struct wv_json *value)
{
	char name[256];

	switch (value->kind) {
	case WV_JSON_NULL:
		wv_json_null(writer, key);
		return;
	case WV_JSON_BOOL:
		wv_json_bool(writer, key, value->boolean);
		return;
	case WV_JSON_NUMBER:
		/* Integers have their text, and 64 bits of it. */
		if (value->text.n)
			wv_json_int(writer, key, strtoll((const char *)value->text.p, NULL, 10));
		else
			wv_json_double(writer, key, value->number);
		return;
	case WV_JSON_STRING:
		wv_json_string(writer, key, value->text);
		return;
	case WV_JSON_ARRAY:
		wv_json_open_array(writer, key);
		break;
	case WV_JSON_OBJECT:
		wv_json_open_object(writer, key);
		break;
	}
	/* The writer's nesting ends at 60. */
	for (size_t i = 0; i < value->n && writer->depth < 59; i++) {
		if (value->keys)
			snprintf(name, sizeof(name), "%.*s",
				 WV_FMT(wv_slice_part(value->keys[i], 0, 200)));
		json_dump_value(writer, value->keys ? name : NULL, &value->items[i]);
	}
	wv_json_close(writer);
}

static inline void json_dump(struct wv_buf *to, const struct wv_json *tree)
{
	struct wv_json_writer writer;

	wv_json_begin(&writer, to);
	json_dump_value(&writer, NULL, tree);
}

#endif
