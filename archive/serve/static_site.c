#include "archive/serve/static_site.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "archive/exchange/output.h"
#include "archive/serve/routes.h"
#include "archive/view/address.h"
#include "archive/view/frame.h"
#include "config/base/limits.h"
#include "config/base/slots.h"

#define AT_ONCE        256u
#define PAGE_ARENA     (256u * WV_MIB)
#define TEXTS_ARENA    (1024u * WV_MIB)
#define SEEN_MIN       1024u
#define SEEN_BYTES     16u

struct seen {
	unsigned char name[SEEN_BYTES]; /* the begin of the SHA-256 of a file's name */
	bool is_set;
};

struct site {
	const struct wv_static_site_options *options;
	struct wv_static_site_counts *counts;
	struct wv_service *service;
	struct wv_txn *txn;
	const struct wv_visit *visit; /* while a page is made: it may renew its transaction */
	struct wv_arena *arena; /* of one page */
	struct wv_arena *texts; /* of addresses that wait */
	struct wv_address *waiting;
	size_t first, end, room;
	struct wv_slots seen; /* of struct seen: files written or waiting */
	enum wv_status failed; /* while a link was asked about */
	struct wv_err *err;
};

/* --- which pages there will be --- */

static bool is_within(const struct wv_static_site_options *o, const struct wv_capture *c)
{
	return (!o->source.n || wv_slice_equals(o->source, c->source)) &&
	       (wv_time_is_none(o->from) || c->captured.us >= o->from.us) &&
	       (wv_time_is_none(o->to) || c->captured.us <= o->to.us) &&
	       (wv_time_is_none(o->at) || c->captured.us <= o->at.us);
}

/* Is the capture among those chosen, and may it be shown? */
static bool has_capture(struct site *s, uint64_t id)
{
	struct wv_capture capture;
	struct wv_txn *txn = s->visit ? s->visit->txn : s->txn;
	enum wv_status st =
		wv_store_capture(txn, s->arena, id, s->options->known_at, &capture, s->err);

	if (st == WV_OK && !is_within(s->options, &capture))
		st = WV_NO;
	if (st == WV_OK)
		st = wv_register_shows(txn, s->arena, capture.page_key, id,
		                       wv_clock_now(s->options->clock), NULL, s->err);
	if (st != WV_OK && st != WV_NO)
		s->failed = st;
	return st == WV_OK;
}

static uint64_t hash_of(const unsigned char *name)
{
	uint64_t hash;

	memcpy(&hash, name, sizeof hash); /* the begin of a digest */
	return hash;
}

static bool hash_seen(const void *slot, const void *context, uint64_t *hash)
{
	const struct seen *seen = slot;

	(void)context;
	*hash = hash_of(seen->name);
	return seen->is_set;
}

static struct seen *slot_of(const struct wv_slots *slots, const unsigned char *name)
{
	struct seen *seen = slots->p;
	size_t at = wv_slots_first(slots, hash_of(name));

	while (seen[at].is_set && memcmp(seen[at].name, name, SEEN_BYTES) != 0)
		at = wv_slots_next(slots, at);
	return &seen[at];
}

/* False: no memory. *is_new: nobody asked for this file before. */
static bool note(struct site *s, const struct wv_address *a, bool *is_new)
{
	WV_AUTO(wv_buf_done) struct wv_buf name = {.cap = 64 * 1024};
	struct wv_digest digest;
	struct seen *slot;

	if (!wv_slots_reserve(&s->seen, sizeof(*slot), SEEN_MIN, hash_seen, NULL))
		return false;
	(void)wv_address_file(a, &name);
	digest = wv_digest_of(wv_buf_slice(&name));
	slot = slot_of(&s->seen, digest.b);
	*is_new = !slot->is_set;
	if (*is_new) {
		memcpy(slot->name, digest.b, SEEN_BYTES);
		slot->is_set = true;
		s->seen.used++;
	}
	return true;
}

static bool push(struct site *s, const struct wv_address *a)
{
	struct wv_address copy = *a;

	if (s->end == s->room) {
		size_t room = s->room ? s->room * 2 : AT_ONCE;
		struct wv_address *larger = realloc(s->waiting, room * sizeof(*larger));

		if (!larger)
			return false;
		s->waiting = larger;
		s->room = room;
	}
	if (a->text.n) {
		copy.text = wv_arena_copy(s->texts, a->text);
		if (!copy.text.n)
			return false;
	}
	if (a->more && !(copy.more = wv_arena_string(s->texts, wv_slice_of(a->more))))
		return false;
	s->waiting[s->end++] = copy;
	return true;
}

/* Does the service know such pages at all? */
static bool is_answered(const struct wv_address *a)
{
	const struct wv_visit visit = {.form = WV_FORM_SERVED};
	WV_AUTO(wv_buf_done) struct wv_buf target = {.cap = 64 * 1024};
	struct wv_slice path, rest;

	wv_address_add(&target, &visit, a);
	path = wv_buf_slice(&target);
	return wv_route_find(wv_slice_part(path, 0, wv_slice_find_byte(path, '?', 0)), &rest) != NULL;
}

