import type { Arrived, Cors, Step } from './server.ts';

/** Where the behaviours run, and against which server. */
export interface Target {
  readonly runtime: string;
  readonly origin: string;
  /** The same server on another origin. */
  readonly otherOrigin: string;
  /** Nothing listens there. */
  readonly refused: string;
  /** The same server, with a certificate of its own making. */
  readonly selfSigned: string;
}

/** What a behaviour works with. It has a stage of its own on the server. */
export interface Env extends Target {
  /** Plays the script of this behaviour. */
  readonly url: string;
  /** The same on another origin. */
  readonly otherUrl: string;
  /** Sets the script: one step a request, the last one goes on. A number is short for a status. */
  script(...steps: readonly (number | Step)[]): Promise<void>;
  /** The script, and what the server allows pages of other origins. */
  scriptWithCors(cors: Cors, ...steps: readonly (number | Step)[]): Promise<void>;
  /** What has arrived, in order. */
  arrived(): Promise<readonly Arrived[]>;
  /** How many requests have arrived. */
  requests(): Promise<number>;
  /** How often a browser asked first. */
  preflights(): Promise<number>;
  /** Resolves when that many requests have arrived. */
  until(count: number): Promise<void>;
  /** Lets the second piece of a gated body go. */
  go(): Promise<void>;
}

/** What holdfast does, as a value observed and a value expected. */
export interface Behaviour {
  readonly name: string;
  readonly expect: unknown;
  /** Gives what was observed: compared as JSON. */
  run(env: Env): Promise<unknown>;
}

/** The platform's own, whatever a behaviour puts in its place. */
const control = globalThis.fetch.bind(globalThis);

const expand = (step: number | Step): Step =>
  typeof step === 'object'
    ? step
    : { status: step, headers: { 'content-type': 'text/plain' }, ...(step !== 204 && { body: `status ${step}` }) };

/** A stage of its own for one behaviour. */
export const stage = (target: Target): Env => {
  const id = crypto.randomUUID();
  const ask = async (path: string, init?: RequestInit): Promise<unknown> => {
    const response = await control(`${target.origin}/${path}`, init);
    return response.json();
  };
  const seen = async () => (await ask(`seen/${id}`)) as { arrived: readonly Arrived[]; preflights: number };
  const scriptWithCors: Env['scriptWithCors'] = async (cors, ...steps) => {
    await ask(`script/${id}`, { method: 'POST', body: JSON.stringify({ cors, steps: steps.map(expand) }) });
  };
  return {
    ...target,
    url: `${target.origin}/play/${id}`,
    otherUrl: `${target.otherOrigin}/play/${id}`,
    scriptWithCors,
    script: (...steps) => scriptWithCors('open', ...steps),
    arrived: async () => (await seen()).arrived,
    requests: async () => (await seen()).arrived.length,
    preflights: async () => (await seen()).preflights,
    until: async count => void (await ask(`arrived/${id}/${count}`)),
    go: async () => void (await ask(`go/${id}`, { method: 'POST' })),
  };
};
