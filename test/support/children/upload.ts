// Streams 200 MB up. Arguments: origin, form of the input.
import { createFetch } from '../../../src/fetch.ts';
import { collect } from './gc.ts';

const [, , origin = '', form] = process.argv;
const MB = 1_048_576;
const used = () => {
  const { rss, arrayBuffers } = process.memoryUsage();
  return { rss: rss / MB, arrayBuffers: arrayBuffers / MB };
};
const fetch = createFetch();
await (await fetch(origin, { method: 'POST', body: 'warm' })).text();
await collect(5);
const before = used();
const most = { rss: 0, arrayBuffers: 0 };
let left = 200;
const body = new ReadableStream({
  pull: controller => {
    if (left-- === 0) return controller.close();
    controller.enqueue(new Uint8Array(MB));
    if (left % 8 === 0) globalThis.gc?.();
    const now = used();
    most.rss = Math.max(most.rss, now.rss - before.rss);
    most.arrayBuffers = Math.max(most.arrayBuffers, now.arrayBuffers - before.arrayBuffers);
  },
});
// Without `redirect: 'error'` Node keeps all that is sent for a redirect that may come.
const init = { method: 'POST', body, duplex: 'half', redirect: 'error' } as RequestInit;
const response = await (form === 'Request' ? fetch(new Request(origin, init)) : fetch(origin, init));
console.log(JSON.stringify({ most, received: Number(await response.text()) / MB }));
