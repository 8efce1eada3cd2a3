// A channel that nobody held would be collected between a call and the one that subscribes to its name.
import { subscribe } from 'node:diagnostics_channel';
import { diagnostics } from '../../../src/extensions/diagnostics.ts';
import { createFetch } from '../../../src/fetch.ts';
import { collect } from './gc.ts';

const heard: string[] = [];
const fetch = createFetch({ use: [diagnostics()], fetch: async () => new Response('ok') });
await fetch('http://localhost/');
await collect();
for (const type of ['attempt', 'retry', 'end']) subscribe(`holdfast:${type}`, () => void heard.push(type));
await collect();
await fetch('http://localhost/');
console.log(JSON.stringify({ heard }));
