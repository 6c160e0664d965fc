#include "archive/store/register.h"

#include "archive/store/register_inner.h"

static const char *const names[WV_ACT_COUNT] = {"", "hide", "block", "erase", "hold", "release",
                                                "prune"};
static const char *const done_names[WV_ACT_COUNT] = {"",     "hidden",   "blocked", "erased",
                                                     "held", "released", "pruned"};

const char *wv_act_name(enum wv_act act)
{
	return (unsigned)act < WV_ACT_COUNT ? names[act] : "";
}

const char *wv_act_done(enum wv_act act)
{
	return (unsigned)act < WV_ACT_COUNT ? done_names[act] : "";
}

static enum wv_status damaged(uint64_t number, struct wv_err *err)
{
	return wv_err_set(err, WV_DAMAGED, "fact %llu of the register does not decode",
	                  (unsigned long long)number);
}

/* --- writing --- */

static enum wv_status next_number(struct wv_txn *txn, uint64_t *number, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	unsigned char bytes[WV_FACT_KEY_BYTES];
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_FACTS, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek_before(walk, wv_fact_key(WV_FACT_BY_NUMBER, UINT64_MAX, bytes),
		                         &key, &value, err);
	if (st != WV_OK && st != WV_NO)
		return st;
	*number = 1;
	if (st == WV_OK && key.n == WV_FACT_KEY_BYTES && key.p[0] == WV_FACT_BY_NUMBER)
		*number += wv_load_u64_be(key.p + 1);
	return WV_OK;
}

enum wv_status wv_register_add(struct wv_txn *txn, struct wv_fact *fact, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf row = {0};
	unsigned char key[WV_FACT_PAGE_KEY_MAX];
	uint64_t number = 0;
	enum wv_status st;

	if (fact->reason.n > WV_REASON_MAX)
		return wv_err_set(err, WV_LIMIT, "a reason of %zu bytes is too long (at most %u)",
		                  fact->reason.n, WV_REASON_MAX);
	st = next_number(txn, &number, err);
	if (st != WV_OK)
		return st;
	wv_buf_init(&row, WV_FACT_ROW_CAP);
	wv_fact_encode(fact, &row);
	st = wv_buf_finish(&row, "fact of the register", err);
	if (st == WV_OK)
		st = wv_txn_put_new(txn, WV_TABLE_FACTS,
		                    wv_fact_key(WV_FACT_BY_NUMBER, number, key),
		                    wv_buf_slice(&row), err);
	if (st == WV_OK && fact->page_key.n)
		st = wv_txn_put_new(txn, WV_TABLE_FACTS,
		                    wv_fact_page_key(fact->page_key, number, key),
		                    WV_SLICE_NONE, err);
	if (st == WV_OK && fact->act == WV_ACT_RELEASE)
		st = wv_fact_put_number(txn, wv_fact_key(WV_FACT_BY_RELEASED, fact->releases, key),
		                        number, err);
	if (st == WV_OK)
		fact->number = number;
	return st;
}

enum wv_status wv_register_note_erased(struct wv_txn *txn, uint64_t capture, uint64_t number,
                                       struct wv_err *err)
{
	unsigned char key[WV_FACT_KEY_BYTES];

	return wv_fact_put_number(txn, wv_fact_key(WV_FACT_BY_ERASED, capture, key), number, err);
}

enum wv_status wv_register_note_pruned(struct wv_txn *txn, unsigned char kind,
                                       const struct wv_digest *digest, uint64_t number,
                                       struct wv_err *err)
{
	unsigned char key[WV_FACT_PRUNED_KEY_BYTES];

	return wv_fact_put_number(txn, wv_fact_pruned_key(kind, digest, key), number, err);
}

/* --- reading --- */

static enum wv_status look_up_release(struct wv_txn *txn, struct wv_fact *fact, struct wv_err *err)
{
	unsigned char key[WV_FACT_KEY_BYTES];
	enum wv_status st =
		wv_fact_get_number(txn, wv_fact_key(WV_FACT_BY_RELEASED, fact->number, key),
		                   &fact->released_by, err);

	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_register_each(struct wv_txn *txn, uint64_t after, wv_fact_visit visit,
                                void *context, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	unsigned char bytes[WV_FACT_KEY_BYTES];
	enum wv_status st;

	if (after == UINT64_MAX)
		return WV_OK;
	st = wv_walk_begin(txn, WV_TABLE_FACTS, &walk, err);
	if (st == WV_OK)
		st = wv_walk_seek(walk, wv_fact_key(WV_FACT_BY_NUMBER, after + 1, bytes), &key,
		                  &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_fact fact;

		if (key.n != 9 || key.p[0] != WV_FACT_BY_NUMBER)
			return WV_OK;
		if (!wv_fact_decode(value, &fact))
			return damaged(wv_load_u64_be(key.p + 1), err);
		fact.number = wv_load_u64_be(key.p + 1);
		st = look_up_release(txn, &fact, err);
		if (st == WV_OK)
			st = visit(&fact, context, err);
		if (st != WV_OK)
			return st;
	}
	return st == WV_NO ? WV_OK : st;
}

/* Without copies: slices die with the transaction. */
enum wv_status wv_fact_look(struct wv_txn *txn, uint64_t number, struct wv_fact *out,
                            struct wv_err *err)
{
	unsigned char key[WV_FACT_KEY_BYTES];
	struct wv_slice value;
	struct wv_fact fact;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_FACTS,
	                               wv_fact_key(WV_FACT_BY_NUMBER, number, key), &value, err);

