#include "archive/view/timeline.h"

#include "archive/view/chart.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/say.h"

#define HEIGHT 48u

/* --- the line --- */

struct line {
	struct wv_buf *out;
	int64_t from, to;
};

/* Thousandths of the width, in hundredths, with some room at both ends. */
static unsigned x_of(const struct line *line, struct wv_time t)
{
	double share = (double)(t.us - line->from) / (double)(line->to - line->from);

	return 1000 + (unsigned)(share * 98000);
}

static void add_tick(const struct line *line, const char *class, struct wv_time t, unsigned top)
{
	unsigned x = x_of(line, t);

	wv_buf_add_format(line->out,
	                  "<path class=\"%s\" vector-effect=\"non-scaling-stroke\" "
	                  "d=\"M%u.%02u %uV%u\"/>",
	                  class, x / 100, x % 100, top, HEIGHT - 4);
}

static void add_gap(const struct line *line, const struct wv_absence *a)
{
	unsigned from = x_of(line, a->first_seen);
	unsigned to = x_of(line, a->has_returned ? a->returned : a->last_seen);
	unsigned width = to - from < 300 ? 300 : to - from;

	wv_buf_add_format(line->out,
	                  "<rect class=\"gap\" x=\"%u.%02u\" y=\"22\" width=\"%u.%02u\" "
	                  "height=\"22\"/>",
	                  from / 100, from % 100, width / 100, width % 100);
}

/* Captures that fall on one place are one tick. */
static void add_seen(const struct line *line, const struct wv_past *past)
{
	unsigned last = UINT32_MAX;

	for (size_t i = 0; i < past->count; i++) {
		unsigned x = x_of(line, past->captures[i].captured) / 200;

		if (x != last)
			add_tick(line, "seen", past->captures[i].captured, 30);
		last = x;
	}
}

static void add_key(struct wv_buf *out, const struct wv_visit *visit, const char *class,
                    enum wv_phrase phrase)
{
	wv_buf_add_format(out, "<li><span class=\"swatch %s\"></span> ", class);
	wv_say(out, visit, phrase);
	wv_html(out, "</li>");
}

static void add_keys(struct wv_buf *out, const struct wv_visit *visit, const struct wv_past *past)
{
	bool silent = false;

	for (size_t i = 0; i < past->history.version_count; i++)
		silent = silent || (past->history.versions[i].changes & WV_CHANGE_SILENT);
	wv_html(out, "<ul class=\"key\">");
	add_key(out, visit, "seen", WV_PHRASE_KEY_SEEN);
	add_key(out, visit, "version", WV_PHRASE_KEY_VERSION);
	if (silent)
		add_key(out, visit, "silent", WV_PHRASE_SILENT);
	if (past->history.absence_count)
		add_key(out, visit, "gap", WV_PHRASE_GONE);
	wv_html(out, "</ul>\n");
}

static void add_ends(struct wv_buf *out, const struct wv_past *past)
{
	char day[WV_SAY_DAY_MAX];

	wv_html(out, "<p class=\"ends\" aria-hidden=\"true\"><span>");
	wv_buf_add_string(out, wv_say_day(past->captures[0].captured, day));
	wv_html(out, "</span><span>");
	wv_buf_add_string(out, wv_say_day(past->captures[past->count - 1].captured, day));
	wv_html(out, " UTC</span></p>\n");
}

void wv_timeline_add(struct wv_buf *out, const struct wv_visit *visit, const struct wv_past *past)
{
	const struct wv_history *h = &past->history;
	struct line line = {.out = out};

	if (past->count < 2)
		return;
	line.from = past->captures[0].captured.us;
	line.to = past->captures[past->count - 1].captured.us;
	if (line.to <= line.from)
		return;
	wv_html(out, "<figure class=\"chart line\" aria-labelledby=\"line-t\">");
	wv_chart_open(out, "line", HEIGHT);
	wv_html(out, "<title id=\"line-t\">");
	wv_say(out, visit, WV_PHRASE_TIMELINE);
	wv_html(out, "</title><desc id=\"line-d\">");
	wv_say_count(out, visit, WV_PHRASE_CAPTURES_N, past->count);
	wv_say(out, visit, WV_PHRASE_COMMA);
	wv_say_count(out, visit, WV_PHRASE_VERSIONS_N, h->version_count);
	wv_buf_add_format(out,
	                  "</desc><path class=\"axis\" vector-effect=\"non-scaling-stroke\" "
	                  "d=\"M0 %uH1000\"/>",
	                  HEIGHT - 4);
	for (size_t i = 0; i < h->absence_count; i++)
		add_gap(&line, &h->absences[i]);
	add_seen(&line, past);
	for (size_t i = 0; i < h->version_count; i++) {
		bool is_silent = h->versions[i].changes & WV_CHANGE_SILENT;

		add_tick(&line, is_silent ? "silent" : "version", h->versions[i].first_seen,
		         is_silent ? 2 : 12);
	}
	wv_chart_close(out);
	add_ends(out, past);
	add_keys(out, visit, past);
	wv_html(out, "</figure>\n");
}

