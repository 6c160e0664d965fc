#include "crawler/cmd/coverage.h"

#include <stdlib.h>

#include "crawler/cmd/read.h"
#include "crawler/plan/frontier.h"

/* ---- reading */

struct listings {
	struct wv_arena *arena;
	struct wv_covered_source *source;
};

static enum wv_status keep_listing(void *context, const struct wv_listing_state *listing,
				   struct wv_err *err)
{
	struct listings *l = context;

	if (l->source->listing_count == WV_COVERAGE_LISTINGS_MAX)
		return WV_NO;
	l->source->listings[l->source->listing_count] = *listing;
	l->source->listings[l->source->listing_count].url = wv_arena_copy(l->arena, listing->url);
	if (listing->url.n && !l->source->listings[l->source->listing_count].url.n)
		return wv_err_set(err, WV_NOMEM, "out of memory for listings");
	l->source->listing_count++;
	return WV_OK;
}

static enum wv_status read_source(struct wv_txn *txn, const struct wv_source *source,
				  struct wv_time now, struct wv_arena *arena,
				  struct wv_covered_source *out, struct wv_err *err)
{
	struct listings listings = {arena, out};
	enum wv_status st = wv_frontier_coverage(txn, source->name, &out->coverage, err);

	out->name = source->name;
	out->is_known = st == WV_OK;
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	out->listings = WV_ARENA_ARRAY(arena, struct wv_listing_state, WV_COVERAGE_LISTINGS_MAX);
	if (!out->listings)
		return wv_err_set(err, WV_NOMEM, "out of memory for listings");
	st = wv_frontier_coverage_facts(txn, source, now, &out->coverage, &out->facts, err);
	if (st == WV_OK)
		st = wv_frontier_each_listing(txn, source->name, keep_listing, &listings, err);
	if (st == WV_OK)
		st = wv_frontier_alarms(txn, source, now, &out->coverage, &out->alarms, err);
	return st;
}

static bool is_named(const struct wv_settings *settings, struct wv_slice name)
{
	for (size_t i = 0; i < settings->source_count; i++)
		if (wv_slice_equals(settings->sources[i].name, name))
			return true;
	return false;
}

/* Those with an alarm to the front, both parts in their order. */
static enum wv_status put_alarms_first(struct wv_arena *arena, struct wv_covered *covered,
				       struct wv_err *err)
{
	struct wv_covered_source *sorted =
		WV_ARENA_ARRAY(arena, struct wv_covered_source, covered->count + 1);
	size_t n = 0;

	if (!sorted)
		return wv_err_set(err, WV_NOMEM, "out of memory for %zu sources", covered->count);
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < covered->count; i++) {
			if ((covered->sources[i].alarms == 0) != (pass == 1))
				continue;
			sorted[n] = covered->sources[i];
			sorted[n].facts.coverage = &sorted[n].coverage;
			covered->alarmed += pass == 0;
			n++;
		}
	}
	covered->sources = sorted;
	return WV_OK;
}

enum wv_status wv_covered_read(struct wv_txn *txn, const struct wv_settings *settings,
			       const struct wv_slice *more, size_t more_count, struct wv_time now,
			       struct wv_arena *arena, struct wv_covered *out, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	*out = (struct wv_covered){0};
	out->sources = WV_ARENA_ARRAY(arena, struct wv_covered_source,
				      settings->source_count + more_count + 1);
	if (!out->sources)
		return wv_err_set(err, WV_NOMEM, "out of memory for %zu sources",
				  settings->source_count + more_count);
	for (size_t i = 0; i < settings->source_count && st == WV_OK; i++)
		st = read_source(txn, &settings->sources[i], now, arena,
				 &out->sources[out->count++], err);
	for (size_t i = 0; i < more_count && st == WV_OK; i++) {
		const struct wv_source other = {.name = more[i]};

		if (!is_named(settings, more[i]))
			st = read_source(txn, &other, now, arena, &out->sources[out->count++], err);
	}
	return st == WV_OK ? put_alarms_first(arena, out, err) : st;
}

/* ---- saying */

const char *wv_covered_state(const struct wv_covered_source *source)
{
	if (!source->is_known)
		return "unknown";
	if (source->alarms)
		return "alarm";
	return wv_coverage_expected_us(&source->coverage, source->coverage.newest) ? "ok"
										   : "learning";
}

/* News a day over the last whole week. */
static double usual(const struct wv_covered_source *source)
{
	uint32_t n = 0;

	for (uint32_t ago = 1; ago <= 7; ago++)
		n += wv_coverage_news_on(&source->coverage, source->facts.now, ago);
	return n / 7.0;
}

static void add_alarms_json(struct wv_json_writer *w, const struct wv_covered_source *source)
{
	wv_json_open_array(w, "alarms");
	for (uint32_t i = 0; i < WV_ALARM_COUNT; i++) {
		WV_AUTO(wv_buf_done) struct wv_buf words = {.cap = WV_KIB};

		if (!(source->alarms >> i & 1))
			continue;
		wv_coverage_say(&source->facts, (enum wv_alarm)i, &words);
		wv_json_open_object(w, NULL);
		wv_json_string(w, "alarm", wv_slice_of(wv_alarm_name((enum wv_alarm)i)));
		wv_json_string(w, "reason", wv_buf_slice(&words));
		wv_json_close(w);
	}
	wv_json_close(w);
}

