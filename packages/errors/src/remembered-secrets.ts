const MIN_LITERAL = 4;
const MIN_BASE64 = 6;
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
 * `new Secret(value)` does this by itself. Also the URL-encoded, form-encoded, JSON-escaped, base64 and base64url forms are hidden, the
 * latter two also where the value is only a part of what was encoded, as in a `Basic` header. Values shorter than 4
 * characters are ignored, since they occur by chance; at most 10,000 forms are kept, the oldest are dropped first.
 */
export function rememberSecret(value: string): void {
  // A mask is no secret, and hiding it would make a second pass change what the first one left.
  if (value.length < MIN_LITERAL || /^\*+$/.test(value)) return;
  const secrets = store();
  for (const form of formsOf(value)) {
    // Taken out and put back, so that a value in use is not the oldest.
    if (!secrets.values.delete(form)) secrets.pattern = undefined;
    secrets.values.add(form);
  }
  for (const oldest of secrets.values) {
    if (secrets.values.size <= MAX_REMEMBERED) break;
    secrets.values.delete(oldest);
    secrets.pattern = undefined;
  }
}

/** Returns the pattern that finds every remembered form, or `undefined` when nothing is remembered. */
export function rememberedPattern(): RegExp | undefined {
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

function formsOf(value: string): Set<string> {
  const wellFormed = value.toWellFormed();
  const encoded = encodeURIComponent(wellFormed);
  const userInfo = new URL('http://localhost');
  userInfo.password = wellFormed;
  const forms = new Set([
    value,
    encoded,
    encoded.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase()),
    new URLSearchParams([['', wellFormed]]).toString().slice(1),
    userInfo.password,
    JSON.stringify(value).slice(1, -1),
  ]);
  for (const fragment of base64Fragments(Buffer.from(value, 'utf8'))) {
    forms.add(fragment);
    forms.add(fragment.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

/**
 * Returns the parts of a base64 text that the bytes alone decide, for each of the three places in a group of three bytes where they can begin.
 */
function base64Fragments(bytes: Buffer): string[] {
  const fragments: string[] = [];
  for (const before of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const fragment = text.slice(
      Math.ceil((before * 8) / 6),
      Math.floor(((before + bytes.length) * 8) / 6),
    );
    if (fragment.length >= MIN_BASE64) fragments.push(fragment);
  }
  return fragments;
}
