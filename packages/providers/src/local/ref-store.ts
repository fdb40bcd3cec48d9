import { closeSync, constants, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { damaged } from './git-object.ts';
import { isObjectId, isRefName } from './names.ts';
import { isAbsent, readFailed, systemCode } from './object-store.ts';

const MAX_SYMBOLIC_DEPTH = 5;
const MAX_FOLDER_DEPTH = 64;

/** Reads the refs of a repository: loose ones and `packed-refs`. Nothing is cached, since other processes write them. */
export class RefStore {
  readonly #gitDirectory: string;

  constructor(gitDirectory: string) {
    this.#gitDirectory = gitDirectory;
  }

  /** The file of a ref. */
  path(name: string): string {
    return join(this.#gitDirectory, ...name.split('/'));
  }

  /** Finds the object that a ref points at, through symbolic refs; `undefined` when there is none. */
  resolve(name: string): string | undefined {
    let current = name;
    for (let depth = 0; depth < MAX_SYMBOLIC_DEPTH; depth += 1) {
      const value = this.#readLoose(current) ?? this.#findPacked(current);
      if (value === undefined || isObjectId(value)) return value;
      current = value.slice('ref: '.length);
    }
    throw damaged(`symbolic ref "${name}"`);
  }

  /** Tells the branch that `HEAD` names, whether it exists or not. */
  defaultBranch(): string | undefined {
    const value = this.#readLoose('HEAD');
    const prefix = 'ref: refs/heads/';
    return value?.startsWith(prefix) ? value.slice(prefix.length) : undefined;
  }

  /** Tells whether a ref is symbolic: it must not be written through. */
  isSymbolic(name: string): boolean {
    return this.#readLoose(name)?.startsWith('ref: ') ?? false;
  }

  /** Lists the refs below a prefix that ends with `/`, sorted by name. Damaged and broken ones are left out, as Git does. */
  list(prefix: string): readonly (readonly [name: string, oid: string])[] {
    // Loose refs first: one that is packed between the two looks is then seen in both, and not in none.
    const loose = new Map<string, string>();
    this.#collect(prefix, loose, 0);
    const found = new Map<string, string>();
    for (const [name, oid] of this.#packed()) {
      if (name.startsWith(prefix)) found.set(name, oid);
    }
    for (const [name, oid] of loose) found.set(name, oid);
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** The text of `packed-refs`; empty when there is none. */
  packedText(): string {
    try {
      return readFileSync(join(this.#gitDirectory, 'packed-refs'), 'utf8');
    } catch (error) {
      if (isAbsent(error)) return '';
      throw readFailed(error, join(this.#gitDirectory, 'packed-refs'));
    }
  }

  *#packed(): Iterable<readonly [name: string, oid: string]> {
    for (const line of this.packedText().split('\n')) {
      const match = /^([0-9a-f]{40}) (refs\/.+)$/.exec(line);
      if (match?.[1] !== undefined && match[2] !== undefined) yield [match[2], match[1]];
    }
  }

  #findPacked(name: string): string | undefined {
    const text = this.packedText();
    const at = text.indexOf(` ${name}\n`);
    if (at < 40) return undefined;
    const oid = text.slice(at - 40, at);
    return isObjectId(oid) ? oid : undefined;
  }

  #readLoose(name: string): string | undefined {
    let text: string;
    try {
      // A ref is never followed through a symbolic link of the file system: it could lead out of the repository.
      const fd = openSync(this.path(name), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
      try {
        text = readFileSync(fd, 'utf8').trimEnd();
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      const code = systemCode(error);
      // EISDIR: `refs/heads/a` is a folder with `refs/heads/a/b` in it. EPERM, EACCES: what Windows says of one.
      if (isAbsent(error) || code === 'EISDIR' || code === 'EPERM') return undefined;
      if (code === 'ELOOP') throw damaged(`ref "${name}" (a symbolic link)`);
      throw readFailed(error, this.path(name));
    }
    if (isObjectId(text)) return text;
    if (/^ref: refs\/[^\0\n]{1,240}$/.test(text) && !text.includes('..')) return text;
    throw damaged(`ref "${name}"`);
  }

  #collect(prefix: string, into: Map<string, string>, depth: number): void {
    if (depth > MAX_FOLDER_DEPTH) return;
    for (const entry of this.#entries(prefix)) {
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory()) this.#collect(`${name}/`, into, depth + 1);
      else if (entry.isFile() && isRefName(name)) {
        const oid = this.#resolveOrSkip(name);
        if (oid !== undefined) into.set(name, oid);
      }
    }
  }

  #resolveOrSkip(name: string): string | undefined {
    try {
      return this.resolve(name);
    } catch {
      // One broken ref must not hide the others; whoever asks for it by name is told.
      return undefined;
    }
  }

  #entries(prefix: string) {
    try {
      return readdirSync(this.path(prefix.slice(0, -1)), { withFileTypes: true });
    } catch (error) {
      if (isAbsent(error)) return [];
      throw readFailed(error, this.path(prefix.slice(0, -1)));
    }
  }
}
