/**
 * What happens to calls, on channels of `node:diagnostics_channel`, where the runtime has it: `holdfast:attempt`,
 * `holdfast:retry` and `holdfast:end`, each with a `CallEvent`. Costs a look at three flags where nobody listens.
 */

import type { CallEvent, Extension } from './call.ts';
import type { Policy } from './options.ts';

interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}
type Channels = Readonly<Record<CallEvent['type'], Channel>>;

interface Builtins {
  readonly process?: {
    getBuiltinModule?(name: 'node:diagnostics_channel'): { channel(name: string): Channel } | undefined;
  };
}

/** `undefined` in browsers, and wherever else the runtime has none. */
const open = (): Channels | undefined => {
  try {
    const module = (globalThis as unknown as Builtins).process?.getBuiltinModule?.('node:diagnostics_channel');
    return (
      module && {
        attempt: module.channel('holdfast:attempt'),
        retry: module.channel('holdfast:retry'),
        end: module.channel('holdfast:end'),
      }
    );
  } catch {
    return undefined; // a `process` that only looks like Node's
  }
};

// Held for good: a channel that nobody holds is collected, and its name then stands for another one.
const channels = /* @__PURE__ */ open();

const publisher: Extension = {
  name: 'diagnostics_channel',
  on: event => channels?.[event.type].publish(event),
};

/** The policy itself while nobody listens, else one whose calls are published. Subscribers come and go: ask at each call. */
export const withDiagnostics = <P extends Policy>(policy: P): P =>
  channels && (channels.attempt.hasSubscribers || channels.retry.hasSubscribers || channels.end.hasSubscribers)
    ? { ...policy, use: [...policy.use, publisher] }
    : policy;
