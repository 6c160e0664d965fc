#include "archive/view/history_parts.h"

#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/say.h"

struct wv_address history_self(const struct history_view *v, struct wv_time until)
{
	struct wv_address self = {.place = WV_PLACE_HISTORY,
	                          .text = v->past.page.url,
	                          .id = v->past.page.number};
	char text[WV_TIME_TEXT_MAX];

	if (!wv_time_is_none(until))
		self.more = wv_arena_string(
			v->visit->arena,
			wv_arena_format(v->visit->arena, "&until=%s", wv_time_print(until, text)));
	return self;
}

void history_add_link_at(const struct history_view *v, const struct wv_address *address,
                        enum wv_phrase words, struct wv_time when)
{
	char text[WV_TIME_TEXT_MAX];

	wv_frame_link_of(v->out, v->visit, address, words, wv_slice_of(wv_time_print(when, text)),
	                 WV_SLICE_NONE);
}
