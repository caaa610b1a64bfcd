// Plays the probes of a claim on one kernel after the other, and says what came of it. A verdict is nothing but the
// evaluated lines of these runs.

import { linux, PROFILE_NAMES } from '@halfopen/engine';
import {
  type ExpectationResult,
  joinVariants,
  overrideScenario,
  readDocument,
  runScenario,
  type Scenario,
} from '@halfopen/simnet';
import type { Claim, Probe } from './claim.ts';

export type Verdict = 'true' | 'partly' | 'false';

/** Of one kernel: null where no probe means anything. */
export interface KernelVerdict {
  readonly kernel: string;
  readonly verdict: Verdict | null;
  /** For each probe that was played its lines. */
  readonly lines: readonly (readonly ExpectationResult[])[];
}

/** A scenario of the library as plain data. */
export type Library = (name: string) => Readonly<Record<string, unknown>>;

interface RawVariant {
  readonly name: string;
  readonly set?: object;
}

const OTHER: RawVariant = { name: 'nothing-changed' };

/** The document with the lines of a probe in place of its own, as variants that `readDocument()` takes. */
function documentOf(probe: Probe, library: Library): Readonly<Record<string, unknown>> {
  const base = typeof probe.scenario === 'string' ? library(probe.scenario) : probe.scenario;
  const own = (base.variants ?? []) as readonly RawVariant[];
  if (own.length > 0 && probe.variant === undefined) {
    const variants = own.map(({ name, set }) => ({ name, set: { ...set, ...probe.set } }));
    return { ...base, expect: probe.expect, variants };
  }
  const chosen = own.find((v) => v.name === probe.variant) ?? { name: 'probe' };
  const one = { name: chosen.name, set: { ...chosen.set, ...probe.set }, expect: probe.expect };
  return { ...base, expect: [], variants: [one, OTHER] };
}

/** The scenario on that kernel: all of its hosts, or the one that the probe names. */
function onKernel(scenario: Scenario, kernel: string, host: string | undefined): Scenario {
  if (host === undefined) return overrideScenario(scenario, { kernel });
  const hosts = scenario.hosts.map((h) => (h.name === host ? { ...h, kernel } : h));
  return { ...scenario, hosts };
}

/** The lines of one probe on one kernel; a step of a program that ended otherwise is among them. */
async function playProbe(
  probe: Probe,
  kernel: string,
  library: Library,
): Promise<readonly ExpectationResult[]> {
  if (linux(kernel) === null) throw new Error(`no kernel ${kernel}`);
  const document = readDocument(documentOf(probe, library));
  const all = document.variants.filter((v) => v.name !== OTHER.name);
  const variants = all.map((v) => ({ ...v, scenario: onKernel(v.scenario, kernel, probe.host) }));
  const results = [];
  for (const { scenario } of variants) results.push(await runScenario(scenario));
  return joinVariants({ ...document, variants }, results).expectations.map(({ text, ok, actual }) => ({
    text,
    ok,
    actual,
  }));
}

const isPlayedOn = (probe: Probe, kernel: string): boolean => probe.kernels?.includes(kernel) ?? true;

/** True where the lines of all probes hold, false where those of none do. */
function verdictOf(lines: readonly (readonly ExpectationResult[])[]): Verdict | null {
  if (lines.length === 0) return null;
  const held = lines.filter((own) => own.every((line) => line.ok)).length;
  if (held === lines.length) return 'true';
  return held === 0 ? 'false' : 'partly';
}

/** Newest kernel first. */
export async function playClaim(
  claim: Claim,
  library: Library,
  kernels: readonly string[] = PROFILE_NAMES,
): Promise<KernelVerdict[]> {
  const out: KernelVerdict[] = [];
  for (const kernel of kernels) {
    const lines = [];
    for (const probe of claim.probes)
      if (isPlayedOn(probe, kernel)) lines.push(await playProbe(probe, kernel, library));
    out.push({ kernel, verdict: verdictOf(lines), lines });
  }
  return out;
}
