#include "crawler/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/exchange/message.h"
#include "archive/exchange/warc.h"
#include "archive/exchange/warc_write.h"
#include "archive/exchange/zip_read.h"
#include "archive/store/row.h"
#include "config/base/file.h"
#include "config/url.h"
#include "crawler/fetch/headers.h"
#include "crawler/import_inner.h"

#define TEXTS_BYTES (4u * WV_MIB) /* of one capture: header blocks, addresses */

/* A WARC file on its way in. */
struct warc {
	struct wv_import import;
	const char *path;
	struct wv_slice name; /* the path's last part */
	int fd;
	uint64_t bytes;
	uint64_t base; /* where in the file the WARC begins: in a WACZ it is one of several */
	struct wv_arena *parts;
	/* The capture last read waits for the next record, which may be its request. */
	bool has_waiting, is_other_method;
	struct wv_item waiting;
	struct wv_slice waiting_id, waiting_to;
	struct wv_arena *texts; /* of what waits */
	struct wv_buf body;
	/* A request that came before its answer. */
	bool has_request;
	struct wv_warc_record request;
	struct wv_arena *request_texts;
};

/* ---- the file */

static enum wv_status read_at(void *context, uint64_t at, unsigned char *to, size_t n, size_t *got,
                              struct wv_err *err)
{
	const struct warc *w = context;
	ssize_t had;

	/* A part ends before the file does. */
	if (at >= w->bytes)
		n = 0;
	else if (n > w->bytes - at)
		n = (size_t)(w->bytes - at);
	do
		had = pread(w->fd, to, n, (off_t)(w->base + at));
	while (had < 0 && errno == EINTR);
	if (had < 0)
		return wv_err_errno(err, WV_IO, errno, "cannot read '%s'", w->path);
	*got = (size_t)had;
	return WV_OK;
}

static enum wv_status spool_stdin(struct warc *w, const char *dir, struct wv_err *err)
{
	unsigned char piece[65536];
	enum wv_status st = WV_OK;
	ssize_t n;

