#include <stdio.h>

#include "archive/exchange/csv.h"
#include "archive/exchange/jsonl.h"
#include "archive/exchange/output.h"
#include "archive/exchange/wacz.h"
#include "archive/search/around.h"
#include "config/base/limits.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/export_site.h"
#include "crawler/cmd/find.h"
#include "crawler/cmd/read.h"
#include "crawler/cmd/related.h"

#define PROGRESS_US (200 * WV_US_PER_MS)
#define AT_ONCE     256u
#define STORIES_CAP (256u * WV_MIB)

static const struct wv_option options[] = {
	{"format", 0, "FORMAT", "warc, wacz, cdxj, jsonl, csv or site", false, false},
	{"output", 'o', "FILE", "write to this file ('-': standard output); site: to this folder",
	 false, false},
	{"source", 0, "S", "only this source", false, false},
	{"category", 0, "C", "jsonl, csv: only this category of the articles", false, false},
	{"from", 0, "T", "captured at or after this instant", false, false},
	{"to", 0, "T", "captured at or before this instant", false, false},
	{"as-of", 0, "T", "use only captures up to this instant", false, false},
	{"known-at", 0, "K", "use only what the archive had recorded by this instant", false, false},
	{"known-after", 0, "K", "only what the archive recorded after this instant: what the last export did not know",
	 false, false},
	{"decode", 0, NULL, "warc, wacz, cdxj: decoded bodies, also where the encoded bytes are kept",
	 false, false},
	{"warc", 0, "NAME", "cdxj: the name of the WARC file in the index", false, false},
	{"repeats", 0, NULL, "jsonl, csv: also captures that repeat an article had before", false, false},
	{"tdm-reserved", 0, NULL,
	 "jsonl, csv: also articles whose publishers reserve text and data mining", false, false},
	{"stories", 0, NULL, "jsonl: behind each article what else reports its event, as related(1) finds it",
	 false, false},
	{"lang", 0, "L", "site: language of the pages around the articles: en, zh or ja", false, false},
};

static const char *const details[] = {
	"Writes captures for other programs. The file appears under its name only when it is whole. What "
	"was taken down is left out. What is written is what the archive knew at K (--known-at, else "
	"now), so that the same question gives the same bytes again.",
	"--known-after K gives what is new since an export that ended at K: captures recorded after it, however "
	"old they are, and articles that were read anew since. Parts that follow one another (--known-after K0 "
	"--known-at K1, then --known-after K1 --known-at K2) hold each capture once, and none is left out.",
	"warc: WARC 1.1, a gzip member a record (plain where FILE ends in .warc), in the order of page "
	"and time. Answers are response records with their requests; what came again is a revisit "
	"record; fetches without an answer are metadata records. Payloads are the bytes as sent where "
	"they are kept; header fields that no longer describe them are called X-Archive-Orig-... Digests "
	"are sha256 in hexadecimal. 'wirevault import' gives back the same captures, with the help of fields "
	"that other readers pass over: Wirevault-Undone, -Encoded-Digest, -Encoded-Length, -Body, -Flags, "
	"-Source, -Failed.",
	"wacz: the same in a WACZ 1.1.1 with its index and its pages, which a replay in a browser shows.",
	"cdxj: the index of the file that --format warc writes with the same options: offsets hold for it.",
	"jsonl: an object a line for each article, newest first: kind, id, url, page, captured, recorded, "
	"status, verdict, mime, digest, bytes, version, repeats, source, imported, noindex, tdm_reserved, "
	"cluster, article_recorded, extractor, model, title, authors, published and modified (with _earliest, "
	"_latest, _basis, _zone, _raw), publisher, wire, dateline, category, category_basis, language, "
	"language_basis, charset, canonical, description, keywords, topics, is_free, text, known_at. "
	"Behind the first member of a copy cluster stands a line of kind cluster: cluster, members (two or "
	"more IDs of what the range holds), known_at; the ID of a cluster is its smallest member there. "
	"With --stories a line of kind story stands behind each article that others report the event of: id, "
	"links (best first: id of what the range holds, score of 0.5 to 1, copy, evidence of kind, shown, "
	"weight), known_at; as of --as-of, else --to. "
	"Fields may be added; they never change their meaning. Absent values are null. Articles whose "
	"publisher reserves text and data mining are left out and counted, unless --tdm-reserved.",
	"csv: the lines of kind article as a table: RFC 4180 in UTF-8, lines end in LF, a header first. The columns "
	"are the members of jsonl, from id to known_at; columns may be added at the end. What is null is empty; "
	"authors, keywords and topics are joined by '; '. Values stand as the pages have them: let a "
	"spreadsheet take them as text, for it may read one that begins with = as a formula.",
	"site: the pages of 'wirevault serve' as files in a new folder, for any web server or none, with "
	"relative links, all as of one instant. What needs a program behind it (searching, another "
	"instant, pages as they were) is not there. Text and pictures of the articles are what a reader "
	"sees: pages that ask not to be archived have their digest only.",
	"What prune took is left out of warc, wacz and cdxj, and counted. Damaged records are named and left "
	"out; the exit code is then 65.",
	NULL,
};

