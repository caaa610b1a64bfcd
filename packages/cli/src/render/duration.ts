// Times as people read them. Whole nanoseconds come in.

const UNITS: readonly (readonly [number, string])[] = [
  [1_000_000_000, 's'],
  [1_000_000, 'ms'],
  [1_000, 'us'],
];

/** Three significant digits: `1.03 s`, `250 ms`, `12.5 us`, `0 s`. */
export function duration(ns: number): string {
  if (ns === 0) return '0 s';
  for (const [size, unit] of UNITS) {
    const value = ns / size;
    if (value >= 1) return `${threeDigits(value)} ${unit}`;
  }
  return `${ns} ns`;
}

function threeDigits(value: number): string {
  if (value >= 100) return String(Math.round(value));
  const digits = value >= 10 ? 1 : 2;
  return trimZeros(value.toFixed(digits));
}

const trimZeros = (text: string): string => text.replace(/\.?0+$/, '');

/** Seconds since the start with `decimals` digits: the ladder's time column. */
export const clock = (ns: number, decimals: number): string => (ns / 1e9).toFixed(decimals);

/** As ss prints a timer: `980ms`, `1.02sec`, `1min12sec`. @kernel none, iproute2 misc/ss.c print_ms_timer */
export function ssTimer(ns: number): string {
  const ms = Math.max(0, Math.floor(ns / 1e6));
  const minutes = Math.floor(ms / 60_000);
  const seconds = Math.floor((ms % 60_000) / 1000);
  const rest = ms % 1000;
  if (minutes > 0) return `${minutes}min${seconds > 0 ? `${seconds}sec` : ''}`;
  if (seconds === 0) return `${rest}ms`;
  const fraction = rest === 0 ? '' : `.${String(rest).padStart(3, '0')}`.replace(/0+$/, '');
  return `${seconds}${seconds < 10 ? fraction : ''}sec`;
}
