#include "archive/serve/rate.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/digest.h"

#define WAYS 8u /* a client may lie in one of so many neighbouring places */

struct bucket {
	uint64_t key; /* 0: free */
	double tokens;
	struct wv_mono since;
};

struct wv_rate {
	double per_s, burst;
	uint64_t seed;
	size_t sets;
	struct bucket buckets[];
};

enum wv_status wv_rate_new(double per_s, double burst, size_t clients, struct wv_rate **out,
			   struct wv_err *err)
{
	size_t sets = clients / WAYS ? clients / WAYS : 1;
	struct wv_rate *rate;
	uint64_t seed;
	enum wv_status st;

	WV_ASSERT(per_s > 0 && clients <= 1u << 24);
	st = wv_random_bytes(&seed, sizeof(seed), err);
	if (st != WV_OK)
		return st;
	rate = calloc(1, sizeof(*rate) + sets * WAYS * sizeof(rate->buckets[0]));
	if (!rate)
		return wv_err_set(err, WV_NOMEM, "out of memory for the clients' rates");
	rate->per_s = per_s;
	rate->burst = burst < 1 ? 1 : burst;
	rate->seed = seed;
	rate->sets = sets;
	*out = rate;
	return WV_OK;
}

void wv_rate_free(struct wv_rate **rate)
{
	free(*rate);
	*rate = NULL;
}

uint64_t wv_rate_client_key(struct wv_slice client, uint64_t seed)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	char text[INET6_ADDRSTRLEN] = "";
	unsigned char address[16];
	uint64_t key;

	if (client.n < sizeof(text))
		memcpy(text, client.p, client.n);
	if (inet_pton(AF_INET6, text, address) != 1)
		key = wv_slice_hash(client, seed);
	else if (memcmp(address, mapped, sizeof(mapped)) == 0 &&
		 inet_ntop(AF_INET, address + 12, text, sizeof(text)))
		key = wv_slice_hash(wv_slice_of(text), seed);
	else
		key = wv_slice_hash(wv_slice(address, 8), seed);
	return key ? key : 1;
}

/* As many as it would have at `now`. */
static double tokens_at(const struct wv_rate *rate, const struct bucket *bucket, struct wv_mono now)
{
	double tokens = bucket->tokens +
			(double)(now.us - bucket->since.us) / (double)WV_US_PER_S * rate->per_s;

	return tokens < rate->burst ? tokens : rate->burst;
}

static struct bucket *find(struct wv_rate *rate, uint64_t key, struct wv_mono now)
{
	struct bucket *set = &rate->buckets[(key >> 8) % rate->sets * WAYS], *place = NULL;
	double most = -1;

	for (size_t i = 0; i < WAYS; i++) {
		double tokens;

		if (set[i].key == key)
			return &set[i];
		tokens = set[i].key ? tokens_at(rate, &set[i], now) : rate->burst + 1;
		if (tokens > most) {
			most = tokens;
			place = &set[i];
		}
	}
	*place = (struct bucket){.key = key, .tokens = rate->burst, .since = now};
	return place;
}

bool wv_rate_allows(struct wv_rate *rate, struct wv_slice client, struct wv_mono now,
		    int64_t *wait_us)
{
	struct bucket *bucket = find(rate, wv_rate_client_key(client, rate->seed), now);

	bucket->tokens = tokens_at(rate, bucket, now);
	bucket->since = now;
	if (bucket->tokens < 1) {
		*wait_us = (int64_t)((1 - bucket->tokens) / rate->per_s * (double)WV_US_PER_S) + 1;
		return false;
	}
	bucket->tokens -= 1;
	return true;
}