static const char *const examples[] = {
	"wirevault export --format wacz --source 'Example News' --from 2026-01 --to 2026-01 -o january.wacz",
	"a month of one source, for a replay in a browser",
	"wirevault export --format warc -o all.warc.gz",
	"the whole archive for other tools",
	"wirevault export --format jsonl --as-of 2026-06-05 --known-at 2026-06-05 -o - | head -1",
	"what an analyst could have read then",
	"wirevault export --format csv --from '24h ago' -o day.csv",
	"a table of the last day's articles",
	"wirevault export --format jsonl --known-after 2026-06-05T06:00Z --known-at 2026-06-05T07:00Z -o 07.jsonl",
	"what the archive learned in that hour, for a pull from cron",
	NULL,
};

struct exporting {
	struct wv_read read;
	const char *format, *path;
	struct wv_range_query range;
	uint64_t captures, pages, damaged, pruned, reserved, seen, total;
	struct wv_mono last_progress;
	bool is_drawn, is_table;
	bool has_known_after; /* jsonl, csv: only what was recorded, or read, after it */
	struct wv_time known_after;
	/* One of these. */
	struct wv_warc_writer *warc;
	struct wv_cdxj *cdxj;
	struct wv_wacz *wacz;
	struct wv_output *output;
	struct wv_buf members; /* jsonl: of a cluster */
	struct wv_search *search; /* jsonl: of stories, else NULL */
	struct wv_around *around;
	struct wv_arena *stories; /* of one article */
	uint64_t passed_bytes; /* cdxj: of the WARC that nobody writes */
};

/* ---- shared */

static void erase_progress(struct exporting *e)
{
	if (e->is_drawn)
		fputs("\r\033[K", stderr);
	e->is_drawn = false;
	fflush(stderr);
}

static void show_progress(struct exporting *e)
{
	struct wv_mono now = wv_clock_mono(wv_clock_system());

	if (!e->read.c->is_terminal_err || e->read.c->quiet ||
	    now.us - e->last_progress.us < PROGRESS_US)
		return;
	e->last_progress = now;
	e->is_drawn = true;
	fprintf(stderr, "\r\033[K%llu of at most %llu captures", (unsigned long long)e->captures,
	        (unsigned long long)e->total);
	fflush(stderr);
}

/* Damage is named and passed over, what prune took is counted; everything else ends the export. */
static enum wv_status judge(struct exporting *e, enum wv_status st, const struct wv_err *why,
                            struct wv_err *err)
{
	if (st == WV_OK) {
		e->captures++;
		show_progress(e);
		return wv_command_stop_count() > 0 ? WV_STOPPED : WV_OK;
	}
	if (st != WV_DAMAGED && st != WV_NO)
		return wv_err_set(err, st, "%s", why->text);
	if (st == WV_NO) {
		e->pruned++;
		return WV_OK;
	}
	e->damaged++;
	erase_progress(e);
	fprintf(stderr, "wirevault: left out: %s\n", why->text);
	return WV_OK;
}

static struct wv_slice base_name(const char *path)
{
	struct wv_slice name = wv_slice_of(path);
	size_t slash;

	while ((slash = wv_slice_find_byte(name, '/', 0)) != SIZE_MAX)
		name = wv_slice_from(name, slash + 1);
	return name;
}

static enum wv_status add_output(void *context, struct wv_slice bytes, struct wv_err *err)
{
	return wv_output_add(context, bytes, err);
}

/* ---- warc, and its index */

static enum wv_status pass_bytes(void *context, struct wv_slice bytes, struct wv_err *err)
{
	struct exporting *e = context;

	(void)err;
	e->passed_bytes += bytes.n;
	return WV_OK;
}

