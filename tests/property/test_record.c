#include "archive/store/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "archive/store/article.h"
#include "config/base/limits.h"
#include "tests/support/random.h"

/* Random bytes of a random length, often none; the arena owns them. */
static struct wv_slice some(struct wv_random *r, struct wv_arena *arena, size_t most)
{
	size_t n = wv_random_below(r, 3) ? (size_t)wv_random_below(r, most) : 0;
	unsigned char *p = wv_arena_alloc(arena, n);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)(wv_random_below(r, 4) ? 'a' + wv_random_below(r, 26)
		                                             : wv_random_next(r));
	return wv_slice(p, n);
}

static struct wv_digest some_digest(struct wv_random *r)
{
	struct wv_digest digest;

	for (size_t i = 0; i < WV_DIGEST_BYTES; i++)
		digest.b[i] = (unsigned char)wv_random_next(r);
	return digest;
}

/* Mostly small, sometimes anything. */
static uint64_t some_number(struct wv_random *r)
{
	return wv_random_next(r) >> wv_random_below(r, 64);
}

static bool coin(struct wv_random *r)
{
	return wv_random_next(r) & 1;
}

static struct wv_capture some_capture(struct wv_random *r, struct wv_arena *arena)
{
	struct wv_capture c = {
		.id = some_number(r) | 1,
		.page = some_number(r),
		.captured = {(int64_t)some_number(r) / 16},
		.recorded = {(int64_t)wv_random_next(r) / 16},
		.duration_us = (int64_t)some_number(r) / 16 * (coin(r) ? 1 : -1),
		.status = (int32_t)some_number(r),
		.flags = (uint32_t)some_number(r),
		.verdict = (enum wv_verdict)wv_random_below(r, WV_VERDICT_COUNT),
		.url = some(r, arena, 200),
		.reason = some(r, arena, 100),
		.basis = some(r, arena, 100),
		.headers = some(r, arena, 2000),
		.request = some(r, arena, 400),
		.mime = some(r, arena, 30),
		.address = some(r, arena, 30),
		.location = some(r, arena, 200),
		.has_body = coin(r),
		.has_encoded = coin(r),
		.has_version = coin(r),
		.extractor = (uint32_t)some_number(r),
		.model = some_number(r),
		.leaf = coin(r) ? 1 : 2,
	};

	if (c.has_body || coin(r)) {
		c.body = some_digest(r);
		c.body_bytes = some_number(r);
	}
	if (c.has_encoded) {
		c.encoded = some_digest(r);
		c.encoded_bytes = some_number(r);
	}
	if (c.has_version)
		c.version = coin(r) ? c.body : some_digest(r);
	if (coin(r)) {
		c.has_stands_for = true;
		c.stands_for = wv_random_below(r, c.id);
	}
	return c;
}

static void assert_same_capture(const struct wv_capture *a, const struct wv_capture *b)
{
	const struct wv_slice *const texts[][2] = {
		{&a->url, &b->url},         {&a->reason, &b->reason},     {&a->basis, &b->basis},
		{&a->headers, &b->headers}, {&a->request, &b->request},   {&a->mime, &b->mime},
		{&a->address, &b->address}, {&a->location, &b->location},
	};

	for (size_t i = 0; i < WV_COUNT(texts); i++)
		assert_true(wv_slice_equals(*texts[i][0], *texts[i][1]));
	assert_true(a->leaf == b->leaf);
	assert_true(a->id == b->id && a->page == b->page && a->captured.us == b->captured.us &&
	            a->recorded.us == b->recorded.us && a->duration_us == b->duration_us &&
	            a->status == b->status && a->flags == b->flags && a->verdict == b->verdict);
	assert_true(a->has_body == b->has_body && wv_digest_equals(&a->body, &b->body) &&
	            a->body_bytes == b->body_bytes);
	assert_true(a->has_encoded == b->has_encoded &&
	            wv_digest_equals(&a->encoded, &b->encoded) &&
	            a->encoded_bytes == b->encoded_bytes);
	assert_true(a->has_version == b->has_version && wv_digest_equals(&a->version, &b->version));
	assert_true(a->extractor == b->extractor && a->model == b->model);
	assert_true(a->has_stands_for == b->has_stands_for && a->stands_for == b->stands_for);
}

