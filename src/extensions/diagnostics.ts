/** `holdfast/diagnostics`: what happens to calls, on channels of `node:diagnostics_channel`. */

import type { CallEvent, Extension } from '../call.ts';

interface Channel {
  publish(message: unknown): void;
}

interface Builtins {
  readonly process?: {
    getBuiltinModule?(name: 'node:diagnostics_channel'): { channel(name: string): Channel } | undefined;
  };
}

/**
 * An extension that publishes each `CallEvent` on `holdfast:attempt`, `holdfast:retry` or `holdfast:end`, for whoever
 * subscribes. Where the runtime has no such channels (browsers), it does nothing.
 *
 * @example
 * const fetch = createFetch({ use: [diagnostics()] });
 * @see https://nodejs.org/api/diagnostics_channel.html
 */
export const diagnostics = (): Extension => {
  // Held for good: a channel that nobody holds is collected, and its name then stands for another one.
  const channels: Partial<Record<CallEvent['type'], Channel>> = {};
  try {
    const { process } = globalThis as unknown as Builtins;
    const module = process?.getBuiltinModule?.('node:diagnostics_channel');
    for (const type of ['attempt', 'retry', 'end'] as const) {
      if (module) channels[type] = module.channel(`holdfast:${type}`);
    }
  } catch {} // not allowed to have any
  return {
    name: 'diagnostics',
    on: event => channels[event.type]?.publish(event),
  };
};
