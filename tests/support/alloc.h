#ifndef WV_TESTS_SUPPORT_ALLOC_H
#define WV_TESTS_SUPPORT_ALLOC_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Makes the nth allocation of our own code fail: malloc, calloc and realloc of the objects linked
 * with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc (libraries keep theirs).
 */
void wv_test_alloc_fail_at(uint64_t nth); /* counted from now; 0: never */
/* Has it failed since? */
bool wv_test_alloc_has_failed(void);

#endif
