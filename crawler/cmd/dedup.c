#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "archive/copies/cluster.h"
#include "archive/copies/fingerprint.h"
#include "archive/store/db.h"
#include "config/base/json.h"
#include "config/base/limits.h"
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"
#include "crawler/cmd/lines.h"

#define FLUSH_BYTES       (32u * WV_KIB)
#define SCRATCH_CAP_BYTES (512u * WV_MIB) /* one line's JSON and its tokens */
#define BATCH_CAP_BYTES   (64u * WV_MIB)
#define BATCH_DOCUMENTS   1024u /* one commit; more would cost memory, less would cost time */
#define BATCH_SHINGLES    75000u
#define ROW_CAP_BYTES     (5u * WV_MIB)
#define FOLDER_MAX        512u
#define LET_GO_LINES      1024u

static const char *const details[] = {
	"Finds the texts that are copies of one another: wire copy that was cut, extended, given another "
	"headline, or written in the other Chinese script. Reads JSON lines with \"id\" and \"text\" (one "
	"paragraph a line; other members are not looked at) as a stream, keeps its index in a temporary "
	"folder, and at the end of input prints {\"id\",\"cluster\",\"similarity\"} for each line, in their "
	"order. A cluster is named by the id of its first text; similarity is the share of the text, or "
	"of its likest copy, that both have, and 1 for the first and for equal texts.",
	"Round-ups of several stories and bulletins that differ in their figures are no copies. Which "
	"texts are together does not depend on the order of the lines.",
	"A line that is no such JSON gives {\"id\",\"line\",\"error\"}, and exit 1.",
	NULL,
};

static const char *const examples[] = {
	"wirevault dedup articles.jsonl", "which of these articles are copies of one another?",
	"zcat articles.jsonl.gz | wirevault dedup -", "the same, from standard input",
	NULL,
};

struct deduping {
	struct wv_command_context *context;
	struct wv_db *db;
	struct wv_txn *txn; /* of the batch */
	struct wv_copies *copies;
	struct wv_arena *scratch; /* emptied before each line */
	struct wv_arena *batch;   /* fingerprints until they are added */
	struct wv_copies_document *documents;
	size_t count, shingles;
	uint64_t line;
	struct wv_time now;
	bool any_failed;
};

/*
 * The files lose their names as soon as they are open: so nothing is left behind, whatever ends
 * the program. LMDB keeps its descriptors and asks for no name again.
 */
static enum wv_status open_index(struct deduping *d, struct wv_err *err)
{
	const char *base = getenv("TMPDIR");
	const struct wv_db_options options = {.create = true, .is_temporary = true};
	char folder[FOLDER_MAX], file[FOLDER_MAX + 16];
	int n = snprintf(folder, sizeof(folder), "%s/wirevault-dedup-XXXXXX",
	                 base && *base ? base : "/tmp");
	enum wv_status st;

	if (n < 0 || (size_t)n >= sizeof(folder))
		return wv_err_set(err, WV_CREATE, "name of the temporary folder is too long");
	if (!mkdtemp(folder))
		return wv_err_errno(err, WV_CREATE, errno, "cannot create folder '%s'", folder);
	st = wv_db_open(folder, &options, &d->db, err);
	for (size_t i = 0; i < 2; i++) {
		snprintf(file, sizeof(file), "%s/%s", folder, i ? "lock.mdb" : "data.mdb");
		(void)unlink(file); /* one that was not made needs no removing */
	}
	if (rmdir(folder) != 0 && st == WV_OK)
		st = wv_err_errno(err, WV_IO, errno, "cannot remove folder '%s'", folder);
	return st;
}

static struct wv_slice line_key(uint64_t line, unsigned char key[static 8])
{
	wv_store_u64_be(key, line);
	return wv_slice(key, 8);
}

static enum wv_status begin_batch(struct deduping *d, struct wv_err *err)
{
	return d->txn ? WV_OK : wv_txn_begin_write(d->db, &d->txn, err);
}

