// What a run on the real kernel shares with a simulated one, so that both are recorded and judged by the same code: the
// processes of a scenario, the way of a packet through the network, the records of segments.

export { type Actor, nextCall } from './actor.ts';
export { formatCall, formatOutcome, type Outcome } from './call.ts';
export { dequeue, type EventQueue, enqueue, newEventQueue, nextEventAt } from './event-queue.ts';
export { probeTimes } from './expect.ts';
export { addressOf, buildInjection, type LastSent, lastSentKey } from './inject.ts';
export { type Instance, instancesOf } from './instances.ts';
export { runnableAt } from './load/pauses.ts';
export { type LoadPlan, planLoad } from './load/plan.ts';
export { workloadRecords } from './load/record.ts';
export { type LoadEnv, type LoadState, newLoadState } from './load/state.ts';
export { statesOf } from './make-result.ts';
export { linkTable, type NetworkState, newNetwork, type Parcel, pass, release } from './network.ts';
export { type AddressBook, endsOfPacket, type PacketEnds } from './packet-ends.ts';
export { programFor } from './programs.ts';
export type { Draft } from './recorder.ts';
export { newSegmentRecord } from './segment-record.ts';
export { newSequenceTracker, relativeNumbers, type SequenceTracker } from './sequence-numbers.ts';
export { summarised } from './summarised.ts';
export { firstLoadActors } from './threads.ts';
export type { Probe } from './world-state.ts';