static enum wv_status write_one(struct wv_txn *txn, struct wv_arena *arena,
                                const struct wv_capture *capture, void *context,
                                struct wv_err *err)
{
	struct exporting *e = context;
	struct wv_err why = WV_ERR_NONE;
	struct wv_warc_place place;
	enum wv_status st = wv_warc_write_capture(e->warc, txn, arena, capture, &place, &why);

	if (st == WV_OK && e->cdxj)
		st = wv_cdxj_add(e->cdxj, capture, &place, &why);
	return judge(e, st, &why, err);
}

/* "x.cdxj" is the index of "x.warc.gz", unless it is told. */
static struct wv_slice warc_name(const struct exporting *e, bool is_index)
{
	const char *told = wv_command_option(e->read.c, "warc");
	struct wv_slice name = told ? wv_slice_of(told) : base_name(e->path);

	if (wv_slice_equals(name, WV_LIT("-")))
		return WV_LIT("wirevault.warc.gz");
	if (told || !is_index)
		return name;
	if (wv_slice_ends(name, WV_LIT(".cdxj")))
		name = wv_slice_part(name, 0, name.n - 5);
	return wv_arena_format(e->read.c->arena, "%.*s.warc.gz", WV_FMT(name));
}

static enum wv_status export_warc(struct exporting *e, struct wv_err *err)
{
	bool is_index = wv_slice_equals(wv_slice_of(e->format), WV_LIT("cdxj"));
	struct wv_warc_writer_options writer = {
		.store = e->read.store,
		.range = &e->range,
		.is_decoded = wv_command_has(e->read.c, "decode"),
	};
	struct wv_warc_sink sink;
	enum wv_status st = wv_output_open(e->path, &e->output, err);

	if (st != WV_OK)
		return st;
	sink = (struct wv_warc_sink){add_output, e->output};
	writer.sink = is_index ? (struct wv_warc_sink){pass_bytes, e} : sink;
	writer.name = warc_name(e, is_index);
	writer.is_plain = wv_slice_ends(writer.name, WV_LIT(".warc"));
	if (is_index)
		st = wv_cdxj_new(&sink, writer.name, &e->cdxj, err);
	if (st == WV_OK)
		st = wv_warc_writer_new(&writer, &e->warc, err);
	if (st == WV_OK)
		st = wv_warc_write_info(e->warc, err);
	if (st == WV_OK)
		st = wv_range_each(e->read.store, &e->range, write_one, e, err);
	if (st == WV_OK && is_index)
		st = wv_cdxj_finish(e->cdxj, err);
	return st == WV_OK ? wv_output_commit(e->output, err) : st;
}

/* ---- wacz */

static bool is_page(const struct wv_capture *c)
{
	return c->status == 200 && c->has_body && !c->has_stands_for &&
	       (wv_slice_equals(c->mime, WV_LIT("text/html")) ||
	        wv_slice_equals(c->mime, WV_LIT("application/xhtml+xml")));
}

static enum wv_status read_title(struct exporting *e, struct wv_txn *txn, struct wv_arena *arena,
                                 const struct wv_capture *c, struct wv_slice *title,
                                 struct wv_err *err)
{
	struct wv_reading reading;
	struct wv_article article;
	enum wv_status st = wv_store_reading(txn, arena, c, e->range.known_at, &reading, err);

	if (st == WV_OK)
		st = wv_store_article(txn, arena, &reading, &article, err);
	if (st == WV_OK)
		*title = article.title;
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status pack_one(struct wv_txn *txn, struct wv_arena *arena,
                               const struct wv_capture *capture, void *context,
                               struct wv_err *err)
{
	struct exporting *e = context;
	struct wv_err why = WV_ERR_NONE;
	struct wv_slice title = WV_SLICE_NONE;
	bool is_listed = is_page(capture);
	enum wv_status st = is_listed ? read_title(e, txn, arena, capture, &title, &why) : WV_OK;

	if (st == WV_OK)
		st = wv_wacz_add(e->wacz, txn, arena, capture, is_listed, title, &why);
	e->pages += st == WV_OK && is_listed;
	return judge(e, st, &why, err);
}

static enum wv_status export_wacz(struct exporting *e, struct wv_err *err)
{
	const struct wv_wacz_options wacz = {
		.path = e->path,
		.store = e->read.store,
		.range = &e->range,
		.title = e->range.source.n ? e->range.source : WV_LIT("wirevault export"),
		.is_decoded = wv_command_has(e->read.c, "decode"),
	};
	enum wv_status st = wv_wacz_new(&wacz, &e->wacz, err);

