// TCP_DEFER_ACCEPT is given in seconds, kept as a number of SYN-ACK timeouts, and read back as the seconds those take.

/** First SYN-ACK timeout and cap of its doubling, s. Source: TCP_TIMEOUT_INIT, TCP_RTO_MAX, include/net/tcp.h v6.18. */
const FIRST_S = 1;
const CAP_S = 120;
/** The count is kept in 8 bits (request_sock_queue.rskq_defer_accept). */
const COUNT_MAX = 255;

/** Least number of timeouts that last `seconds` or longer; 0 for 0 and less. @kernel secs_to_retrans net/ipv4/tcp.c v6.18 */
export function timeoutsFor(seconds: number): number {
  let count = 0;
  let timeout = FIRST_S;
  for (let total = 0; total < seconds && count < COUNT_MAX; count++) {
    total += timeout;
    timeout = Math.min(timeout * 2, CAP_S);
  }
  return count;
}

/** How long that many timeouts last, s. @kernel retrans_to_secs net/ipv4/tcp.c v6.18 */
export function secondsOf(timeouts: number): number {
  let total = 0;
  let timeout = FIRST_S;
  for (let i = 0; i < timeouts; i++) {
    total += timeout;
    timeout = Math.min(timeout * 2, CAP_S);
  }
  return total;
}
