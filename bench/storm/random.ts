/** Numbers in [0, 1), the same ones for the same seed (mulberry32): two policies meet the same luck. */
export const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** The time until the next event of a Poisson process, and of work whose length nobody knows. */
export const exponentially = (random: () => number, meanMs: number): number => -Math.log(1 - random()) * meanMs;
