#include "archive/view/growth.h"

#include "archive/view/chart.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/say.h"

#define US_PER_HOUR (INT64_C(3600) * WV_US_PER_S)
#define HOURS_MAX   336 /* of two weeks; what spread for longer is drawn by the day */
#define PLACES_MAX  400u

/* When a page is sure to have had the text: the interval's end (spread.h). */
static struct wv_time joined(const struct wv_spread_page *page)
{
	return page->latest;
}

static void span_of(const struct wv_spread *spread, struct wv_time *first, struct wv_time *last)
{
	*first = *last = joined(&spread->pages[0]);
	for (size_t i = 1; i < spread->count; i++) {
		struct wv_time t = joined(&spread->pages[i]);

		if (t.us < first->us)
			*first = t;
		if (t.us > last->us)
			*last = t;
	}
}

static struct wv_slice name_of(const struct wv_visit *visit, struct wv_time t, bool by_hour)
{
	const struct wv_civil c = wv_civil_of_time(t);
	char day[WV_SAY_DAY_MAX];

	return by_hour ? wv_arena_format(visit->arena, "%s %02u:00", wv_say_day(t, day), c.hour)
	               : wv_arena_format(visit->arena, "%s", wv_say_day(t, day));
}

static void add_chart(struct wv_buf *out, const struct wv_visit *visit,
                      const struct wv_spread *spread)
{
	struct wv_time first, last;
	int64_t step = US_PER_HOUR, start;
	bool by_hour = true;
	struct wv_slice *names;
	uint64_t *values;
	size_t count;

	span_of(spread, &first, &last);
	if ((last.us - first.us) / US_PER_HOUR > HOURS_MAX) {
		step = WV_US_PER_DAY;
		by_hour = false;
	}
	start = first.us - first.us % step;
	count = (size_t)((last.us - start) / step) + 1;
	/* Of years, the first stretch: there a text spreads. */
	if (count > PLACES_MAX)
		count = PLACES_MAX;
	names = WV_ARENA_ARRAY(visit->arena, struct wv_slice, count);
	values = WV_ARENA_ARRAY(visit->arena, uint64_t, count);
	if (!names || !values)
		return;
	for (size_t i = 0; i < spread->count; i++) {
		size_t at = (size_t)((joined(&spread->pages[i]).us - start) / step);

		if (at < count)
			values[at]++;
	}
	for (size_t i = 0; i < count; i++) {
		names[i] = name_of(visit, (struct wv_time){start + (int64_t)i * step}, by_hour);
		values[i] += i ? values[i - 1] : 0;
	}
	wv_chart_add(out, visit,
	             &(struct wv_chart){.kind = WV_CHART_STEPS,
	                                .id = "spread",
	                                .title = WV_PHRASE_CLUSTER_GROWTH,
	                                .place_name = by_hour ? WV_PHRASE_HOUR : WV_PHRASE_DAY,
	                                .value_name = WV_PHRASE_CLUSTER_PAGES,
	                                .unit = WV_PHRASE_ABOUT_PAGES,
	                                .places = names,
	                                .values = values,
	                                .count = count});
}

static void add_page(struct wv_buf *out, const struct wv_visit *visit,
                     const struct wv_spread_page *page)
{
	wv_html(out, "<tr><td>");
	if (!wv_time_is_none(page->earliest) && page->latest.us - page->earliest.us > WV_US_PER_S) {
		wv_say_instant(out, visit, page->earliest);
		wv_html(out, " \xe2\x80\x93 ");
	}
	wv_say_instant(out, visit, page->latest);
	wv_html(out, "</td><th scope=\"row\">");
	if (page->first.source.n) {
		wv_frame_source(out, visit, page->first.source, page->article.language);
	} else {
		wv_html(out, "\xe2\x80\x94");
	}
	wv_html(out, "</th><td>");
	wv_frame_headline(out, visit, &page->first, &page->article);
	wv_html(out, "</td></tr>\n");
}

void wv_growth_add(struct wv_buf *out, const struct wv_visit *visit,
                   const struct wv_spread *spread)
{
	static const enum wv_phrase heads[] = {WV_PHRASE_PUBLISHED, WV_PHRASE_SOURCE,
	                                       WV_PHRASE_SNAPSHOT};

	if (spread->count < 2)
		return;
	add_chart(out, visit, spread);
	wv_html(out, "<h2 id=\"joined\">");
	wv_say(out, visit, WV_PHRASE_JOINED);
	wv_html(out, "</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	             "aria-labelledby=\"joined\"><table class=\"joined\"><thead><tr>");
	for (size_t i = 0; i < WV_COUNT(heads); i++) {
		wv_html(out, "<th scope=\"col\">");
		wv_say(out, visit, heads[i]);
		wv_html(out, "</th>");
	}
	wv_html(out, "</tr></thead><tbody>\n");
	for (size_t i = 0; i < spread->count; i++)
		add_page(out, visit, &spread->pages[i]);
	wv_html(out, "</tbody></table></div>\n");
}