	if (st != WV_OK)
		return st;
	if (!wv_fact_decode(value, &fact))
		return damaged(number, err);
	fact.number = number;
	st = look_up_release(txn, &fact, err);
	if (st == WV_OK)
		*out = fact;
	return st;
}

static enum wv_status own(struct wv_arena *arena, struct wv_fact *fact, struct wv_err *err)
{
	struct wv_slice *const texts[] = {&fact->page_key, &fact->url, &fact->reason};

	for (size_t i = 0; i < WV_COUNT(texts); i++) {
		struct wv_slice copy = wv_arena_copy(arena, *texts[i]);

		if (copy.n != texts[i]->n)
			return wv_err_set(err, WV_NOMEM, "out of memory");
		*texts[i] = copy;
	}
	return WV_OK;
}

enum wv_status wv_register_get(struct wv_txn *txn, struct wv_arena *arena, uint64_t number,
                               struct wv_fact *out, struct wv_err *err)
{
	struct wv_fact fact;
	enum wv_status st = wv_fact_look(txn, number, &fact, err);

	if (st == WV_OK)
		st = own(arena, &fact, err);
	if (st == WV_OK)
		*out = fact;
	return st;
}

/* The facts about a page that were not released: `visit` gets each. */
static enum wv_status each_of_page(struct wv_txn *txn, struct wv_slice page, wv_fact_visit visit,
                                   void *context, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char bytes[WV_FACT_PAGE_KEY_MAX];
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_FACTS, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek(walk, wv_fact_page_key(page, 0, bytes), &key, &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_fact fact;

		if (key.n != page.n + 9 || key.p[0] != WV_FACT_BY_PAGE ||
		    memcmp(key.p + 1, page.p, page.n) != 0)
			return WV_OK;
		st = wv_fact_look(txn, wv_load_u64_be(key.p + 1 + page.n), &fact, err);
		if (st == WV_NO)
			st = wv_err_set(err, WV_DAMAGED, "the register lists a fact it lacks");
		if (st == WV_OK && fact.act != WV_ACT_RELEASE && fact.released_by == 0)
			st = visit(&fact, context, err);
		if (st != WV_OK)
			return st;
	}
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_register_is_empty(struct wv_txn *txn, bool *out, struct wv_err *err)
{
	uint64_t rows = 0;
	enum wv_status st = wv_txn_count(txn, WV_TABLE_FACTS, &rows, err);

	*out = rows == 0;
	return st;
}

struct gathered {
	struct wv_arena *arena;
	struct wv_register_page page;
	size_t room;
};

static enum wv_status gather(const struct wv_fact *fact, void *context, struct wv_err *err)
{
	struct gathered *g = context;

	if (g->page.count == g->room) {
		size_t room = g->room ? 2 * g->room : 4;
		struct wv_fact *more = WV_ARENA_ARRAY(g->arena, struct wv_fact, room);

		if (!more)
			return wv_err_set(err, WV_NOMEM, "out of memory");
		if (g->page.count)
			memcpy(more, g->page.facts, g->page.count * sizeof *more);
		g->page.facts = more;
		g->room = room;
	}
	g->page.facts[g->page.count] = *fact;
	return own(g->arena, &g->page.facts[g->page.count++], err);
}

enum wv_status wv_register_of_page(struct wv_txn *txn, struct wv_arena *arena,
                                   struct wv_slice page_key, struct wv_register_page *out,
                                   struct wv_err *err)
{
	struct gathered g = {.arena = arena};
	bool empty = false;
	enum wv_status st = wv_register_is_empty(txn, &empty, err);

	if (st == WV_OK && !empty && page_key.n)
		st = each_of_page(txn, page_key, gather, &g, err);
	if (st == WV_OK)
		*out = g.page;
	return st;
}

bool wv_fact_is_over(const struct wv_fact *fact, struct wv_time now)
{
	return !wv_time_is_none(fact->until) && now.us >= fact->until.us;
}

static bool covers(const struct wv_fact *fact, uint64_t capture, struct wv_time now)
{
	return (!fact->is_of_capture || fact->capture == capture) && !wv_fact_is_over(fact, now);
}

const struct wv_fact *wv_register_refusal(const struct wv_register_page *page, uint64_t capture,
                                          struct wv_time now)
{
	const struct wv_fact *gravest = NULL;

	for (size_t i = 0; i < page->count; i++) {
		const struct wv_fact *fact = &page->facts[i];

		if (fact->act <= WV_ACT_ERASE && covers(fact, capture, now) &&
		    (!gravest || fact->act > gravest->act))
			gravest = fact;
	}
	return gravest;
}

const struct wv_fact *wv_register_hold(const struct wv_register_page *page, uint64_t capture,
                                       struct wv_time now)
{
	for (size_t i = 0; i < page->count; i++)
		if (page->facts[i].act == WV_ACT_HOLD && covers(&page->facts[i], capture, now))
			return &page->facts[i];
	return NULL;
}

enum wv_status wv_register_shows(struct wv_txn *txn, struct wv_arena *arena,
                                 struct wv_slice page_key, uint64_t capture, struct wv_time now,
                                 struct wv_fact *why, struct wv_err *err)
{
	struct wv_register_page page = {0};
	const struct wv_fact *refusal;
	enum wv_status st = wv_register_of_page(txn, arena, page_key, &page, err);

	if (st != WV_OK)
		return st;
	refusal = wv_register_refusal(&page, capture, now);
	if (!refusal)
		return WV_OK;
	if (why)
		*why = *refusal;
	return WV_NO;
}

struct ban {
	struct wv_time now;
	struct wv_fact fact;
	bool is_banned;
};

static enum wv_status look_for_ban(const struct wv_fact *fact, void *context, struct wv_err *err)
{
	struct ban *ban = context;

	(void)err;
	if ((fact->act == WV_ACT_BLOCK || fact->act == WV_ACT_ERASE) && !fact->is_of_capture &&
	    !wv_fact_is_over(fact, ban->now)) {
		ban->is_banned = true;
		ban->fact = *fact;
		ban->fact.page_key = ban->fact.url = ban->fact.reason = WV_SLICE_NONE;
	}
	return WV_OK;
}

enum wv_status wv_register_fetches(struct wv_txn *txn, struct wv_slice page_key, struct wv_time now,
                                   struct wv_fact *why, struct wv_err *err)
{
	struct ban ban = {.now = now};
	bool empty = false;
	enum wv_status st = wv_register_is_empty(txn, &empty, err);

	if (st == WV_OK && !empty)
		st = each_of_page(txn, page_key, look_for_ban, &ban, err);
	if (st != WV_OK || !ban.is_banned)
		return st;
	if (why)
		*why = ban.fact;
	return WV_NO;
}

static enum wv_status get_by(struct wv_txn *txn, struct wv_arena *arena, struct wv_slice key,
                             struct wv_fact *out, struct wv_err *err)
{
	uint64_t number = 0;
	enum wv_status st = wv_fact_get_number(txn, key, &number, err);

	if (st != WV_OK)
		return st;
	st = wv_register_get(txn, arena, number, out, err);
	return st == WV_NO ? wv_err_set(err, WV_DAMAGED, "the register lists a fact it lacks") : st;
}

enum wv_status wv_register_erased(struct wv_txn *txn, struct wv_arena *arena, uint64_t capture,
                                  struct wv_fact *out, struct wv_err *err)
{
	unsigned char key[WV_FACT_KEY_BYTES];

	return get_by(txn, arena, wv_fact_key(WV_FACT_BY_ERASED, capture, key), out, err);
}

enum wv_status wv_register_pruned(struct wv_txn *txn, struct wv_arena *arena, unsigned char kind,
                                  const struct wv_digest *digest, struct wv_fact *out,
                                  struct wv_err *err)
{
	unsigned char key[WV_FACT_PRUNED_KEY_BYTES];

	return get_by(txn, arena, wv_fact_pruned_key(kind, digest, key), out, err);
}

void wv_fact_print(const struct wv_fact *fact, struct wv_buf *out)
{
	char text[WV_TIME_TEXT_MAX];
	const struct wv_time second = {fact->recorded.us / WV_US_PER_S * WV_US_PER_S};

	wv_buf_add_format(out, "%s on %s (register %llu)", wv_act_done(fact->act),
	                  wv_time_print(second, text), (unsigned long long)fact->number);
	if (!wv_time_is_none(fact->until))
		wv_buf_add_format(out, " until %s", wv_time_print(fact->until, text));
	wv_buf_add_format(out, ": %.*s", WV_FMT(fact->reason));
}
