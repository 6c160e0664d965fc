#include "archive/view/pulse.h"

#include "archive/store/tally.h"
#include "archive/view/chart.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/say.h"
#include "config/base/limits.h"

#define SOURCES_MAX  50u
#define FALLOW_DAYS  400 /* an archive that nothing was added to for so long is shown to its end */

/* The days that are drawn, and what each is called. */
struct range {
	int32_t from, to;
	size_t count;
	struct wv_slice *names;
	struct wv_tally_day *days;
	uint64_t *values, *parts;
};

static struct wv_tally_query query_of(const struct wv_visit *visit, uint32_t source)
{
	return (struct wv_tally_query){.source = source,
	                               .from_day = INT32_MIN,
	                               .to_day = INT32_MAX,
	                               .at = visit->has_as_of ? visit->at : WV_TIME_NONE,
	                               .known_at = visit->has_known_at ? visit->known_at
	                                                               : WV_TIME_NONE};
}

/* WV_NO: nothing to draw. */
static enum wv_status choose(const struct wv_visit *visit, uint32_t source, unsigned days,
                             struct range *out, struct wv_err *err)
{
	const struct wv_tally_query all = query_of(visit, source);
	struct wv_arena *arena = visit->arena;
	int32_t first, last, now = wv_tally_day_of(visit->now);

	if (!visit->tally || !wv_tally_span(visit->tally, &all, &first, &last))
		return WV_NO;
	if (!visit->has_as_of && now > last && now - last < FALLOW_DAYS)
		last = now;
	out->to = last;
	out->from = last - (int32_t)days + 1 > first ? last - (int32_t)days + 1 : first;
	out->count = (size_t)(out->to - out->from) + 1;
	out->names = WV_ARENA_ARRAY(arena, struct wv_slice, out->count);
	out->days = WV_ARENA_ARRAY(arena, struct wv_tally_day, out->count);
	out->values = WV_ARENA_ARRAY(arena, uint64_t, out->count);
	out->parts = WV_ARENA_ARRAY(arena, uint64_t, out->count);
	if (!out->names || !out->days || !out->values || !out->parts)
		return wv_err_set(err, WV_NOMEM, "out of memory for a chart");
	for (size_t i = 0; i < out->count; i++) {
		char day[WV_SAY_DAY_MAX];

		out->names[i] = wv_arena_copy(
			arena, wv_slice_of(wv_say_day(
				       wv_tally_day_start(out->from + (int32_t)i), day)));
	}
	return WV_OK;
}

static void read_days(const struct wv_visit *visit, uint32_t source, struct range *range)
{
	struct wv_tally_query query = query_of(visit, source);

	query.from_day = range->from;
	query.to_day = range->to;
	wv_tally_days(visit->tally, &query, range->days);
}

/* --- charts --- */

static void add_captures(struct wv_buf *out, const struct wv_visit *visit, struct range *range,
                         enum wv_phrase title, struct wv_slice subject)
{
	for (size_t i = 0; i < range->count; i++) {
		range->values[i] = range->days[i].captures;
		range->parts[i] = range->days[i].fresh;
	}
	wv_chart_add(out, visit,
	             &(struct wv_chart){.kind = WV_CHART_BARS,
	                                .id = "captures",
	                                .title = title,
	                                .subject = subject,
	                                .place_name = WV_PHRASE_DAY,
	                                .value_name = WV_PHRASE_RATE_LOOKED,
	                                .part_name = WV_PHRASE_RATE_NEW,
	                                .unit = WV_PHRASE_ABOUT_CAPTURES,
	                                .places = range->names,
	                                .values = range->values,
	                                .parts = range->parts,
	                                .count = range->count});
}

/* Running sums, from all that came before the first day drawn. */
static enum wv_status add_growth(struct wv_buf *out, const struct wv_visit *visit,
                                 struct range *range, struct wv_err *err)
{
	struct wv_tally_query before = query_of(visit, WV_TALLY_ALL);
	struct wv_tally_source *sources =
		WV_ARENA_ARRAY(visit->arena, struct wv_tally_source, 4096);
	uint64_t captures = 0, bytes = 0, unit;
	enum wv_phrase bytes_name;
	size_t count;

