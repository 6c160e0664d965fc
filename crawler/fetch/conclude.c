#include "crawler/fetch/transfer.h"

#include <curl/curl.h>
#include <stdio.h>

#include "crawler/fetch/headers.h"

/*
 * What the end of a transfer means: libcurl's code, what our callbacks had to say before it, and
 * what is wrong with a response that libcurl takes as it is.
 */
static const char *const outcome_names[WV_FETCH_OUTCOME_COUNT] = {
	[WV_FETCH_ANSWERED] = "answered", [WV_FETCH_TOO_LARGE] = "too-large",
	[WV_FETCH_TOO_SLOW] = "too-slow", [WV_FETCH_DISCONNECTED] = "disconnected",
	[WV_FETCH_BAD_HTTP] = "bad-http", [WV_FETCH_DNS] = "dns",
	[WV_FETCH_CONNECT] = "connect",   [WV_FETCH_TLS] = "tls",
	[WV_FETCH_TIMEOUT] = "timeout",   [WV_FETCH_REFUSED] = "refused",
	[WV_FETCH_STOPPED] = "stopped",   [WV_FETCH_FAILED] = "failed",
};

const char *wv_fetch_outcome_name(enum wv_fetch_outcome outcome)
{
	return (size_t)outcome < WV_COUNT(outcome_names) ? outcome_names[outcome] : "unknown";
}

void wv_transfer_say(struct wv_transfer *t, enum wv_fetch_outcome outcome, const char *words)
{
	struct wv_fetch_answer *answer = &t->inner->answer;
	size_t n = 0;

	answer->outcome = outcome;

	/* libcurl quotes the server here and there. */
	for (; words[n] && n + 1 < sizeof(answer->words); n++)
		answer->words[n] = words[n] >= ' ' && words[n] <= '~' ? words[n] : '?';
	answer->words[n] = 0;
}

static enum wv_fetch_outcome outcome_of_code(const struct wv_transfer *t, CURLcode code)
{
	bool has_head = t->head_done;

	switch (code) {
	case CURLE_OK:
		/* A connection closed inside a header block is CURLE_OK to libcurl 7.88. */
		return has_head ? WV_FETCH_ANSWERED : WV_FETCH_DISCONNECTED;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return WV_FETCH_DNS;
	case CURLE_COULDNT_CONNECT:
		return t->socket_errno ? WV_FETCH_FAILED : WV_FETCH_CONNECT;
	case CURLE_PROXY:
		return WV_FETCH_CONNECT;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return WV_FETCH_TLS;
	case CURLE_OPERATION_TIMEDOUT:
		return has_head ? WV_FETCH_TOO_SLOW : WV_FETCH_TIMEOUT;
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return WV_FETCH_DISCONNECTED;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_BAD_CONTENT_ENCODING:
		return WV_FETCH_BAD_HTTP;
	default:
		return WV_FETCH_FAILED;
	}
}

/* RFC 9112 6.3: Content-Length fields that differ leave the length of the body unknown. */
static bool has_two_lengths(struct wv_slice block)
{
	struct wv_headers_list list = {0};
	struct wv_slice first = WV_SLICE_NONE, one;

	if (wv_headers_has(block, WV_LIT("transfer-encoding")))
		return false;
	while (wv_headers_next_member(block, WV_LIT("content-length"), &list, &one)) {
		if (first.n == 0)
			first = one;
		else if (!wv_slice_equals(first, one))
			return true;
	}
	return false;
}

/* What is wrong with a whole response that libcurl takes as it is; NULL if nothing. */
static const char *fault_of(const struct wv_fetch_answer *answer)
{
	if (answer->status == 0)
		return "status line without a status";
	if (answer->status == 304 && !answer->is_conditional)
		return "304 to a request without validators";
	if (answer->status == 206 || answer->status == 416)
		return "partial answer to a request for the whole";
	if (!answer->headers_rebuilt && has_two_lengths(wv_buf_slice(&answer->headers)))
		return "Content-Length fields that differ";
	return NULL;
}

static void note_connection(struct wv_transfer *t)
{
	struct wv_fetch_answer *answer = &t->inner->answer;
	const char *address = NULL;
	long version = 0;

	if (curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version) == CURLE_OK &&
	    t->head_done) {
		answer->http_major = version == CURL_HTTP_VERSION_2_0 ? 2 : 1;
		answer->http_minor = version == CURL_HTTP_VERSION_1_1 ? 1 : 0;
		answer->headers_rebuilt = version == CURL_HTTP_VERSION_2_0;
	}
	if (!answer->via_proxy &&
	    curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &address) == CURLE_OK && address)
		snprintf(answer->address, sizeof(answer->address), "%s", address);
	if (t->target.is_https && t->head_done)
		answer->tls = t->tls_insecure ? WV_FETCH_TLS_UNVERIFIED : WV_FETCH_TLS_VERIFIED;
	if (answer->via_proxy)
		wv_request_strip(&answer->request, WV_LIT("proxy-authorization"));
}

void wv_transfer_conclude(struct wv_transfer *t, int curl_code)
{
	struct wv_fetch_answer *answer = &t->inner->answer;
	CURLcode code = (CURLcode)curl_code;
	enum wv_fetch_outcome outcome = outcome_of_code(t, code);
	const char *words = t->words[0] ? t->words : curl_easy_strerror(code);

	note_connection(t);
	if (t->is_ended) {
		outcome = t->ended;
		words = t->ended_words;
	} else if (code == CURLE_COULDNT_CONNECT && t->refused > 0 && t->opened == 0) {
		outcome = WV_FETCH_REFUSED;
		answer->refusal = WV_GUARD_ADDRESS;
		words = t->refused_words;
	} else if (outcome == WV_FETCH_DISCONNECTED && code == CURLE_OK) {
		words = "connection closed inside the header block";
	} else if (code == CURLE_OUT_OF_MEMORY && t->opened > 0 && !t->head_done) {
		/* Its buffer for one line is 100 KiB: that is the usual way to get here. */
		outcome = WV_FETCH_BAD_HTTP;
		words = "header line larger than its cap";
	} else if (outcome == WV_FETCH_ANSWERED) {
		words = fault_of(answer);
		outcome = words ? WV_FETCH_BAD_HTTP : outcome;
	}
	/* What could not be kept must not pass for what was said. */
	if (answer->request.failed != WV_OK || answer->trailers.failed != WV_OK) {
		outcome = WV_FETCH_FAILED;
		words = "request or trailers could not be kept";
	}
	wv_transfer_say(t, outcome, words ? words : "");
}
