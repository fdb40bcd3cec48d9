import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cleanGitEnvironment,
  createFilledRepository,
  importCommit,
  runGit,
} from '@bowline/test-servers/git-http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyDelta } from './delta.ts';
import { type GitObject, objectId, Pack, writePack } from './pack.ts';
import { packIndex } from './pack-index.ts';

const hasGit = spawnSync('git', ['--version']).status === 0;
const options = { maxObjectBytes: 1_000_000 };
const object = fc.record({
  type: fc.constantFrom('blob', 'tree', 'commit', 'tag'),
  data: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
});

describe('writePack', () => {
  it('writes what Pack reads, whatever the objects are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(object, { maxLength: 12 }), async (objects) => {
        const pack = await Pack.read(writePack(objects as GitObject[]), options);
        for (const one of objects as GitObject[]) expect(pack.get(objectId(one))).toEqual(one);
        expect(pack.entries).toHaveLength(objects.length);
      }),
      { numRuns: 60 },
    );
  });
});

describe('Pack', () => {
  it('refuses every cut-off and every flipped bit', async () => {
    const bytes = writePack([
      { type: 'blob', data: Buffer.from('one '.repeat(50)) },
      { type: 'blob', data: Buffer.from('two') },
    ]);
    for (let length = 0; length < bytes.length; length += 1)
      await expect(Pack.read(bytes.subarray(0, length), options)).rejects.toMatchObject({
        code: 'GIT_REMOTE_INVALID_ANSWER',
      });
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 4;
      await expect(Pack.read(changed, options)).rejects.toMatchObject({
        code: 'GIT_REMOTE_INVALID_ANSWER',
      });
    }
  });

  it('survives hostile bytes behind a right checksum', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 80 }),
        fc.integer({ min: 0, max: 3 }),
        async (body, count) => {
          const head = Buffer.from(`PACK\0\0\0\u0002\0\0\0${String.fromCharCode(count)}`, 'latin1');
          const all = Buffer.concat([head, body]);
          const sum = createHash('sha1').update(all).digest();
          const outcome = await Pack.read(Buffer.concat([all, sum]), options).then(
            () => 'read',
            (error: unknown) => (error as { code?: string }).code,
          );
          expect(['read', 'GIT_REMOTE_INVALID_ANSWER', 'GIT_LIMIT_EXCEEDED']).toContain(outcome);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuses an object beyond the limit before it is inflated', async () => {
    const bytes = writePack([{ type: 'blob', data: Buffer.alloc(2_000_000) }]);
    await expect(Pack.read(bytes, options)).rejects.toMatchObject({ code: 'GIT_LIMIT_EXCEEDED' });
  });

  it('can be stopped', async () => {
    const bytes = writePack(
      Array.from({ length: 30 }, (_, index) => ({
        type: 'blob',
        data: Buffer.alloc(900_000, index),
      })),
    );
    const check = (): void => {
      throw new Error('enough');
    };
    await expect(Pack.read(bytes, { ...options, check })).rejects.toThrow('enough');
  });
});

describe('applyDelta', () => {
  it('refuses deltas that reach beyond an end', () => {
    const base = Buffer.from('0123456789');
    const bad = [
      [10, 5, 0x91, 8, 5], // copies 5 from 8
      [10, 5, 5, 1, 2], // inserts 5, has 2
      [10, 5, 0], // reserved
      [9, 1, 1, 1], // another base
      [10, 5, 1, 1], // too short
      [10],
      [],
    ];
    for (const bytes of bad)
      expect(() => applyDelta(base, Buffer.from(bytes), 100)).toThrow(/not valid Git data/);
    expect(() => applyDelta(base, Buffer.from([10, 101, 1, 1]), 100)).toThrow(/larger than 100/);
    const good = applyDelta(base, Buffer.from([10, 6, 0x91, 7, 3, 3, 97, 98, 99]), 100);
    expect(good.toString()).toBe('789abc');
  });
});

describe.skipIf(!hasGit)('packs of the real git (needs git)', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bowline-pack-'));
    const text = Array.from({ length: 200 }, (_, line) => `line ${line}\n`);
    await createFilledRepository(folder, { a: text.join(''), b: 'x' });
    for (let version = 0; version < 20; version += 1) {
      text[version * 7] = `version ${version}\n`;
      await importCommit(folder, { files: { a: text.join('') } });
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ['offset deltas', ['--delta-base-offset']],
    ['deltas by name, some before their base', []],
  ])('reads %s and makes the same index', async (_, args) => {
    const made = spawnSync('git', ['pack-objects', '--all', '--stdout', '--depth=30', ...args], {
      cwd: folder,
      env: cleanGitEnvironment,
      input: '',
      maxBuffer: 100_000_000,
    });
    const pack = await Pack.read(made.stdout, options);
    const file = join(folder, `test-${args.length}.pack`);
    await writeFile(file, made.stdout);
    await runGit(folder, ['index-pack', file]);
    expect(packIndex(pack).equals(await readFile(file.replace(/pack$/, 'idx')))).toBe(true);
    const listing = await runGit(folder, ['verify-pack', '-v', file]);
    expect(listing).toMatch(/chain length = [5-9]/);
    for (const { id } of pack.entries) {
      const found = pack.get(id);
      expect(found && objectId(found)).toBe(id);
    }
    expect((await readdir(folder)).length).toBeGreaterThan(0);
  });
});
