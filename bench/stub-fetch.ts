/** A platform without a network: answers at once, as the server would. */
const SMALL = JSON.stringify({ id: 1, name: 'a thing', tags: ['small', 'json'], price: 12.5 });
const headers = { 'content-type': 'application/json' };

let asked = 0;

export const stubFetch = async (input: string | URL | Request): Promise<Response> => {
  const url = typeof input === 'string' ? input : input instanceof Request ? input.url : input.href;
  if (url.endsWith('/down')) return new Response(SMALL, { status: 503, headers });
  if (url.endsWith('/flaky')) return new Response(SMALL, { status: ++asked % 3 === 0 ? 200 : 503, headers });
  return new Response(SMALL, { status: 200, headers });
};
