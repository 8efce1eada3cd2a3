// One call, and then the process should end by itself. Arguments: origin, mode.
import { createFetch } from '../../../src/fetch.ts';

const [, , origin = '', mode] = process.argv;
const fetch = createFetch({ retry: { backoff: () => 1 }, timeout: 30_000, totalTimeout: 60_000 });
const { signal } = new AbortController();
const { status } = await fetch(origin, mode === 'write' ? { method: 'POST', body: 'x', signal } : { signal });
console.log(JSON.stringify({ status, at: Date.now() }));
