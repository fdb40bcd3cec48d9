import { cleanLink } from '../text.ts';

// What RFC 3986 allows in a path, query and fragment, with percent-encoding.
const forbidden = /[^A-Za-z0-9\-._~:/?@!$&'()*+,;=%]|%(?![0-9A-Fa-f]{2})/g;
const host = /^(?:[A-Za-z0-9.\-_~]+|\[[0-9A-Fa-f:.]+\])(?::\d+)?$/;

/**
 * Writes an http(s) address as RFC 3986 wants it: the URL standard of browsers leaves characters such as `|` and `[` as they are.
 *
 * @returns `undefined` for what is no address that people may click on.
 */
export function cleanUri(address: string | undefined): string | undefined {
  const link = address === undefined ? undefined : cleanLink(address);
  const url = link === undefined ? null : URL.parse(link);
  if (url === null || !host.test(url.host)) return undefined;
  const rest = `${url.pathname}${url.search}`.replace(forbidden, encodeURIComponent);
  const fragment = url.hash.slice(1).replace(forbidden, encodeURIComponent);
  return `${url.protocol}//${url.host}${rest}${fragment === '' ? '' : `#${fragment}`}`;
}

const reference = /^(?:[A-Za-z0-9\-._~:/?#@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;

/** Tells whether text is a URI or a relative reference without host brackets (RFC 3986), such as `/bowline/prod` or `https://gitops.example.com`. */
export function isUriReference(text: string): boolean {
  const [path = '', ...fragments] = text.split('#');
  // A colon in the first part of a path would end a scheme, so what stands before it must be one.
  const scheme = /^([^/?:]*):/.exec(path)?.[1];
  if (scheme !== undefined && !/^[A-Za-z][A-Za-z0-9+.-]*$/.test(scheme)) return false;
  if (
    /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\//.test(path) &&
    URL.parse(text, 'https://base.invalid') === null
  )
    return false;
  return fragments.length <= 1 && reference.test(text);
}
