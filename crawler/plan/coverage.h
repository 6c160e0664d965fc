#ifndef WV_CRAWLER_PLAN_COVERAGE_H
#define WV_CRAWLER_PLAN_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/verdict.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/status.h"
#include "crawler/plan/visit.h"

/*
 * Is a source covered? What the runs learned of it: when it answers, how often it brings news, what
 * its new pages turn out to be; and from that, what somebody should look at. Plain data, pure
 * functions; in WV_TABLE_SOURCES under the source's name and "\0coverage".
 *
 * The cadence is learned by the hour of the week (UTC): from each hour, how long it took until the
 * next news. So a night, a weekend, a paper that appears on Thursdays are what they are, and a
 * silence is measured against the same hour of earlier weeks.
 */

/* What a page that was never seen before turned out to be. On disk. */
enum wv_arrival {
	WV_ARRIVAL_OTHER = 0, /* a listing, a document, a page of another kind */
	WV_ARRIVAL_ARTICLE = 1,
	WV_ARRIVAL_DUPLICATE = 2, /* with the text of another recent page of the source */
	WV_ARRIVAL_WALL = 3,      /* consent, paywall, captcha, script shell */
	WV_ARRIVAL_REFUSED = 4,   /* 401, 403, 429, 451 */
	WV_ARRIVAL_BROKEN = 5,    /* no answer, 404, soft 404, 5xx, cut off */
	WV_ARRIVAL_COUNT
};
const char *wv_arrival_name(enum wv_arrival arrival);
enum wv_arrival wv_arrival_of(enum wv_verdict verdict, int32_t status);

#define WV_COVERAGE_RECENT 64u
#define WV_COVERAGE_HOURS  168u
#define WV_COVERAGE_DAYS   8u
struct wv_coverage {
	struct wv_time since;            /* the first look at it */
	struct wv_time reached;          /* last answer; WV_TIME_NONE: never; likewise: */
	struct wv_time failed;           /* last visit without one */
	uint32_t failures;               /* since `reached` */
	enum wv_result failure;          /* the last one's kind */
	struct wv_time closed;           /* robots.txt could not be had, and no page was since */
	struct wv_time looked;           /* a listing answered */
	struct wv_time newest;           /* news came in */
	uint64_t news;                   /* so many in all */
	int64_t day;                     /* since 1970, of `days`; and on the days before it: */
	uint32_t days[WV_COVERAGE_DAYS]; /* so many; the first is `day` itself */
	uint32_t sounded;                /* alarms, bits 1 << wv_alarm, that somebody was told of */
	uint32_t listings;               /* rows of its listings */
	uint16_t waits[WV_COVERAGE_HOURS]; /* minutes until the next news; 0: nothing learned */
	struct wv_time waits_at;           /* when they were last made older */
	/* The last new pages, oldest first. */
	uint32_t recent_count;
	uint8_t recent[WV_COVERAGE_RECENT];      /* enum wv_arrival */
	uint64_t recent_key[WV_COVERAGE_RECENT]; /* of the text; 0: none */
};
void wv_coverage_init(struct wv_coverage *coverage, struct wv_time now);
void wv_coverage_encode(const struct wv_coverage *coverage, struct wv_buf *out);
WV_MUST_USE enum wv_status wv_coverage_decode(struct wv_slice row, struct wv_coverage *out,
					      struct wv_err *err);

/* A visit ended: answered or not. */
void wv_coverage_note_visit(struct wv_coverage *coverage, const struct wv_outcome *outcome);
/* A page never seen before was captured; `text_key` 0: it has no text. Duplicates are told here. */
void wv_coverage_note_page(struct wv_coverage *coverage, enum wv_arrival arrival,
			   uint64_t text_key);
/* News, found at `found`: an article published within the last days before it, or the like. */
void wv_coverage_note_news(struct wv_coverage *coverage, struct wv_time found);

/*
 * The time within which news is expected after `t`, by what earlier weeks showed of that hour and
 * the five on either side; an hour at least. 0: nothing is known yet (less than fifteen days or ten
 * news).
 */
int64_t wv_coverage_expected_us(const struct wv_coverage *coverage, struct wv_time t);

/* A listing: feed, sitemap, page of links. Under the name, "\0listing" and a hash. */
struct wv_listing_state {
	enum wv_visit_kind kind;
	struct wv_slice url;    /* borrowed from the row */
	struct wv_time looked;  /* it answered */
	struct wv_time changed; /* with another body */
	struct wv_time item;    /* newest time among its items; WV_TIME_NONE: it states none */
	int32_t status;         /* of the last visit; 0: no answer */
};
#define WV_COVERAGE_LISTINGS_MAX 64u
void wv_listing_state_encode(const struct wv_listing_state *state, struct wv_buf *out);
WV_MUST_USE enum wv_status
wv_listing_state_decode(struct wv_slice row, struct wv_listing_state *out, struct wv_err *err);

enum wv_alarm {
	WV_ALARM_UNREACHABLE, /* three visits or more without an answer */
	WV_ALARM_CLOSED,      /* robots.txt cannot be had for half a day, so nothing is asked */
	WV_ALARM_SUSPENDED,   /* a burst of 403: left alone for hours */
	WV_ALARM_SILENT,      /* no news for twice the time in which it is expected */
	WV_ALARM_FROZEN,      /* a listing stands still while the source brings news */
	WV_ALARM_DUPLICATES,  /* more than 40 % of the last new pages repeat another's text */
	WV_ALARM_WALLS,       /* more than 30 % of them are walls, refused or broken */
	WV_ALARM_UNATTENDED,  /* not looked at for long: the crawl does not run */
	WV_ALARM_CALENDAR,    /* its market's table of holidays ends, or has ended */
	WV_ALARM_COUNT
};
const char *wv_alarm_name(enum wv_alarm alarm);

struct wv_coverage_facts {
	const struct wv_coverage *coverage;
	struct wv_time suspended_until; /* WV_TIME_NONE: not */
	int64_t every_us;               /* between looks; 0: at every run */
	uint32_t calendar_to;           /* YYYYMMDD: the holidays of the market that it goes by are
	                                 * known to there, which is past or near; 0: all is well */
	struct wv_time now;
};
/* The alarms that sound, as bits 1 << wv_alarm; FROZEN is told by wv_coverage_is_frozen. */
uint32_t wv_coverage_alarms(const struct wv_coverage_facts *facts);
bool wv_coverage_is_frozen(const struct wv_coverage *coverage,
			   const struct wv_listing_state *listing);
/* "no news since 2026-03-02T08:00:00Z, expected within 3h": one line for people, appended. */
void wv_coverage_say(const struct wv_coverage_facts *facts, enum wv_alarm alarm,
		     struct wv_buf *out);
/* News on the day `ago` days before that of `now` (UTC); known for a week. */
uint32_t wv_coverage_news_on(const struct wv_coverage *coverage, struct wv_time now, uint32_t ago);
/* How many of the last new pages were such. */
uint32_t wv_coverage_count(const struct wv_coverage *coverage, enum wv_arrival arrival);

#endif
