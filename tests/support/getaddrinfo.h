#ifndef WV_TESTS_SUPPORT_GETADDRINFO_H
#define WV_TESTS_SUPPORT_GETADDRINFO_H

/*
 * Name resolution without a name server: linking getaddrinfo.c puts its own getaddrinfo before the
 * C library's for the whole program, libcurl included. Numbers resolve as ever; of names only:
 *
 *   localhost        127.0.0.1
 *   localboth.test   ::1, 127.0.0.1
 *   public.test      192.0.66.1      (public.test and mixed.test are only judged, never asked)
 *   private.test     10.0.0.1
 *   mixed.test       192.0.66.1, 10.0.0.1
 *   both.test        127.0.0.1, 10.0.0.1
 *   blocked.test     no answer until names_unblock()
 */
void names_unblock(void);
/* How often a name (no number) was looked up. */
unsigned names_looked_up(void);

#endif
