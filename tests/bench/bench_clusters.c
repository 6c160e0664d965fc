/*
 * bench_clusters FOLDER [TEXTS]: large clusters, and what they cost: CPU time and overlaps looked
 * at for each text added, in the first and in the last tenth. Copies of one text cut at many
 * lengths, from its front and from anywhere, thinned to two fifths; two stories in one text, one of
 * them always the same; and one beginning before many stories, so large that none is most of a text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "archive/copies/cluster.h"
#include "archive/store/db.h"
#include "config/base/limits.h"

#define PORTION 50u /* texts added at once */

enum kind { FRONTS, PIECES, THINNED, TWO_STORIES, ONE_BEGINNING, KINDS };
static const char *const names[] = {"fronts of one text", "pieces of one text", "one text thinned",
                                    "two stories in one text", "one beginning of many texts"};

static uint64_t state = 88172645463325252u;

static uint32_t roll(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 20) % below;
}

static double cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void die(const char *what, const struct wv_err *err)
{
	fprintf(stderr, "bench_clusters: %s: %s\n", what, err->text);
	exit(1);
}

static void add_sentence(struct wv_buf *text, uint64_t story, uint32_t s)
{
	uint64_t seed = story * 1000u + s + 1;

	for (int word = 0; word < 14; word++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		wv_buf_add_format(text, "w%u ", (unsigned)(seed >> 33) % 5000);
	}
	wv_buf_add_string(text, "end.\n");
}

static void add_sentences(struct wv_buf *text, uint64_t story, uint32_t from, uint32_t to)
{
	for (uint32_t s = from; s < to; s++)
		add_sentence(text, story, s);
}

static void make_text(struct wv_buf *text, enum kind kind, uint64_t number)
{
	uint32_t from = roll(60);

	wv_buf_reset(text);
	if (kind == FRONTS)
		add_sentences(text, 1, 0, 10 + roll(90));
	if (kind == PIECES)
		add_sentences(text, 1, from, from + 40);
	if (kind == FRONTS || kind == PIECES) /* so that no two are equal */
		add_sentence(text, 100 + number, 0);
	for (uint32_t s = 0; kind == THINNED && s < 100; s++)
		if (roll(100) < 40)
			add_sentence(text, 1, s);
	if (kind == TWO_STORIES && number % 2 == 0)
		add_sentences(text, 1, 0, 18 + roll(6));
	if (kind == TWO_STORIES)
		add_sentences(text, 100 + number / 2, 0, 12);
	if (kind == ONE_BEGINNING) {
		add_sentences(text, 1, 0, 10);
		add_sentences(text, 100 + number, 0, 10);
	}
}

static void run(const char *folder, enum kind kind, uint64_t texts)
{
	const struct wv_db_options options = {.create = true, .is_temporary = true};
	const struct wv_copies_options copies_options = {.partition_us = 0};
	struct wv_copies_document documents[PORTION];
	struct wv_fingerprint prints[PORTION];
	struct wv_err err = WV_ERR_NONE;
	struct wv_buf text = {0};
	struct wv_arena *arena = NULL;
	struct wv_copies *copies = NULL;
	struct wv_db *db = NULL;
	struct wv_txn *txn = NULL;
	double start = cpu_s(), first_s = 0, last_s = 0;
	uint64_t first = 0, last = 0, tenth = texts / 10 / PORTION * PORTION;

	char file[600];

	wv_buf_init(&text, WV_MIB);
	if (wv_db_open(folder, &options, &db, &err) != WV_OK ||
	    wv_copies_new(&copies_options, &copies, &err) != WV_OK ||
	    wv_arena_new(1024u * WV_MIB, &arena, &err) != WV_OK)
		die("opening", &err);
	for (int i = 0; i < 2; i++) { /* open, it needs no name */
		snprintf(file, sizeof(file), "%s/%s", folder, i ? "lock.mdb" : "data.mdb");
		(void)remove(file);
	}
	for (uint64_t at = 0; at < texts; at += PORTION) {
		wv_arena_reset(arena);
		for (uint32_t i = 0; i < PORTION; i++) {
			make_text(&text, kind, at + i);
			if (wv_fingerprint_make(arena, wv_buf_slice(&text), prints + i, &err) != WV_OK)
				die("a text", &err);
			documents[i] = (struct wv_copies_document){.number = at + i + 1,
			                                           .when = WV_TIME_NONE,
			                                           .recorded = {(int64_t)at},
			                                           .fingerprint = prints + i};
		}
		if (wv_txn_begin_write(db, &txn, &err) != WV_OK ||
		    wv_copies_add(copies, txn, documents, PORTION, &err) != WV_OK ||
		    wv_txn_commit(&txn, &err) != WV_OK)
			die("adding", &err);
		if (at + PORTION <= tenth || first == 0) {
			first = wv_copies_work(copies);
			first_s = cpu_s() - start;
		}
		if (at + PORTION <= texts - tenth) {
			last = wv_copies_work(copies);
			last_s = cpu_s() - start;
		}
	}
	tenth = tenth > 0 ? tenth : PORTION;
	printf("%-28s %llu texts: %.2f s of CPU; first tenth %.0f us, %.0f overlaps a text; last tenth "
	       "%.0f us, %.0f overlaps\n",
	       names[kind], (unsigned long long)texts, cpu_s() - start,
	       first_s * 1e6 / (double)tenth, (double)first / (double)tenth,
	       (cpu_s() - start - last_s) * 1e6 / (double)tenth,
	       (double)(wv_copies_work(copies) - last) / (double)tenth);
	wv_copies_free(&copies);
	wv_db_close(&db);
	wv_arena_free(&arena);
	wv_buf_done(&text);
}

int main(int argc, char **argv)
{
	uint64_t texts = 1500;

	if (argc < 2 || (argc > 2 && !wv_slice_u64(wv_slice_of(argv[2]), &texts))) {
		fprintf(stderr, "bench_clusters FOLDER [TEXTS]\n");
		return 64;
	}
	for (int kind = 0; kind < KINDS; kind++) {
		run(argv[1], (enum kind)kind, texts / PORTION * PORTION);
		fflush(stdout);
	}
	return 0;
}
