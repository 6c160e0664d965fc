#include "tests/support/getaddrinfo.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool is_open;
static unsigned lookups;

static const struct {
	const char *name;
	const char *addresses[2];
} names[] = {
	{"localhost", {"127.0.0.1", NULL}},         {"localboth.test", {"::1", "127.0.0.1"}},
	{"public.test", {"192.0.66.1", NULL}},      {"private.test", {"10.0.0.1", NULL}},
	{"mixed.test", {"192.0.66.1", "10.0.0.1"}}, {"both.test", {"127.0.0.1", "10.0.0.1"}},
};

void names_unblock(void)
{
	pthread_mutex_lock(&lock);
	is_open = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

unsigned names_looked_up(void)
{
	unsigned n;

	pthread_mutex_lock(&lock);
	n = lookups;
	pthread_mutex_unlock(&lock);
	return n;
}

static void wait_for_unblocking(void)
{
	pthread_mutex_lock(&lock);
	while (!is_open)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

struct entry { /* one block of memory, so that freeaddrinfo below can free it */
	struct addrinfo info;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address;
};

static struct addrinfo *make_entry(const char *text, const char *service, int family)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	uint16_t port = htons((uint16_t)(service ? strtoul(service, NULL, 10) : 0));

	if (!entry)
		abort();
	entry->info.ai_addr = &entry->address.any;
	entry->info.ai_socktype = SOCK_STREAM;
	entry->info.ai_protocol = IPPROTO_TCP;
	if (inet_pton(AF_INET, text, &entry->address.v4.sin_addr) == 1) {
		entry->info.ai_family = entry->address.v4.sin_family = AF_INET;
		entry->info.ai_addrlen = sizeof(entry->address.v4);
		entry->address.v4.sin_port = port;
	} else if (inet_pton(AF_INET6, text, &entry->address.v6.sin6_addr) == 1) {
		entry->info.ai_family = entry->address.v6.sin6_family = AF_INET6;
		entry->info.ai_addrlen = sizeof(entry->address.v6);
		entry->address.v6.sin6_port = port;
	}
	if (entry->info.ai_family == 0 ||
	    (family != AF_UNSPEC && family != entry->info.ai_family)) {
		free(entry);
		return NULL;
	}
	return &entry->info;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **out)
{
	int family = hints ? hints->ai_family : AF_UNSPEC;
	struct addrinfo *first = NULL, **end = &first;

	if (node && strcmp(node, "blocked.test") == 0) {
		wait_for_unblocking();
		return EAI_AGAIN;
	}
	if (node && (first = make_entry(node, service, family)) != NULL)
		end = NULL;
	pthread_mutex_lock(&lock);
	lookups += end != NULL;
	pthread_mutex_unlock(&lock);
	for (size_t i = 0; end && node && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(node, names[i].name) != 0)
			continue;
		for (int k = 0; k < 2 && names[i].addresses[k]; k++) {
			*end = make_entry(names[i].addresses[k], service, family);
			if (*end)
				end = &(*end)->ai_next;
		}
	}
	if (!first)
		return EAI_NONAME;
	*out = first;
	return 0;
}

void freeaddrinfo(struct addrinfo *info)
{
	while (info) {
		struct addrinfo *next = info->ai_next;

		free(info);
		info = next;
	}
}
