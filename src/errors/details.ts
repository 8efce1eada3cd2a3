import { headersOf } from '../policy/retry-after.ts';
import { dataOf } from './body.ts';
import { type ErrorDetails, type ErrorFormat, safely } from './format.ts';
import { readJson } from './json.ts';
import { isKind, kindOf } from './kinds.ts';
import { masker, type Sent } from './mask.ts';
import { readPage } from './page.ts';
import { requestIdOf } from './request-id.ts';
import { clean } from './text.ts';

/** What is there of an answer when its body is read. */
type Answer = Pick<Response, 'status' | 'headers'> & Partial<Pick<Response, 'statusText' | 'url'>>;

/**
 * What an answer says, with the user's formats first. Every value is a stranger's: only strings and numbers are taken, on one
 * line, cut, and with nothing in them of our own request, as `sent`. Never throws.
 */
export const readDetails = (
  body: unknown,
  answer: Answer,
  own: readonly ErrorFormat[] = [],
  sent?: Sent,
): ErrorDetails => {
  const { status, statusText, url } = answer;
  const headers = headersOf(answer as Response);
  const mask = sent ? masker(sent, url) : String;
  const string = (value: unknown, max = 100): string | undefined =>
    (typeof value === 'string' || typeof value === 'number' ? mask(clean(`${value}`, max)) : '') || undefined;
  const trust = (said: ErrorDetails): ErrorDetails | undefined => {
    // A format that is async by mistake must not end the process.
    if (said instanceof Promise) said.catch(() => {});
    const { message, code, type, param, requestId, kind } = said;
    const word = string(code)?.replace(/^.*#/, ''); // AWS: `com.amazonaws.dynamodb#ThrottlingException`
    const details = {
      message: string(message, 300),
      code: word === `${status}` ? undefined : word,
      type: string(type),
      param: string(param),
      requestId: string(requestId),
      kind: isKind(kind) ? kind : undefined,
    };
    return Object.values(details).some(Boolean) ? details : undefined;
  };

  // JSON may come under the name of text.
  const data = typeof body === 'string' ? dataOf(body) : body;
  const builtIn = (): ErrorDetails => (typeof data === 'string' ? readPage(data) : readJson(data, { status, headers }));
  const readers = [...own.map(format => () => format.parse?.(data, { status, headers })), builtIn];
  let details: ErrorDetails | undefined;
  for (const read of readers) details ??= safely(() => trust(read()!));
  const { message = string(statusText), requestId = string(requestIdOf(headers)) } = details ?? {};
  // AWS and Azure Storage name it there, too, and only there where there is no body.
  const header = headers.get('x-amzn-errortype') ?? headers.get('x-ms-error-code') ?? undefined;
  const code = details?.code ?? string(header?.replace(/:.*/, ''));
  const all = { ...details, message, code, requestId };
  return { ...all, kind: all.kind ?? kindOf(status, all) };
};
