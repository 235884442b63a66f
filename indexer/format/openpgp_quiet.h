/* While librnp runs: the stream stderr leads nowhere.
 *
 * librnp writes there what it thinks of its input, which is a stranger's, and waits for whoever reads
 * it; Debian's build has no switch for that. Nothing else in the server uses the stream: the log
 * (log.h) writes to the descriptor. Pairs may nest, in any thread.                           */
#pragma once

void quiet_begin(void);
void quiet_end(void);
