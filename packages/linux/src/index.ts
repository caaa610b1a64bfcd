// linux: the only package that touches a real host.

export {
  CALIBRATION_STEPS,
  type Calibration,
  type CalibrationStep,
  calibrate,
} from './calibrate/calibrate.ts';
export {
  agrees,
  COMPARISON_SCHEMA_VERSION,
  type Comparison,
  compareRuns,
  PART_NAMES,
  type Part,
  steady,
} from './compare/compare-runs.ts';
export { DIFF_JSON_SCHEMA } from './compare/comparison-schema.ts';
export type { Difference } from './compare/difference.ts';
export { type Overload, overloadOf } from './compare/overload.ts';
export { paceOf } from './compare/pace.ts';
export { type PortRanges, type PortStep, portRangesOf } from './compare/ports.ts';
export { HostError, type HostFault } from './libc.ts';
export { type LiveSession, openLive } from './live.ts';
export type { Counters, LiveEvent } from './live-event.ts';
export type { LiveOptions } from './live-kernel.ts';
export {
  type ConnectOptions,
  type ConnectOutcome,
  connectTo,
  LIVE_PROGRAMS,
  type LiveProgramName,
  type ServerOptions,
  serverProgram,
} from './live-programs.ts';
export { type Cidr, contains as subnetContains, parseCidr } from './subnet.ts';
export { type HostKernel, readHostKernel } from './target/host-kernel.ts';
export { likeHost, spaced } from './target/like-host.ts';
export { kernelText, type LinuxRun, type LinuxRunOptions, runOnLinux } from './target/run-on-linux.ts';
export { DEVICE_NAME_MAX } from './tun.ts';