static void test_captures_round_trip(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 1500; seed++) {
		WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
		WV_AUTO(wv_buf_done) struct wv_buf row = {0};
		struct wv_random r = {seed};
		struct wv_capture in, out;
		struct wv_capture_context context = {0}, peeked = {0};
		struct wv_capture_key key;

		assert_int_equal(wv_arena_new(4 * WV_MIB, &arena, NULL), WV_OK);
		wv_buf_init(&row, WV_MIB);
		in = some_capture(&r, arena);
		key = (struct wv_capture_key){in.page, in.captured, in.id};
		context.page_url = coin(&r) ? in.url : some(&r, arena, 50);
		context.source = (uint32_t)some_number(&r);
		if (coin(&r)) {
			context.has_reference = true;
			context.reference = wv_random_below(&r, in.id);
			context.dictionary = coin(&r) ? in.headers : some(&r, arena, 20000);
		}
		assert_int_equal(wv_record_capture_encode(&in, &context, &row, NULL), WV_OK);
		assert_int_equal(
			wv_record_capture_peek(&key, wv_buf_slice(&row), &peeked, NULL, NULL),
			WV_OK);
		assert_int_equal(peeked.source, context.source);
		if (peeked.has_reference)
			assert_true(context.has_reference && peeked.reference == context.reference);
		assert_int_equal(wv_record_capture_decode(&key, wv_buf_slice(&row), &context, arena,
		                                          &out, NULL),
		                 WV_OK);
		assert_same_capture(&in, &out);
		/* A cut row is damage wherever it is cut. */
		for (size_t n = 0; n < row.n; n += 1 + n / 8)
			assert_int_equal(wv_record_capture_decode(&key, wv_slice(row.p, n),
			                                          &context, arena, &out, NULL),
			                 WV_DAMAGED);
		/* Whatever a flipped bit makes of it, nothing breaks. */
		for (int i = 0; i < 20; i++) {
			size_t at = (size_t)wv_random_below(&r, row.n);
			unsigned char mask = (unsigned char)(1u << wv_random_below(&r, 8));
			enum wv_status st;

			row.p[at] ^= mask;
			st = wv_record_capture_decode(&key, wv_buf_slice(&row), &context, arena,
			                              &out, NULL);
			assert_true(st == WV_OK || st == WV_DAMAGED);
			row.p[at] ^= mask;
		}
	}
}

/* Encodes, decodes, encodes again: the bytes are the same, and every cut is refused. */
#define ROUND_TRIP(encode, decode, type, in)                                                       \
	do {                                                                                       \
		WV_AUTO(wv_buf_done) struct wv_buf row_ = {0};                                     \
		WV_AUTO(wv_buf_done) struct wv_buf again_ = {0};                                   \
		type out_;                                                                         \
                                                                                                   \
		wv_buf_init(&row_, WV_MIB);                                                        \
		wv_buf_init(&again_, WV_MIB);                                                      \
		encode(&(in), &row_);                                                              \
		assert_int_equal(wv_buf_finish(&row_, "row", NULL), WV_OK);                        \
		assert_true(decode(wv_buf_slice(&row_), &out_));                                   \
		encode(&out_, &again_);                                                            \
		assert_true(wv_slice_equals(wv_buf_slice(&row_), wv_buf_slice(&again_)));          \
		row_.p[0] = 77; /* another version */                                              \
		assert_false(decode(wv_buf_slice(&row_), &out_));                                  \
	} while (0)

