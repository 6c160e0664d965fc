#include "tests/support/origin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 4096
#define REQUEST_MAX     65536u
#define KEPT_MAX        8192

struct connection {
	int fd;
	SSL *ssl;
	struct wv_buf in;
	const struct origin_script *script; /* NULL: the request is awaited */
	size_t step;
	size_t sent;      /* of the step's bytes */
	long done;        /* repetitions, or 1 where a pause has begun */
	int64_t until_ms; /* a pause's end; 0: none */
	bool wants_write, at_barrier;
};

struct origin {
	struct origin_options options;
	int listener, stop_fd;
	uint16_t port;
	pthread_t thread;
	SSL_CTX *tls;
	struct wv_buf certificate;
	struct connection *connections;
	struct pollfd *polls;
	size_t count;
	size_t at_barrier;
	pthread_mutex_t lock; /* guards what follows */
	struct wv_buf kept[KEPT_MAX];
	size_t kept_count, accepted;
};

static void need(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "origin: %s: errno %d\n", what, errno);
		abort();
	}
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- a certificate ---- */

static void add_names(X509 *certificate, const char *name)
{
	char names[200];
	X509_EXTENSION *extension;
	X509V3_CTX context;

	snprintf(names, sizeof(names), "DNS:%s,IP:127.0.0.1,IP:::1", name);
	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, names);
	need(extension && X509_add_ext(certificate, extension, -1), "subject names");
	X509_EXTENSION_free(extension);
}

