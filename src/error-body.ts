/** How much of a body is read, and for how long after the first read. */
export interface Bound {
  readonly bytes: number;
  readonly ms: number;
}

/**
 * Makes `response.body` end at a bound, so that whoever reads an error's body through it (ky does, K2) can neither hang nor
 * fail on it, and memory stays bounded. The body itself is untouched until then: clones see all of it.
 */
export const boundBody = (response: Response, { bytes, ms }: Bound): void => {
  const given = response.body;
  if (!given) return;
  /** The body as it is now: a clone has put another in its place. Of a look-alike we know but the one it came with. */
  const native = (): ReadableStream<Uint8Array> => {
    try {
      return Reflect.get(Object.getPrototypeOf(response), 'body', response) ?? given;
    } catch {
      return given;
    }
  };
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let left = bytes;
  const cancel = async (reason?: unknown): Promise<void> => {
    clearTimeout(timer);
    await (reader ?? native()).cancel(reason).catch(() => {});
  };
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reader ??= native().getReader();
        // A cancelled reader reads its end.
        timer ??= setTimeout(() => void cancel(), ms);
        const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }) as const);
        // Of a look-alike it may be anything.
        const isOver = done || !ArrayBuffer.isView(value);
        if (!isOver && left > 0) {
          controller.enqueue(value.subarray(0, left));
          left -= value.byteLength;
        }
        if (isOver || left <= 0) {
          controller.close();
          await cancel();
        }
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
  Object.defineProperty(response, 'body', { value: body, configurable: true });
};