static void test_rows_round_trip(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_random r = {99};

	(void)state;
	assert_int_equal(wv_arena_new(64 * WV_MIB, &arena, NULL), WV_OK);
	for (int i = 0; i < 2000; i++) {
		struct wv_leaf_row leaf = {coin(&r),
		                           some_number(&r),
		                           {(int64_t)wv_random_next(&r) / 16},
		                           {1, 2, 3},
		                           some_digest(&r)};
		struct wv_blob_row blob = {
			.kind = (enum wv_stored_kind)wv_random_below(&r, WV_STORED_KIND_COUNT),
			.raw_bytes = some_number(&r),
			.cost = some_number(&r),
			.depth = (uint32_t)some_number(&r),
			.is_inline = coin(&r),
			.segment = some_number(&r),
			.offset = some_number(&r),
			.stored_bytes = some_number(&r),
			.has_base = coin(&r),
			.base = {WV_BLOB_WIRE, some_digest(&r)},
			.has_context = coin(&r),
			.context = {WV_BLOB_CONTEXT, some_digest(&r)},
			.rank = coin(&r) ? some_number(&r) : 0,
		};
		struct wv_encoded_row encoded = {(uint8_t)wv_random_below(&r, 3), coin(&r), coin(&r),
		                                 some_digest(&r), some_number(&r), some_number(&r)};
		struct wv_article_row article = {
			.recorded = {(int64_t)wv_random_next(&r) / 16},
			.verdict = (uint8_t)wv_random_below(&r, WV_VERDICT_COUNT),
			.extractor = (uint32_t)some_number(&r),
			.model = some_number(&r),
			.has_key = coin(&r),
			.key = some_digest(&r),
			.record = some_digest(&r),
			.record_bytes = some_number(&r),
			.category = some(&r, arena, 40),
			.language = some(&r, arena, 10),
		};
		struct wv_source_row source = {some(&r, arena, 60), some_number(&r),
		                               some_number(&r), some_number(&r),
		                               {some_number(&r), 0, some_number(&r)}};
		struct wv_state counters = {some_number(&r),
		                            some_number(&r),
		                            some_number(&r),
		                            some_number(&r),
		                            {.captures = some_number(&r)}};

		if (blob.is_inline) {
			blob.inlined = some(&r, arena, 500);
			blob.stored_bytes = blob.inlined.n;
		}
		ROUND_TRIP(wv_record_leaf_row_encode, wv_record_leaf_row_decode, struct wv_leaf_row,
		           leaf);
		ROUND_TRIP(wv_record_blob_encode, wv_record_blob_decode, struct wv_blob_row, blob);
		ROUND_TRIP(wv_record_encoded_encode, wv_record_encoded_decode,
		           struct wv_encoded_row, encoded);
		ROUND_TRIP(wv_record_article_row_encode, wv_record_article_row_decode,
		           struct wv_article_row, article);
		ROUND_TRIP(wv_record_source_encode, wv_record_source_decode, struct wv_source_row,
		           source);
		ROUND_TRIP(wv_record_state_encode, wv_record_state_decode, struct wv_state,
		           counters);
	}
}

static struct wv_stated_time some_stated(struct wv_random *r, struct wv_arena *arena)
{
	if (coin(r))
		return (struct wv_stated_time){.is_set = false};
	return (struct wv_stated_time){true,
	                               some(r, arena, 40),
	                               some(r, arena, 40),
	                               some(r, arena, 40),
	                               (enum wv_zone_basis)wv_random_below(r, 4),
	                               {(int64_t)wv_random_next(r) / 16},
	                               {(int64_t)wv_random_next(r) / 16}};
}

static struct wv_article some_article(struct wv_random *r, struct wv_arena *arena)
{
	struct wv_slice *lists[3];
	struct wv_block *blocks = WV_ARENA_ARRAY(arena, struct wv_block, 5);
	struct wv_removed_block *removed = WV_ARENA_ARRAY(arena, struct wv_removed_block, 5);
	struct wv_conflict *conflicts = WV_ARENA_ARRAY(arena, struct wv_conflict, 5);
	struct wv_origin *origins = WV_ARENA_ARRAY(arena, struct wv_origin, 5);
	struct wv_live_item *items = WV_ARENA_ARRAY(arena, struct wv_live_item, 5);
	size_t block_count = wv_random_below(r, 6);

	for (int i = 0; i < 3; i++)
		lists[i] = WV_ARENA_ARRAY(arena, struct wv_slice, 5);
	for (int i = 0; i < 5; i++) {
		for (int k = 0; k < 3; k++)
			lists[k][i] = some(r, arena, 20);
		blocks[i] = (struct wv_block){(enum wv_block_kind)wv_random_below(r, 7),
		                              (uint8_t)wv_random_next(r), some(r, arena, 300)};
		removed[i] = (struct wv_removed_block){some(r, arena, 9), some(r, arena, 50)};
		conflicts[i] = (struct wv_conflict){some(r, arena, 9), some(r, arena, 9),
		                                    some(r, arena, 9)};
		origins[i] = (struct wv_origin){some(r, arena, 9), some(r, arena, 9)};
		items[i] = (struct wv_live_item){(size_t)i, some_stated(r, arena)};
	}
	return (struct wv_article){
		.verdict = (enum wv_verdict)wv_random_below(r, WV_VERDICT_COUNT),
		.reason = some(r, arena, 50),
		.title = some(r, arena, 50),
		.authors = lists[0],
		.author_count = wv_random_below(r, 6),
		.published = some_stated(r, arena),
		.modified = some_stated(r, arena),
		.publisher = some(r, arena, 20),
		.wire = some(r, arena, 20),
		.dateline = some(r, arena, 20),
		.category = some(r, arena, 20),
		.category_basis = some(r, arena, 20),
		.language = some(r, arena, 20),
		.language_basis = some(r, arena, 20),
		.charset = some(r, arena, 20),
		.charset_basis = some(r, arena, 20),
		.charset_errors = (uint32_t)some_number(r),
		.canonical = some(r, arena, 20),
		.amp = some(r, arena, 20),
		.next_page = some(r, arena, 20),
		.image = some(r, arena, 20),
		.image_caption = some(r, arena, 20),
		.description = some(r, arena, 20),
		.keywords = lists[1],
		.keyword_count = wv_random_below(r, 6),
		.is_free = (int8_t)((int)wv_random_below(r, 3) - 1),
		.blocks = blocks,
		.block_count = block_count,
		.origins = origins,
		.origin_count = wv_random_below(r, 6),
		.items = items,
		.item_count = wv_random_below(r, (uint32_t)block_count + 1) % 6,
		.removed = removed,
		.removed_count = wv_random_below(r, 6),
		.conflicts = conflicts,
		.conflict_count = wv_random_below(r, 6),
		.topics = lists[2],
		.topic_count = wv_random_below(r, 6),
		.extractor = (uint32_t)some_number(r),
		.model = some_number(r),
	};
}

