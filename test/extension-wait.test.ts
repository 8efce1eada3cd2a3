import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Attempt, Extension } from '../src/call.ts';
import { DOORS } from './support/doors.ts';
import { logbook } from './support/logbook.ts';

type Around = NonNullable<Extension['around']>;

const never = (): Promise<never> => new Promise(() => {});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe.each(DOORS)('a wait in around, through %s', (_, door) => {
  /** A fetch that never answers, and hears its signal. */
  const deaf = () => {
    const signals: AbortSignal[] = [];
    const fetch: typeof globalThis.fetch = (input, init) => {
      const signal = init?.signal ?? (input as Request).signal;
      signals.push(signal);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    return { signals, fetch };
  };

  test('is no part of the attempt’s timeout, which begins with `send()`', async () => {
    const { fetch, signals } = deaf();
    const around: Around = async (_attempt, send) => {
      await new Promise(resolve => setTimeout(resolve, 10_000));
      return send();
    };
    const call = door({ use: [{ name: 'wait', around }], fetch, timeout: 50, retry: 0 })('https://api.test/');
    await vi.advanceTimersByTimeAsync(9_999);
    expect(signals).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(50);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await vi.advanceTimersByTimeAsync(2);
    expect(await call).toMatchObject({ name: expect.stringMatching(/TimeoutError$/) });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that hears no signal ends with the total timeout; a first attempt’s was not sent', async () => {
    const book = logbook();
    const fetch = vi.fn(globalThis.fetch);
    const use = [{ name: 'never', around: never }, book.log];
    const call = door({ use, fetch, totalTimeout: 5_000 })('https://api.test/', { method: 'POST', body: 'x' });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(book.records).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await call).toMatchObject({ name: expect.stringMatching(/TimeoutError$/) });
    expect(fetch).not.toHaveBeenCalled();
    expect(book.records).toMatchObject([
      { event: 'failed', kind: 'timeout', stopped: 'deadline', delivery: 'not-sent', attempts: 1 },
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('its signal aborts when the total timeout ends, and `remainingMs` counts down', async () => {
    let attempt: Attempt | undefined;
    const around: Around = given => {
      attempt = given;
      return never();
    };
    const call = door({ use: [{ name: 'never', around }], totalTimeout: 5_000 })('https://api.test/');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(attempt!.remainingMs).toBeCloseTo(3_000, 0);
    expect(attempt!.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(3_000);
    await call;
    expect(attempt!.signal.aborted).toBe(true);
    expect(attempt!.signal.reason).toMatchObject({ name: 'TimeoutError' });
    expect(attempt!.remainingMs).toBe(0);
  });
});
