/** Lets everything go that nobody holds. */
export const collect = async (rounds = 20): Promise<void> => {
  for (let round = 0; round < rounds; round++) {
    globalThis.gc?.();
    await new Promise(setImmediate);
  }
};