void wv_covered_add_json(struct wv_json_writer *w, const struct wv_covered_source *source)
{
	const struct wv_coverage *c = &source->coverage;

	wv_json_string(w, "state", wv_slice_of(wv_covered_state(source)));
	if (!source->is_known)
		return;
	add_alarms_json(w, source);
	wv_json_time(w, "reached", c->reached);
	wv_json_time(w, "failed", c->failed);
	wv_json_u64(w, "failures", c->failures);
	wv_json_time(w, "looked", c->looked);
	wv_json_time(w, "newest", c->newest);
	wv_json_u64(w, "news", c->news);
	wv_json_u64(w, "news_today", wv_coverage_news_on(c, source->facts.now, 0));
	wv_json_u64(w, "news_yesterday", wv_coverage_news_on(c, source->facts.now, 1));
	wv_json_double(w, "news_a_day", usual(source));
	wv_json_int(w, "expected_s", wv_coverage_expected_us(c, c->newest) / WV_US_PER_S);
	wv_json_time(w, "suspended_until",
		 source->alarms >> WV_ALARM_SUSPENDED & 1 ? source->facts.suspended_until
							  : WV_TIME_NONE);
	wv_json_open_object(w, "recent");
	for (int i = 0; i < WV_ARRIVAL_COUNT; i++)
		wv_json_u64(w, wv_arrival_name((enum wv_arrival)i),
			    wv_coverage_count(c, (enum wv_arrival)i));
	wv_json_close(w);
	wv_json_open_array(w, "listings");
	for (size_t i = 0; i < source->listing_count; i++) {
		const struct wv_listing_state *l = &source->listings[i];

		wv_json_open_object(w, NULL);
		wv_json_string(w, "url", l->url);
		wv_json_string(w, "kind", wv_slice_of(wv_visit_kind_name(l->kind)));
		if (l->status)
			wv_json_int(w, "status", l->status);
		else
			wv_json_null(w, "status");
		wv_json_time(w, "looked", l->looked);
		wv_json_time(w, "changed", l->changed);
		wv_json_time(w, "newest_item", l->item);
		wv_json_bool(w, "frozen", wv_coverage_is_frozen(c, l));
		wv_json_close(w);
	}
	wv_json_close(w);
}

static void add_alarms_text(struct wv_buf *out, const struct wv_covered_source *source)
{
	for (uint32_t i = 0; i < WV_ALARM_COUNT; i++) {
		if (!(source->alarms >> i & 1))
			continue;
		wv_buf_add_format(out, "             ! %s: ", wv_alarm_name((enum wv_alarm)i));
		if (i != WV_ALARM_FROZEN) {
			wv_coverage_say(&source->facts, (enum wv_alarm)i, out);
			wv_buf_add_byte(out, '\n');
			continue;
		}
		for (size_t k = 0, n = 0; k < source->listing_count; k++) {
			const struct wv_listing_state *l = &source->listings[k];
			char text[WV_TIME_TEXT_MAX];

			if (!wv_coverage_is_frozen(&source->coverage, l))
				continue;
			wv_buf_add_string(out, n++ ? ", " : "");
			wv_read_add_plain(out, l->url);
			wv_buf_add_format(
				out, " stands still since %s",
				wv_time_print(wv_read_second(wv_time_is_none(l->item) ? l->changed
										      : l->item),
					      text));
		}
		wv_buf_add_byte(out, '\n');
	}
}

/* Listings that no longer answer as one: whose settings or whose site must change. Those that were
 * dropped long ago are nobody's business any more. */
#define LOST_SHOWN_US (30 * WV_US_PER_DAY)

static void add_lost_listings(struct wv_buf *out, const struct wv_covered_source *source)
{
	char since[WV_TIME_TEXT_MAX];

	if (!wv_time_is_none(source->coverage.closed) && !(source->alarms >> WV_ALARM_CLOSED & 1))
		wv_buf_add_format(out,
				  "             - robots.txt cannot be had since %s: nothing is asked\n",
				  wv_time_print(wv_read_second(source->coverage.closed), since));
	for (size_t i = 0; i < source->listing_count; i++) {
		const struct wv_listing_state *l = &source->listings[i];
		bool is_moved = l->status == 301 || l->status == 308;
		char text[WV_TIME_TEXT_MAX];

		if (!(is_moved || (l->status >= 400 && l->status < 500 && l->status != 429)) ||
		    (!wv_time_is_none(l->looked) &&
		     source->facts.now.us - l->looked.us > LOST_SHOWN_US))
			continue;
		wv_buf_add_format(out, "             - %s ", wv_visit_kind_name(l->kind));
		wv_read_add_plain(out, l->url);
		wv_buf_add_format(out, " %s (%d)",
				  is_moved           ? "has moved for good"
				  : l->status == 410 ? "is gone, and not asked for any more"
						     : "cannot be read",
				  (int)l->status);
		if (wv_time_is_none(l->looked))
			wv_buf_add_string(out, ", and never could\n");
		else
			wv_buf_add_format(out, ", last read %s\n",
					  wv_time_print(wv_read_second(l->looked), text));
	}
}

