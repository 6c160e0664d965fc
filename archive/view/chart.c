#include "archive/view/chart.h"

#include "archive/view/html.h"
#include "archive/view/say.h"

#define WIDTH  1000u
#define HEIGHT 100u

void wv_chart_open(struct wv_buf *out, const char *id, unsigned height)
{
	wv_buf_add_format(out,
	                  "<svg class=\"plot\" role=\"img\" aria-labelledby=\"%s-t %s-d\" "
	                  "viewBox=\"0 0 %u %u\" preserveAspectRatio=\"none\">",
	                  id, id, WIDTH, height);
}

void wv_chart_close(struct wv_buf *out)
{
	wv_html(out, "</svg>\n");
}

static uint64_t greatest(const uint64_t *values, size_t count, size_t *at)
{
	uint64_t most = 0;

	*at = 0;
	for (size_t i = 0; i < count; i++)
		if (values[i] > most) {
			most = values[i];
			*at = i;
		}
	return most;
}

/* A value's height in hundredths of a unit: no floating point in what tests compare. */
static unsigned height_of(uint64_t value, uint64_t most)
{
	unsigned h = most ? (unsigned)((double)value * HEIGHT * 100 / (double)most) : 0;

	/* What is there can be seen. */
	return value && h < 150 ? 150 : h;
}

/* Left edge of place i, in hundredths. */
static unsigned left_of(size_t i, size_t count)
{
	return (unsigned)((uint64_t)i * WIDTH * 100 / (count ? count : 1));
}

/* All bars are one path: a year of days is some kilobytes. Tenths of a unit are fine enough. */
static void add_bars_of(struct wv_buf *out, const char *class, const uint64_t *values,
                        size_t count, uint64_t most)
{
	wv_buf_add_format(out, "<path class=\"%s\" d=\"", class);
	for (size_t i = 0; i < count; i++) {
		unsigned x = left_of(i, count) / 10, w = left_of(i + 1, count) / 10 - x;
		unsigned gap = w > 80 ? 20 : w / 4, h = height_of(values[i], most) / 10;

		if (h)
			wv_buf_add_format(out, "M%u.%u %uv-%u.%uh%u.%uV%uz", (x + gap / 2) / 10,
			                  (x + gap / 2) % 10, HEIGHT, h / 10, h % 10, (w - gap) / 10,
			                  (w - gap) % 10, HEIGHT);
	}
	wv_html(out, "\"/>");
}

static void add_bars(struct wv_buf *out, const uint64_t *values, const uint64_t *parts,
                     size_t count, uint64_t most)
{
	add_bars_of(out, "bar", values, count, most);
	if (parts)
		add_bars_of(out, "part", parts, count, most);
}

/* The line, and the ground under it. */
static void add_steps(struct wv_buf *out, const uint64_t *values, size_t count, uint64_t most)
{
	for (int line = 0; line < 2; line++) {
		wv_buf_add_format(out,
		                  "<path class=\"%s\" vector-effect=\"non-scaling-stroke\" "
		                  "d=\"M0 %u",
		                  line ? "line" : "ground", HEIGHT);
		for (size_t i = 0; i < count; i++) {
			unsigned y = HEIGHT * 100 - height_of(values[i], most);
			unsigned x = left_of(i + 1, count);

			wv_buf_add_format(out, "V%u.%02uH%u.%02u", y / 100, y % 100, x / 100, x % 100);
		}
		if (!line)
			wv_buf_add_format(out, "V%uZ", HEIGHT);
		wv_html(out, "\"/>");
	}
}

void wv_chart_spark(struct wv_buf *out, const struct wv_visit *visit, const uint64_t *values,
                    const struct wv_slice *places, size_t count)
{
	WV_AUTO(wv_buf_done) struct wv_buf label = {.cap = 4096};
	size_t at;
	uint64_t most = greatest(values, count, &at);
	struct wv_slice before, after;

	wv_phrase_split(visit->tongue, WV_PHRASE_CHART_MOST, &before, &after);
	wv_buf_add_format(&label, "%.*s%llu%.*s (%.*s)", WV_FMT(before), (unsigned long long)most,
	                  WV_FMT(after), WV_FMT(places[at]));

	wv_buf_add_format(out,
	                  "<svg class=\"spark\" role=\"img\" viewBox=\"0 0 %u %u\" "
	                  "preserveAspectRatio=\"none\"",
	                  WIDTH, HEIGHT);
	wv_html_attribute(out, "aria-label", wv_buf_slice(&label));
	wv_html(out, ">");
	add_bars(out, values, NULL, count, most);
	wv_html(out, "</svg>");
}