static void make_tls(struct origin *origin)
{
	const char *name = origin->options.tls_name ? origin->options.tls_name : "localhost";
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	BIO *text = BIO_new(BIO_s_mem());
	char *pem;
	long n;

	need(key && certificate && text, "key");
	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
	X509_set_pubkey(certificate, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
	add_names(certificate, name);
	need(X509_sign(certificate, key, EVP_sha256()) > 0, "signature");
	origin->tls = SSL_CTX_new(TLS_server_method());
	need(origin->tls && SSL_CTX_use_certificate(origin->tls, certificate) == 1 &&
		     SSL_CTX_use_PrivateKey(origin->tls, key) == 1,
	     "TLS context");
	SSL_CTX_set_mode(origin->tls,
			 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	need(PEM_write_bio_X509(text, certificate) == 1, "PEM");
	n = BIO_get_mem_data(text, &pem);
	wv_buf_init(&origin->certificate, 65536);
	wv_buf_add_bytes(&origin->certificate, pem, (size_t)n);
	BIO_free(text);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

/* ---- a connection ---- */

static void drop(struct origin *origin, struct connection *c, bool reset)
{
	struct linger hard = {1, 0};

	if (c->at_barrier)
		origin->at_barrier--;
	if (reset)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	if (c->ssl) {
		if (!reset)
			SSL_shutdown(c->ssl);
		SSL_free(c->ssl);
	}
	if (!reset) {
		char rest[4096];

		/* Unread bytes would turn the close into a reset. */
		while (recv(c->fd, rest, sizeof(rest), MSG_DONTWAIT) > 0)
			continue;
	}
	close(c->fd);
	wv_buf_done(&c->in);
	c->fd = -1;
}

/* Bytes moved, 0 at the end or on a fault, -1: not now. */
static ssize_t move(struct connection *c, void *to, const void *from, size_t n)
{
	if (c->ssl) {
		int k, why;

		/* One thread, many connections: an old error in the queue would be blamed on this.
		 */
		ERR_clear_error();
		k = to ? SSL_read(c->ssl, to, (int)n) : SSL_write(c->ssl, from, (int)n);
		if (k > 0)
			return k;
		why = SSL_get_error(c->ssl, k);
		c->wants_write = why == SSL_ERROR_WANT_WRITE;
		return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? -1 : 0;
	}
	{
		ssize_t k = to ? recv(c->fd, to, n, MSG_DONTWAIT)
			       : send(c->fd, from, n, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (k >= 0)
			return k;
		if (errno == EAGAIN || errno == EINTR) {
			c->wants_write = from != NULL;
			return -1;
		}
		return 0;
	}
}

static const struct origin_script *find_script(const struct origin *origin, struct wv_slice head)
{
	size_t from = wv_slice_find_byte(head, ' ', 0), to;
	struct wv_slice path = WV_SLICE_NONE;

	if (from != SIZE_MAX) {
		for (to = from + 1; to < head.n; to++) {
			if (head.p[to] == ' ' || head.p[to] == '?')
				break;
		}
		path = wv_slice_part(head, from + 1, to - from - 1);
	}
	for (size_t i = 0; i < origin->options.script_count; i++) {
		const struct origin_script *script = &origin->options.scripts[i];

		if (wv_slice_equals(wv_slice_of(script->path), path) ||
		    wv_slice_equals(wv_slice_of(script->path), WV_LIT("*")))
			return script;
	}
	return NULL;
}

static void keep_request(struct origin *origin, struct wv_slice head)
{
	pthread_mutex_lock(&origin->lock);
	if (origin->kept_count < KEPT_MAX) {
		struct wv_buf *kept = &origin->kept[origin->kept_count++];

		wv_buf_init(kept, REQUEST_MAX);
		wv_buf_add(kept, head);
	}
	pthread_mutex_unlock(&origin->lock);
}

/* False: the connection is at its end. */
static bool read_request(struct origin *origin, struct connection *c)
{
	size_t end;
	struct wv_slice head;

	for (;;) {
		unsigned char *to;
		ssize_t n;

		end = wv_slice_find(wv_buf_slice(&c->in), WV_LIT("\r\n\r\n"), 0);
		if (end != SIZE_MAX)
			break;
		to = wv_buf_room(&c->in, 2048);
		if (!to)
			return false;
		n = move(c, to, NULL, 2048);
		if (n <= 0)
			return n < 0;
		c->in.n += (size_t)n;
	}
	head = wv_slice_part(wv_buf_slice(&c->in), 0, end + 4);
	keep_request(origin, head);
	c->script = find_script(origin, head);
	c->step = c->sent = 0;
	c->done = 0;
	memmove(c->in.p, c->in.p + head.n, c->in.n - head.n);
	c->in.n -= head.n;
	return c->script != NULL;
}

enum going { GOING_ON, WAITING, ENDED, ENDED_HARD };

static void next_step(struct connection *c)
{
	c->step++;
	c->sent = 0;
	c->done = 0;
	c->until_ms = 0;
}

static enum going send_some(struct connection *c, const struct origin_step *step)
{
	size_t n = step->n ? step->n : strlen(step->bytes);
	size_t piece = step->act == ORIGIN_TRICKLE ? 1 : n - c->sent;
	ssize_t moved;

	if (step->act == ORIGIN_TRICKLE && c->until_ms > now_ms())
		return WAITING;
	moved = n == 0 ? 0 : move(c, NULL, step->bytes + c->sent, piece);
	if (moved < 0)
		return WAITING;
	if (moved == 0 && n > 0)
		return ENDED;
	c->sent += (size_t)moved;
	if (step->act == ORIGIN_TRICKLE)
		c->until_ms = now_ms() + step->count;
	if (c->sent < n)
		return GOING_ON;
	c->sent = 0;
	c->done++;
	if (step->act != ORIGIN_REPEAT || (step->count >= 0 && c->done >= step->count))
		next_step(c);
	return GOING_ON;
}

static enum going at_barrier(struct origin *origin, struct connection *c, long count)
{
	if (!c->at_barrier) {
		c->at_barrier = true;
		origin->at_barrier++;
	}
	if (origin->at_barrier < (size_t)count)
		return WAITING;
	c->at_barrier = false; /* it stays counted: those that come later pass at once */
	next_step(c);
	return GOING_ON;
}

static enum going one_step(struct origin *origin, struct connection *c)
{
	const struct origin_step *step;

	if (c->step >= ORIGIN_STEPS_MAX)
		return ENDED;
	step = &c->script->steps[c->step];
	switch (step->act) {
	case ORIGIN_SEND:
	case ORIGIN_REPEAT:
	case ORIGIN_TRICKLE:
		if (!step->bytes)
			return ENDED; /* the end of the script */
		return send_some(c, step);
	case ORIGIN_PAUSE:
		if (c->until_ms == 0)
			c->until_ms = now_ms() + step->count;
		if (c->until_ms > now_ms())
			return WAITING;
		next_step(c);
		return GOING_ON;
	case ORIGIN_HANG: {
		char byte;
		ssize_t n = move(c, &byte, NULL, 1);

		return n == 0 ? ENDED : WAITING;
	}
	case ORIGIN_CLOSE:
		return ENDED;
	case ORIGIN_RESET:
		return ENDED_HARD;
	case ORIGIN_AGAIN:
		c->script = NULL;
		return GOING_ON;
	case ORIGIN_BARRIER:
		return at_barrier(origin, c, step->count);
	}
	return ENDED;
}

static void serve(struct origin *origin, struct connection *c)
{
	enum going going = GOING_ON;

	c->wants_write = false;
	/* Some steps at a time, so that an endless body does not starve the others. */
	for (int i = 0; i < 64 && going == GOING_ON; i++) {
		if (!c->script) {
			if (!read_request(origin, c))
				going = ENDED;
			else if (!c->script)
				going = WAITING;
			continue;
		}
		going = one_step(origin, c);
	}
	if (going == GOING_ON)
		c->wants_write = true;
	if (going == ENDED || going == ENDED_HARD)
		drop(origin, c, going == ENDED_HARD);
}

static void accept_one(struct origin *origin)
{
	int fd = accept(origin->listener, NULL, NULL), on = 1;
	struct connection *c;

	if (fd < 0)
		return;
	need(origin->count < CONNECTIONS_MAX, "too many connections");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c = &origin->connections[origin->count++];
	*c = (struct connection){.fd = fd};
	wv_buf_init(&c->in, REQUEST_MAX);
	if (origin->tls) {
		/* Non-blocking through MSG_DONTWAIT alone does not reach OpenSSL. */
		need(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "non-blocking");
		c->ssl = SSL_new(origin->tls);
		need(c->ssl && SSL_set_fd(c->ssl, fd) == 1, "TLS");
		SSL_set_accept_state(c->ssl);
	}
	if (origin->options.script_count > 0 && origin->options.scripts[0].path[0] == 0)
		c->script = &origin->options.scripts[0];
	pthread_mutex_lock(&origin->lock);
	origin->accepted++;
	pthread_mutex_unlock(&origin->lock);
	serve(origin, c);
}

static const struct origin_step *current_step(const struct connection *c)
{
	return c->script && c->step < ORIGIN_STEPS_MAX ? &c->script->steps[c->step] : NULL;
}

static bool may_pass(const struct origin *origin, const struct connection *c)
{
	const struct origin_step *step = current_step(c);

	return step && step->act == ORIGIN_BARRIER && origin->at_barrier >= (size_t)step->count;
}

/* Milliseconds to the next pause's end, -1: none. */
static int next_wait(const struct origin *origin)
{
	int64_t now = now_ms(), least = -1;

	for (size_t i = 0; i < origin->count; i++) {
		int64_t until = origin->connections[i].until_ms;

		if (may_pass(origin, &origin->connections[i]))
			return 0;
		if (until == 0)
			continue;
		until = until > now ? until - now : 0;
		if (least < 0 || until < least)
			least = until;
	}
	return (int)least;
}

static bool may_act(const struct origin *origin, const struct connection *c, short events)
{
	if (events != 0)
		return true;
	if (c->until_ms != 0)
		return c->until_ms <= now_ms();
	return may_pass(origin, c);
}

static void one_round(struct origin *origin)
{
	size_t kept = 0;

	for (size_t i = 0; i < origin->count; i++) {
		struct connection *c = &origin->connections[i];

		if (may_act(origin, c, origin->polls[i + 2].revents))
			serve(origin, c);
	}
	for (size_t i = 0; i < origin->count; i++) {
		if (origin->connections[i].fd >= 0)
			origin->connections[kept++] = origin->connections[i];
	}
	origin->count = kept;
}

static void *run(void *argument)
{
	struct origin *origin = argument;

	for (;;) {
		origin->polls[0] = (struct pollfd){origin->stop_fd, POLLIN, 0};
		origin->polls[1] = (struct pollfd){origin->listener, POLLIN, 0};
		for (size_t i = 0; i < origin->count; i++) {
			struct connection *c = &origin->connections[i];
			const struct origin_step *step = current_step(c);
			bool reads = !c->script || (step && step->act == ORIGIN_HANG);

			origin->polls[i + 2] = (struct pollfd){
				c->fd,
				(short)((reads ? POLLIN : 0) | (c->wants_write ? POLLOUT : 0)), 0};
		}
		if (poll(origin->polls, origin->count + 2, next_wait(origin)) < 0 && errno != EINTR)
			need(false, "poll");
		if (origin->polls[0].revents)
			return NULL;
		one_round(origin);
		if (origin->polls[1].revents)
			accept_one(origin);
	}
}

/* ---- life ---- */

static void listen_on(struct origin *origin)
{
	const char *text = origin->options.address ? origin->options.address : "127.0.0.1";
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	bool is_v6 = inet_pton(AF_INET6, text, &v6.sin6_addr) == 1;
	struct sockaddr *at = is_v6 ? (void *)&v6 : (void *)&v4;
	socklen_t n = is_v6 ? sizeof(v6) : sizeof(v4);

	need(is_v6 || inet_pton(AF_INET, text, &v4.sin_addr) == 1, "address");
	origin->listener = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	need(origin->listener >= 0 && bind(origin->listener, at, n) == 0 &&
		     listen(origin->listener, CONNECTIONS_MAX) == 0 &&
		     getsockname(origin->listener, at, &n) == 0,
	     "cannot listen");
	origin->port = ntohs(is_v6 ? v6.sin6_port : v4.sin_port);
}

static void block_sigpipe(int how)
{
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(how, &pipe, NULL);
}

struct origin *origin_start(const struct origin_options *options)
{
	struct origin *origin = calloc(1, sizeof(*origin));
	struct rlimit files;

	need(origin != NULL, "memory");
	block_sigpipe(
		SIG_BLOCK); /* for the thread, which takes it over; OpenSSL has no MSG_NOSIGNAL */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max < 16384 ? files.rlim_max : 16384;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	origin->options = *options;
	origin->connections = calloc(CONNECTIONS_MAX, sizeof(*origin->connections));
	origin->polls = calloc(CONNECTIONS_MAX + 2, sizeof(*origin->polls));
	origin->stop_fd = eventfd(0, EFD_CLOEXEC);
	need(origin->connections && origin->polls && origin->stop_fd >= 0, "memory");
	if (options->tls)
		make_tls(origin);
	listen_on(origin);
	pthread_mutex_init(&origin->lock, NULL);
	need(pthread_create(&origin->thread, NULL, run, origin) == 0, "thread");
	block_sigpipe(SIG_UNBLOCK);
	return origin;
}

void origin_stop(struct origin **at)
{
	struct origin *origin = *at;
	const uint64_t one = 1;

	if (!origin)
		return;
	need(write(origin->stop_fd, &one, sizeof(one)) == sizeof(one), "stop");
	pthread_join(origin->thread, NULL);
	for (size_t i = 0; i < origin->count; i++)
		drop(origin, &origin->connections[i], false);
	origin_forget_requests(origin);
	close(origin->listener);
	close(origin->stop_fd);
	SSL_CTX_free(origin->tls);
	wv_buf_done(&origin->certificate);
	pthread_mutex_destroy(&origin->lock);
	free(origin->connections);
	free(origin->polls);
	free(origin);
	*at = NULL;
}

uint16_t origin_port(const struct origin *origin)
{
	return origin->port;
}

struct wv_slice origin_certificate(const struct origin *origin)
{
	return wv_buf_slice(&origin->certificate);
}

size_t origin_request_count(struct origin *origin)
{
	size_t n;

	pthread_mutex_lock(&origin->lock);
	n = origin->kept_count;
	pthread_mutex_unlock(&origin->lock);
	return n;
}

struct wv_slice origin_request(struct origin *origin, size_t index)
{
	struct wv_slice request = WV_SLICE_NONE;

	pthread_mutex_lock(&origin->lock);
	if (index < origin->kept_count)
		request = wv_buf_slice(&origin->kept[index]);
	pthread_mutex_unlock(&origin->lock);
	return request;
}

size_t origin_connection_count(struct origin *origin)
{
	size_t n;

	pthread_mutex_lock(&origin->lock);
	n = origin->accepted;
	pthread_mutex_unlock(&origin->lock);
	return n;
}

void origin_forget_requests(struct origin *origin)
{
	pthread_mutex_lock(&origin->lock);
	for (size_t i = 0; i < origin->kept_count; i++)
		wv_buf_done(&origin->kept[i]);
	origin->kept_count = 0;
	pthread_mutex_unlock(&origin->lock);
}

const char *origin_url(const struct origin *origin, const char *path, char *buffer, size_t room)
{
	const char *address = origin->options.address ? origin->options.address : "127.0.0.1";
	bool is_v6 = wv_slice_find_byte(wv_slice_of(address), ':', 0) != SIZE_MAX;

	snprintf(buffer, room, "%s://%s%s%s:%u%s", origin->options.tls ? "https" : "http",
		 is_v6 ? "[" : "", address, is_v6 ? "]" : "", origin->port, path);
	return buffer;
}
