import fs from 'node:fs';
import git from 'isomorphic-git';
import type { LocalBranch } from '../engine.ts';
import { GitError } from '../errors.ts';
import { refNameProblem } from '../ref-name.ts';
import { type ObjectSource, readObject } from './git-objects.ts';
import { damaged } from './pkt-line.ts';

/** The refs of a repository on disk, loose and packed. */
export class Refs {
  readonly #gitdir: string;
  readonly #objects: ObjectSource;

  constructor(gitdir: string, objects: ObjectSource) {
    this.#gitdir = gitdir;
    this.#objects = objects;
  }

  /** The short name of the current branch, also before its first commit; `undefined` when HEAD is detached. */
  async current(): Promise<string | undefined> {
    const branch = await git.currentBranch({ fs, gitdir: this.#gitdir });
    return typeof branch === 'string' ? branch : undefined;
  }

  /** The commit of HEAD; `undefined` before the first one. */
  head(): Promise<string | undefined> {
    return this.read('HEAD');
  }

  /** The object of a full ref name; `undefined` when there is no such ref. */
  async read(name: string): Promise<string | undefined> {
    try {
      return await git.resolveRef({ fs, gitdir: this.#gitdir, ref: name });
    } catch (error) {
      if (error instanceof git.Errors.NotFoundError) return undefined;
      throw error;
    }
  }

  /**
   * Writes a ref.
   *
   * @throws {@link GitError} `GIT_REMOTE_INVALID_ANSWER` for a name that a server has made up to lead out of `refs`.
   */
  async write(name: string, value: string): Promise<void> {
    if (name !== 'HEAD') this.#check(name);
    await git.writeRef({ fs, gitdir: this.#gitdir, ref: name, value, force: true });
  }

  async point(name: 'HEAD' | `refs/remotes/${string}`, target: string): Promise<void> {
    this.#check(target);
    if (name !== 'HEAD') this.#check(name);
    await git.writeRef({
      fs,
      gitdir: this.#gitdir,
      ref: name,
      value: target,
      symbolic: true,
      force: true,
    });
  }

  async delete(name: string): Promise<void> {
    this.#check(name);
    await git.deleteRef({ fs, gitdir: this.#gitdir, ref: name });
  }

  /** Lists refs below a prefix such as `refs/heads/`, by the rest of their names, sorted. */
  async list(prefix: string): Promise<readonly { readonly name: string; readonly sha: string }[]> {
    const names = await git.listRefs({ fs, gitdir: this.#gitdir, filepath: prefix.slice(0, -1) });
    const found: { name: string; sha: string }[] = [];
    for (const name of names.sort()) {
      const sha = await this.read(prefix + name);
      if (sha !== undefined) found.push({ name, sha });
    }
    return found;
  }

  async branches(): Promise<readonly LocalBranch[]> {
    const current = await this.current();
    const list = await this.list('refs/heads/');
    return list.map(({ name, sha }) => ({ name, sha, current: name === current }));
  }

  /** Finds the commit that a branch, tag, remote branch, full ref or (short) id means, in the order that git has. */
  async resolve(revision: string): Promise<string | undefined> {
    const names = [
      ...(revision === 'HEAD' || revision.startsWith('refs/') ? [revision] : []),
      `refs/tags/${revision}`,
      `refs/heads/${revision}`,
      `refs/remotes/${revision}`,
      `refs/remotes/${revision}/HEAD`,
    ];
    for (const name of names) {
      const id = await this.read(name);
      if (id !== undefined) return this.#peel(id);
    }
    if (!/^[0-9a-f]{4,40}$/i.test(revision)) return undefined;
    const id = await this.#expand(revision.toLowerCase());
    return id === undefined ? undefined : this.#peel(id);
  }

  /** Like {@link resolve}. @throws {@link GitError} `GIT_REF_NOT_FOUND` */
  async commit(revision: string): Promise<string> {
    const id = await this.resolve(revision);
    if (id !== undefined) return id;
    throw new GitError('GIT_REF_NOT_FOUND', `There is no branch, tag or commit "${revision}".`, {
      details: { ref: revision },
    });
  }

  async #expand(prefix: string): Promise<string | undefined> {
    try {
      return await git.expandOid({ fs, gitdir: this.#gitdir, oid: prefix });
    } catch (error) {
      // An ambiguous id names no one commit.
      if (error instanceof git.Errors.NotFoundError || error instanceof git.Errors.AmbiguousError)
        return undefined;
      throw error;
    }
  }

  async #peel(id: string): Promise<string | undefined> {
    let at = id;
    for (let depth = 0; depth < 10; depth += 1) {
      const object = await this.#objects.read(at);
      if (object === undefined) return undefined;
      if (object.type === 'commit') return at;
      if (object.type !== 'tag') return undefined;
      const data = await readObject(this.#objects, at, 'tag');
      const match = /^object ([0-9a-f]{40})\n/.exec(data.toString('latin1', 0, 60));
      if (match?.[1] === undefined) throw damaged(`the tag "${at}" names no object`);
      at = match[1];
    }
    return undefined;
  }

  #check(name: string): void {
    const problem = name.startsWith('refs/')
      ? refNameProblem(name)
      : 'it does not start with "refs/"';
    if (problem !== undefined)
      throw new GitError(
        'GIT_REMOTE_INVALID_ANSWER',
        `The ref name "${name.slice(0, 200)}" cannot be used: ${problem}.`,
      );
  }
}
