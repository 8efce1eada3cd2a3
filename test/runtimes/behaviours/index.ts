import type { Behaviour } from '../behaviour.ts';
import { aborts } from './aborts.ts';
import { bodies } from './bodies.ts';
import { crossOrigin } from './cross-origin.ts';
import { errors } from './errors.ts';
import { failures } from './failures.ts';
import { keys } from './keys.ts';
import { refusals } from './refusals.ts';
import { retries } from './retries.ts';
import { retryAfter } from './retry-after.ts';
import { seams } from './seams.ts';
import { strangers } from './strangers.ts';
import { streams } from './streams.ts';
import { timeouts } from './timeouts.ts';
import { uploads } from './uploads.ts';

/** Everything that must hold on every runtime. */
export const behaviours: readonly Behaviour[] = [
  ...retries,
  ...keys,
  ...bodies,
  ...aborts,
  ...timeouts,
  ...retryAfter,
  ...streams,
  ...uploads,
  ...failures,
  ...refusals,
  ...errors,
  ...seams,
  ...strangers,
  ...crossOrigin,
];
