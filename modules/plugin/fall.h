/*
 * plugin/fall: a worker that crashes inside a handler says so before anybody else can see it.
 *
 * Purpose    the client, and nginx that tries again elsewhere, see a crash when the dead process's
 *            sockets close, long before the master has collected it. So the process itself, in a
 *            handler of its fatal signals or at exit(), marks its fall in the quarantine table.
 * Promise    nothing else changes: the handler restores what was there before it and lets the fault
 *            happen again, so that the signal which the master sees, core files and a sanitizer's
 *            report are the same as without.
 * Not marked _exit(), SIGKILL and other signals; a stack overflow of a thread that a handler made;
 *            a fault whose signal a handler has blocked, or has taken over after its open hook.
 *            These count when the master collects the process. One that comes back with a signal
 *            handler of its own is found by plugin/damage.
 * Lifetime   process-wide; the table must stay mapped until the process ends.
 */
#ifndef BF_PLUGIN_FALL_H
#define BF_PLUGIN_FALL_H

#include "plugin/quarantine.h"

/* From now on. To call again after code of a handler ran that may have changed signals: theirs is
 * then what was there before. */
void bf_fall_watch(struct bf_quarantine *q);

#endif
