/** What the demo's server does to a request instead of answering it well. `…-before`: nothing is applied. `…-after`: the write is. */
export type Fault =
  | 'unavailable-before'
  | 'throttled-before'
  | 'reset-before'
  | 'stall-before'
  | 'error-after'
  | 'reset-after'
  | 'stall-after';

/** Which fault the nth request for a write meets, from 1; `undefined` for none. */
export type Faults = (ref: string, nth: number) => Fault | undefined;

/** Shares of all requests. No real service is this bad for long; here a few thousand calls must meet everything. */
export const RATES: Readonly<Record<Fault, number>> = {
  'unavailable-before': 0.06,
  'throttled-before': 0.03,
  'reset-before': 0.05,
  'stall-before': 0.01,
  'error-after': 0.06,
  'reset-after': 0.05,
  'stall-after': 0.01,
};

/** Text → [0, 1): FNV-1a, stirred by the last steps of MurmurHash3 so that neighbours share nothing. */
const chance = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};

/**
 * Faults from a seed. Drawn from seed, write and attempt, not from a running sequence: the order in which concurrent
 * requests arrive differs from run to run, the weather of a call does not, whoever makes it.
 */
export const seededFaults =
  (seed: number, rates: Readonly<Partial<Record<Fault, number>>> = RATES): Faults =>
  (ref, nth) => {
    let drawn = chance(`${seed}/${ref}/${nth}`);
    for (const [fault, rate] of Object.entries(rates)) {
      drawn -= rate;
      if (drawn < 0) return fault as Fault;
    }
    return undefined;
  };