/* A page's link: true if its file is, or will be, there. */
static bool want(void *context, const struct wv_address *a)
{
	struct site *s = context;
	bool is_new;

	if (s->failed != WV_OK)
		return false;
	if (a->place == WV_PLACE_STYLE || a->place == WV_PLACE_SCRIPT)
		return true;
	if (!is_answered(a))
		return false;
	if ((a->place == WV_PLACE_SNAPSHOT || a->place == WV_PLACE_PROOF ||
	     a->place == WV_PLACE_COMPARE) &&
	    !has_capture(s, a->id))
		return false;
	if (a->place == WV_PLACE_COMPARE && !has_capture(s, a->other))
		return false;
	if (!note(s, a, &is_new) || (is_new && !push(s, a))) {
		s->failed = wv_err_set(s->err, WV_NOMEM, "out of memory for the list of pages");
		return false;
	}
	return true;
}

/* --- writing --- */

static enum wv_status write_file(struct site *s, struct wv_slice name, struct wv_slice bytes,
                                 struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf path = {.cap = 64 * 1024};
	FILE *file;
	bool is_whole;

	wv_buf_add_format(&path, "%s/%.*s", s->options->dir, WV_FMT(name));
	if (!wv_buf_string(&path))
		return wv_buf_finish(&path, "file name", err);
	file = fopen(wv_buf_string(&path), "wxe");
	if (!file)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create '%s'", wv_buf_string(&path));
	is_whole = fwrite(bytes.p, 1, bytes.n, file) == bytes.n;
	if (fclose(file) != 0 || !is_whole)
		return wv_err_errno(err, WV_IO, errno, "cannot write '%s'", wv_buf_string(&path));
	s->counts->files++;
	s->counts->bytes += bytes.n;
	return WV_OK;
}

static enum wv_status render(struct site *s, const struct wv_address *a,
                             struct wv_http_answer *answer, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf target = {.cap = 64 * 1024};
	struct wv_http_request request = {.arena = s->arena,
	                                  .now = wv_clock_now(s->options->clock)};
	struct wv_call call = {.service = s->service,
	                       .options = wv_service_options_of(s->service),
	                       .answer = answer,
	                       .request = &request};
	const struct wv_route *route;
	size_t question;
	enum wv_status st;

	call.visit = (struct wv_visit){.form = WV_FORM_SERVED};
	wv_address_add(&target, &call.visit, a);
	request.path = wv_buf_slice(&target);
	question = wv_slice_find_byte(request.path, '?', 0);
	if (question != SIZE_MAX) {
		request.query = wv_slice_from(request.path, question + 1);
		request.path = wv_slice_part(request.path, 0, question);
	}
	route = wv_route_find(request.path, &call.rest);
	if (!route)
		return WV_NO;
	call.kind = route->kind;
	call.visit = (struct wv_visit){
		.store = s->options->store,
		.txn = s->txn,
		.arena = s->arena,
		.settings = s->options->settings,
		.wish_reader = s->options->wish_reader,
		.now = request.now,
		.at = s->options->at,
		.has_as_of = !wv_time_is_none(s->options->at),
		.known_at = s->options->known_at,
		.tongue = s->options->tongue,
		.is_simulated = wv_store_is_simulated(s->options->store),
		.form = WV_FORM_STATIC,
		.root = a->place == WV_PLACE_FRONT || a->place == WV_PLACE_PULSE ||
		                        a->place == WV_PLACE_ABOUT
		                ? ""
		                : "../",
		.wants = want,
		.wants_context = s,
	};
	s->visit = &call.visit;
	st = route->answer(&call, err);
	s->visit = NULL;
	s->txn = call.visit.txn; /* a long page renews it */
	return st;
}

static enum wv_status write_page(struct site *s, const struct wv_address *a, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf name = {.cap = 64 * 1024};
	struct wv_http_answer answer = {.status = 200, .body = {.cap = WV_LIMIT_BODY_BYTES_MAX}};
	enum wv_status st;

	wv_arena_reset(s->arena);
	st = render(s, a, &answer, err);
	if (st == WV_OK)
		st = s->failed;
	if (st == WV_OK)
		st = wv_buf_finish(&answer.body, "page", err);
	if (st == WV_NO || (st == WV_OK && answer.status != 200)) {
		s->counts->refused++;
		st = WV_OK;
	} else if (st == WV_OK) {
		(void)wv_address_file(a, &name);
		st = write_file(s, wv_buf_slice(&name), wv_buf_slice(&answer.body), err);
		s->counts->captures += a->place == WV_PLACE_SNAPSHOT;
	}
	wv_buf_done(&answer.body);
	return st;
}

static enum wv_status write_waiting(struct site *s, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	while (st == WV_OK && s->first < s->end) {
		const struct wv_address a = s->waiting[s->first++];

		if (s->options->stop && s->options->stop(s->options->context))
			return wv_err_set(err, WV_STOPPED, "interrupted");
		/* No old pages of the archive are held for long. */
		if (s->first % AT_ONCE == 0) {
			wv_txn_abort(&s->txn);
			st = wv_store_begin_read(s->options->store, &s->txn, err);
		}
		if (st == WV_OK)
			st = write_page(s, &a, err);
		if (s->options->progress)
			s->options->progress(s->options->context, s->counts->files, s->seen.used);
	}
	if (s->first == s->end) {
		s->first = s->end = 0;
		wv_arena_reset(s->texts);
	}
	return st;
}

