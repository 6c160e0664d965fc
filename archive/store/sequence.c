#include "archive/store/sequence.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/checked.h"
#include "config/base/slots.h"

/* --- interning --- */

struct wv_interner {
	struct wv_slice *items;
	size_t room;           /* of the items */
	struct wv_slots table; /* of uint32_t, number + 1; as many in use as there are items */
};

enum wv_status wv_interner_new(struct wv_interner **out, struct wv_err *err)
{
	struct wv_interner *interner = calloc(1, sizeof *interner);

	if (!interner)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	*out = interner;
	return WV_OK;
}

void wv_interner_free(struct wv_interner **interner)
{
	if (!*interner)
		return;
	free((*interner)->items);
	wv_slots_done(&(*interner)->table);
	free(*interner);
	*interner = NULL;
}

static bool hash_item(const void *slot, const void *context, uint64_t *hash)
{
	const struct wv_interner *interner = context;
	const uint32_t *number = slot;

	if (*number)
		*hash = wv_slice_hash(interner->items[*number - 1], 0);
	return *number != 0;
}

static bool make_room(struct wv_interner *interner)
{
	size_t room = interner->room ? interner->room * 2 : 32;
	struct wv_slice *items;

	if (!wv_slots_reserve(&interner->table, sizeof(uint32_t), 64, hash_item, interner))
		return false;
	if (interner->table.used < interner->room)
		return true;
	items = room < UINT32_MAX ? realloc(interner->items, room * sizeof *items) : NULL;
	if (!items)
		return false;
	interner->items = items;
	interner->room = room;
	return true;
}

bool wv_intern(struct wv_interner *interner, struct wv_slice item, uint32_t *number)
{
	uint32_t *table;
	size_t at;

	if (!make_room(interner))
		return false;
	table = interner->table.p;
	for (at = wv_slots_first(&interner->table, wv_slice_hash(item, 0)); table[at];
	     at = wv_slots_next(&interner->table, at)) {
		*number = table[at] - 1;
		if (wv_slice_equals(interner->items[*number], item))
			return true;
	}
	*number = (uint32_t)interner->table.used;
	interner->items[*number] = item;
	table[at] = (uint32_t)++interner->table.used;
	return true;
}

/* --- comparing --- */

/* A pair of stretches still to be compared. */
struct box {
	size_t a, a_end, b, b_end;
};

struct boxes {
	struct box *items;
	size_t n, room;
};

struct compare {
	struct wv_sequence *before, *after;
	struct boxes todo;
	int64_t *forward, *backward; /* furthest reach by diagonal, offset by `zero` */
	int64_t zero;
};

static bool push(struct boxes *boxes, struct box box)
{
	if (boxes->n == boxes->room) {
		size_t room = boxes->room ? boxes->room * 2 : 64;
		struct box *items = realloc(boxes->items, room * sizeof *items);

		if (!items)
			return false;
		boxes->items = items;
		boxes->room = room;
	}
	boxes->items[boxes->n++] = box;
	return true;
}

static void trim(const struct compare *c, struct box *box)
{
	const uint32_t *a = c->before->items, *b = c->after->items;

	while (box->a < box->a_end && box->b < box->b_end && a[box->a] == b[box->b]) {
		box->a++;
		box->b++;
	}
	while (box->a < box->a_end && box->b < box->b_end &&
	       a[box->a_end - 1] == b[box->b_end - 1]) {
		box->a_end--;
		box->b_end--;
	}
}

static void mark(const struct compare *c, const struct box *box)
{
	for (size_t i = box->a; i < box->a_end; i++)
		c->before->changed[i] = true;
	for (size_t i = box->b; i < box->b_end; i++)
		c->after->changed[i] = true;
}

/*
 * The middle snake of a trimmed box, both sides not empty: paths grow from both ends at once until
 * they meet; *x, *y is where. False: too far apart.
 */
static bool middle(const struct compare *c, const struct box *box, size_t *x_out, size_t *y_out)
{
	const uint32_t *a = c->before->items + box->a, *b = c->after->items + box->b;
	int64_t n = (int64_t)(box->a_end - box->a), m = (int64_t)(box->b_end - box->b);
	int64_t delta = n - m, *fw = c->forward + c->zero, *bw = c->backward + c->zero;
	bool is_odd = delta & 1;

	fw[1] = 0;
	bw[1] = 0;
	for (int64_t d = 0; d <= WV_SEQUENCE_COST; d++) {
		for (int64_t k = -d; k <= d; k += 2) {
			int64_t x = k == -d || (k != d && fw[k - 1] < fw[k + 1]) ? fw[k + 1]
			                                                         : fw[k - 1] + 1;
			int64_t y = x - k;

			while (x < n && y < m && x >= 0 && y >= 0 && a[x] == b[y]) {
				x++;
				y++;
			}
			fw[k] = x;
			/* The backward path of d - 1 steps lies on diagonal delta - k. */
			if (is_odd && delta - k >= -(d - 1) && delta - k <= d - 1 &&
			    x + bw[delta - k] >= n && x <= n && y <= m && y >= 0) {
				*x_out = (size_t)x;
				*y_out = (size_t)y;
				return true;
			}
		}
		for (int64_t k = -d; k <= d; k += 2) {
			int64_t x = k == -d || (k != d && bw[k - 1] < bw[k + 1]) ? bw[k + 1]
			                                                         : bw[k - 1] + 1;
			int64_t y = x - k;

			while (x < n && y < m && x >= 0 && y >= 0 && a[n - 1 - x] == b[m - 1 - y]) {
				x++;
				y++;
			}
			bw[k] = x;
			if (!is_odd && delta - k >= -d && delta - k <= d &&
			    x + fw[delta - k] >= n && x <= n && y <= m && y >= 0) {
				*x_out = (size_t)(n - x);
				*y_out = (size_t)(m - y);
				return true;
			}
		}
	}
	return false;
}

