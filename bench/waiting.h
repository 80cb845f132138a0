/* waiting.h: how long this process's threads have waited for a processor.
 *
 * On a busy machine a thread that could run waits while others do. The kernel counts that, to the
 * nanosecond, so a sample during which it happened can be told from one that was left alone, by
 * something else than its own time. */
#ifndef WAITING_H
#define WAITING_H

/* Looks which threads there are now. Call it once all have been started. */
void waiting_look(void);

/* Seconds that they have waited so far, all together; 0 where the kernel does not tell. */
double waiting_seconds(void);

void waiting_close(void);

#endif