	if (!sources)
		return wv_err_set(err, WV_NOMEM, "out of memory for a chart");
	before.to_day = range->from - 1;
	count = wv_tally_sources(visit->tally, &before, sources, 4096);
	for (size_t i = 0; i < count; i++) {
		captures += sources[i].sum.captures;
		bytes += sources[i].sum.bytes;
	}
	for (size_t i = 0; i < range->count; i++) {
		captures += range->days[i].captures;
		bytes += range->days[i].bytes;
		range->values[i] = captures;
		range->parts[i] = bytes;
	}
	/* In units that leave something to see. */
	unit = bytes >= 16 * WV_MIB ? WV_MIB : WV_KIB;
	for (size_t i = 0; i < range->count; i++)
		range->parts[i] /= unit;
	bytes_name = unit == WV_MIB ? WV_PHRASE_GROWTH_MIB : WV_PHRASE_GROWTH_KIB;
	wv_chart_add(out, visit,
	             &(struct wv_chart){.kind = WV_CHART_STEPS,
	                                .id = "growth",
	                                .title = WV_PHRASE_GROWTH,
	                                .place_name = WV_PHRASE_DAY,
	                                .value_name = WV_PHRASE_GROWTH_CAPTURES,
	                                .unit = WV_PHRASE_ABOUT_CAPTURES,
	                                .places = range->names,
	                                .values = range->values,
	                                .count = range->count});
	wv_chart_add(out, visit,
	             &(struct wv_chart){.kind = WV_CHART_STEPS,
	                                .id = "bytes",
	                                .title = bytes_name,
	                                .place_name = WV_PHRASE_DAY,
	                                .value_name = bytes_name,
	                                .unit = unit == WV_MIB ? WV_PHRASE_UNIT_MIB
	                                                       : WV_PHRASE_UNIT_KIB,
	                                .places = range->names,
	                                .values = range->parts,
	                                .count = range->count});
	return WV_OK;
}

/* --- sources, each in a row --- */

static void add_share(struct wv_buf *out, uint64_t part, uint64_t whole)
{
	wv_html(out, "<td class=\"number\">");
	if (whole)
		wv_buf_add_format(out, "%u\xe2\x80\xaf%%", (unsigned)(part * 100 / whole));
	else
		wv_html(out, "\xe2\x80\x94");
	wv_html(out, "</td>");
}

static void add_row(struct wv_buf *out, const struct wv_visit *visit, struct range *range,
                    const struct wv_tally_source *source, struct wv_slice name)
{
	const struct wv_address address = {.place = WV_PLACE_SOURCE, .text = name};

	read_days(visit, source->source, range);
	for (size_t i = 0; i < range->count; i++)
		range->values[i] = range->days[i].captures;
	wv_html(out, "<tr><th scope=\"row\">");
	if (name.n) {
		wv_html(out, "<a");
		wv_address_href(out, visit, &address);
		wv_html(out, ">");
		wv_say_name(out, visit, name, WV_SLICE_NONE);
		wv_html(out, "</a>");
	} else {
		wv_say(out, visit, WV_PHRASE_FACET_NONE);
	}
	wv_html(out, "</th><td class=\"number\">");
	wv_html_u64(out, source->sum.captures);
	wv_html(out, "</td>");
	add_share(out, source->sum.fresh, source->sum.answered);
	wv_html(out, "<td>");
	wv_chart_spark(out, visit, range->values, range->names, range->count);
	wv_html(out, "</td></tr>\n");
}

static struct wv_slice name_of(const struct wv_source_totals *names, size_t count, uint32_t number)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number)
			return names[i].name;
	return WV_SLICE_NONE;
}

static void add_head(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase name)
{
	wv_html(out, "<th scope=\"col\">");
	wv_say(out, visit, name);
	wv_html(out, "</th>");
}

static void add_number_head(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase name)
{
	wv_html(out, "<th scope=\"col\" class=\"number\">");
	wv_say(out, visit, name);
	wv_html(out, "</th>");
}

static enum wv_status add_sources(struct wv_buf *out, const struct wv_visit *visit,
                                  struct range *range, struct wv_err *err)
{
	struct wv_tally_query query = query_of(visit, WV_TALLY_ALL);
	struct wv_tally_source sources[SOURCES_MAX];
	struct wv_source_totals *names;
	size_t count, name_count;
	enum wv_status st = wv_store_sources(visit->txn, visit->arena, &names, &name_count, err);