static void test_articles_round_trip(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 800; seed++) {
		WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
		WV_AUTO(wv_buf_done) struct wv_buf row = {0};
		WV_AUTO(wv_buf_done) struct wv_buf again = {0};
		struct wv_random r = {seed};
		struct wv_article in, out;

		assert_int_equal(wv_arena_new(16 * WV_MIB, &arena, NULL), WV_OK);
		wv_buf_init(&row, WV_MIB);
		wv_buf_init(&again, WV_MIB);
		in = some_article(&r, arena);
		assert_int_equal(wv_article_encode(&in, &row, NULL), WV_OK);
		assert_int_equal(wv_article_decode(wv_buf_slice(&row), arena, &out, NULL), WV_OK);
		assert_int_equal(out.block_count, in.block_count);
		assert_true(wv_slice_equals(out.title, in.title));
		assert_int_equal(out.is_free, in.is_free);
		assert_int_equal(out.published.earliest.us, in.published.earliest.us);
		assert_int_equal(out.origin_count, in.origin_count);
		assert_int_equal(out.item_count, in.item_count);
		assert_int_equal(wv_article_encode(&out, &again, NULL), WV_OK);
		assert_true(wv_slice_equals(wv_buf_slice(&row), wv_buf_slice(&again)));
		for (size_t n = 0; n < row.n; n += 1 + n / 16)
			assert_int_equal(wv_article_decode(wv_slice(row.p, n), arena, &out, NULL),
			                 WV_DAMAGED);
	}
}

/* Records of the first version end with the conflicts: they are read, and have no more. */
static void test_old_articles_are_read(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 100; seed++) {
		WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
		WV_AUTO(wv_buf_done) struct wv_buf row = {0};
		struct wv_random r = {seed};
		struct wv_article in, out;

		assert_int_equal(wv_arena_new(16 * WV_MIB, &arena, NULL), WV_OK);
		wv_buf_init(&row, WV_MIB);
		in = some_article(&r, arena);
		in.origin_count = in.item_count = 0;
		assert_int_equal(wv_article_encode(&in, &row, NULL), WV_OK);
		row.p[0] = 1;
		row.n -= 2; /* two empty lists */
		assert_int_equal(wv_article_decode(wv_buf_slice(&row), arena, &out, NULL), WV_OK);
		assert_int_equal(out.conflict_count, in.conflict_count);
		assert_int_equal(out.origin_count + out.item_count, 0);
	}
}

/* Instants that no clock and no text ever said come of forgery, and are refused where they are read. */
static void test_far_times(void **state)
{
	static const struct {
		int64_t us;
		bool is_possible;
	} rows[] = {{WV_TIME_FAR_US - 1, true},  {WV_TIME_FAR_US, false},  {WV_TIME_FAR_US + 1, false},
	            {1 - WV_TIME_FAR_US, true},  {-WV_TIME_FAR_US, false}, {INT64_MAX, false},
	            {INT64_MIN, false},          {INT64_MIN + 1, false},   {0, true}};
	struct wv_random r = {3};
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
		struct wv_buf bytes[4] = {
			{.cap = WV_MIB}, {.cap = WV_MIB}, {.cap = WV_MIB}, {.cap = WV_MIB}};
		const struct wv_capture_context context = {.page_url = WV_LIT("http://a.example/")};
		struct wv_capture capture, facts;
		struct wv_capture_key key;
		struct wv_leaf_row leaf = {.captured = {rows[i].us}};
		struct wv_article_row row = {.recorded = {rows[i].us}};
		struct wv_article article = {.published = {.is_set = true, .earliest = {rows[i].us}}};
		struct wv_time at = {rows[i].us};
		enum wv_status expected = rows[i].is_possible ? WV_OK : WV_DAMAGED;

		assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
		capture = some_capture(&r, arena);
		capture.captured = capture.recorded = at;
		key = (struct wv_capture_key){capture.page, at, capture.id};
		assert_int_equal(wv_record_capture_encode(&capture, &context, &bytes[0], NULL), WV_OK);
		bad += wv_record_capture_peek(&key, wv_buf_slice(&bytes[0]), NULL, &facts, NULL) != expected;
		wv_record_leaf_row_encode(&leaf, &bytes[1]);
		bad += wv_record_leaf_row_decode(wv_buf_slice(&bytes[1]), &leaf) != rows[i].is_possible;
		wv_record_article_row_encode(&row, &bytes[2]);
		bad += wv_record_article_row_decode(wv_buf_slice(&bytes[2]), &row) != rows[i].is_possible;
		assert_int_equal(wv_article_encode(&article, &bytes[3], NULL), WV_OK);
		bad += wv_article_decode(wv_buf_slice(&bytes[3]), arena, &article, NULL) != expected;
		if (bad)
			print_error("%lld\n", (long long)rows[i].us);
		for (size_t k = 0; k < WV_COUNT(bytes); k++)
			wv_buf_done(&bytes[k]);
		assert_int_equal(bad, 0);
	}
}

