/**
 * Finagle's retry budget, which Linkerd took over: within any 10 s a fifth of the calls may be repeated, and 10 a second
 * besides. It comes without a backoff; ours, so that only the budgets differ.
 *
 * @see https://twitter.github.io/finagle/guide/Clients.html#retry-budget
 */
import { loop } from '../loop.ts';
import type { Fetch, Policy } from '../policy.ts';
import { plainWaitMs } from './unlimited.ts';

const WINDOW_MS = 10_000;
const SHARE = 0.2;
const PER_SECOND = 10;
const SLOTS = 10;

/** A sum over the last ten seconds, forgotten second by second. */
const createWindow = (now: () => number) => {
  const sums: number[] = Array(SLOTS).fill(0);
  let slot = 0;
  const turn = (): void => {
    const current = Math.floor((now() * SLOTS) / WINDOW_MS);
    for (slot = Math.max(slot, current - SLOTS); slot < current; ) sums[++slot % SLOTS] = 0;
  };
  return {
    add: (amount: number): void => {
      turn();
      sums[slot % SLOTS]! += amount;
    },
    sum: (): number => {
      turn();
      return sums.reduce((sum, each) => sum + each, 0);
    },
  };
};

export const finagle: Policy = {
  name: 'Finagle',
  make: surroundings => {
    const balance = createWindow(surroundings.runtime.now);
    const reserve = (PER_SECOND * WINDOW_MS) / 1000;
    const fetch = loop(surroundings, {
      limit: surroundings.limit,
      waitMs: plainWaitMs,
      pays: () => {
        if (balance.sum() + reserve < 1) return false;
        balance.add(-1);
        return true;
      },
    });
    const counted: Fetch = (input, init) => {
      balance.add(SHARE);
      return fetch(input, init);
    };
    return counted;
  },
};
