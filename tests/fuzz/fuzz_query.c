#include <stddef.h>
#include <stdint.h>

#include "archive/search/query.h"
#include "config/base/limits.h"

/*
 * What people search for, out of any bytes: a query that is understood has a root, and keeps to its
 * caps however it is nested.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned deep(const struct wv_query_node *node)
{
	unsigned left = node->left ? deep(node->left) : 0, right = node->right ? deep(node->right) : 0;

	return 1 + (left > right ? left : right);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_query query;

	if (wv_arena_new(16 * WV_MIB, &arena, NULL) != WV_OK)
		return 0;
	if (wv_query_parse(arena, wv_slice(data, size), &query, NULL) != WV_OK)
		return 0;
	WV_ASSERT(size <= WV_QUERY_BYTES_MAX);
	WV_ASSERT(query.root && deep(query.root) < 1000);
	WV_ASSERT(query.wanted_count <= WV_QUERY_PHRASES_MAX);
	WV_ASSERT(query.cluster_count <= WV_QUERY_VALUES_MAX);
	for (size_t i = 0; i < query.wanted_count; i++)
		for (size_t k = 0; k < query.wanted[i]->token_count; k++)
			for (size_t at = 0; at < query.wanted[i]->tokens[k].n; at++)
				/* They stand between quotes in what SQLite is asked. */
				WV_ASSERT(query.wanted[i]->tokens[k].p[at] != '"');
	return 0;
}
