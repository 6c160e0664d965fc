#include "archive/serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096 /* the kernel cuts it to net.core.somaxconn */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool parse_port(struct wv_slice digits, uint16_t *port)
{
	uint64_t value;

	if (digits.n > 5 || !wv_slice_u64(digits, &value) || value > UINT16_MAX)
		return false;
	*port = htons((uint16_t)value);
	return true;
}

/* "host:port" with the host's brackets taken off. */
static bool split(struct wv_slice all, struct wv_slice *host, struct wv_slice *port)
{
	size_t colon = all.n;

	while (colon > 0 && all.p[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return false;
	*port = wv_slice_from(all, colon);
	*host = wv_slice_part(all, 0, colon - 1);
	if (host->n >= 2 && host->p[0] == '[' && host->p[host->n - 1] == ']')
		*host = wv_slice_part(*host, 1, host->n - 2);
	else if (wv_slice_find_byte(*host, ':', 0) != SIZE_MAX)
		return false;
	return true;
}

static bool parse(const char *text, union address *out)
{
	struct wv_slice host, digits;
	char name[INET6_ADDRSTRLEN] = "";
	uint16_t port;

	*out = (union address){.v6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any}};
	if (!split(wv_slice_of(text), &host, &digits) || !parse_port(digits, &port) ||
	    host.n >= sizeof(name))
		return false;
	memcpy(name, host.n ? (const char *)host.p : "", host.n);
	if (wv_slice_equals(host, WV_LIT("localhost")))
		memcpy(name, "127.0.0.1", sizeof("127.0.0.1"));
	out->v6.sin6_port = port;
	if (host.n == 0 || inet_pton(AF_INET6, name, &out->v6.sin6_addr) == 1)
		return true;
	*out = (union address){.v4 = {.sin_family = AF_INET, .sin_port = port}};
	return inet_pton(AF_INET, name, &out->v4.sin_addr) == 1;
}

static void print(const union address *address, char text[WV_LISTEN_TEXT_MAX])
{
	char peer[WV_LISTEN_TEXT_MAX];
	bool is_v4 = address->any.sa_family == AF_INET;

	wv_listen_print_peer(&address->any, peer);
	snprintf(text, WV_LISTEN_TEXT_MAX, is_v4 ? "%.46s:%u" : "[%.46s]:%u", peer,
		 (unsigned)ntohs(is_v4 ? address->v4.sin_port : address->v6.sin6_port));
}

/* errno says why not. */
static int try_to_listen(const union address *at)
{
	int family = at->any.sa_family, on = 1, off = 0, error;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, &at->any, family == AF_INET ? sizeof(at->v4) : sizeof(at->v6)) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

enum wv_status wv_listen_open(const char *address, int *out, char text[WV_LISTEN_TEXT_MAX],
			      struct wv_err *err)
{
	union address at;
	socklen_t length = sizeof(at);
	int fd;

	if (!parse(address, &at))
		return wv_err_set(err, WV_USAGE,
				  "'%.100s' is no address to listen on: 127.0.0.1:8080, [::1]:8080 "
				  "or :8080 are",
				  address);
	fd = try_to_listen(&at);
	if (fd < 0 && errno == EAFNOSUPPORT && address[0] == ':') {
		/* No IPv6 on this machine: every address is every IPv4 one. */
		uint16_t port = at.v6.sin6_port;

		at = (union address){.v4 = {.sin_family = AF_INET, .sin_port = port}};
		fd = try_to_listen(&at);
	}
	if (fd < 0)
		return wv_err_errno(err, errno == EADDRINUSE ? WV_CONFLICT : WV_IO, errno,
				    "cannot listen on '%.100s'", address);
	if (getsockname(fd, &at.any, &length) != 0) {
		int error = errno;

		close(fd);
		return wv_err_errno(err, WV_IO, error, "cannot listen on '%.100s'", address);
	}
	print(&at, text);
	*out = fd;
	return WV_OK;
}

enum wv_status wv_listen_adopt(int listening, int *out, char text[WV_LISTEN_TEXT_MAX],
			       struct wv_err *err)
{
	union address at = {.v4 = {.sin_family = AF_UNSPEC}};
	socklen_t length = sizeof(at), flag_length = sizeof(int);
	int listens = 0, fd;

	if (getsockopt(listening, SOL_SOCKET, SO_ACCEPTCONN, &listens, &flag_length) != 0 ||
	    !listens || getsockname(listening, &at.any, &length) != 0)
		return wv_err_set(err, WV_USAGE, "descriptor %d is no listening socket", listening);
	fd = fcntl(listening, F_DUPFD_CLOEXEC, 3);
	if (fd < 0 || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0) {
		int error = errno;

		if (fd >= 0)
			close(fd);
		return wv_err_errno(err, WV_IO, error, "cannot share the listening socket");
	}
	if (at.any.sa_family == AF_UNIX)
		snprintf(text, WV_LISTEN_TEXT_MAX, "unix");
	else
		print(&at, text);
	*out = fd;
	return WV_OK;
}

void wv_listen_print_peer(const struct sockaddr *peer, char text[WV_LISTEN_TEXT_MAX])
{
	union address address = {.v4 = {.sin_family = AF_UNSPEC}};
	const void *bytes = &address.v4.sin_addr;
	int family;

	text[0] = '\0';
	memcpy(&address, peer,
	       peer->sa_family == AF_INET6  ? sizeof(address.v6)
	       : peer->sa_family == AF_INET ? sizeof(address.v4)
					    : sizeof(address.any.sa_family));
	family = address.any.sa_family;
	if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address.v6.sin6_addr)) {
		bytes = &address.v6.sin6_addr.s6_addr[12];
		family = AF_INET;
	} else if (family == AF_INET6) {
		bytes = &address.v6.sin6_addr;
	} else if (family != AF_INET) {
		return;
	}
	if (!inet_ntop(family, bytes, text, WV_LISTEN_TEXT_MAX))
		text[0] = '\0';
}

bool wv_listen_is_address(struct wv_slice text)
{
	char copy[INET6_ADDRSTRLEN] = "";
	unsigned char address[16];

	if (text.n == 0 || text.n >= sizeof(copy))
		return false;
	memcpy(copy, text.p, text.n);
	return inet_pton(AF_INET, copy, address) == 1 || inet_pton(AF_INET6, copy, address) == 1;
}

bool wv_listen_is_loopback(const char *peer)
{
	struct wv_slice text = wv_slice_of(peer);

	return wv_slice_starts(text, WV_LIT("127.")) || wv_slice_equals(text, WV_LIT("::1"));
}
