import { createClient, createFetch, fetch } from 'holdfast';

type Send = (url: string) => Promise<{ readonly status: number }>;

const retry = { backoff: () => 1 };
const next = { revalidate: 60 };

export const dropIn = createFetch({ retry });
export const client = createClient({ retry });
const timed = createFetch({ retry, timeout: 5_000 });
const revalidated = createFetch({ retry, next });
const timeless = createClient({ retry, timeout: false, totalTimeout: false });

const bare: Send = url => globalThis.fetch(url);

const inTurn = async (send: Send, url: string) => {
  await send(url);
  return send(url);
};
const atOnce = async (send: Send, url: string) => (await Promise.all([send(url), send(url)]))[1];

/** What a page does in its render with a URL of its own, by the page's name. The server's JSON has its `status`, too. */
export const probes: Record<string, Send> = {
  fetch,
  'create-fetch': url => dropIn(url),
  'create-fetch-timeout': url => timed(url),
  'create-fetch-next': url => revalidated(url),
  'init-next': url => dropIn(url, { next }),
  'init-next-timeout': url => timed(url, { next }),
  request: url => dropIn(new Request(url)),
  'request-timeout': url => timed(new Request(url)),
  'request-next': url => dropIn(new Request(url), { next }),
  head: url => dropIn(url, { method: 'HEAD' }),
  client: url => client.get(url).json(),
  'client-next': url => client.get(url, { next }).json(),
  'client-timeless': url => timeless.get(url).json(),
  'client-timeless-next': url => timeless.get(url, { next }).json(),
  'client-head': url => timeless.head(url),
  'create-fetch-404': url => dropIn(url),
  'client-404': url => client.get(url).json(),
  'in-turn': async url => {
    await inTurn(bare, `${url}/bare`);
    return inTurn(dropIn, `${url}/drop-in`);
  },
  'at-once': async url => {
    await atOnce(bare, `${url}/bare`);
    return atOnce(dropIn, `${url}/drop-in`);
  },
};