static enum wv_status end_batch(struct deduping *d, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	if (!d->txn)
		return WV_OK;
	st = wv_copies_add(d->copies, d->txn, d->documents, d->count, err);
	if (st == WV_OK)
		st = wv_txn_commit(&d->txn, err);
	d->count = d->shingles = 0;
	wv_arena_reset(d->batch);
	/* The index is looked at all over by each batch: what it holds must not count as ours. */
	wv_db_let_go(d->db);
	return st;
}

/* What the line is called, and what was wrong with it: rows of a table, so that memory does not
 * grow with the input. */
static enum wv_status keep_line(struct deduping *d, struct wv_slice id, const char *error,
                                struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf row = {0};
	unsigned char key[8];
	enum wv_status st = begin_batch(d, err);

	wv_buf_init(&row, ROW_CAP_BYTES);
	wv_buf_add_block(&row, id);
	wv_buf_add_string(&row, error ? error : "");
	if (st == WV_OK)
		st = wv_buf_finish(&row, "line", err);
	d->any_failed |= error != NULL;
	return st == WV_OK ? wv_txn_append(d->txn, WV_TABLE_META, line_key(d->line, key),
	                                   wv_buf_slice(&row), err)
	                   : st;
}

static enum wv_status add_text(struct deduping *d, struct wv_slice text, struct wv_err *err)
{
	struct wv_fingerprint made, *kept = WV_ARENA_NEW(d->batch, struct wv_fingerprint);
	enum wv_status st = wv_fingerprint_make(d->scratch, text, &made, err);

	if (st != WV_OK)
		return st;
	if (!kept || !wv_fingerprint_copy(d->batch, &made, kept))
		return wv_err_set(err, WV_NOMEM, "out of memory for fingerprints");
	d->documents[d->count++] = (struct wv_copies_document){
		.number = d->line, .when = WV_TIME_NONE, .recorded = d->now, .fingerprint = kept};
	d->shingles += kept->entry_count;
	return d->count == BATCH_DOCUMENTS || d->shingles >= BATCH_SHINGLES ? end_batch(d, err)
	                                                                   : WV_OK;
}

/* A string, or a whole number as its digits. */
static bool read_id(const struct wv_json *object, struct wv_slice *id)
{
	const struct wv_json *member = wv_json_get(object, "id");

	if (!member || (member->kind != WV_JSON_STRING && member->kind != WV_JSON_NUMBER))
		return false;
	*id = member->text;
	return member->kind == WV_JSON_STRING || member->text.n > 0;
}

static enum wv_status take_line(void *context, uint64_t number, struct wv_slice line,
                                struct wv_err *err)
{
	struct deduping *d = context;
	const struct wv_json *object = NULL, *text;
	struct wv_slice id = WV_SLICE_NONE;
	struct wv_err why = WV_ERR_NONE;
	enum wv_status st;

	d->line = number;
	if (line.n == 0)
		return keep_line(d, id, "line is too large", err);
	wv_arena_reset(d->scratch);
	st = wv_json_parse_line(d->scratch, line, &object, &why);
	if (st == WV_NOMEM)
		return wv_err_set(err, st, "%s", why.text);
	if (st != WV_OK)
		return keep_line(d, id, why.text, err);
	if (object->kind != WV_JSON_OBJECT)
		return keep_line(d, id, "not an object", err);
	if (!read_id(object, &id))
		return keep_line(d, WV_SLICE_NONE, "no \"id\"", err);
	text = wv_json_get(object, "text");
	if (!text || text->kind != WV_JSON_STRING)
		return keep_line(d, id, "no \"text\"", err);
	st = keep_line(d, id, NULL, err);
	return st == WV_OK ? add_text(d, text->text, err) : st;
}

static enum wv_status stopped(struct wv_err *err)
{
	return wv_err_set(err, WV_STOPPED, "interrupted");
}