	if (st == WV_OK)
		st = wv_range_each(e->read.store, &e->range, pack_one, e, err);
	return st == WV_OK ? wv_wacz_finish(e->wacz, err) : st;
}

/* ---- jsonl */

/* What else reports the event, of what the range holds. */
static enum wv_status write_story(struct exporting *e, const struct wv_jsonl_article *of,
                                  struct wv_buf *line, struct wv_err *err)
{
	const struct wv_around_query query = {.capture = of->capture->id,
	                                      .at = e->range.to,
	                                      .known_at = e->range.known_at,
	                                      .now = e->range.now};
	struct wv_around_answer answer = {.count = 0};
	struct wv_around_link *links;
	size_t n = 0;
	enum wv_status st;

	wv_arena_reset(e->stories);
	st = wv_around_of(e->around, &e->read.txn, e->stories, &query, &answer, err);
	links = WV_ARENA_ARRAY(e->stories, struct wv_around_link, answer.count);
	if (st == WV_OK && !links)
		return wv_err_set(err, WV_NOMEM, "out of memory for stories");
	for (size_t i = 0; st == WV_OK && i < answer.count; i++) {
		struct wv_capture capture;

		st = wv_range_has(e->read.txn, e->stories, &e->range, answer.links[i].capture, &capture, err);
		if (st == WV_OK)
			links[n++] = answer.links[i];
		st = st == WV_NO ? WV_OK : st;
	}
	return st == WV_OK ? wv_jsonl_add_story(of, links, n, line, err) : st == WV_NO ? WV_OK : st;
}

static enum wv_status open_stories(struct exporting *e, struct wv_err *err)
{
	struct wv_around_options around = {.store = e->read.store};
	uint64_t behind = 0;
	enum wv_status st = wv_find_open_index(e->read.c, e->read.store, false, &e->search, err);

	around.search = e->search;
	if (st == WV_OK)
		st = wv_related_names(e->read.c, &around.names, err);
	if (st == WV_OK)
		st = wv_around_open(&around, &e->around, err);
	if (st == WV_OK)
		st = wv_around_follow(e->around, &behind, err);
	if (st == WV_OK && behind)
		wv_command_note(e->read.c, "the index of stories is behind by %llu articles",
		                (unsigned long long)behind);
	return st == WV_OK ? wv_arena_new(STORIES_CAP, &e->stories, err) : st;
}

static enum wv_status write_article(struct exporting *e, const struct wv_capture *capture,
                                    struct wv_buf *line, bool *is_one, struct wv_err *err)
{
	struct wv_command_context *c = e->read.c;
	struct wv_reading reading;
	struct wv_article article;
	struct wv_jsonl_article from = {
		.capture = capture,
		.reading = &reading,
		.article = &article,
		.known_at = e->range.known_at,
		.is_simulated = e->read.is_simulated,
	};
	enum wv_status st;

	*is_one = false;
	if (capture->verdict != WV_VERDICT_ARTICLE ||
	    (capture->has_stands_for && !wv_command_has(c, "repeats")))
		return WV_OK;
	if (capture->flags & WV_CAPTURE_TDM_RESERVED && !wv_command_has(c, "tdm-reserved")) {
		e->reserved++;
		return WV_OK;
	}
	st = wv_store_reading(e->read.txn, e->read.arena, capture, e->range.known_at, &reading, err);
	if (st == WV_OK)
		st = wv_store_article(e->read.txn, e->read.arena, &reading, &article, err);
	if (st == WV_NO)
		return WV_OK;
	if (st == WV_OK && e->has_known_after && capture->recorded.us <= e->known_after.us &&
	    reading.recorded.us <= e->known_after.us)
		return WV_OK;
	*is_one = st == WV_OK;
	wv_buf_reset(line);
	if (st == WV_OK)
		st = wv_jsonl_find_cluster(e->read.txn, e->read.arena, &e->range,
		                           capture->has_stands_for ? capture->stands_for
		                                                   : capture->id,
		                           &from.cluster, &e->members, err);
	from.has_cluster = st == WV_OK;
	if (st == WV_OK || st == WV_NO)
		st = e->is_table ? wv_csv_add_article(&from, e->read.arena, line, err)
		                 : wv_jsonl_add_article(&from, e->read.arena, line, err);
	if (st == WV_OK && !e->is_table && !capture->has_stands_for)
		st = wv_jsonl_add_cluster(&from, &e->members, line, err);
	if (st == WV_OK && e->around)
		st = write_story(e, &from, line, err);
	return st == WV_OK ? wv_output_add(e->output, wv_buf_slice(line), err) : st;
}

/* One slice of the list; a long export pins no old pages. */
static enum wv_status write_slice(struct exporting *e, struct wv_list_query *query,
                                  struct wv_buf *line, size_t *count, struct wv_err *err)
{
	struct wv_capture *captures;
	enum wv_status st;

