import { duration } from '../errors/text.ts';
import type { LogRecord, RecordPast } from './record.ts';

/** `503 + 1.2 s`: what an attempt came to, and the wait that followed. */
const past = ({ status, failure, kind, delayMs }: RecordPast): string =>
  `${status ?? failure ?? kind}${delayMs === undefined ? '' : ` + ${duration(delayMs)}`}`;

/** What followed, and why. */
const outcome = (record: LogRecord): string => {
  const { attempts, delayMs = 0, delayFrom, stopped, delivery, durationMs, history } = record;
  if (!history)
    return `attempt ${attempts}, again in ${duration(delayMs)}${delayFrom === 'server' ? ' as the server asked' : ''}`;
  const steps = history.length > 1 ? ` (${history.map(past).join(', ')})` : '';
  const all = `${record.event} after ${attempts} attempt${attempts === 1 ? '' : 's'} in ${duration(durationMs)}${steps}`;
  return `${all}${stopped ? `: ${stopped}` : ''}${delivery ? `, delivery ${delivery}` : ''}`;
};

/** A record in words, without its time and level: `docs POST https://… 503 server, attempt 1, again in 1.2 s`. */
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
