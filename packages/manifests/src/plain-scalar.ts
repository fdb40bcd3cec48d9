const words: ReadonlyMap<string, boolean | null> = new Map([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, true] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, false] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
]);
const specialFloats: ReadonlyMap<string, number> = new Map([
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, -Infinity] as const),
]);
const floatPattern = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/**
 * Resolves an unquoted scalar as kubectl does, which reads YAML 1.1 (`goyaml.v2` in `sigs.k8s.io/yaml`): `y`, `yes` and `on`
 * are true, `0755` is octal, `1_000` is a number, `12:30` and dates are text. A whole number beyond 2^53 is a `bigint` as
 * far as 64 bits hold it, and a float beyond that.
 */
export function resolvePlain(text: string): string | number | bigint | boolean | null {
  const word = words.get(text);
  if (word !== undefined) return word;
  const special = specialFloats.get(text);
  if (special !== undefined) return special;
  if (!/^[-+.0-9]/.test(text)) return text;
  // Go's ParseFloat takes no "_" in a number that begins with a dot.
  const plain = text.startsWith('.') ? text : text.replaceAll('_', '');
  const integer = readInteger(plain);
  if (integer !== undefined) return integer;
  const float = floatPattern.test(plain) ? Number(plain) : Number.NaN;
  // What is too large for a float is text to Go.
  return Number.isFinite(float) ? float : text;
}

function readInteger(text: string): number | bigint | undefined {
  const match = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/.exec(
    text,
  );
  if (match === null) return undefined;
  const [, sign, hex, binary, octal, decimal] = match;
  const digits =
    hex !== undefined
      ? `0x${hex}`
      : binary !== undefined
        ? `0b${binary}`
        : octal !== undefined
          ? `0o${octal}`
          : (decimal ?? '0');
  const small = Number(digits);
  if (Number.isSafeInteger(small)) return sign === '-' && small !== 0 ? -small : small;
  const big = BigInt(digits);
  // Beyond 64 bits, Go goes on to try a float.
  if (big > (sign === '-' ? 2n ** 63n : 2n ** 64n - 1n)) return undefined;
  return sign === '-' ? -big : big;
}

/** Text that may stand unquoted in block and flow style, as far as its characters are concerned. */
const plainCharacters = /^[A-Za-z0-9_](?:[A-Za-z0-9_./@+=-]|:(?=[A-Za-z0-9_.]))*$/;

/**
 * Says whether every YAML parser reads an unquoted text as this text: not as a number, a date, a base-60 number of
 * YAML 1.1, a truth value or nothing.
 */
export function isSafePlain(text: string): boolean {
  if (!plainCharacters.test(text)) return false;
  if (typeof resolvePlain(text) !== 'string') return false;
  if (/^[0-9][0-9_]*(?::[0-9_]+)+(?:\.[0-9_]*)?$/.test(text)) return false;
  if (/^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}/.test(text)) return false;
  // 0o17 is a number in YAML 1.2 alone, 1e3 and 0x1p4 in some readers.
  return !/^[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eEpP][-+]?[0-9]+)?$|^0[xXoObB][0-9a-fA-F_]+$/.test(text);
}