static void add_title(struct wv_buf *out, const struct wv_visit *visit, const struct wv_chart *c)
{
	struct wv_slice before, after;

	wv_phrase_split(visit->tongue, c->title, &before, &after);
	wv_html_text(out, before);
	wv_html_text(out, c->subject);
	wv_html_text(out, after);
}

/* "2024-06-01 to 2024-06-30; at most 12 (2024-06-05)": what one sees at a glance. */
static void add_description(struct wv_buf *out, const struct wv_visit *visit,
                            const struct wv_chart *c)
{
	size_t at;
	uint64_t most = greatest(c->values, c->count, &at);

	wv_html_text(out, c->places[0]);
	wv_html(out, " \xe2\x80\x93 ");
	wv_html_text(out, c->places[c->count - 1]);
	wv_html(out, ". ");
	wv_say_count(out, visit, WV_PHRASE_CHART_MOST, most);
	wv_html(out, " (");
	wv_html_text(out, c->places[at]);
	wv_html(out, ")");
}

static void add_cell(struct wv_buf *out, uint64_t value)
{
	wv_html(out, "<td class=\"number\">");
	wv_html_u64(out, value);
	wv_html(out, "</td>");
}

static void add_head(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase name)
{
	wv_html(out, "<th scope=\"col\">");
	wv_say(out, visit, name);
	wv_html(out, "</th>");
}

static void add_table(struct wv_buf *out, const struct wv_visit *visit, const struct wv_chart *c)
{
	wv_buf_add_format(out, "<details class=\"figures\"><summary id=\"%s-s\">", c->id);
	wv_say(out, visit, WV_PHRASE_CHART_TABLE);
	wv_html(out, "</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\"");
	wv_buf_add_format(out,
	                  " aria-labelledby=\"%s-t %s-s\"><table aria-labelledby=\"%s-t\">"
	                  "<thead><tr>",
	                  c->id, c->id, c->id);
	add_head(out, visit, c->place_name);
	add_head(out, visit, c->value_name);
	if (c->parts)
		add_head(out, visit, c->part_name);
	wv_html(out, "</tr></thead><tbody>\n");
	for (size_t i = 0; i < c->count; i++) {
		wv_html(out, "<tr><th scope=\"row\">");
		wv_html_text(out, c->places[i]);
		wv_html(out, "</th>");
		add_cell(out, c->values[i]);
		if (c->parts)
			add_cell(out, c->parts[i]);
		wv_html(out, "</tr>\n");
	}
	wv_html(out, "</tbody></table></div></details>\n");
}

static void add_key(struct wv_buf *out, const struct wv_visit *visit, const struct wv_chart *c)
{
	wv_html(out, "<ul class=\"key\"><li><span class=\"swatch bar\"></span> ");
	wv_say(out, visit, c->value_name);
	wv_html(out, "</li><li><span class=\"swatch part\"></span> ");
	wv_say(out, visit, c->part_name);
	wv_html(out, "</li></ul>\n");
}

void wv_chart_add(struct wv_buf *out, const struct wv_visit *visit, const struct wv_chart *c)
{
	size_t at;
	uint64_t most = greatest(c->values, c->count, &at);

	if (!c->count)
		return;
	wv_buf_add_format(out, "<figure class=\"chart\" aria-labelledby=\"%s-t\"><figcaption>", c->id);
	add_title(out, visit, c);
	wv_html(out, "</figcaption>\n<p class=\"most\" aria-hidden=\"true\">");
	wv_say_count(out, visit, c->unit, most);
	wv_html(out, "</p>\n");
	wv_chart_open(out, c->id, HEIGHT);
	wv_buf_add_format(out, "<title id=\"%s-t\">", c->id);
	add_title(out, visit, c);
	wv_buf_add_format(out, "</title><desc id=\"%s-d\">", c->id);
	add_description(out, visit, c);
	wv_html(out, "</desc>");
	if (c->kind == WV_CHART_STEPS)
		add_steps(out, c->values, c->count, most);
	else
		add_bars(out, c->values, c->parts, c->count, most);
	wv_chart_close(out);
	wv_html(out, "<p class=\"ends\" aria-hidden=\"true\"><span>");
	wv_html_text(out, c->places[0]);
	wv_html(out, "</span><span>");
	if (c->count > 1)
		wv_html_text(out, c->places[c->count - 1]);
	wv_html(out, " UTC</span></p>\n");
	if (c->parts)
		add_key(out, visit, c);
	add_table(out, visit, c);
	wv_html(out, "</figure>\n");
}
