// The part of a full socket that only the data path reads: loss recovery, autotuning of the buffers, bookkeeping of
// memory. Plain numbers in one record, so that newSock() needs one line for all of it.
// @kernel tcp_sock include/linux/tcp.h v6.18

export interface DataPath {
  /** Next IPv4 identification. */
  ipId: number;
  /** Segments acknowledged or selectively acknowledged so far. */
  delivered: number;
  /** Times a segment was marked lost, its retransmission included. */
  lost: number;
  /** Slow-start threshold before the last reduction, segments; 0 = nothing to restore. */
  priorSsthresh: number;
  /** Proportional rate reduction: segments delivered and sent since recovery began. */
  prrDelivered: number;
  prrOut: number;
  /**
   * How often the connection was entered by an ACK, a timer or a send(). Virtual time may stand still between two entries,
   * Linux's clock does not: what a later entry sends was sent later.
   */
  entry: number;
  /** RACK: send time (ns), entry, end of sequence and round trip (us) of the newest segment known to be delivered. */
  rackSentAt: number;
  rackEntry: number;
  rackEndSeq: number;
  rackRttUs: number;
  rackAdvanced: boolean;
  /**
   * RACK's reordering window: its steps of a quarter of the least round trip, whether a D-SACK asks for one more, when the
   * last was added (`delivered`), and how many recoveries it is still kept for.
   */
  reoSteps: number;
  reoDsackSeen: boolean;
  reoDelivered: number;
  reoPersist: number;
  /** Where the segment begins that follows the highest one that was selectively acknowledged. */
  highestSack: number;
  /** The SACK blocks of the last ACK in order of sequence, start and end in turn; null before the first. */
  sackCache: number[] | null;
  /** Reordering was seen on this connection. */
  reorderingSeen: boolean;
  /** Segments the peer reported as duplicates. */
  dsackDups: number;
  /** F-RTO: the first ACKs after the timeout tell whether it was spurious. */
  frto: boolean;
  /** Retransmission timeouts of the connection, not reset by progress. */
  totalRto: number;
  /** When the least round trip (`rttMinUs`) was measured, ns. */
  rttMinAt: number;
  /** Whether the congestion window holds transmission back, and its use (tcp_cwnd_validate). */
  cwndLimited: boolean;
  maxPacketsOut: number;
  cwndUsageSeq: number;
  cwndUsed: number;
  cwndStamp: number;
  /** Bytes that still fit into the send record being filled; a record is what Linux keeps in one skb. */
  goalLeft: number;
  /** Send records queued, each with its own overhead. */
  recordsQueued: number;
  /** Those of them that wait in the send queue, even if sent in part. */
  recordsUnsent: number;
  /** A send() found no room (SOCK_NOSPACE): the next free space is announced. */
  noSpace: boolean;
  /** Share of the receive buffer that is window, in 1/256. */
  scalingRatio: number;
  /** Memory of the receive queue and of the out-of-order queue, bytes with overhead (sk_rmem_alloc). */
  receiveMemory: number;
  /** Memory charged to the socket and not in use, bytes; decides whether header prediction may be used. */
  forwardAlloc: number;
  /** Round trip seen by the receiver, us times 8, and the state of its measurement. */
  rcvRttUs: number;
  rcvRttSeq: number;
  rcvRttAt: number;
  rcvRttLastTsEcr: number;
  /** Receive buffer autotuning: bytes the reader took in the last round trip, from where and when. */
  spaceBytes: number;
  spaceSeq: number;
  spaceAt: number;
  /** Length of the last small segment received. */
  lastSegSize: number;
  /** Header prediction is on. */
  predict: boolean;
  /** Bytes acknowledged by the peer since the connection began. */
  bytesAcked: number;
}

/** A data path in its initial state. @kernel tcp_init_sock net/ipv4/tcp.c v6.18 */
export const newDataPath = (): DataPath => ({
  ipId: 0,
  delivered: 0,
  lost: 0,
  priorSsthresh: 0,
  prrDelivered: 0,
  prrOut: 0,
  entry: 0,
  rackSentAt: -1,
  rackEntry: 0,
  rackEndSeq: 0,
  rackRttUs: 0,
  rackAdvanced: false,
  reoSteps: 1,
  reoDsackSeen: false,
  reoDelivered: 0,
  reoPersist: 0,
  highestSack: 0,
  sackCache: null,
  reorderingSeen: false,
  dsackDups: 0,
  frto: false,
  totalRto: 0,
  rttMinAt: 0,
  cwndLimited: false,
  maxPacketsOut: 0,
  cwndUsageSeq: 0,
  cwndUsed: 0,
  cwndStamp: 0,
  goalLeft: 0,
  recordsQueued: 0,
  recordsUnsent: 0,
  noSpace: false,
  scalingRatio: 128,
  receiveMemory: 0,
  forwardAlloc: 0,
  rcvRttUs: 0,
  rcvRttSeq: 0,
  rcvRttAt: -1,
  rcvRttLastTsEcr: 0,
  spaceBytes: 0,
  spaceSeq: 0,
  spaceAt: 0,
  lastSegSize: 0,
  predict: false,
  bytesAcked: 0,
});
