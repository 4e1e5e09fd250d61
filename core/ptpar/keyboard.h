/* keyboard.h - keys that are typed while tests run: t asks what runs now. */
#ifndef CORE_PTPAR_KEYBOARD_H
#define CORE_PTPAR_KEYBOARD_H

#include <stdbool.h>

#include <uv.h>

struct keyboard;

/* Reads standard input if that is a terminal and this process is in its foreground: keys come at once and are not
 * shown, until it is closed. Under mpirun, what it forwards (a line at a time) is read. Else NULL. */
struct keyboard *keyboard_open(uv_loop_t *loop, bool under_mpirun, void (*on_t)(void *ctx), void *ctx);
void keyboard_close(struct keyboard *k);

/* The terminal is another's from now on (a stop by the user); and ours again. */
void keyboard_release(struct keyboard *k);
void keyboard_take(struct keyboard *k);

#endif