static enum wv_status print_line(struct deduping *d, uint64_t line, struct wv_slice row,
                                 struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(row);
	struct wv_slice id = wv_cursor_block(&c), error = wv_cursor_bytes(&c, wv_cursor_left(&c));
	struct wv_copies_standing standing = {.cluster = 0};
	struct wv_slice first = WV_SLICE_NONE;
	struct wv_json_writer w;
	unsigned char key[8];
	enum wv_status st = WV_OK;

	if (error.n == 0) {
		st = wv_copies_standing(d->copies, d->txn, line, &standing, err);
		if (st == WV_OK)
			st = wv_txn_get(d->txn, WV_TABLE_META, line_key(standing.cluster, key),
			                &first, err);
		if (st != WV_OK)
			return st == WV_NO ? wv_err_set(err, WV_BUG, "a line has no cluster") : st;
		c = wv_cursor(first);
		first = wv_cursor_block(&c);
	}
	wv_json_begin(&w, d->context->out);
	wv_json_open_object(&w, NULL);
	if (error.n == 0) {
		wv_json_string(&w, "id", id);
		wv_json_string(&w, "cluster", first);
		wv_json_double(&w, "similarity", standing.similarity);
	} else {
		wv_json_string_or_null(&w, "id", id);
		wv_json_u64(&w, "line", line);
		wv_json_string(&w, "error", error);
	}
	wv_json_close(&w);
	wv_buf_add_byte(d->context->out, '\n');
	return d->context->out->n >= FLUSH_BYTES ? wv_command_flush(d->context, err) : WV_OK;
}

static enum wv_status print_all(struct deduping *d, struct wv_err *err)
{
	struct wv_walk *walk = NULL;
	struct wv_slice key, row;
	enum wv_status st = wv_txn_begin_read(d->db, &d->txn, err);

	if (st == WV_OK)
		st = wv_walk_begin(d->txn, WV_TABLE_META, &walk, err);
	if (st == WV_OK)
		st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &row, err);
	while (st == WV_OK) {
		if (wv_load_u64_be(key.p) % LET_GO_LINES == 0)
			wv_db_let_go(d->db);
		st = wv_command_stop_signal() ? stopped(err)
		                              : print_line(d, wv_load_u64_be(key.p), row, err);
		if (st == WV_OK)
			st = wv_walk_next(walk, &key, &row, err);
	}
	wv_walk_end(&walk);
	wv_txn_abort(&d->txn);
	if (st == WV_NO)
		st = wv_command_flush(d->context, err);
	return st;
}

static enum wv_status dedup(struct deduping *d, const char *path, struct wv_err *err)
{
	const struct wv_copies_options options = {.partition_us = 0};
	int fd = -1;
	enum wv_status st = wv_lines_open(path, false, &fd, err);

	if (st == WV_OK)
		st = open_index(d, err);
	if (st == WV_OK)
		st = wv_copies_new(&options, &d->copies, err);
	if (st == WV_OK)
		st = wv_arena_new(SCRATCH_CAP_BYTES, &d->scratch, err);
	if (st == WV_OK)
		st = wv_arena_new(BATCH_CAP_BYTES, &d->batch, err);
	if (st == WV_OK && !(d->documents = calloc(BATCH_DOCUMENTS, sizeof(*d->documents))))
		st = wv_err_set(err, WV_NOMEM, "out of memory for fingerprints");
	if (st == WV_OK)
		st = wv_lines_each(fd, path, take_line, d, err);
	if (st == WV_OK)
		st = end_batch(d, err);
	if (st == WV_OK)
		st = print_all(d, err);
	if (fd > STDIN_FILENO)
		close(fd);
	return st;
}

static enum wv_status run_dedup(struct wv_command_context *context, struct wv_err *err)
{
	struct deduping d = {.context = context, .now = wv_clock_now(context->clock)};
	enum wv_status st = dedup(&d, context->arguments[0], err);

	wv_txn_abort(&d.txn);
	wv_copies_free(&d.copies);
	wv_arena_free(&d.scratch);
	wv_arena_free(&d.batch);
	free(d.documents);
	wv_db_close(&d.db);
	return st == WV_OK && d.any_failed ? WV_NO : st;
}

const struct wv_command wv_command_dedup = {
	.name = "dedup",
	.summary = "find the copies among texts",
	.arguments = "FILE.jsonl",
	.details = details,
	.examples = examples,
	.options = NULL,
	.option_count = 0,
	.min_arguments = 1,
	.max_arguments = 1,
	.flags = WV_COMMAND_NO_SETTINGS | WV_COMMAND_JSON_ALWAYS,
	.run = run_dedup,
};