	w->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (w->fd < 0)
		return wv_err_errno(err, WV_CREATE, errno, "cannot keep standard input in '%s'", dir);
	while ((n = read(STDIN_FILENO, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return wv_err_errno(err, WV_IO, errno, "cannot read standard input");
		st = wv_file_write(w->fd, wv_slice(piece, (size_t)n), dir, err);
		if (st != WV_OK)
			return wv_err_add(err, st, "cannot keep standard input");
	}
	return WV_OK;
}

/* A file that can be read at any place: what is damaged is looked at twice. */
static enum wv_status open_file(struct warc *w, struct wv_err *err)
{
	struct stat info;
	enum wv_status st = WV_OK;
	size_t slash;

	w->name = wv_slice_of(w->path);
	while ((slash = wv_slice_find_byte(w->name, '/', 0)) != SIZE_MAX)
		w->name = wv_slice_from(w->name, slash + 1);
	if (wv_slice_equals(w->name, WV_LIT("-"))) {
		w->name = WV_LIT("standard input");
		st = spool_stdin(w, wv_store_dir(w->import.options->store), err);
	} else {
		w->fd = open(w->path, O_RDONLY | O_CLOEXEC);
		if (w->fd < 0)
			return wv_err_errno(err, errno == ENOENT ? WV_MISSING : WV_IO, errno,
			                    "cannot open '%s'", w->path);
	}
	if (st == WV_OK && fstat(w->fd, &info) != 0)
		return wv_err_errno(err, WV_IO, errno, "cannot read '%s'", w->path);
	if (st == WV_OK && !S_ISREG(info.st_mode))
		return wv_err_set(err, WV_USAGE, "'%s' is no file", w->path);
	if (st == WV_OK)
		w->bytes = (uint64_t)info.st_size;
	return st;
}

/* ---- records */

static bool names_other_method(struct wv_slice request)
{
	return request.n && !wv_slice_starts(request, WV_LIT("GET ")) &&
	       !wv_slice_starts(request, WV_LIT("HEAD "));
}

static void attach_request(struct warc *w, struct wv_slice block)
{
	size_t end = wv_slice_find(block, WV_LIT("\r\n\r\n"), 0);

	block = wv_slice_part(block, 0, end == SIZE_MAX ? block.n : end + 4);
	w->is_other_method = names_other_method(block);
	if (block.n <= WV_LIMIT_HEADER_BYTES)
		w->waiting.request = wv_arena_copy(w->texts, block);
}

static bool is_request_of(struct wv_slice request_id, struct wv_slice request_to,
                          struct wv_slice id, struct wv_slice to)
{
	return (request_to.n && wv_slice_equals(request_to, id)) ||
	       (to.n && wv_slice_equals(to, request_id));
}

static enum wv_status send_waiting(struct warc *w, struct wv_err *err)
{
	if (!w->has_waiting)
		return WV_OK;
	w->has_waiting = false;
	if (w->is_other_method) {
		w->import.counts->passed++;
		return WV_OK;
	}
	w->waiting.body = wv_buf_slice(&w->body);
	return wv_import_add(&w->import, &w->waiting, err);
}

static void take_request(struct warc *w, const struct wv_warc_record *r)
{
	struct wv_warc_record *kept = &w->request;

	if (w->has_waiting && !w->waiting.request.n &&
	    (is_request_of(r->id, r->concurrent_to, w->waiting_id, w->waiting_to) ||
	     (!r->concurrent_to.n && wv_slice_equals(r->target_uri, w->waiting.url) &&
	      r->date.us == w->waiting.captured.us))) {
		attach_request(w, r->block);
		return;
	}
	wv_arena_reset(w->request_texts);
	*kept = *r;
	kept->id = wv_arena_copy(w->request_texts, r->id);
	kept->concurrent_to = wv_arena_copy(w->request_texts, r->concurrent_to);
	kept->target_uri = wv_arena_copy(w->request_texts, r->target_uri);
	kept->block = wv_arena_copy(w->request_texts,
	                            wv_slice_part(r->block, 0, WV_LIMIT_HEADER_BYTES + 1));
	w->has_request = true;
}

static enum wv_fetch_outcome outcome_of(enum wv_warc_cut cut)
{
	switch (cut) {
	case WV_WARC_WHOLE:
		return WV_FETCH_ANSWERED;
	case WV_WARC_CUT_LENGTH:
		return WV_FETCH_TOO_LARGE;
	case WV_WARC_CUT_TIME:
		return WV_FETCH_TOO_SLOW;
	case WV_WARC_CUT_DISCONNECT:
		break;
	}
	return WV_FETCH_DISCONNECTED;
}

/* A new capture waits; its texts are copied, its body is the caller's to fill. */
static const char *begin_waiting(struct warc *w, const struct wv_warc_record *r)
{
	struct wv_item *item = &w->waiting;

	if (!r->target_uri.n)
		return "the record has no WARC-Target-URI";
	if (wv_time_is_none(r->date))
		return "the record has no WARC-Date that can be read";
	if (r->is_segment)
		return "the record is one segment of several: these are not put together";
	wv_arena_reset(w->texts);
	wv_buf_reset(&w->body);
	*item = (struct wv_item){
		.at = w->base + r->offset,
		.url = wv_arena_copy(w->texts, r->target_uri),
		.captured = r->date,
		.outcome = outcome_of(r->cut),
		.address = wv_arena_copy(w->texts, r->address),
		.basis = wv_arena_format(w->texts, "imported from %.*s, offset %llu", WV_FMT(w->name),
	                                 (unsigned long long)(w->base + r->offset)),
		.given = {.has_bytes = true, .drops_wire = w->import.options->drops_wire},
	};
	w->waiting_id = wv_arena_copy(w->texts, r->id);
	w->waiting_to = wv_arena_copy(w->texts, r->concurrent_to);
	w->is_other_method = false;
	if (w->has_request && (is_request_of(w->request.id, w->request.concurrent_to, r->id,
	                                     r->concurrent_to) ||
	                       (wv_slice_equals(w->request.target_uri, r->target_uri) &&
	                        w->request.date.us == r->date.us)))
		attach_request(w, w->request.block);
	w->has_request = false;
	return NULL;
}

/* Some writers undo the coding and leave its name in the header. */
static bool is_decoded_silently(struct wv_slice head, struct wv_slice body)
{
	struct wv_codings codings;

	wv_headers_codings(head, &codings);
	return codings.n == 1 && codings.p[0] == WV_CODING_GZIP && body.n &&
	       !wv_slice_starts(body, WV_LIT("\x1f\x8b"));
}

/* What our own export says besides: see warc_write.h. */
static void read_own_fields(struct warc *w, const struct wv_warc_record *r)
{
	struct wv_slice body = wv_warc_field(r, "Wirevault-Body");
	struct wv_given *given = &w->waiting.given;
	size_t space = wv_slice_find_byte(body, ' ', 0);
	uint64_t flags = 0;

	if (wv_slice_u64(wv_warc_field(r, "Wirevault-Flags"), &flags))
		given->flags |= (uint32_t)flags & WV_WARC_FLAGS_TOLD;
	if (wv_slice_equals(wv_warc_field(r, "WARC-Protocol"), WV_LIT("h2")))
		given->flags |= WV_CAPTURE_HEADERS_REBUILT;
	w->waiting.source = wv_arena_copy(
		w->texts, wv_slice_part(wv_warc_field(r, "Wirevault-Source"), 0, WV_SOURCE_NAME_MAX));
	if (!body.n)
		return;
	given->has_bytes = false;
	given->is_bodyless = wv_slice_equals(body, WV_LIT("none"));
	given->has_digest = space != SIZE_MAX &&
	                    wv_warc_digest_parse_sha256(wv_slice_part(body, 0, space), &given->body) &&
	                    wv_slice_u64(wv_slice_from(body, space + 1), &given->body_bytes);
}

static const char *read_head(struct warc *w, const struct wv_warc_record *r,
                             struct wv_slice *rest, struct wv_message_undone *undone)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = WV_LIMIT_HEADER_BYTES};
	struct wv_slice field = wv_warc_field(r, WV_MESSAGE_UNDONE_FIELD), head, encoded;
	struct wv_given *given = &w->waiting.given;

