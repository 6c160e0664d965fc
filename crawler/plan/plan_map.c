#include "crawler/plan/plan_inner.h"

#include <stdlib.h>

static struct node **bucket_of(const struct map *map, uint64_t hash)
{
	return &map->buckets[(hash ^ hash >> 32) & (map->room - 1)];
}

struct node *map_find(const struct map *map, uint64_t hash)
{
	struct node *node = map->room ? *bucket_of(map, hash) : NULL;

	while (node && node->hash != hash)
		node = node->next;
	return node;
}

struct node *map_find_next(const struct node *node)
{
	struct node *next = node->next;

	while (next && next->hash != node->hash)
		next = next->next;
	return next;
}

static bool grow(struct map *map)
{
	struct map bigger = {.room = map->room ? map->room * 2 : 64};

	bigger.buckets = calloc(bigger.room, sizeof *bigger.buckets);
	if (!bigger.buckets)
		return false;
	for (size_t i = 0; i < map->room; i++) {
		for (struct node *node = map->buckets[i], *next; node; node = next) {
			struct node **bucket = bucket_of(&bigger, node->hash);

			next = node->next;
			node->next = *bucket;
			*bucket = node;
		}
	}
	bigger.count = map->count;
	free(map->buckets);
	*map = bigger;
	return true;
}

bool map_add(struct map *map, struct node *node, uint64_t hash)
{
	struct node **bucket;

	if (map->count >= map->room && !grow(map))
		return false;
	node->hash = hash;
	bucket = bucket_of(map, hash);
	node->next = *bucket;
	*bucket = node;
	map->count++;
	return true;
}

void map_remove(struct map *map, struct node *node)
{
	struct node **at = bucket_of(map, node->hash);

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	map->count--;
}

void map_free(struct map *map, void (*free_node)(struct node *node))
{
	for (size_t i = 0; i < map->room; i++) {
		for (struct node *node = map->buckets[i], *next; node; node = next) {
			next = node->next;
			free_node(node);
		}
	}
	free(map->buckets);
	*map = (struct map){0};
}
