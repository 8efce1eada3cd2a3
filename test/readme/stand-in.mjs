// Stands in for the services that the README names: no request leaves the machine.

const json = (body, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const { hostname, pathname } = new URL(request.url);
  if (!/^api(\.docs)?\.example(\.com)?$/.test(hostname)) throw new Error(`${request.url} is no place of the README's`);
  if (pathname.endsWith('/things/0')) return json({ message: 'Resource not found', error_code: 'NOT_FOUND' }, 404);
  if (request.method === 'POST' && !(await request.json()).name) {
    return json(
      { error: { code: 'parameter_missing', message: 'Missing required parameter: name.', param: 'name' } },
      400,
    );
  }
  return json({ id: 'thing-1' });
};
