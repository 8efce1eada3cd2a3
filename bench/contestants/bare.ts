import { overFetch, type Setup } from '../contestant.ts';

export const setup: Setup = ({ origin }) => overFetch(origin, (url, init) => globalThis.fetch(url, init));
