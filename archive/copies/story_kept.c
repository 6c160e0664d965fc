#include "archive/copies/story_inner.h"

#include <string.h>

#include "config/base/checked.h"

bool wv_stories_grow(void *items_at, size_t size, size_t needed, size_t *room)
{
	void **items = items_at, *moved;
	size_t larger = *room ? *room : 1024, bytes;

	if (needed <= *room)
		return true;
	while (larger < needed)
		larger *= 2;
	if (!wv_mul(larger, size, &bytes) || !(moved = realloc(*items, bytes)))
		return false;
	*items = moved;
	*room = larger;
	return true;
}

enum wv_status wv_stories_new(const struct wv_stories_options *options, struct wv_stories **out,
                              struct wv_err *err)
{
	struct wv_stories *s = calloc(1, sizeof(*s));
	int64_t window = options && options->window_us ? options->window_us : WV_STORIES_WINDOW_US;

	if (!s)
		return wv_err_set(err, WV_NOMEM, "out of memory for stories");
	s->window_days = window / WV_STORY_DAY_US;
	s->is_weighed = options && options->is_weighed;
	*out = s;
	return WV_OK;
}

void wv_stories_free(struct wv_stories **stories)
{
	struct wv_stories *s = *stories;

	if (!s)
		return;
	free(s->texts);
	free(s->given);
	free(s->kept);
	wv_slots_done(&s->keys);
	free(s->counts);
	free(s->pool);
	free(s->shown);
	wv_slots_done(&s->shown_keys);
	free(s->rarity);
	free(s->order);
	free(s->place);
	free(s->posting_first);
	free(s->postings);
	free(s->pairs);
	free(s);
	*stories = NULL;
}

void wv_stories_clear(struct wv_stories *s)
{
	WV_ASSERT(s->is_weighed);
	s->text_count = s->kept_count = s->given_count = 0;
}

/* ---- keys ---- */

static bool hash_key(const void *slot, const void *context, uint64_t *hash)
{
	const struct wv_story_key *key = slot;

	(void)context;
	*hash = wv_slots_mix(key->hash);
	return key->hash != 0;
}

static bool make_room_for_key(struct wv_slots *keys)
{
	return wv_slots_reserve(keys, sizeof(struct wv_story_key), 1u << 12, hash_key, NULL);
}

static struct wv_story_key *key_slot(const struct wv_slots *slots, uint64_t hash)
{
	struct wv_story_key *keys = slots->p;
	size_t at = wv_slots_first(slots, wv_slots_mix(hash));

	while (keys[at].hash && keys[at].hash != hash)
		at = wv_slots_next(slots, at);
	return &keys[at];
}

static bool key_index(struct wv_stories *s, uint64_t hash, uint32_t *out)
{
	struct wv_story_key *slot;

	hash += hash == 0;
	if (!make_room_for_key(&s->keys) ||
	    !wv_stories_grow(&s->counts, sizeof(*s->counts), s->key_count + 1, &s->count_room))
		return false;
	slot = key_slot(&s->keys, hash);
	if (!slot->hash) {
		s->counts[s->key_count] = 0;
		*slot = (struct wv_story_key){hash, (uint32_t)s->key_count++};
		s->keys.used++;
	}
	*out = slot->index;
	return true;
}

static bool shown_index(struct wv_stories *s, struct wv_slice text, uint32_t *out)
{
	struct wv_story_key *slot;
	uint64_t hash;

	text = wv_slice_part(text, 0, wv_min_size(text.n, 63));
	hash = wv_slice_hash(text, 1) | 1;
	if (!make_room_for_key(&s->shown_keys) ||
	    !wv_stories_grow(&s->shown, sizeof(*s->shown), s->shown_count + 1, &s->shown_room) ||
	    !wv_stories_grow(&s->pool, 1, s->pool_bytes + text.n + 1, &s->pool_room) ||
	    s->pool_bytes > UINT32_MAX - 64)
		return false;
	slot = key_slot(&s->shown_keys, hash);
	if (!slot->hash) {
		s->pool[s->pool_bytes] = (unsigned char)text.n;
		if (text.n > 0)
			memcpy(s->pool + s->pool_bytes + 1, text.p, text.n);
		s->shown[s->shown_count] = (uint32_t)s->pool_bytes;
		s->pool_bytes += text.n + 1;
		*slot = (struct wv_story_key){hash, (uint32_t)s->shown_count++};
		s->shown_keys.used++;
	}
	*out = slot->index;
	return true;
}