void wv_covered_add_text(struct wv_buf *out, const struct wv_covered_source *source)
{
	const struct wv_coverage *c = &source->coverage;
	int64_t expected = wv_coverage_expected_us(c, c->newest);
	char a[WV_TIME_TEXT_MAX];

	wv_buf_add_format(out, "             %s", wv_covered_state(source));
	if (!source->is_known) {
		wv_buf_add_string(out, ": no run has looked at it\n");
		return;
	}
	wv_buf_add_format(out, "; news: %u today, %u yesterday, %.1f a day",
			  wv_coverage_news_on(c, source->facts.now, 0),
			  wv_coverage_news_on(c, source->facts.now, 1), usual(source));
	if (!wv_time_is_none(c->newest))
		wv_buf_add_format(out, ", last %s", wv_time_print(wv_read_second(c->newest), a));
	if (expected)
		wv_buf_add_format(
			out, ", the next expected within %s",
			wv_duration_print(expected / (60 * WV_US_PER_S) * 60 * WV_US_PER_S, a));
	if (c->failures)
		wv_buf_add_format(out, "; %u visit%s without an answer, the last %s", c->failures,
				  c->failures == 1 ? "" : "s",
				  wv_time_print(wv_read_second(c->failed), a));
	if (!wv_time_is_none(c->looked))
		wv_buf_add_format(out, "; looked at %s",
				  wv_time_print(wv_read_second(c->looked), a));
	wv_buf_add_byte(out, '\n');
	add_alarms_text(out, source);
	add_lost_listings(out, source);
}

/* ---- metrics */

/* A label's value: backslash, quote and line feed are escaped. */
static void add_label(struct wv_buf *out, struct wv_slice value)
{
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\\' || value.p[i] == '"')
			wv_buf_add_byte(out, '\\');
		wv_buf_add_byte(out, value.p[i] == '\n' ? ' ' : value.p[i]);
	}
}

static void add_metric(struct wv_buf *out, const struct wv_covered *covered, const char *name,
		       const char *help, double (*value)(const struct wv_covered_source *source))
{
	wv_buf_add_format(out, "# HELP wirevault_source_%s %s\n# TYPE wirevault_source_%s gauge\n",
			  name, help, name);
	for (size_t i = 0; i < covered->count; i++) {
		if (!covered->sources[i].is_known)
			continue;
		wv_buf_add_format(out, "wirevault_source_%s{source=\"", name);
		add_label(out, covered->sources[i].name);
		wv_buf_add_format(out, "\"} %.15g\n", value(&covered->sources[i]));
	}
}

static double seconds(struct wv_time t)
{
	return wv_time_is_none(t) ? 0 : (double)t.us / 1e6;
}
static double value_up(const struct wv_covered_source *s)
{
	return s->coverage.failures == 0 && !wv_time_is_none(s->coverage.reached);
}
static double value_news(const struct wv_covered_source *s)
{
	return (double)s->coverage.news;
}
static double value_newest(const struct wv_covered_source *s)
{
	return seconds(s->coverage.newest);
}
static double value_looked(const struct wv_covered_source *s)
{
	return seconds(s->coverage.looked);
}
static double value_expected(const struct wv_covered_source *s)
{
	return (double)wv_coverage_expected_us(&s->coverage, s->coverage.newest) / 1e6;
}

void wv_covered_add_metrics(struct wv_buf *out, const struct wv_covered *covered)
{
	add_metric(out, covered, "up", "The last visit was answered", value_up);
	add_metric(out, covered, "news", "News so far", value_news);
	add_metric(out, covered, "last_news_time_seconds", "Last news, Unix time; 0: none",
		   value_newest);
	add_metric(out, covered, "last_look_time_seconds",
		   "A listing answered last, Unix time; 0: never", value_looked);
	add_metric(out, covered, "expected_news_seconds",
		   "Within which news is expected after the last; 0: not learned yet",
		   value_expected);
	wv_buf_add_string(out, "# HELP wirevault_source_alarm An alarm sounds\n"
			       "# TYPE wirevault_source_alarm gauge\n");
	for (size_t i = 0; i < covered->count; i++) {
		for (uint32_t k = 0; covered->sources[i].is_known && k < WV_ALARM_COUNT; k++) {
			wv_buf_add_string(out, "wirevault_source_alarm{source=\"");
			add_label(out, covered->sources[i].name);
			wv_buf_add_format(out, "\",alarm=\"%s\"} %u\n",
					  wv_alarm_name((enum wv_alarm)k),
					  covered->sources[i].alarms >> k & 1);
		}
	}
}