	if (st != WV_OK)
		return st;
	query.from_day = range->from;
	query.to_day = range->to;
	count = wv_tally_sources(visit->tally, &query, sources, SOURCES_MAX);
	wv_html(out, "<h2 id=\"sources\">");
	wv_say(out, visit, WV_PHRASE_COVERAGE);
	wv_html(out, "</h2>\n<p class=\"meta\">");
	wv_html_text(out, range->names[0]);
	wv_html(out, " \xe2\x80\x93 ");
	wv_html_text(out, range->names[range->count - 1]);
	wv_html(out, " UTC</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	             "aria-labelledby=\"sources\"><table class=\"sparks\"><thead><tr>");
	add_head(out, visit, WV_PHRASE_SOURCE);
	add_number_head(out, visit, WV_PHRASE_RATE_LOOKED);
	add_number_head(out, visit, WV_PHRASE_RATE_NEW);
	add_head(out, visit, WV_PHRASE_DAILY);
	wv_html(out, "</tr></thead><tbody>\n");
	for (size_t i = 0; i < count; i++)
		add_row(out, visit, range, &sources[i],
		        name_of(names, name_count, sources[i].source));
	wv_html(out, "</tbody></table></div>\n");
	return WV_OK;
}

/* --- pages --- */

static void add_spans(struct wv_buf *out, const struct wv_visit *visit, unsigned days)
{
	static const unsigned spans[] = {30, 90, 365};
	static const char *const more[] = {"&days=30", "&days=90", "&days=365"};

	if (visit->form == WV_FORM_STATIC)
		return;
	wv_html(out, "<p class=\"ways\">");
	for (size_t i = 0; i < WV_COUNT(spans); i++) {
		const struct wv_address address = {.place = WV_PLACE_PULSE, .more = more[i]};

		wv_html(out, "<a");
		wv_address_href(out, visit, &address);
		wv_buf_add_string(out, spans[i] == days ? " aria-current=\"true\">" : ">");
		wv_say_count(out, visit, WV_PHRASE_LAST_DAYS_N, spans[i]);
		wv_html(out, "</a> ");
	}
	wv_html(out, "</p>\n");
}

static void add_notes(struct wv_buf *out, const struct wv_visit *visit)
{
	if (visit->has_as_of || visit->has_known_at)
		wv_say_in(out, visit, "p", WV_PHRASE_WHOLE_DAYS);
	if (!visit->tally || wv_tally_behind(visit->tally)) {
		wv_html(out, "<p class=\"notice\" role=\"status\">");
		wv_say(out, visit, WV_PHRASE_COUNTING);
		wv_html(out, "</p>\n");
	}
}

enum wv_status wv_view_pulse(struct wv_visit *visit, const struct wv_view_pulse_query *query,
                             struct wv_buf *out, struct wv_err *err)
{
	unsigned days = query->days && query->days <= WV_VIEW_PULSE_DAYS_MAX ? query->days
	                                                                     : WV_VIEW_PULSE_DAYS;
	const struct wv_address self = {
		.place = WV_PLACE_PULSE,
		.more = query->days ? wv_arena_string(visit->arena,
	                                              wv_arena_format(visit->arena, "&days=%u", days))
	                            : NULL};
	struct range range = {0};
	enum wv_status st = choose(visit, WV_TALLY_ALL, days, &range, err);

	if (st != WV_OK && st != WV_NO)
		return st;
	wv_frame_open(out, visit,
	              &(struct wv_frame){
			      .title = wv_slice_of(wv_phrase(visit->tongue, WV_PHRASE_PULSE)),
			      .place = WV_PLACE_PULSE,
			      .self = self,
			      .wide = "wide"});
	wv_say_in(out, visit, "h1", WV_PHRASE_PULSE);
	if (st == WV_OK)
		add_spans(out, visit, days);
	add_notes(out, visit);
	if (st == WV_OK) {
		read_days(visit, WV_TALLY_ALL, &range);
		add_captures(out, visit, &range, WV_PHRASE_RATE, WV_SLICE_NONE);
		st = add_growth(out, visit, &range, err);
		if (st == WV_OK)
			st = add_sources(out, visit, &range, err);
	} else {
		wv_say_in(out, visit, "p",
		          visit->has_as_of ? WV_PHRASE_FRONT_EMPTY_THEN : WV_PHRASE_FRONT_EMPTY);
		st = WV_OK;
	}
	wv_frame_close(out, visit);
	return st;
}

void wv_pulse_source(struct wv_buf *out, const struct wv_visit *visit, uint32_t source,
                     struct wv_slice name)
{
	struct range range = {0};

	if (choose(visit, source, WV_VIEW_PULSE_DAYS, &range, NULL) != WV_OK)
		return;
	read_days(visit, source, &range);
	add_captures(out, visit, &range, WV_PHRASE_RATE_OF, name);
}