/* --- the calendar --- */

/* Captures of the days of one month, and the captures it begins and ends at. */
struct month {
	int32_t year;
	unsigned month;
	unsigned days[32]; /* by day, from 1 */
};

static bool is_of(const struct month *m, struct wv_time t, unsigned *day)
{
	const struct wv_civil c = wv_civil_of_time(t);

	*day = c.day;
	return c.year == m->year && c.month == m->month;
}

static unsigned days_of(const struct month *m)
{
	struct wv_civil c = {.year = m->year, .month = (uint8_t)m->month, .day = 31};

	while (c.day > 28 && !wv_civil_is_valid(&c))
		c.day--;
	return c.day;
}

/* 0 Monday ... 6. */
static unsigned weekday_of_first(const struct month *m)
{
	const struct wv_civil first = {.year = m->year, .month = (uint8_t)m->month, .day = 1};

	return (wv_civil_of_time(wv_time_of_civil(&first)).weekday + 6u) % 7u;
}

static void add_day(struct wv_buf *out, const struct wv_visit *visit, const struct month *m,
                    unsigned day)
{
	unsigned n = m->days[day];

	if (!n) {
		wv_buf_add_format(out, "<td>%u</td>", day);
		return;
	}
	wv_buf_add_format(out,
	                  "<td class=\"has n%u\"><a href=\"#d%04d-%02u-%02u\">"
	                  "<span class=\"unseen\">%04d-%02u-%02u, ",
	                  n > 24 ? 4 : n > 8 ? 3 : n > 2 ? 2 : 1, (int)m->year, m->month, day,
	                  (int)m->year, m->month, day);
	wv_say_count(out, visit, WV_PHRASE_ABOUT_CAPTURES, n);
	wv_buf_add_format(out,
	                  "</span><span aria-hidden=\"true\">%u <small>\xc3\x97%u</small></span>"
	                  "</a></td>",
	                  day, n);
}

static void add_month(struct wv_buf *out, const struct wv_visit *visit, const struct month *m)
{
	unsigned at = weekday_of_first(m), days = days_of(m);
	char year[16];

	wv_html(out, "<table class=\"month\"><caption>");
	wv_say_text(out, visit, (enum wv_phrase)(WV_PHRASE_MONTH_1 + (int)m->month - 1),
	            wv_slice_of(wv_say_year(m->year, year)));
	wv_html(out, "</caption><thead><tr>");
	for (int i = 0; i < 7; i++) {
		wv_html(out, "<th scope=\"col\">");
		wv_say(out, visit, (enum wv_phrase)(WV_PHRASE_DAY_1 + i));
		wv_html(out, "</th>");
	}
	wv_html(out, "</tr></thead><tbody><tr>");
	for (unsigned i = 0; i < at; i++)
		wv_html(out, "<td></td>");
	for (unsigned day = 1; day <= days; day++, at++) {
		if (at && at % 7 == 0)
			wv_html(out, "</tr><tr>");
		add_day(out, visit, m, day);
	}
	for (; at % 7; at++)
		wv_html(out, "<td></td>");
	wv_html(out, "</tr></tbody></table>\n");
}

#define MONTHS_OPEN 12u

void wv_timeline_calendar(struct wv_buf *out, const struct wv_visit *visit,
                          const struct wv_past *past)
{
	unsigned shown = 0;

	wv_html(out, "<div class=\"calendar\">\n");
	/* The newest month first. */
	for (size_t i = past->count; i > 0;) {
		const struct wv_civil c = wv_civil_of_time(past->captures[i - 1].captured);
		struct month m = {.year = c.year, .month = c.month};
		unsigned day;

		for (; i > 0 && is_of(&m, past->captures[i - 1].captured, &day); i--)
			m.days[day]++;
		if (shown++ == MONTHS_OPEN) {
			wv_html(out, "</div>\n<details><summary>");
			wv_say(out, visit, WV_PHRASE_EARLIER_MONTHS);
			wv_html(out, "</summary><div class=\"calendar\">\n");
		}
		add_month(out, visit, &m);
	}
	wv_html(out, "</div>\n");
	if (shown > MONTHS_OPEN)
		wv_html(out, "</details>\n");
}
