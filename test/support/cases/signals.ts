import type { Case, Stage } from '../observe.ts';
import { OK, RESET, STALL } from '../server.ts';

const aborted = (reason?: unknown) => (reason === undefined ? AbortSignal.abort() : AbortSignal.abort(reason));

const flight = (name: string, method: string, abort: (controller: AbortController) => void): Case => {
  let controller: AbortController;
  return {
    name: `signal: in flight, ${name}, ${method}`,
    script: () => [STALL],
    args: ({ origin }) => {
      controller = new AbortController();
      return [origin, { method, signal: controller.signal }];
    },
    during: async (_: Stage, arrived) => {
      await arrived(1);
      abort(controller);
    },
  };
};

const detached = (name: string, init: object): Case => ({
  name: `signal: aborted Request, ${name}`,
  args: ({ origin }) => [new Request(origin, { signal: AbortSignal.abort(new RangeError('mine')) }), init],
});

/** Signals, and failures of the connection. */
export const signals: readonly Case[] = [
  ...[undefined, 'a word', 7, null, false, { plain: 1 }, new RangeError('mine')].flatMap(reason => [
    {
      name: `signal: aborted before, ${String(reason)}`,
      args: ({ origin }: Stage) => [origin, { signal: aborted(reason) }] as const,
    },
    flight(String(reason), 'GET', controller => controller.abort(reason)),
    flight(String(reason), 'POST', controller => controller.abort(reason)),
  ]),
  {
    name: 'signal: times out',
    args: ({ origin }) => [origin, { signal: AbortSignal.timeout(100), method: 'POST' }],
    script: () => [STALL],
  },
  { name: 'signal: any', args: ({ origin }) => [origin, { signal: AbortSignal.any([aborted('x')]) }] },
  { name: 'signal: not aborted', args: ({ origin }) => [origin, { signal: new AbortController().signal }] },
  { name: 'signal: null', args: ({ origin }) => [origin, { signal: null }] },
  { name: 'signal: {}', args: ({ origin }) => [origin, { signal: {} }] },
  { name: 'signal: an EventTarget', args: ({ origin }) => [origin, { signal: new EventTarget() }] },
  { name: 'signal: a string', args: ({ origin }) => [origin, { signal: 'abort' }] },
  detached('alone', {}),
  detached('and null', { signal: null }),
  detached('and undefined', { signal: undefined }),
  detached('and another', { signal: new AbortController().signal }),
  {
    name: 'signal: aborted, Request POST',
    args: ({ origin }) => [new Request(origin, { method: 'POST', body: 'x', signal: aborted('x') })],
  },
  {
    name: 'signal: aborted and invalid URL',
    args: () => ['http://[bad', { signal: aborted('x') }],
  },
  { name: 'connection reset', args: ({ origin }) => [origin], script: () => [RESET], transient: true },
  {
    name: 'connection reset, POST',
    args: ({ origin }) => [origin, { method: 'POST', body: 'x' }],
    script: () => [RESET],
    transient: true,
  },
  {
    name: 'reset before reading',
    args: ({ origin }) => [origin, { method: 'PUT', body: 'x' }],
    script: () => [{ ...RESET, early: true }],
    transient: true,
  },
  { name: 'nobody listens', args: () => ['http://127.0.0.1:2/'], transient: true },
  {
    name: 'bare 500, kept as it is',
    args: ({ origin }) => [origin],
    script: () => [{ ...OK, status: 500 }],
    transient: true,
  },
  {
    name: '429 with a body',
    args: ({ origin }) => [origin, { method: 'POST', body: 'x' }],
    script: () => [{ ...OK, status: 429 }],
    transient: true,
  },
];