	if (!wv_message_split(r->block, &head, rest) || wv_headers_status(head) == 0)
		return "the record holds no HTTP response";
	undone->transfer = wv_slice_find(field, WV_LIT("transfer"), 0) != SIZE_MAX;
	undone->content = wv_slice_find(field, WV_LIT("content"), 0) != SIZE_MAX;
	wv_message_read_head(head, *undone, &text);
	if (text.failed != WV_OK)
		return "its HTTP header is above the cap";
	w->waiting.headers = wv_arena_copy(w->texts, wv_buf_slice(&text));
	w->waiting.status = wv_headers_status(head);
	given->is_decoded = undone->content;
	encoded = wv_warc_field(r, "Wirevault-Encoded-Digest");
	given->has_encoded = undone->content && wv_warc_digest_parse_sha256(encoded, &given->encoded);
	if (given->has_encoded)
		(void)wv_slice_u64(wv_warc_field(r, "Wirevault-Encoded-Length"), &given->encoded_bytes);
	return NULL;
}

static enum wv_status take_response(struct warc *w, const struct wv_warc_record *r,
                                    const char **why, struct wv_err *err)
{
	struct wv_item *item = &w->waiting;
	struct wv_message_undone undone;
	struct wv_slice rest;
	enum wv_status st = WV_BAD_INPUT;

	*why = read_head(w, r, &rest, &undone);
	if (*why)
		return WV_OK;
	if (item->status == 304) {
		item->given.has_bytes = false;
		item->outcome = WV_FETCH_ANSWERED; /* of a revisit only the record is cut */
		return wv_import_confirm(&w->import, &item->given, err);
	}
	if (!item->given.has_bytes)
		return WV_OK;
	if (r->type == WV_WARC_REVISIT) {
		item->outcome = WV_FETCH_ANSWERED;
		return wv_import_find_body(&w->import, r, &item->given, &w->body, err);
	}
	if (!undone.transfer && wv_message_is_chunked(item->headers))
		st = wv_message_dechunk(rest, &w->body, err);
	if (st == WV_BAD_INPUT)
		wv_buf_add(&w->body, rest);
	else if (st == WV_NO && item->outcome == WV_FETCH_ANSWERED)
		item->outcome = WV_FETCH_DISCONNECTED;
	else if (st == WV_NOMEM)
		return st;
	item->given.is_decoded |= is_decoded_silently(item->headers, wv_buf_slice(&w->body));
	return wv_buf_finish(&w->body, "body of a record", err);
}

