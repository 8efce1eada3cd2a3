/** A promise of another make (zone.js, bluebird) that rejects: it is no instance of the platform's, and looks after itself. */
export const rejected = (error: unknown): PromiseLike<never> => {
  const settle = Promise.reject(error);
  settle.catch(() => {});
  const foreign = {};
  Reflect.set(foreign, 'then', settle.then.bind(settle));
  return foreign as PromiseLike<never>;
};
