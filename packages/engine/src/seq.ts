// 32-bit sequence arithmetic. Sequence numbers are int32 (`x | 0`) everywhere in the engine and are compared modulo
// 2^32, so no number here ever leaves the small-integer range of a JavaScript engine.

/** a < b modulo 2^32. @kernel before() include/net/tcp.h v6.18 */
export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;

/** a > b modulo 2^32. @kernel after() include/net/tcp.h v6.18 */
export const after = (a: number, b: number): boolean => ((b - a) | 0) < 0;

/** lo <= seq <= hi modulo 2^32. @kernel between() include/net/tcp.h v6.18 */
export const between = (seq: number, lo: number, hi: number): boolean => (hi - lo) >>> 0 >= (seq - lo) >>> 0;

/** The later of two sequence numbers. */
export const seqMax = (a: number, b: number): number => (after(a, b) ? a : b);

/** An int32 shown as the uint32 that packets and tools print. */
export const u32 = (x: number): number => x >>> 0;
