/** What is published is what is measured: the bundle, not the sources. */
import type * as Source from '../src/index.ts';

const bundle = new URL('../dist/index.js', import.meta.url).href;
export const { createClient, createFetch } = (await import(bundle)) as typeof Source;
