/** What stands in the place of a secret wherever one is shown. */
export const MASK = '***';
const MIN_LITERAL = 4;
const MAX_REMEMBERED = 10_000;

// One store per process, also when two copies of this package are loaded: a secret made by one is hidden by both.
const storeKey = Symbol.for('@bowline/gitops-errors/secrets');
interface SecretStore {
  readonly values: Set<string>;
  pattern: RegExp | undefined;
}
function store(): SecretStore {
  const holder = globalThis as { [storeKey]?: SecretStore };
  holder[storeKey] ??= { values: new Set(), pattern: undefined };
  return holder[storeKey];
}

/**
 * Remembers a value that {@link redact} must hide wherever it occurs.
 *
 * `new Secret(value)` does this by itself. Also the URL-encoded, JSON-escaped and base64 forms of the value are hidden. Values shorter than
 * 4 characters are ignored; at most 10,000 forms are kept, the oldest are dropped first.
 */
export function rememberSecret(value: string): void {
  if (value.length < MIN_LITERAL) return;
  const secrets = store();
  const forms = [
    value,
    encodeURIComponent(value.toWellFormed()),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value, 'utf8').toString('base64').replace(/=+$/, ''),
  ];
  for (const form of forms) {
    if (secrets.values.has(form)) continue;
    secrets.values.add(form);
    secrets.pattern = undefined;
  }
  for (const oldest of secrets.values) {
    if (secrets.values.size <= MAX_REMEMBERED) break;
    secrets.values.delete(oldest);
  }
}

function rememberedPattern(): RegExp | undefined {
  const secrets = store();
  if (secrets.values.size === 0) return undefined;
  secrets.pattern ??= new RegExp(
    // The longest first, so that a secret that begins another one does not leave its tail behind.
    [...secrets.values]
      .sort((a, b) => b.length - a.length)
      .map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
      .join('|'),
    'g',
  );
  return secrets.pattern;
}

// Every quantifier is bounded or runs over a class that excludes what follows it: linear on hostile text.
const patterns: readonly (readonly [RegExp, string])[] = [
  // user:password@ and token@ in any URL
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#@"'<>]{1,4096}@/gi, `$1${MASK}@`],
  // Authorization: Basic ..., with or without the header's name
  [
    /\b(authorization|proxy-authorization)(["']?\s*[:=]\s*["']?)((?:basic|bearer|token|negotiate)\s+)?[^\s"',;]+/gi,
    `$1$2$3${MASK}`,
  ],
  [/\b(basic|bearer)(\s+)[a-z0-9+/=._~-]{16,}/gi, `$1$2${MASK}`],
  // headers and settings that are secrets by their name
  [
    /\b((?:x-)?(?:private-token|deploy-token|gitlab-token|job-token|api-key|auth-token))(["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi,
    `$1$2${MASK}`,
  ],
  [
    /\b((?:[a-z0-9]+[_-])*(?:password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|client[_-]?secret|access[_-]?key))(=["']?|["']\s*:\s*["'])[^\s"',;&}\])]+/gi,
    `$1$2${MASK}`,
  ],
  // query parameters that are the credential of a webhook or a signed link
  [
    /([?&](?:sig|signature|token|key|access_token|private_token|api_key|x-amz-signature|x-amz-security-token|x-amz-credential)=)[^&\s"'<>]+/gi,
    `$1${MASK}`,
  ],
  // incoming-webhook addresses: the path is the secret
  [/(https:\/\/hooks\.slack\.com\/(?:services|workflows|triggers)\/)[^\s"'<>]+/gi, `$1${MASK}`],
  [
    /(https:\/\/(?:[a-z]+\.)?discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\/)[^\s"'<>]+/gi,
    `$1${MASK}`,
  ],
  [/(https:\/\/[a-z0-9.-]+\.webhook\.office\.com\/)[^\s"'<>]+/gi, `$1${MASK}`],
  // the shapes of the forges' own tokens
  [/\bgh[pousr]_[A-Za-z0-9._-]{20,}/g, MASK],
  [/\bgithub_pat_[A-Za-z0-9_]{20,}/g, MASK],
  [/\b(?:glpat|gldt|glrt|glptt|glft|glsoat|glcbt|glimt|glagent|gloas)-[A-Za-z0-9._-]{16,}/g, MASK],
  [/\bAT(?:ATT|CTT|BB)[A-Za-z0-9+/=_.-]{16,}/g, MASK],
  [/\bwhsec_[A-Za-z0-9+/=]{8,}/g, MASK],
  [/\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g, MASK],
  [/\bAKIA[A-Z0-9]{16}\b/g, MASK],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g, MASK],
  [
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
    MASK,
  ],
];

/**
 * Hides what looks like a credential, and every value that was ever put into a {@link Secret}.
 *
 * This is the single exit: each error, log line, HTTP body, event and notification passes it. It knows the user part of
 * URLs, authorization headers, settings that are secret by name, signed query parameters, incoming-webhook addresses and
 * the token shapes of the forges (GitHub's since 2026-04-27 included). Running it twice changes nothing more.
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
  const remembered = rememberedPattern();
  let result = remembered === undefined ? text : text.replace(remembered, MASK);
  for (const [pattern, replacement] of patterns) result = result.replace(pattern, replacement);
  return result;
}

const secretKey =
  /^(?:.*[_-])?(?:authorization|cookie|password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key)$/i;
const MAX_DEPTH = 12;

/**
 * Redacts plain data: strings pass {@link redact}, members that are secret by their name become `***`.
 *
 * Takes JSON-like values; maps, sets, functions and symbols are shown by their string form. Nesting is followed 12 deep and
 * cycles end as `[circular]`.
 */
export function redactData(value: unknown): unknown {
  return redactInto(value, 0, new Set());
}

function redactInto(value: unknown, depth: number, above: Set<object>): unknown {
  if (typeof value === 'string') return redact(value);
  if (
    value === null ||
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    value === undefined
  )
    return value;
  if (typeof value !== 'object') return redact(String(value));
  if (above.has(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[deep]';
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return redactInto(value.toJSON(), depth + 1, above);
  above.add(value);
  try {
    if (Array.isArray(value)) return value.map((item) => redactInto(item, depth + 1, above));
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        secretKey.test(key) && typeof item === 'string' && item !== ''
          ? MASK
          : redactInto(item, depth + 1, above),
      ]),
    );
  } finally {
    above.delete(value);
  }
}
