import { createHash } from 'node:crypto';

const MAX_KEY = 40;

/** The key of a context: itself up to 40 characters, else its beginning and a hash of the whole. */
export function statusKey(context: string): string {
  if (context.length <= MAX_KEY) return context;
  const hash = createHash('sha256').update(context).digest('hex').slice(0, 12);
  return `${context.slice(0, MAX_KEY - 13)}-${hash}`.toWellFormed();
}

/** The context of a status: its name where that is what the key was made of, else the key. */
export function contextOf({
  key,
  name,
}: {
  readonly key: string;
  readonly name?: string | null | undefined;
}): string {
  return name && statusKey(name) === key ? name : key;
}
