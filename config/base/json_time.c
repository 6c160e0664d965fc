#include "config/base/json.h"

void wv_json_time(struct wv_json_writer *writer, const char *key, struct wv_time value)
{
	char text[WV_TIME_TEXT_MAX];

	if (wv_time_is_none(value))
		wv_json_null(writer, key);
	else
		wv_json_string(writer, key, wv_slice_of(wv_time_print(value, text)));
}