static bool split(struct compare *c, struct box box)
{
	size_t x = 0, y = 0;

	trim(c, &box);
	if (box.a == box.a_end || box.b == box.b_end || !middle(c, &box, &x, &y)) {
		mark(c, &box);
		return true;
	}
	/* A box of one change on each side has no inside to split at. */
	if ((x == 0 && y == 0) || (x == box.a_end - box.a && y == box.b_end - box.b)) {
		mark(c, &box);
		return true;
	}
	return push(&c->todo, (struct box){box.a, box.a + x, box.b, box.b + y}) &&
	       push(&c->todo, (struct box){box.a + x, box.a_end, box.b + y, box.b_end});
}

/* --- anchors --- */

struct once {
	uint32_t a_count, b_count;
	size_t a_at, b_at;
};

/* Longest run of anchors rising on both sides: pairs come in order of `a`; patience sorting by
 * `b`. Keeps in place the pairs chosen; returns how many. */
static size_t rising(struct box *pairs, size_t n, size_t *piles, size_t *below)
{
	size_t count = 0, at;

	for (size_t i = 0; i < n; i++) {
		size_t low = 0, high = count;

		while (low < high) {
			size_t mid = (low + high) / 2;

			if (pairs[piles[mid]].b < pairs[i].b)
				low = mid + 1;
			else
				high = mid;
		}
		below[i] = low ? piles[low - 1] : SIZE_MAX;
		piles[low] = i;
		if (low == count)
			count++;
	}
	if (count == 0)
		return 0;
	at = piles[count - 1];
	for (size_t i = count; i-- > 0; at = below[at])
		piles[i] = at;
	for (size_t i = 0; i < count; i++)
		pairs[i] = pairs[piles[i]];
	return count;
}

static uint32_t most_of(const struct wv_sequence *s, uint32_t most)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i] > most)
			most = s->items[i];
	return most;
}

static size_t gather_anchors(const struct wv_sequence *a, const struct wv_sequence *b,
                             struct once *seen, struct box *pairs)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		seen[a->items[i]].a_count++;
		seen[a->items[i]].a_at = i;
	}
	for (size_t i = 0; i < b->n; i++) {
		seen[b->items[i]].b_count++;
		seen[b->items[i]].b_at = i;
	}
	for (size_t i = 0; i < a->n; i++) {
		const struct once *once = &seen[a->items[i]];

		if (once->a_count == 1 && once->b_count == 1)
			pairs[n++] = (struct box){.a = i, .b = once->b_at};
	}
	return n;
}

/* Pushes the boxes between anchors. */
static bool push_between(struct compare *c, const struct box *pairs, size_t n)
{
	size_t a = 0, b = 0;

	for (size_t i = 0; i < n; i++) {
		if (!push(&c->todo, (struct box){a, pairs[i].a, b, pairs[i].b}))
			return false;
		a = pairs[i].a + 1;
		b = pairs[i].b + 1;
	}
	return push(&c->todo, (struct box){a, c->before->n, b, c->after->n});
}

static bool push_by_anchors(struct compare *c)
{
	size_t least = wv_min_size(c->before->n, c->after->n), n;
	size_t numbers = (size_t)most_of(c->after, most_of(c->before, 0)) + 1;
	struct once *seen = calloc(numbers, sizeof *seen);
	struct box *pairs = calloc(least + 1, sizeof *pairs);
	size_t *piles = calloc(least + 1, sizeof *piles);
	size_t *below = calloc(least + 1, sizeof *below);
	bool is_done = false;

	if (seen && pairs && piles && below) {
		n = gather_anchors(c->before, c->after, seen, pairs);
		n = rising(pairs, n, piles, below);
		is_done = push_between(c, pairs, n);
	}
	free(seen);
	free(pairs);
	free(piles);
	free(below);
	return is_done;
}

enum wv_status wv_sequence_compare(struct wv_sequence *before, struct wv_sequence *after,
                                   struct wv_err *err)
{
	struct compare c = {.before = before, .after = after, .zero = WV_SEQUENCE_COST + 1};
	size_t diagonals = 2 * (WV_SEQUENCE_COST + 2) + 1;
	bool is_done;

	for (size_t i = 0; i < before->n; i++)
		before->changed[i] = false;
	for (size_t i = 0; i < after->n; i++)
		after->changed[i] = false;
	c.forward = calloc(diagonals, sizeof *c.forward);
	c.backward = calloc(diagonals, sizeof *c.backward);
	is_done = c.forward && c.backward && push_by_anchors(&c);
	while (is_done && c.todo.n)
		is_done = split(&c, c.todo.items[--c.todo.n]);
	free(c.forward);
	free(c.backward);
	free(c.todo.items);
	return is_done ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory");
}
