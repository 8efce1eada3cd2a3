/** A URL that is safe to print: no userinfo, no fragment, and every query value masked. Never throws. */
export const redactUrl = (url: string): string => {
  const clean = url.replace(/#.*$/s, '').replace(/^([a-z][\w+.-]*:\/\/)[^/?]*@/i, '$1');
  const [path = '', query] = clean.split(/\?(.*)/s);
  return query ? `${path}?${query.replace(/=[^&]*/g, '=***')}` : path;
};