static enum wv_status take_resource(struct warc *w, const struct wv_warc_record *r,
                                    struct wv_err *err)
{
	struct wv_item *item = &w->waiting;

	item->status = 200;
	item->headers = wv_arena_format(w->texts, "HTTP/1.1 200 OK\r\nContent-Type: %.*s\r\n\r\n",
	                                WV_FMT(wv_slice_part(r->content_type, 0, 1000)));
	item->given.flags |= WV_CAPTURE_HEADERS_REBUILT;
	wv_buf_add(&w->body, r->block);
	return wv_buf_finish(&w->body, "body of a record", err);
}

/* Our own note of a fetch that had no answer. */
static void take_failure(struct warc *w, const struct wv_warc_record *r)
{
	w->waiting.reason = wv_arena_copy(w->texts, wv_warc_field(r, "Wirevault-Failed"));
	w->waiting.outcome = WV_FETCH_CONNECT;
	w->waiting.given.has_bytes = false;
}

static bool is_web(struct wv_slice uri)
{
	return wv_slice_starts_nocase(uri, WV_LIT("http://")) ||
	       wv_slice_starts_nocase(uri, WV_LIT("https://"));
}

static bool is_http(const struct wv_warc_record *r)
{
	return wv_slice_starts_nocase(r->content_type, WV_LIT("application/http")) ||
	       wv_slice_starts_nocase(r->block, WV_LIT("HTTP/"));
}

/* Does the record hold a capture? */
static bool is_capture(const struct wv_warc_record *r)
{
	switch (r->type) {
	case WV_WARC_RESPONSE:
		return is_http(r) || is_web(r->target_uri);
	case WV_WARC_REVISIT:
		return true;
	case WV_WARC_RESOURCE:
		return is_web(r->target_uri);
	case WV_WARC_METADATA:
		return wv_warc_field(r, "Wirevault-Failed").n > 0;
	default:
		return false;
	}
}

/* Our own export says when its instants are made up; those must not look like others. */
static bool may_come_here(const struct warc *w, const struct wv_warc_record *r)
{
	return r->type != WV_WARC_WARCINFO || wv_store_is_simulated(w->import.options->store) ||
	       wv_slice_find(r->block, WV_LIT("\r\nclock: simulated\r\n"), 0) == SIZE_MAX;
}

static enum wv_status take_record(struct warc *w, const struct wv_warc_record *r,
                                  struct wv_err *err)
{
	const char *why;
	enum wv_status st;

	w->import.counts->records++;
	if (r->type == WV_WARC_REQUEST)
		take_request(w, r);
	if (!is_capture(r)) {
		w->import.counts->passed++;
		return may_come_here(w, r) ? WV_OK
		                               : wv_err_set(err, WV_USAGE,
		                                            "'%s' was made with a simulated clock, this "
		                                            "archive was not",
		                                            w->path);
	}
	st = send_waiting(w, err);
	if (st != WV_OK)
		return st;
	why = begin_waiting(w, r);
	if (!why)
		read_own_fields(w, r);
	/* Some converters put a body without its header into a response. */
	if (!why && (r->type == WV_WARC_RESOURCE || (r->type == WV_WARC_RESPONSE && !is_http(r))))
		st = take_resource(w, r, err);
	else if (!why && r->type == WV_WARC_METADATA)
		take_failure(w, r);
	else if (!why)
		st = take_response(w, r, &why, err);
	if (why)
		wv_import_fault(&w->import, w->base + r->offset, why);
	w->has_waiting = st == WV_OK && !why;
	return st;
}

/* ---- the whole */

static void on_fault(void *context, uint64_t offset, const char *why)
{
	struct warc *w = context;

	wv_import_fault(&w->import, w->base + offset, why);
}

/* Records of one WARC: the file, or a part of it. */
static enum wv_status read_records(struct warc *w, const struct wv_warc_input *input,
                                   struct wv_err *err)
{
	WV_AUTO(wv_warc_reader_free) struct wv_warc_reader *reader = NULL;
	struct wv_import_counts *counts = w->import.counts;
	struct wv_warc_record record;
	enum wv_status st = wv_warc_reader_new(input, on_fault, w, &reader, err);

