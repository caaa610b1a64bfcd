// All claims by number: the statements of the notes (N1 to N42), then the myths (M1 to M15).

import type { Claim } from './claim.ts';
import { MYTHS } from './myths.ts';
import { ANOMALIES } from './notes-anomalies.ts';
import { HANDSHAKE } from './notes-handshake.ts';
import { REMEDIES } from './notes-remedies.ts';

export const CLAIMS: Readonly<Record<string, Claim>> = { ...HANDSHAKE, ...ANOMALIES, ...REMEDIES, ...MYTHS };

/** `n21` and `N21` are the same; null when there is no claim of that number. */
export function claimNamed(text: string): string | null {
  const id = text.trim().toUpperCase();
  return Object.hasOwn(CLAIMS, id) ? id : null;
}
