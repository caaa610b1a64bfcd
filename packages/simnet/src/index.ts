// simnet: hosts with CPUs and processes, links with faults, and virtual time around the engine.

export { type Attempt, type Caller, newPending, type Pending, type Sleep } from './blocking.ts';
export { type Call, MSG_NAMES } from './call.ts';
export { type Comparison, evaluateComparison, type ParsedComparison, parseComparison } from './comparison.ts';
export { COST_PROFILE_JSON_SCHEMA, COST_SCHEMA_VERSION, readCostProfile } from './cpu/cost-schema.ts';
export { COST_NAMES, type CostProfile, type Costs, DEFAULT_COSTS } from './cpu/costs.ts';
export {
  concerns,
  type FoundPath,
  findPath,
  PATH_TOPS,
  type PathFault,
  type PathNames,
  withValue,
} from './document-path.ts';
export { evaluateExpectation, formatShare } from './expect.ts';
export { isCpuClaim } from './expect-cpu.ts';
export { type ParsedExpectation, parseExpectation } from './expect-parse.ts';
export type { Claim, Expectation, Quantity } from './expectation.ts';
export { endFiles } from './held-file.ts';
export {
  addTo,
  type Histogram,
  type HistogramRecord,
  newHistogram,
  percentile,
  summarise,
} from './histogram.ts';
export { forkWorld, restoreWorld, takeSnapshot, type WorldSnapshot } from './history.ts';
export { processNames } from './instances.ts';
export { unitNames } from './load/record.ts';
export type * from './load/spec.ts';
export { type Calls, makeSys } from './make-sys.ts';
export { type Pace, packetKey } from './pace.ts';
export * from './parts.ts';
export {
  type PcapngFile,
  type PcapngInterface,
  type PcapngPacket,
  pcapngPacket,
  writePcapng,
} from './pcapng.ts';
export { EPOLL_BITS, POLL_BITS } from './poll-bits.ts';
export { ProcessError } from './process.ts';
export type * from './program-spec.ts';
export {
  evaluateQuantity,
  type ParsedQuantity,
  parseQuantity,
  type QuantityUnit,
  quantityOf,
  unitOf,
} from './quantity.ts';
export type { Report, RequestReport } from './report.ts';
export * from './result.ts';
export { type JsonSchema, RESULT_JSON_SCHEMA, VARIANTS_JSON_SCHEMA } from './result-schema.ts';
export {
  createWorld,
  type Measured,
  measureScenario,
  type RunOptions,
  runScenario,
  worldResult,
} from './run.ts';
export type * from './scenario.ts';
export {
  describeValue,
  formatIssue,
  formatPath,
  ScenarioError,
  type ScenarioIssue,
  type ScenarioPath,
} from './scenario-error.ts';
export { type Overrides, overrideScenario, readDocument, readScenario } from './scenario-schema.ts';
export {
  actionOf,
  effectOf,
  SIGNAL_NAMES,
  SIGNALS,
  type SignalAction,
  type SignalEffect,
  type SignalFlags,
  type SignalHandler,
  type SignalName,
  type SignalTable,
} from './signal.ts';
export {
  type Endpoint,
  type EpollEvent,
  type EpollOp,
  type PollRequest,
  type Program,
  type RecvFlags,
  type SendFlags,
  type Sys,
  SysError,
} from './sys.ts';
export { attempt } from './system-calls.ts';
export { formatDuration, nearest, parseDuration, parseSize } from './units.ts';
export {
  joinVariants,
  VARIANTS_SCHEMA_VERSION,
  type VariantExpectation,
  type VariantResult,
  type VariantsResult,
} from './variants-result.ts';
export { leaveQueues, newWaits, sleepOn, type Waits, type Wake, wakeUp } from './wait-queue.ts';
export type { World, WorldOptions } from './world.ts';
export type { CapturedPacket } from './world-state.ts';
