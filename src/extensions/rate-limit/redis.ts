import type { HoldStore, TurnStore } from './store.ts';

/** A connected client of yours: node-redis (`redis`, 4 and later) or ioredis, of Redis (5 and later) or Valkey. */
export interface RedisClient {
  eval(...args: never[]): PromiseLike<unknown>;
}

/** How keys are named in Redis. */
export interface RedisStoreOptions {
  /** Stands before every key. @default 'holdfast:' */
  readonly prefix?: string | undefined;
}

// GCRA on Redis' own clock, so that those of the processes don't matter. A state lives for as long as it says anything.
const RESERVE = `local t=redis.call('TIME')
local now=t[1]*1000+t[2]/1000
local tat=math.max(now,redis.call('GET',KEYS[1]) or 0)
local wait=math.max(0,tat-ARGV[2]-now)
if wait<=ARGV[3]+0 then
tat=tat+ARGV[1]
redis.call('SET',KEYS[1],tat,'PX',math.ceil(tat-now))
end
return math.ceil(wait)`;

/** Its life is the hold; a longer one stays. */
const HOLD = `local left=redis.call('PTTL',KEYS[1])
if ARGV[1]-left>0 then
redis.call('SET',KEYS[1],1,'PX',ARGV[1])
end
return left`;

/** What Redis says of the life of a key that isn't there. */
const NONE = -2;

/**
 * Shares limits and cool-downs through Redis or Valkey: one short script a call, on one key, so that a cluster will do.
 *
 * @example
 * const client = await createClient({ url: process.env.REDIS_URL }).on('error', console.error).connect();
 * const fetch = createFetch({ use: [rateLimit({ limit: 100, intervalMs: 1_000, store: redisStore(client) })] });
 * @see https://redis.io/docs/latest/develop/programmability/eval-intro/
 */
export const redisStore = (
  client: RedisClient,
  { prefix = 'holdfast:' }: RedisStoreOptions = {},
): TurnStore & HoldStore => {
  const run = async (script: string, name: string, ...values: readonly number[]): Promise<number> => {
    const redis = client as { eval(...args: unknown[]): PromiseLike<unknown> };
    const key = prefix + name;
    const args = values.map(String);
    // node-redis has `evalSha`, ioredis `evalsha`.
    const answer =
      'evalSha' in client ? redis.eval(script, { keys: [key], arguments: args }) : redis.eval(script, 1, key, ...args);
    return Number(await answer);
  };
  return {
    async reserve(key, { gapMs, burst, maxWaitMs }) {
      const waitMs = await run(RESERVE, key, gapMs, gapMs * (burst - 1), maxWaitMs);
      return { waitMs, taken: waitMs <= maxWaitMs };
    },
    hold: (key, ms) => run(HOLD, `${key}:held`, Math.ceil(ms)),
    held: key => run(HOLD, `${key}:held`, NONE),
  };
};
