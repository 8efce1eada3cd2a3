import { type Seen, type Step, serve } from './server.ts';

type Fetch = typeof globalThis.fetch;

/** What a case is made from: the two origins, and a place for facts of its own that are compared too. */
export interface Stage {
  readonly origin: string;
  readonly other: string;
  readonly facts: Record<string, unknown>;
}

export interface Case {
  readonly name: string;
  /** Fresh arguments for each run. `unknown`, since half of them are wrong on purpose. */
  readonly args: (stage: Stage) => readonly [input: unknown, init?: unknown];
  readonly script?: (stage: Stage) => readonly Step[];
  /** More to do while the call runs, such as an abort. */
  readonly during?: (stage: Stage, arrived: (count: number) => Promise<void>) => void | Promise<void>;
  /** It may be sent again, so only the first request is compared. */
  readonly transient?: true;
}

const BOUNDARY = /----formdata-undici-\d+|----holdfast-[\da-f-]{36}/g;

/** The request on the wire, minus what must differ: the boundary, its length, and a key that the caller did not set. */
const wire = ({ method, url, rawHeaders, headers, body }: Seen) => {
  const plain = (text: string) => text.replace(BOUNDARY, 'BOUNDARY');
  const length = headers['content-length'];
  return {
    method,
    url,
    headers: rawHeaders
      .filter(([name, value]) => name.toLowerCase() !== 'idempotency-key' || value === 'mine')
      .map(([name, value]) => [name, name.toLowerCase() === 'content-length' ? 'n' : plain(value)]),
    whole: length === undefined || Number(length) === body.length,
    body: plain(body.toString('latin1')),
  };
};

const errorOf = (error: unknown, depth = 0): unknown => {
  if (!(error instanceof Error) && !(error instanceof DOMException)) return { thrown: error };
  return {
    name: error.name,
    constructor: error.constructor.name,
    typeError: error instanceof TypeError,
    message: error.message.replace(/:\d{4,5}\b/g, ':port'),
    code: (error as { code?: unknown }).code,
    cause: error.cause === undefined || depth > 2 ? undefined : errorOf(error.cause, depth + 1),
  };
};

const answerOf = async (response: Response) => ({
  status: response.status,
  statusText: response.statusText,
  ok: response.ok,
  headers: [...response.headers].filter(([name]) => name !== 'date'),
  url: response.url,
  redirected: response.redirected,
  type: response.type,
  prototype: Object.getPrototypeOf(response) === Response.prototype,
  own: Reflect.ownKeys(response).filter(key => typeof key === 'string'),
  hasBody: response.body !== null,
  body: await response.text().catch(errorOf),
  used: response.bodyUsed,
});

/** What is left of the caller's own values. */
const inputsOf = ([input, init]: readonly [unknown, unknown?]) => ({
  input: input instanceof Request ? { used: input.bodyUsed, headers: [...input.headers.keys()] } : undefined,
  init: init instanceof Request ? { used: init.bodyUsed } : undefined,
});

/** Two servers, and a way to run a case through any fetch and write down all that can be seen of it. */
export const observer = async () => {
  const [main, second] = await Promise.all([serve(), serve()]);
  const observe = async (fetch: Fetch, { args, script, during, transient }: Case) => {
    const stage: Stage = { origin: main.origin, other: second.origin, facts: {} };
    main.script(...(script?.(stage) ?? []));
    second.script();
    const made = args(stage);
    const call = fetch(...(made as Parameters<Fetch>));
    const [result] = await Promise.all([
      call.then(
        async response => ({ answer: await answerOf(response) }),
        error => ({ rejection: errorOf(error) }),
      ),
      during?.(stage, main.arrived),
    ]);
    const seen = [...main.seen.slice(0, transient ? 1 : undefined), ...second.seen].map(wire);
    return { ...result, inputs: inputsOf(made), facts: stage.facts, seen };
  };
  return { observe, close: () => Promise.all([main.close(), second.close()]) };
};
