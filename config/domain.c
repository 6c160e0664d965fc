#include "config/domain.h"

#include <libpsl.h>

/* Longer names do not exist in DNS; they are their own answer. */
#define HOST_BYTES_MAX 253u

bool wv_domain_is_address(struct wv_slice host)
{
	size_t dots = 0;

	if (host.n && host.p[0] == '[')
		return host.p[host.n - 1] == ']';
	for (size_t i = 0; i < host.n; i++) {
		if (host.p[i] == '.')
			dots++;
		else if (!wv_byte_is_digit(host.p[i]))
			return false;
	}
	return dots == 3;
}

/* One label more than the longest public suffix of the kinds `type` names. */
static struct wv_slice registrable(struct wv_slice host, int type)
{
	const psl_ctx_t *list = psl_builtin();
	char name[HOST_BYTES_MAX + 1];
	size_t label = 0; /* where the tail looked at begins */
	struct wv_slice bare = host;

	if (bare.n && bare.p[bare.n - 1] == '.') /* the root's dot: the same name */
		bare.n--;
	if (!list || bare.n == 0 || bare.n > HOST_BYTES_MAX || wv_domain_is_address(bare))
		return host;
	for (size_t i = 0; i < bare.n; i++)
		name[i] = bare.p[i] ? (char)bare.p[i] : '.';
	name[bare.n] = '\0';
	if (psl_is_public_suffix2(list, name, type))
		return bare;
	for (;;) {
		size_t dot = wv_slice_find_byte(bare, '.', label);

		if (dot == SIZE_MAX || psl_is_public_suffix2(list, name + dot + 1, type))
			return wv_slice_from(bare, label);
		label = dot + 1;
	}
}

struct wv_slice wv_domain_tenant(struct wv_slice host)
{
	return registrable(host, PSL_TYPE_ANY);
}

struct wv_slice wv_domain_publisher(struct wv_slice host)
{
	return registrable(host, PSL_TYPE_ICANN);
}

bool wv_domain_same_publisher(struct wv_slice host_a, struct wv_slice host_b)
{
	return wv_slice_equals(wv_domain_publisher(host_a), wv_domain_publisher(host_b));
}
