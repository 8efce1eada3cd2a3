import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBudget } from '../../src/policy/budget.ts';

describe('budget', () => {
  it('pays a retry with one token, and gets a part back for a success', () => {
    const budget = createBudget({ capacity: 2, refill: 0.5 });
    expect(budget.tokens('a')).toBe(2);
    expect(budget.full).toBe(true);
    budget.take('a');
    expect(budget.tokens('a')).toBe(1);
    expect(budget.full).toBe(false);
    budget.take('a');
    expect(budget.tokens('a')).toBe(0);
    budget.giveBack('a');
    expect(budget.tokens('a')).toBe(0.5);
    for (let i = 0; i < 3; i++) budget.giveBack('a');
    expect(budget.tokens('a')).toBe(2);
    expect(budget.full).toBe(true);
  });

  it('never holds more than its capacity', () => {
    const budget = createBudget({ capacity: 2, refill: 5 });
    budget.giveBack('a');
    expect(budget.tokens('a')).toBe(2);
    expect(budget.full).toBe(true);
  });

  it('counts each origin by itself', () => {
    const budget = createBudget({ capacity: 1, refill: 1 });
    budget.take('a');
    expect([budget.tokens('a'), budget.tokens('b')]).toEqual([0, 1]);
    budget.giveBack('b');
    expect(budget.tokens('a')).toBe(0);
  });

  it('gives nothing back where nothing is refilled', () => {
    const budget = createBudget({ capacity: 1, refill: 0 });
    budget.take('a');
    budget.giveBack('a');
    expect(budget.tokens('a')).toBe(0);
  });

  it('pays for no more retries than its capacity and what the successes gave back', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.boolean()), { maxLength: 300 });
    fc.assert(
      fc.property(fc.nat(5), fc.constantFrom(0, 0.1, 0.3, 1), steps, (capacity, refill, each) => {
        const budget = createBudget({ capacity, refill });
        const counts = { a: { retries: 0, successes: 0 }, b: { retries: 0, successes: 0 } };
        for (const [origin, success] of each) {
          const count = counts[origin as 'a' | 'b'];
          if (success) {
            budget.giveBack(origin);
            count.successes++;
          } else if (budget.tokens(origin) >= 1) {
            budget.take(origin);
            count.retries++;
          }
          expect(count.retries).toBeLessThanOrEqual(capacity + refill * count.successes + 1e-9);
          expect(budget.tokens(origin)).toBeGreaterThanOrEqual(-1e-9);
          expect(budget.tokens(origin)).toBeLessThanOrEqual(capacity);
        }
      }),
    );
  });

  it('remembers a thousand origins, and forgets the one that has been short longest', () => {
    const budget = createBudget({ capacity: 1, refill: 0.1 });
    for (let i = 0; i < 1000; i++) budget.take(`o${i}`);
    budget.take('o1'); // known already: nobody is forgotten for it
    expect(budget.tokens('o0')).toBe(0);
    budget.take('one more');
    expect([budget.tokens('o0'), budget.tokens('o1'), budget.tokens('o2'), budget.tokens('one more')]).toEqual([
      1, -1, 0, 0,
    ]);
    for (let i = 0; i < 5000; i++) budget.take(`p${i}`);
    expect([budget.tokens('p3999'), budget.tokens('p4000'), budget.tokens('p4999')]).toEqual([1, 0, 0]);
  });
});