static void test_keys_sort_as_numbers(void **state)
{
	struct wv_random r = {5};

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct wv_capture_key a = {
			some_number(&r), {(int64_t)wv_random_next(&r)}, some_number(&r)};
		struct wv_capture_key b = {coin(&r) ? a.page : some_number(&r),
		                           {coin(&r) ? a.captured.us : (int64_t)wv_random_next(&r)},
		                           some_number(&r)},
				      out;
		unsigned char ka[WV_KEY_CAPTURE_BYTES], kb[WV_KEY_CAPTURE_BYTES];
		bool is_less = a.page != b.page                 ? a.page < b.page
		               : a.captured.us != b.captured.us ? a.captured.us < b.captured.us
		                                                : a.id < b.id;

		wv_key_of_capture(&a, ka);
		wv_key_of_capture(&b, kb);
		assert_int_equal(memcmp(ka, kb, sizeof ka) < 0, is_less);
		assert_true(wv_key_read_capture(wv_slice(ka, sizeof ka), &out));
		assert_true(out.page == a.page && out.captured.us == a.captured.us &&
		            out.id == a.id);
	}
}

/* The leaf is text that others parse: no value can break its line, and it names all it covers. */
static void test_leaves_are_lines(void **state)
{
	struct wv_random r = {11};

	(void)state;
	for (int i = 0; i < 300; i++) {
		WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
		WV_AUTO(wv_buf_done) struct wv_buf leaf = {0};
		WV_AUTO(wv_buf_done) struct wv_buf other = {0};
		struct wv_capture capture, changed;
		struct wv_cursor c;
		struct wv_slice line;

		assert_int_equal(wv_arena_new(4 * WV_MIB, &arena, NULL), WV_OK);
		wv_buf_init(&leaf, WV_MIB);
		wv_buf_init(&other, WV_MIB);
		capture = some_capture(&r, arena);
		assert_int_equal(wv_record_leaf(&capture, &leaf, NULL), WV_OK);
		c = wv_cursor(wv_buf_slice(&leaf));
		while (wv_cursor_line(&c, &line))
			assert_true(line.n > 0 && wv_byte_is_alpha(line.p[0]) &&
			            wv_slice_find_byte(line, ' ', 0) != SIZE_MAX);
		changed = capture;
		switch (i % 8) {
		case 6:
			changed.basis = WV_LIT("no rule for this address");
			break;
		case 7:
			changed.leaf = capture.leaf == 1 ? 2 : 1;
			break;
		case 0:
			changed.id++;
			break;
		case 1:
			changed.url = WV_LIT("https://other.example/");
			break;
		case 2:
			changed.captured.us++;
			break;
		case 3:
			changed.status ^= 1;
			break;
		case 4:
			changed.headers = WV_LIT("HTTP/1.1 599 Other\r\n");
			break;
		default:
			changed.flags ^= 2;
			break;
		}
		assert_int_equal(wv_record_leaf(&changed, &other, NULL), WV_OK);
		assert_false(wv_slice_equals(wv_buf_slice(&leaf), wv_buf_slice(&other)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captures_round_trip),
		cmocka_unit_test(test_rows_round_trip),
		cmocka_unit_test(test_articles_round_trip),
		cmocka_unit_test(test_old_articles_are_read),
		cmocka_unit_test(test_keys_sort_as_numbers),
		cmocka_unit_test(test_far_times),
		cmocka_unit_test(test_leaves_are_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
