import { client, dropIn } from '../../probes.ts';

const thing = { name: 'a' };

export const POST = async (): Promise<Response> => {
  const url = `${process.env.UPSTREAM}/post`;
  const response = await dropIn(`${url}/drop-in`, { method: 'POST', body: JSON.stringify(thing) });
  const { status } = await client.post(`${url}/client`, { json: thing }).json<{ status: number }>();
  return new Response(`${response.status} ${status}`);
};
