import { headersOf } from '../policy/retry-after.ts';
import { safely } from './format.ts';

/** How much of an error's body is read, and for how long. */
const MAX_BYTES = 10_485_760;
export const BODY_MS = 2_000;

/** Of the charset that is named, or UTF-8 where nobody knows that. */
const decoderFor = (response: Response): TextDecoder => {
  const [, charset] = /;\s*charset\s*=\s*"?([^";,\s]+)/i.exec(headersOf(response).get('content-type') ?? '') ?? [];
  return safely(() => new TextDecoder(charset)) ?? new TextDecoder();
};

/**
 * A body's text, as far as it came within the bounds. `late`: time ended it. What is broken, or somebody else's, ends there.
 * Read from a clone, so that the answer can still be read where its body was whole; where it wasn't, both are let go.
 */
export const readText = async (response: Response, ms: number): Promise<{ text: string; late: boolean }> => {
  const { body, bodyUsed } = response;
  let text = '';
  let late = false;
  if (bodyUsed || body?.locked) return { text, late };
  const decoder = decoderFor(response);
  const reader =
    typeof body?.getReader === 'function' ? (safely(() => response.clone().body) ?? body).getReader() : undefined;
  let isWhole = false;
  const read = async (): Promise<void> => {
    // Of another make: what its own `text` says.
    if (!reader) text = String(await response.text());
    for (let left = MAX_BYTES; reader && left > 0; ) {
      const { done, value } = await reader.read();
      isWhole = done;
      if (done || late) return;
      text += decoder.decode(value.subarray(0, left), { stream: true });
      left -= value.byteLength;
    }
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeUp = new Promise<void>(resolve => {
    timer = setTimeout(() => {
      late = true;
      resolve();
    }, ms);
  });
  await Promise.race([read().catch(() => {}), timeUp]);
  clearTimeout(timer);
  // The answer has another stream since it was cloned.
  if (reader && !isWhole) for (const each of [reader, response.body]) void each?.cancel().catch(() => {});
  return { text: text + decoder.decode(), late };
};

/** What is JSON as its value, anything else as its text; `undefined` where there is none. */
export const dataOf = (text: string): unknown =>
  text ? (safely(() => [JSON.parse(text)] as const) ?? [text])[0] : undefined;
