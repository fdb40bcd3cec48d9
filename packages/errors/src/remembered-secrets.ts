const MIN_LITERAL = 4;
const MIN_BASE64 = 6;
const MAX_REMEMBERED = 10_000;
const MAX_CHARACTERS = 16 * 1024 * 1024;
const MAX_ENCODED = 64 * 1024;
// A regular expression of too many characters cannot be compiled, and the error of that would quote every secret in it.
const MAX_IN_PATTERN = 256;

// One store per process, also when two copies of this package are loaded: a secret made by one is hidden by both.
// Copies of different versions share it, so its shape only ever grows.
const storeKey = Symbol.for('@bowline/gitops-errors/secrets');
interface SecretStore {
  readonly values: Set<string>;
  /** Length of all values together. */
  characters: number;
  /** Counts changes, for what each copy derives from the values. */
  revision: number;
}
function store(): SecretStore {
  const holder = globalThis as { [storeKey]?: SecretStore };
  holder[storeKey] ??= { values: new Set(), characters: 0, revision: 0 };
  return holder[storeKey];
}

/**
 * Remembers a value that {@link redact} must hide wherever it occurs.
 *
 * `new Secret(value)` does this by itself. Also the URL-encoded, form-encoded, JSON-escaped, base64 and base64url forms are hidden, the
 * latter two also where the value is only a part of what was encoded, as in a `Basic` header. Values shorter than 4
 * characters are ignored, since they occur by chance, and so are those of more than 16 Mi characters; of values beyond
 * 64 Ki characters only the value itself is hidden. At most 10,000 forms of 16 Mi characters in all are kept, the oldest
 * are dropped first.
 */
export function rememberSecret(value: string): void {
  // A mask is no secret, and hiding it would make a second pass change what the first one left.
  if (value.length < MIN_LITERAL || value.length > MAX_CHARACTERS || /^\*+$/.test(value)) return;
  const secrets = store();
  for (const form of value.length > MAX_ENCODED ? [value] : formsOf(value)) {
    // Taken out and put back, so that a value in use is not the oldest.
    if (!secrets.values.delete(form)) {
      secrets.characters += form.length;
      secrets.revision += 1;
    }
    secrets.values.add(form);
  }
  for (const oldest of secrets.values) {
    if (secrets.values.size <= MAX_REMEMBERED && secrets.characters <= MAX_CHARACTERS) break;
    secrets.values.delete(oldest);
    secrets.characters -= oldest.length;
    secrets.revision += 1;
  }
}

interface Finder {
  readonly secrets: SecretStore;
  readonly revision: number;
  readonly long: readonly string[];
  readonly pattern: RegExp | undefined;
}
let finder: Finder | undefined;

/** Puts a mask in the place of every remembered form. */
export function maskRemembered(text: string, mask: string): string {
  const secrets = store();
  if (secrets.values.size === 0) return text;
  if (finder?.secrets !== secrets || finder.revision !== secrets.revision)
    finder = makeFinder(secrets);
  let result = text;
  for (const form of finder.long) result = result.replaceAll(form, mask);
  return finder.pattern === undefined ? result : result.replace(finder.pattern, mask);
}

function makeFinder(secrets: SecretStore): Finder {
  // The longest first, so that a secret that begins another one does not leave its tail behind.
  const forms = [...secrets.values].sort((a, b) => b.length - a.length);
  const short = forms.filter((form) => form.length <= MAX_IN_PATTERN);
  const escaped = short.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return {
    secrets,
    revision: secrets.revision,
    long: forms.slice(0, forms.length - short.length),
    pattern: short.length === 0 ? undefined : new RegExp(escaped.join('|'), 'g'),
  };
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