	wv_arena_reset(e->read.arena);
	st = wv_store_list(e->read.txn, e->read.arena, query, &captures, count, err);
	for (size_t i = 0; st == WV_OK && i < *count; i++) {
		struct wv_err why = WV_ERR_NONE;
		bool is_one = false;

		st = write_article(e, &captures[i], line, &is_one, &why);
		if (st != WV_OK || is_one)
			st = judge(e, st, &why, err);
	}
	if (st != WV_OK || *count == 0)
		return st;
	query->has_after = true;
	query->after_captured = captures[*count - 1].captured;
	query->after_id = captures[*count - 1].id;
	wv_txn_abort(&e->read.txn);
	return wv_store_begin_read(e->read.store, &e->read.txn, err);
}

static enum wv_status export_jsonl(struct exporting *e, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf line = {.cap = WV_LIMIT_BODY_BYTES_MAX};
	struct wv_list_query query = {
		.source = e->range.source,
		.category = wv_slice_of(wv_command_option(e->read.c, "category")),
		.from = e->range.from,
		.to = e->range.to,
		.known_at = e->range.known_at,
		.now = e->range.now,
		.max = AT_ONCE,
	};
	size_t count = AT_ONCE;
	enum wv_status st;

	/* Clusters and stories have the same names and members in each part. */
	e->has_known_after = e->range.has_known_after;
	e->known_after = e->range.known_after;
	e->range.has_known_after = false;
	e->is_table = wv_slice_equals(wv_slice_of(e->format), WV_LIT("csv"));
	if (e->is_table && wv_command_has(e->read.c, "stories"))
		return wv_err_set(err, WV_USAGE, "--stories goes with --format jsonl");
	st = wv_output_open(e->path, &e->output, err);
	if (st == WV_OK && e->is_table) {
		wv_csv_add_header(&line);
		st = wv_output_add(e->output, wv_buf_slice(&line), err);
	}
	if (st == WV_OK && wv_command_has(e->read.c, "stories"))
		st = open_stories(e, err);
	while (st == WV_OK && count == query.max)
		st = write_slice(e, &query, &line, &count, err);
	if (st == WV_OK)
		st = wv_output_commit(e->output, err);
	if (st == WV_OK && e->reserved)
		wv_command_note(e->read.c,
		                "%llu articles are left out: their publishers reserve text and data "
		                "mining (--tdm-reserved)",
		                (unsigned long long)e->reserved);
	return st;
}

/* ---- site */

static enum wv_status export_site(struct exporting *e, struct wv_err *err)
{
	return wv_export_site(&e->read, &e->range, e->path, &e->captures, err);
}

/* ---- the command */

static const struct {
	const char *name;
	enum wv_status (*run)(struct exporting *e, struct wv_err *err);
} formats[] = {
	{"warc", export_warc},
	{"wacz", export_wacz},
	{"cdxj", export_warc},
	{"jsonl", export_jsonl},
	{"csv", export_jsonl},
	{"site", export_site},
};

static enum wv_status read_range(struct exporting *e, struct wv_err *err)
{
	struct wv_command_context *c = e->read.c;
	struct wv_store_totals totals;
	enum wv_status st = wv_command_time(c, "from", false, &e->range.from, err);