struct wv_slice wv_stories_shown(const struct wv_stories *s, uint32_t index)
{
	const unsigned char *at;

	if (s->is_weighed)
		return s->given[index].shown;
	at = s->pool + s->shown[index];
	return wv_slice(at + 1, at[0]);
}

/* ---- texts ---- */

static int by_key(const void *a, const void *b)
{
	const struct wv_story_kept *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static bool give_mention(struct wv_stories *s, const struct wv_mention *from, float rarity,
                         struct wv_story_kept *to)
{
	if (!wv_stories_grow(&s->given, sizeof(*s->given), s->given_count + 1, &s->given_room))
		return false;
	to->key = (uint32_t)(from->key >> 32);
	to->shown = (uint32_t)s->given_count;
	s->given[s->given_count++] = (struct wv_story_given){from->shown, rarity};
	return true;
}

static bool keep_mention(struct wv_stories *s, const struct wv_story_text *text, size_t i,
                         struct wv_story_kept *to)
{
	const struct wv_mention *from = &text->mentions->items[i];

	*to = (struct wv_story_kept){.value = (float)from->value,
	                             .context = (uint16_t)from->context,
	                             .kind = from->kind,
	                             .salience = (uint8_t)lround(from->salience * 255)};
	if (s->is_weighed)
		return give_mention(s, from, text->rarities[i], to);
	return key_index(s, from->key, &to->key) && shown_index(s, from->shown, &to->shown);
}

/* Mentions by key, each key once: a code may stand in a text as a word too. */
static void settle(struct wv_story_kept *kept, struct wv_story_member *t)
{
	bool is_sorted = true;
	uint32_t n = 0;

	for (uint32_t i = 1; i < t->count && is_sorted; i++)
		is_sorted = kept[i - 1].key <= kept[i].key;
	if (!is_sorted)
		qsort(kept, t->count, sizeof(*kept), by_key);
	for (uint32_t i = 0; i < t->count; i++)
		if (n == 0 || kept[n - 1].key != kept[i].key)
			kept[n++] = kept[i];
	t->count = n;
}

enum wv_status wv_stories_add(struct wv_stories *s, const struct wv_story_text *text,
                              struct wv_err *err)
{
	const struct wv_mentions *m = text->mentions;
	struct wv_story_kept *kept;
	struct wv_story_member *t;

	if (s->text_count >= WV_STORIES_MOST || s->kept_count > UINT32_MAX - WV_MENTIONS_MAX)
		return wv_err_set(err, WV_LIMIT, "more than %u texts at once",
		                  (unsigned)WV_STORIES_MOST);
	if (!wv_stories_grow(&s->texts, sizeof(*s->texts), s->text_count + 1, &s->text_room) ||
	    !wv_stories_grow(&s->kept, sizeof(*s->kept), s->kept_count + m->n + 1, &s->kept_room))
		return wv_err_set(err, WV_NOMEM, "out of memory for stories");
	t = &s->texts[s->text_count];
	kept = s->kept + s->kept_count;
	*t = (struct wv_story_member){.first = (uint32_t)s->kept_count,
	                              .count = (uint32_t)m->n,
	                              .day = INT32_MIN,
	                              .others = text->others,
	                              .own = text->own};
	t->language = wv_units_language(text->language);
	if (text->when.us != WV_TIME_NONE.us)
		t->day = (int32_t)(text->when.us / WV_STORY_DAY_US -
		                   (text->when.us % WV_STORY_DAY_US < 0));
	for (size_t i = 0; i < m->n; i++)
		if (!keep_mention(s, text, i, &kept[i]))
			return wv_err_set(err, WV_NOMEM, "out of memory for stories");
	settle(kept, t);
	for (size_t i = 0; i < t->count && !s->is_weighed; i++)
		s->counts[kept[i].key]++;
	if (s->is_weighed)
		t->norm = wv_story_norm(s, t);
	s->kept_count += t->count;
	s->text_count++;
	return WV_OK;
}
