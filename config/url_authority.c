#include "config/base/checked.h"
#include "config/url_states.h"

/*
 * The authority, host and port states (4.4): what stands between "//" and the path.
 */

/* Digits up to `end`. */
static const char *parse_port(struct wv_url_parser *p, size_t end)
{
	uint32_t value = 0;
	uint16_t usual;

	if (p->at == end)
		return NULL;
	for (; p->at < end; p->at++) {
		if (!wv_byte_is_digit(p->in.p[p->at]))
			return "the port is no number";
		value = value * 10 + (p->in.p[p->at] - '0');
		if (value > 65535)
			return "the port is above 65535";
	}
	wv_url_find_special(wv_url_span_slice(p, p->scheme), &usual);
	p->has_port = !(p->is_special && value == usual && !p->is_file);
	p->port = p->has_port ? (uint16_t)value : 0;
	return NULL;
}

/* Name and password before the last "@" of an authority. */
static void put_userinfo(struct wv_url_parser *p, struct wv_slice userinfo)
{
	size_t colon = wv_slice_find_byte(userinfo, ':', 0);
	struct wv_slice name = wv_slice_part(userinfo, 0, wv_min_size(colon, userinfo.n));
	struct wv_slice password =
		colon < userinfo.n ? wv_slice_from(userinfo, colon + 1) : WV_SLICE_NONE;

	if (name.n == 0 && password.n == 0)
		return;
	p->username.at = p->to.n;
	wv_url_put_encoded(&p->to, name, WV_URL_SET_USERINFO);
	p->username.n = p->to.n - p->username.at;
	if (password.n) {
		wv_url_put_byte(&p->to, ':');
		p->password.at = p->to.n;
		wv_url_put_encoded(&p->to, password, WV_URL_SET_USERINFO);
		p->password.n = p->to.n - p->password.at;
	}
	wv_url_put_byte(&p->to, '@');
}

static const char *put_host(struct wv_url_parser *p, struct wv_slice host)
{
	const char *reason;

	p->has_host = true;
	p->host.at = p->to.n;
	reason = wv_url_put_host(&p->to, host, !p->is_special);
	p->host.n = p->to.n - p->host.at;
	return reason;
}

const char *wv_url_parse_authority(struct wv_url_parser *p)
{
	size_t end = p->at, at_sign = SIZE_MAX, host_end;
	bool in_brackets = false;
	const char *reason;

	for (; end < p->in.n && !wv_url_is_slash(p, end) && p->in.p[end] != '?' &&
	       p->in.p[end] != '#';
	     end++)
		if (p->in.p[end] == '@')
			at_sign = end;
	wv_url_put(&p->to, WV_LIT("//"));
	if (at_sign != SIZE_MAX) {
		put_userinfo(p, wv_slice_part(p->in, p->at, at_sign - p->at));
		p->at = at_sign + 1;
		if (p->at == end)
			return "the host is empty";
	}
	for (host_end = p->at; host_end < end; host_end++) {
		if (p->in.p[host_end] == ':' && !in_brackets)
			break;
		if (p->in.p[host_end] == '[' || p->in.p[host_end] == ']')
			in_brackets = p->in.p[host_end] == '[';
	}
	if (host_end == p->at && (p->is_special || host_end < end))
		return "the host is empty";
	reason = put_host(p, wv_slice_part(p->in, p->at, host_end - p->at));
	if (reason)
		return reason;
	p->at = host_end;
	if (host_end < end) {
		p->at++;
		reason = parse_port(p, end);
		if (reason)
			return reason;
		if (p->has_port)
			wv_url_put_port(&p->to, p->port);
	}
	wv_url_parse_path_start(p);
	return NULL;
}

const char *wv_url_parse_special_authority(struct wv_url_parser *p)
{
	while (wv_url_is_slash(p, p->at))
		p->at++;
	return wv_url_parse_authority(p);
}

void wv_url_copy_authority(struct wv_url_parser *p)
{
	const struct wv_url *base = p->base;

	if (!base->has_host)
		return;
	wv_url_put(&p->to, WV_LIT("//"));
	if (base->username.n || base->password.n) {
		p->username = (struct wv_url_span){p->to.n, base->username.n};
		wv_url_put(&p->to, base->username);
		if (base->password.n) {
			wv_url_put_byte(&p->to, ':');
			p->password = (struct wv_url_span){p->to.n, base->password.n};
			wv_url_put(&p->to, base->password);
		}
		wv_url_put_byte(&p->to, '@');
	}
	p->has_host = true;
	p->host = (struct wv_url_span){p->to.n, base->host.n};
	wv_url_put(&p->to, base->host);
	p->has_port = base->has_port;
	p->port = base->port;
	if (p->has_port)
		wv_url_put_port(&p->to, p->port);
}

const char *wv_url_parse_file_host(struct wv_url_parser *p)
{
	size_t end = p->at;
	struct wv_slice host;
	const char *reason;

	while (end < p->in.n && !wv_url_is_slash(p, end) && p->in.p[end] != '?' &&
	       p->in.p[end] != '#')
		end++;
	host = wv_slice_part(p->in, p->at, end - p->at);
	wv_url_put(&p->to, WV_LIT("//"));
	p->has_host = true;
	p->host.at = p->to.n;
	if (host.n == 2 && wv_url_starts_with_drive(host)) { /* no host: the path begins here */
		p->path.at = p->to.n;
		wv_url_parse_path(p);
		return NULL;
	}
	if (host.n) {
		reason = put_host(p, host);
		if (reason)
			return reason;
		if (wv_slice_equals(wv_url_span_slice(p, p->host), WV_LIT("localhost"))) {
			p->to.n = p->host.at;
			p->host.n = 0;
		}
	}
	p->at = end;
	wv_url_parse_path_start(p);
	return NULL;
}