	if (st == WV_OK)
		st = wv_command_time(c, "to", true, &e->range.to, err);
	if (st == WV_OK)
		st = wv_command_time(c, "known-after", false, &e->range.known_after, err);
	if (st == WV_OK)
		st = wv_store_totals(e->read.txn, &totals, err);
	if (st != WV_OK)
		return st;
	e->range.has_known_after = wv_command_has(c, "known-after");
	if (e->range.has_known_after && wv_slice_equals(wv_slice_of(e->format), WV_LIT("site")))
		return wv_err_set(err, WV_USAGE, "--known-after does not go with --format site: its pages link to all others");
	if (!wv_time_is_none(e->read.at) &&
	    (wv_time_is_none(e->range.to) || e->read.at.us < e->range.to.us))
		e->range.to = e->read.at;
	e->range.source = wv_slice_of(wv_command_option(c, "source"));
	e->range.known_at = e->read.known_at;
	if (!totals.captures && !e->read.has_known_at) /* an archive that never learned of anything */
		e->range.known_at = e->read.now;
	e->range.now = e->read.now;
	e->total = totals.captures;
	return WV_OK;
}

static enum wv_status run_format(struct exporting *e, struct wv_err *err)
{
	for (size_t i = 0; i < WV_COUNT(formats); i++)
		if (wv_slice_equals(wv_slice_of(formats[i].name), wv_slice_of(e->format)))
			return formats[i].run(e, err);
	return wv_err_set(err, WV_USAGE, "option '--format': '%s' is not warc, wacz, cdxj, jsonl, csv or site",
	                  e->format);
}

static void print_summary(struct exporting *e)
{
	struct wv_json_writer w;
	char text[WV_TIME_TEXT_MAX];
	bool is_stdout = wv_slice_equals(wv_slice_of(e->path), WV_LIT("-"));
	const char *what =
		e->is_table || wv_slice_equals(wv_slice_of(e->format), WV_LIT("jsonl")) ? "article"
		                                                                        : "capture";

	if (e->pruned)
		wv_command_note(e->read.c, "%llu capture%s left out: prune took their bytes",
		                (unsigned long long)e->pruned, e->pruned == 1 ? " is" : "s are");
	wv_time_print(e->range.known_at, text);
	if (!e->read.c->json) {
		wv_command_note(e->read.c, "%s: %llu %s%s, known at %s",
		                is_stdout ? "standard output" : e->path,
		                (unsigned long long)e->captures, what, e->captures == 1 ? "" : "s", text);
		return;
	}
	if (is_stdout)
		return;
	wv_json_begin(&w, e->read.c->out);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_json_string(&w, "file", wv_slice_of(e->path));
	wv_json_string(&w, "format", wv_slice_of(e->format));
	wv_json_u64(&w, "captures", e->captures);
	wv_json_u64(&w, "damaged", e->damaged);
	wv_json_u64(&w, "pruned", e->pruned);
	wv_json_u64(&w, "tdm_reserved", e->reserved);
	wv_json_string(&w, "known_at", wv_slice_of(text));
	wv_json_close(&w);
	wv_buf_add_byte(e->read.c->out, '\n');
}

static enum wv_status export(struct wv_command_context *c, struct wv_err *err)
{
	struct exporting e = {.format = wv_command_option(c, "format"),
	                      .path = wv_command_option(c, "output"),
	                      .range = {.from = WV_TIME_NONE, .to = WV_TIME_NONE, .known_after = WV_TIME_NONE},
	                      .members = {.cap = 64u * WV_MIB}};
	enum wv_status st;

	if (!e.format || !e.path)
		return wv_err_set(err, WV_USAGE, "export needs --format and -o");
	st = wv_read_open(c, &e.read, err);
	if (st == WV_OK)
		st = read_range(&e, err);
	if (st == WV_OK)
		st = run_format(&e, err);
	erase_progress(&e);
	wv_warc_writer_free(&e.warc);
	wv_cdxj_free(&e.cdxj);
	wv_wacz_free(&e.wacz);
	wv_output_close(&e.output);
	wv_around_close(&e.around);
	wv_search_close(&e.search);
	wv_arena_free(&e.stories);
	wv_buf_done(&e.members);
	if (st == WV_OK)
		print_summary(&e);
	if (st == WV_OK && !e.captures)
		wv_read_note_sources(&e.read);
	wv_read_done(&e.read);
	if (st == WV_OK && e.damaged)
		return wv_err_set(err, WV_DAMAGED, "%llu captures are damaged and left out",
		                  (unsigned long long)e.damaged);
	return st;
}

const struct wv_command wv_command_export = {
	.name = "export",
	.summary = "write captures for other programs: WARC, WACZ, CDXJ, JSON lines, CSV, or pages for people",
	.details = details,
	.examples = examples,
	.options = options,
	.option_count = WV_COUNT(options),
	.flags = WV_COMMAND_ARCHIVE | WV_COMMAND_NAMES_K,
	.run = export,
};
