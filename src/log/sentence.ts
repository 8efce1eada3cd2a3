import type { Past } from '../call.ts';
import { duration } from '../errors/text.ts';
import type { LogRecord } from './record.ts';

/** `503 + 1.2 s`: what an attempt came to, and the wait that followed. */
const past = ({ status, failure, kind, delayMs }: Past): string =>
  `${status ?? failure ?? kind}${delayMs === undefined ? '' : ` + ${duration(delayMs)}`}`;

/** What followed, and why. */
const outcome = ({
  event,
  attempts,
  delayMs = 0,
  delayFrom,
  stopped,
  delivery,
  durationMs,
  history,
}: LogRecord): string => {
  if (event === 'retry')
    return `attempt ${attempts}, again in ${duration(delayMs)}${delayFrom === 'server' ? ' as the server asked' : ''}`;
  const all = `${attempts} attempt${attempts === 1 ? '' : 's'} in ${duration(durationMs)}`;
  if (event === 'recovered') return `recovered after ${all}`;
  const steps = history && history.length > 1 ? ` (${history.map(past).join(', ')})` : '';
  return `failed after ${all}${steps}: ${stopped}, delivery ${delivery}`;
};

/** A record in words, without its time and level: `docs POST https://… 503 server-error, attempt 1, again in 1.2 s`. */
export const sentence = (record: LogRecord): string => {
  const { service, method, url, status, kind, failure, code, requestId } = record;
  const what = [
    service,
    method,
    url,
    status,
    kind === 'success' ? undefined : (code ?? failure ?? kind),
    requestId && `(${requestId})`,
  ];
  return `${what.filter(Boolean).join(' ')}, ${outcome(record)}`;
};
