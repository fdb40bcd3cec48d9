import { isSecretName, MASK, redact } from './redact.ts';

const MAX_DEPTH = 12;

/**
 * Redacts plain data: strings pass {@link redact}, members that are secret by their name become `***`.
 *
 * The answer is JSON: maps become objects, sets become arrays, errors become name and message, bytes become their
 * number, and functions, symbols and big integers their string form. Nesting is followed 12 deep, cycles end as
 * `[circular]`, and a member that throws when it is read becomes `[unreadable]`.
 */
export function redactData(value: unknown): unknown {
  return redactInto(value, 0, new Set());
}

function redactInto(value: unknown, depth: number, above: Set<object>): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'function') return '[function]';
  if (
    value === null ||
    value === undefined ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  )
    return value;
  if (typeof value !== 'object') return redact(String(value));
  if (above.has(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[deep]';
  above.add(value);
  try {
    return redactObject(value, (member) => redactInto(member, depth + 1, above));
  } catch {
    // Reading somebody else's object may run their code; an error report must not fail because of it.
    return '[unreadable]';
  } finally {
    above.delete(value);
  }
}

function redactObject(value: object, redactMember: (member: unknown) => unknown): unknown {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return `[${value.byteLength} bytes]`;
  if (value instanceof Error) return { name: value.name, message: redact(value.message) };
  if (Array.isArray(value)) return value.map(redactMember);
  if (value instanceof Set) return [...value].map(redactMember);
  if ('toJSON' in value && typeof value.toJSON === 'function') return redactMember(value.toJSON());
  const members: [unknown, unknown][] = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(
    members.map(([key, member]) => {
      const name = String(key);
      return [
        redact(name),
        isSecretName(name) ? maskMember(member, redactMember) : redactMember(member),
      ];
    }),
  );
}

/** Hides the text under a secret name, and the texts of a list there; an object there is described by its own members. */
function maskMember(member: unknown, redactMember: (member: unknown) => unknown): unknown {
  if (typeof member === 'number' || (typeof member === 'string' && member !== '')) return MASK;
  if (Array.isArray(member)) return member.map((item) => maskMember(item, redactMember));
  return redactMember(member);
}
