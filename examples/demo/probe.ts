import { type CallEvent, createClient, type Extension, type Outcome } from '../../src/index.ts';
import type { Out } from './report.ts';

/** A call to any URL, as the command line asks for it. */
export interface ProbeOptions {
  readonly url: string;
  readonly method: string;
  readonly data: string | undefined;
  readonly headers: Headers;
  /** Milliseconds an attempt may take; `undefined` for the client's default. */
  readonly timeout: number | undefined;
  readonly retries: number | undefined;
  readonly signal: AbortSignal;
}

/** What a server sent may hold escape codes: on a terminal they would be obeyed. */
const printable = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');

/** A class alone, but for what adds to it; messages of the client's errors may hold the URL with its query. */
const told = (classification: string, outcome: Outcome): string => {
  if (outcome.kind === 'answer') return `${outcome.status}, ${classification}`;
  const { cause } = Object(outcome.error) as { cause?: { message?: unknown } };
  return typeof cause?.message === 'string' ? `${classification} (${cause.message})` : classification;
};

const line = (event: CallEvent): string => {
  if (event.type === 'attempt') {
    const { number, call } = event.attempt;
    const { origin, pathname } = new URL(call.url); // a query may hold a secret
    return `attempt ${number}: ${call.method} ${origin}${pathname}\n`;
  }
  const result = `  ${told(event.classification, event.outcome)} at ${Math.round(event.durationMs)} ms`;
  if (event.type === 'retry') {
    const { delayMs, delayFrom } = event.verdict;
    return `${result}; again in ${Math.round(delayMs)} ms, by ${delayFrom}\n`;
  }
  return `${result}${event.stopped ? `; stopped: ${event.stopped}` : ''}\n\n`;
};

/** Prints a call as it goes. */
const narrator = (out: Out): Extension => ({
  name: 'narrator',
  on: event => void out.write(printable(line(event))),
});

const show = (out: Out, { status, statusText, headers }: Response, body: string): void => {
  out.write(printable(`${status} ${statusText}\n`));
  for (const [name, value] of headers) out.write(printable(`${name}: ${value}\n`));
  out.write(`\n${printable(body)}\n`);
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Makes the call with the client, tells of every attempt, prints what it ended in. Resolves to whether it ended well. */
export const probe = async (options: ProbeOptions, out: Out): Promise<boolean> => {
  const { url, method, data, timeout, retries, signal } = options;
  const headers = new Headers(options.headers);
  if (data !== undefined && isJson(data) && !headers.has('content-type'))
    headers.set('content-type', 'application/json');
  const client = createClient({
    service: new URL(url).host,
    use: [narrator(out)],
    ...(timeout !== undefined && { timeout }),
    ...(retries !== undefined && { retry: retries }),
  });
  try {
    const response = await client(url, { method, headers, signal, ...(data !== undefined && { body: data }) });
    show(out, response, await response.text());
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    // An answered error keeps its answer, where it is not printed by accident.
    const {
      response,
      data: body,
      delivery,
    } = Object(error) as { response?: Response; data?: unknown; delivery?: string };
    if (response) show(out, response, typeof body === 'string' ? body : JSON.stringify(body ?? null, null, 2));
    out.write(`${printable(String(error))}\n`);
    if (delivery && !/^(GET|HEAD)$/i.test(method)) out.write(`was it applied? ${delivery}\n`);
    return false;
  }
};
