#include "crawler/fetch/resolve.h"

#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "crawler/fetch/guard.h"

struct wv_slice wv_resolve_host(struct wv_arena *arena, struct wv_slice host)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	char text[WV_ADDRESS_TEXT_MAX] = "";
	struct wv_address address;
	char *name;

	if (wv_address_parse(host, &address))
		return wv_arena_copy(arena, wv_slice_of(wv_address_print(&address, text)));
	name = wv_arena_string(arena, host);
	if (!name || getaddrinfo(name, NULL, &hints, &list) != 0)
		return WV_SLICE_NONE;
	if (getnameinfo(list->ai_addr, list->ai_addrlen, text, sizeof(text), NULL, 0,
	                NI_NUMERICHOST) != 0)
		text[0] = '\0';
	freeaddrinfo(list);
	return wv_arena_copy(arena, wv_slice_of(text));
}
