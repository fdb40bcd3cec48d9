import { maskRemembered } from './remembered-secrets.ts';

/** What stands in the place of a secret wherever one is shown. */
export const MASK = '***';
const MAX_PASSES = 5;

const settingName =
  'password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|access[_-]?key|signing[_-]?key|shared[_-]?key|account[_-]?key';

/** Tells whether the name of a header, member or setting says that its value is a secret: `accessToken`, `set-cookie`. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}
const secretName = new RegExp(`(?:${settingName}|authorization|cookie)$`, 'i');

// Linear on hostile text: each quantifier is bounded, or runs over a class that leaves out what follows it and begins
// where no earlier match attempt has already run over the same characters.
const patterns: readonly (readonly [RegExp, string])[] = [
  // Private keys come first, since they alone span lines and could otherwise join what the others took apart.
  [
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?:(?:(?!-----BEGIN )[\s\S]){0,16384}?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|(?=-----BEGIN )|$)|[A-Za-z0-9+/=\\\s:,.-]{0,16384})/g,
    MASK,
  ],
  // the shapes of the forges' own tokens, and of the registries and clouds beside them; before the places, and without a look at
  // what stands around them, so that no second pass finds more
  [/gh[pousr]_[A-Za-z0-9._-]{20,}/g, MASK],
  [/(?:github_pat|dckr_pat)_[A-Za-z0-9_-]{20,}/g, MASK],
  [/npm_[A-Za-z0-9]{36}/g, MASK],
  [
    /(?:glpat|gldt|glrt|glrtr|glptt|glft|glsoat|glcbt|glimt|glagent|gloas|glffct)-[A-Za-z0-9._-]{16,}/g,
    MASK,
  ],
  [/AT(?:ATT|CTT|BB)[A-Za-z0-9+/=_.-]{16,}/g, MASK],
  [/whsec_[A-Za-z0-9+/=_-]{8,}/g, MASK],
  [/(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}/g, MASK],
  [/(?:AKIA|ASIA)[A-Z0-9]{16}/g, MASK],
  [/AIza[A-Za-z0-9_-]{35}/g, MASK],
  [/AGE-SECRET-KEY-1[A-Z0-9]{20,}/g, MASK],
  // a JSON web token (three parts) or its encrypted form (five)
  [/eyJ[A-Za-z0-9_-]{8,2048}(?:\.[A-Za-z0-9_-]{0,8192}){2,4}/g, MASK],
  // user:password@ and token@ in any URL. The user of ssh:// alone is a login name (RFC 3986 §3.2.1 has no password there).
  [
    /(:\/\/)(?<!\bssh:\/\/(?=[\w.-]{1,64}@[^@\s/]{1,255}(?:[/\s"'<>,;)]|$)))[^\s/?#"'<>]{1,4096}@/gi,
    `$1${MASK}@`,
  ],
  // Authorization: Basic ..., with or without the header's name
  [
    /\b((?:proxy-)?authorization(?:\\?["'])?\s{0,8}[:=]\s{0,8}(?:\[\s{0,8})?(?:\\?["'])?)((?:basic|bearer|token|negotiate)\s{1,8})?[^\s"',;\\]+/gi,
    `$1$2${MASK}`,
  ],
  [/\b(basic|bearer)(\s{1,8})[a-z0-9+/=._~-]{16,}/gi, `$1$2${MASK}`],
  // Cookies are sessions; `cookie: not set` is prose.
  [
    /\b((?:set-)?cookie(?:\\?["'])?\s{0,8}[:=]\s{0,8}(?:\\?["'])?)[^\s=;"'\\]{1,256}=[^\r\n"'\\]*/gi,
    `$1${MASK}`,
  ],
  // headers that are secrets by their name
  [
    /\b((?:x-[a-z0-9-]{0,24}(?:token|secret|key)|(?:private|deploy|gitlab|job|auth)-token|api-key)(?:\\?["'])?\s{0,8}[:=]\s{0,8}(?:\\?["'])?)[^\s"',;&\\]+/gi,
    `$1${MASK}`,
  ],
  // settings that are secrets by their name: NAME=value, "name": "value", name: "value", name: value7 on a line of its own
  [
    new RegExp(
      `((?:${settingName})(?:\\\\?["'])?[ \\t]{0,8}[:=][ \\t]{0,8}\\\\?")(?:[^"\\\\\\r\\n]|\\\\[^"\\r\\n]|(?<!\\\\")\\\\"(?![\\s,;)}\\]]|$)){1,4096}`,
      'gi',
    ),
    `$1${MASK}`,
  ],
  [
    new RegExp(`((?:${settingName})(?:["'])?[ \\t]{0,8}[:=][ \\t]{0,8}')[^'\\r\\n]+`, 'gi'),
    `$1${MASK}`,
  ],
  [new RegExp(`((?:${settingName})=)[^\\s"',;&}\\])]+`, 'gi'), `$1${MASK}`],
  [
    new RegExp(
      `^([ \\t+-]{0,64}[\\w.-]{0,64}(?:${settingName}):[ \\t]{1,8})(?=[^\\s\\d]{0,4096}\\d)[^\\s"'*]{8,}(?=[ \\t]{0,8}$)`,
      'gim',
    ),
    `$1${MASK}`,
  ],
  // query parameters that are the credential of a webhook or a signed link
  [
    /([?&#](?:amp;)?(?:sig|signature|token|key|access_token|private_token|api_key|x-amz-signature|x-amz-security-token|x-amz-credential)=)[^&\s"'<>]+/gi,
    `$1${MASK}`,
  ],
  // incoming-webhook addresses: the path is the secret
  [
    /(https:\/\/hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/)[^\s"'<>]+/gi,
    `$1${MASK}`,
  ],
  [
    /(https:\/\/(?:[a-z]{1,20}\.)?discord(?:app)?\.com\/api\/(?:v\d{1,3}\/)?webhooks\/)[^\s"'<>]+/gi,
    `$1${MASK}`,
  ],
  [/(https:\/\/(?:[a-z0-9-]{1,63}\.)?webhook\.office\.com\/)[^\s"'<>]+/gi, `$1${MASK}`],
];

/**
 * Hides what looks like a credential, and every value that was ever put into a {@link Secret}.
 *
 * This is the single exit: each error, log line, HTTP body, event and notification passes it. It knows the user part of
 * URLs, authorization headers, cookies, settings that are secret by name, signed query parameters, incoming-webhook
 * addresses, private keys and the token shapes of the forges (GitHub's since 2026-04-27 included). Running it twice
 * changes nothing more, and the time grows with the length of the text only.
 *
 * @example
 * ```ts
 * import { redact } from '@bowline/gitops-errors';
 *
 * console.log(redact('fatal: https://me:hunter22@bitbucket.org/acme/shop.git not found'));
 * //=> fatal: https://***@bitbucket.org/acme/shop.git not found
 * ```
 */
export function redact(text: string): string {
  let result = text;
  // A mask may complete a place that another pattern knows (`&token=)` and `>` beside it), so it goes on until nothing
  // changes. Text without a secret costs one pass, and two are the rule: each one can only hide more.
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const before = result;
    result = maskRemembered(result, MASK);
    for (const [pattern, replacement] of patterns) result = result.replace(pattern, replacement);
    if (result === before) break;
  }
  return result;
}