	while (st == WV_OK) {
		st = wv_warc_next(reader, &record, err);
		if (st == WV_OK)
			st = take_record(w, &record, err);
		counts->at_bytes = w->base + wv_warc_reader_at(reader);
		if (st == WV_OK)
			st = wv_import_look_up(&w->import, err);
	}
	if (st == WV_NO || st == WV_STOPPED) {
		enum wv_status sent = send_waiting(w, err);

		st = sent != WV_OK ? sent : st;
	}
	return st == WV_NO ? WV_OK : st;
}

static bool is_warc_name(struct wv_slice name)
{
	return wv_slice_starts(name, WV_LIT("archive/")) &&
	       (wv_slice_ends(name, WV_LIT(".warc")) || wv_slice_ends(name, WV_LIT(".warc.gz")));
}

/* A WACZ: its WARC files, where they lie. */
static enum wv_status read_parts(struct warc *w, const struct wv_warc_input *whole,
                                 struct wv_err *err)
{
	struct wv_zip_part *parts;
	uint64_t taken = 0; /* of the file, which its parts share */
	size_t count = 0;
	enum wv_status st = wv_zip_list(whole, w->parts, &parts, &count, err);

	if (st == WV_LIMIT || st == WV_BAD_INPUT) {
		struct wv_err why = err ? *err : (struct wv_err)WV_ERR_NONE;

		return wv_err_set(err, WV_BAD_INPUT, "cannot read '%s': %s", w->path, why.text);
	}
	for (size_t i = 0; i < count && st == WV_OK; i++) {
		struct wv_warc_input part = *whole;

		if (!is_warc_name(parts[i].name))
			continue;
		if (!parts[i].is_stored) {
			wv_import_fault(&w->import, 0, "a WARC file in it is compressed by ZIP: not read");
			continue;
		}
		/* Else a small file could hold the same part a hundred thousand times. */
		if (parts[i].bytes > whole->bytes - taken) {
			wv_import_fault(&w->import, parts[i].offset,
			                "a WARC file in it lies where others do: not read");
			continue;
		}
		taken += parts[i].bytes;
		w->base = parts[i].offset;
		w->bytes = part.bytes = parts[i].bytes;
		part.is_gzip_name = wv_slice_ends(parts[i].name, WV_LIT(".gz"));
		st = read_records(w, &part, err);
	}
	return st;
}

static enum wv_status read_all(struct warc *w, struct wv_err *err)
{
	const struct wv_warc_input input = {
		.read = read_at,
		.context = w,
		.bytes = w->bytes,
		.is_gzip_name = wv_slice_ends(w->name, WV_LIT(".gz")),
	};
	unsigned char magic[4];
	size_t had = 0;
	enum wv_status st = read_at(w, 0, magic, sizeof(magic), &had, err);

	w->import.counts->all_bytes = w->bytes;
	if (st == WV_OK)
		st = wv_slice_equals(wv_slice(magic, had), WV_LIT("PK\x03\x04"))
		             ? read_parts(w, &input, err)
		             : read_records(w, &input, err);
	if (st == WV_OK && w->import.counts->records == 0)
		return wv_err_set(err, WV_BAD_INPUT, "'%s' holds no WARC record", w->path);
	return st;
}

enum wv_status wv_import_warc(const struct wv_import_options *options, const char *path,
                              struct wv_import_counts *counts, struct wv_err *err)
{
	struct warc w = {.path = path, .fd = -1};
	enum wv_status st = wv_import_begin(&w.import, options, counts, err);

	wv_buf_init(&w.body, WV_LIMIT_WARC_BLOCK_BYTES);
	if (st == WV_OK)
		st = wv_arena_new(TEXTS_BYTES, &w.texts, err);
	if (st == WV_OK)
		st = wv_arena_new(TEXTS_BYTES, &w.request_texts, err);
	if (st == WV_OK)
		st = wv_arena_new(2 * WV_ZIP_DIRECTORY_MAX, &w.parts, err);
	if (st == WV_OK)
		st = open_file(&w, err);
	if (st == WV_OK)
		st = read_all(&w, err);
	st = wv_import_end(&w.import, st, err);
	if (w.fd >= 0)
		close(w.fd);
	wv_buf_done(&w.body);
	wv_arena_free(&w.texts);
	wv_arena_free(&w.request_texts);
	wv_arena_free(&w.parts);
	return st;
}