/* --- all of it --- */

static enum wv_status write_captures(struct site *s, struct wv_err *err)
{
	struct wv_list_query query = {.source = s->options->source,
	                              .from = s->options->from,
	                              .to = s->options->to,
	                              .known_at = s->options->known_at,
	                              .now = wv_clock_now(s->options->clock),
	                              .max = AT_ONCE};
	size_t count = AT_ONCE;
	enum wv_status st = WV_OK;

	if (!wv_time_is_none(s->options->at) &&
	    (wv_time_is_none(query.to) || s->options->at.us < query.to.us))
		query.to = s->options->at;
	while (st == WV_OK && count == query.max) {
		struct wv_capture *captures;

		wv_arena_reset(s->arena);
		st = wv_store_list(s->txn, s->arena, &query, &captures, &count, err);
		if (st == WV_NO)
			return WV_OK;
		for (size_t i = 0; st == WV_OK && i < count; i++) {
			const struct wv_address a = {.place = WV_PLACE_SNAPSHOT, .id = captures[i].id};

			query.has_after = true;
			query.after_captured = captures[i].captured;
			query.after_id = captures[i].id;
			(void)want(s, &a);
			st = s->failed;
		}
		if (st == WV_OK)
			st = write_waiting(s, err);
	}
	return st;
}

static enum wv_status write_asset(struct site *s, enum wv_place place, struct wv_slice bytes,
                                  struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf name = {.cap = 4096};
	const struct wv_address a = {.place = place};

	(void)wv_address_file(&a, &name);
	return write_file(s, wv_buf_slice(&name), bytes, err);
}

static enum wv_status make_folders(const char *dir, struct wv_err *err)
{
	static const char *const names[] = {"", "/snapshot", "/page", "/compare", "/source",
	                                    "/category", "/cluster", "/story", "/proof"};
	const struct dirent *entry;
	bool others = false;
	DIR *open;

	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return wv_err_errno(err, WV_CREATE, errno, "cannot create folder '%s'", dir);
	open = opendir(dir);
	if (!open)
		return wv_err_errno(err, WV_CREATE, errno, "cannot open folder '%s'", dir);
	while ((entry = readdir(open)) != NULL)
		others = others || !(strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
	closedir(open);
	if (others)
		return wv_err_set(err, WV_CREATE, "folder '%s' is not empty", dir);
	for (size_t i = 1; i < WV_COUNT(names); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf path = {.cap = 64 * 1024};

		wv_buf_add_format(&path, "%s%s", dir, names[i]);
		if (!wv_buf_string(&path) || mkdir(wv_buf_string(&path), 0777) != 0)
			return wv_err_errno(err, WV_CREATE, errno, "cannot create folder '%s%s'", dir,
			                    names[i]);
	}
	return WV_OK;
}

static enum wv_status write_site(struct site *s, struct wv_err *err)
{
	static const enum wv_place first[] = {WV_PLACE_FRONT, WV_PLACE_ABOUT, WV_PLACE_PULSE};
	enum wv_status st = write_asset(s, WV_PLACE_STYLE,
	                                wv_slice(wv_style_sheet, wv_style_sheet_bytes), err);

	if (st == WV_OK)
		st = write_asset(s, WV_PLACE_SCRIPT, wv_slice(wv_page_script, wv_page_script_bytes),
		                 err);
	for (size_t i = 0; st == WV_OK && i < WV_COUNT(first); i++) {
		const struct wv_address a = {.place = first[i]};

		(void)want(s, &a);
		st = s->failed;
	}
	if (st == WV_OK)
		st = write_waiting(s, err);
	return st == WV_OK ? write_captures(s, err) : st;
}

enum wv_status wv_static_site_write(const struct wv_static_site_options *options,
                                    struct wv_static_site_counts *counts, struct wv_err *err)
{
	struct site s = {.options = options, .counts = counts, .err = err};
	const struct wv_service_options service = {
		.store = options->store, .settings = options->settings, .clock = options->clock,
		.wish_reader = options->wish_reader};
	enum wv_status st = make_folders(options->dir, err);

	if (st == WV_OK)
		st = wv_service_start(&service, &s.service, err);
	if (st == WV_OK)
		st = wv_arena_new(PAGE_ARENA, &s.arena, err);
	if (st == WV_OK)
		st = wv_arena_new(TEXTS_ARENA, &s.texts, err);
	if (st == WV_OK)
		st = wv_store_begin_read(options->store, &s.txn, err);
	if (st == WV_OK)
		st = write_site(&s, err);
	wv_txn_abort(&s.txn);
	wv_arena_free(&s.texts);
	wv_arena_free(&s.arena);
	free(s.waiting);
	wv_slots_done(&s.seen);
	wv_service_stop(&s.service);
	return st;
}
