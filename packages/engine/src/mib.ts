// The TCP counters of one network namespace, under the names `nstat -az` prints. Counters are one Float64Array,
// indexed by `MIB.<name>`; names outside this table do not exist. TcpCurrEstab is a gauge, all others only grow.
// Source of names: net/ipv4/proc.c v6.18 (snmp4_tcp_list, snmp4_net_list, snmp4_ipstats_list, icmp lists).

export const COUNTER_NAMES = [
  'IpOutNoRoutes',
  'IpInAddrErrors',
  'IcmpInMsgs',
  'IcmpInErrors',
  'IcmpInDestUnreachs',
  'IcmpInTimeExcds',
  'IcmpInParmProbs',
  'IcmpOutDestUnreachs',
  'TcpActiveOpens',
  'TcpPassiveOpens',
  'TcpAttemptFails',
  'TcpEstabResets',
  'TcpCurrEstab',
  'TcpInSegs',
  'TcpOutSegs',
  'TcpRetransSegs',
  'TcpInErrs',
  'TcpOutRsts',
  'TcpInCsumErrors',
  'TcpExtSyncookiesSent',
  'TcpExtSyncookiesRecv',
  'TcpExtSyncookiesFailed',
  'TcpExtEmbryonicRsts',
  'TcpExtPruneCalled',
  'TcpExtRcvPruned',
  'TcpExtOfoPruned',
  'TcpExtOutOfWindowIcmps',
  'TcpExtLockDroppedIcmps',
  'TcpExtTW',
  'TcpExtTWRecycled',
  'TcpExtTWKilled',
  'TcpExtPAWSActive',
  'TcpExtPAWSEstab',
  'TcpExtPAWSTimewait',
  'TcpExtPAWSOldAck',
  'TcpExtTSEcrRejected',
  'TcpExtBeyondWindow',
  'TcpExtDelayedACKs',
  'TcpExtDelayedACKLocked',
  'TcpExtDelayedACKLost',
  'TcpExtListenOverflows',
  'TcpExtListenDrops',
  'TcpExtTCPHPHits',
  'TcpExtTCPPureAcks',
  'TcpExtTCPHPAcks',
  'TcpExtTCPRenoRecovery',
  'TcpExtTCPSackRecovery',
  'TcpExtTCPSACKReneging',
  'TcpExtTCPSACKReorder',
  'TcpExtTCPRenoReorder',
  'TcpExtTCPTSReorder',
  'TcpExtTCPFullUndo',
  'TcpExtTCPPartialUndo',
  'TcpExtTCPDSACKUndo',
  'TcpExtTCPLossUndo',
  'TcpExtTCPLostRetransmit',
  'TcpExtTCPRenoFailures',
  'TcpExtTCPSackFailures',
  'TcpExtTCPLossFailures',
  'TcpExtTCPFastRetrans',
  'TcpExtTCPSlowStartRetrans',
  'TcpExtTCPTimeouts',
  'TcpExtTCPLossProbes',
  'TcpExtTCPLossProbeRecovery',
  'TcpExtTCPRenoRecoveryFail',
  'TcpExtTCPSackRecoveryFail',
  'TcpExtTCPRcvCollapsed',
  'TcpExtTCPBacklogDrop',
  'TcpExtTCPDSACKOldSent',
  'TcpExtTCPDSACKOfoSent',
  'TcpExtTCPDSACKRecv',
  'TcpExtTCPDSACKOfoRecv',
  // Only to 3.5.
  'TcpExtTCPAbortOnSyn',
  'TcpExtTCPAbortOnData',
  'TcpExtTCPAbortOnClose',
  'TcpExtTCPAbortOnMemory',
  'TcpExtTCPAbortOnTimeout',
  'TcpExtTCPAbortOnLinger',
  'TcpExtTCPAbortFailed',
  'TcpExtTCPSACKDiscard',
  'TcpExtTCPDSACKIgnoredOld',
  'TcpExtTCPDSACKIgnoredNoUndo',
  'TcpExtTCPSpuriousRTOs',
  'TcpExtTCPSackShifted',
  'TcpExtTCPSackMerged',
  'TcpExtTCPSackShiftFallback',
  'TcpExtTCPDeferAcceptDrop',
  'TcpExtTCPTimeWaitOverflow',
  'TcpExtTCPReqQFullDoCookies',
  'TcpExtTCPReqQFullDrop',
  'TcpExtTCPRetransFail',
  'TcpExtTCPRcvCoalesce',
  'TcpExtTCPOFOQueue',
  'TcpExtTCPOFODrop',
  'TcpExtTCPOFOMerge',
  'TcpExtTCPChallengeACK',
  'TcpExtTCPSYNChallenge',
  'TcpExtTCPFastOpenActive',
  'TcpExtTCPFastOpenActiveFail',
  'TcpExtTCPFastOpenPassive',
  'TcpExtTCPFastOpenPassiveFail',
  'TcpExtTCPFastOpenListenOverflow',
  'TcpExtTCPFastOpenCookieReqd',
  'TcpExtTCPSpuriousRtxHostQueues',
  'TcpExtTCPAutoCorking',
  'TcpExtTCPFromZeroWindowAdv',
  'TcpExtTCPToZeroWindowAdv',
  'TcpExtTCPWantZeroWindowAdv',
  'TcpExtTCPSynRetrans',
  'TcpExtTCPOrigDataSent',
  'TcpExtTCPACKSkippedSynRecv',
  'TcpExtTCPACKSkippedPAWS',
  'TcpExtTCPACKSkippedSeq',
  'TcpExtTCPACKSkippedFinWait2',
  'TcpExtTCPACKSkippedTimeWait',
  'TcpExtTCPACKSkippedChallenge',
  'TcpExtTCPWinProbe',
  'TcpExtTCPKeepAlive',
  'TcpExtTCPMTUPFail',
  'TcpExtTCPMTUPSuccess',
  'TcpExtTCPDelivered',
  'TcpExtTCPDeliveredCE',
  'TcpExtTCPAckCompressed',
  'TcpExtTCPZeroWindowDrop',
  'TcpExtTCPRcvQDrop',
  'TcpExtTCPDSACKRecvSegs',
  'TcpExtTCPDSACKIgnoredDubious',
  'TcpExtTCPMigrateReqSuccess',
  'TcpExtTCPMigrateReqFailure',
  'TcpExtTcpTimeoutRehash',
  'TcpExtTcpDuplicateDataRehash',
] as const;

export type CounterName = (typeof COUNTER_NAMES)[number];

/** Index of each counter in `Netns.mib`. */
export const MIB = Object.freeze(Object.fromEntries(COUNTER_NAMES.map((name, i) => [name, i]))) as {
  readonly [N in CounterName]: number;
};

export type Mib = Float64Array;

export const newMib = (): Mib => new Float64Array(COUNTER_NAMES.length);

/** Adds `by` to a counter. */
export function count(mib: Mib, index: number, by = 1): void {
  mib[index] = (mib[index] as number) + by;
}

/** All counters that are not zero, in table order. */
export function readMib(mib: Mib): Map<CounterName, number> {
  const out = new Map<CounterName, number>();
  COUNTER_NAMES.forEach((name, i) => {
    const value = mib[i] as number;
    if (value !== 0) out.set(name, value);
  });
  return out;
}
