// Claims about the CPUs of a host, looked up in its record.

import type { Claim } from './expectation.ts';
import type { HostResult, ProcessRecord } from './result.ts';

export type CpuClaim = Claim & { readonly kind: 'cpu' | 'cpu-message' | 'run-delay' | 'switches' | 'call' };

const CPU_KINDS: readonly Claim['kind'][] = ['cpu', 'cpu-message', 'run-delay', 'switches', 'call'];
export const isCpuClaim = (claim: Claim): claim is CpuClaim => CPU_KINDS.includes(claim.kind);

/** A value, or why there is none. */
export type Looked = number | string;

/** Mean of the part of the series that lies in [fromNs, toNs). */
function meanIn(
  series: readonly (readonly [number, number])[],
  endedNs: number,
  fromNs: number,
  toNs: number,
): Looked {
  let sum = 0;
  let lasted = 0;
  series.forEach(([startNs, share], i) => {
    const endNs = series[i + 1]?.[0] ?? endedNs;
    const ns = Math.min(endNs, toNs) - Math.max(startNs, fromNs);
    if (ns <= 0) return;
    sum += ns * share;
    lasted += ns;
  });
  return lasted === 0 ? 'the run ended before' : Math.round((sum / lasted) * 1e6) / 1e6;
}

const messagesOf = (processes: readonly ProcessRecord[]): number =>
  processes.flatMap((p) => p.calls).reduce((n, c) => (c.call === 'sendto' ? n + c.calls - c.errors : n), 0);

function switchesOf(claim: CpuClaim & { kind: 'switches' }, host: HostResult): Looked {
  const own = host.processes.filter((p) => claim.process === null || p.name === claim.process);
  if (own.length === 0 && claim.process !== null) return `no process ${claim.process}`;
  const switches = own.reduce((n, p) => n + p.voluntarySwitches + p.involuntarySwitches, 0);
  if (!claim.perMessage) return switches;
  const messages = messagesOf(own);
  return messages === 0 ? 'no message' : Math.round((switches / messages) * 1e4) / 1e4;
}

/** CPU time of the host, whoever spent it, over what its processes sent. */
function messageNs({ cpu, processes }: HostResult): Looked {
  const messages = messagesOf(processes);
  if (cpu === null || messages === 0) return 'no message';
  return Math.round((cpu.userNs + cpu.systemNs + cpu.softirqNs + cpu.switchNs) / messages);
}

function callOf(claim: CpuClaim & { kind: 'call' }, host: HostResult): Looked {
  const process = host.processes.find((p) => p.name === claim.process);
  if (process === undefined) return `no process ${claim.process}`;
  const found = process.calls.find((c) => c.call === claim.call);
  if (claim.what === 'calls') return found?.calls ?? 0;
  const all = process.calls.reduce((ns, c) => ns + c.systemNs, 0);
  return all === 0 ? 'no call' : Math.round(((found?.systemNs ?? 0) / all) * 1e4) / 1e4;
}

/** What a claim looks at. */
export function cpuValue(claim: CpuClaim, host: HostResult, endedNs: number): Looked {
  const { cpu } = host;
  if (cpu === null) return 'no CPU model';
  switch (claim.kind) {
    case 'cpu':
      return claim.span === null
        ? cpu.utilisation
        : meanIn(cpu.series, endedNs, claim.span.fromNs, claim.span.toNs);
    case 'cpu-message':
      return messageNs(host);
    case 'run-delay':
      return cpu.runQueueDelay[claim.statistic];
    case 'switches':
      return switchesOf(claim, host);
    case 'call':
      return callOf(claim, host);
  }
}
