import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@bowline/gitops-errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configuredTokens, readTokenFile, updateTokenFile } from './configured-tokens.ts';
import { createToken } from './token.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gitops-tokens-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ci = createToken({ name: 'ci', scope: 'write' }).record;
const ada = createToken({ name: 'ada', scope: 'admin' }).record;

describe('configured tokens', () => {
  it('are those of the file and those of the variable', async () => {
    const tokensFile = join(folder, 'tokens.json');
    await updateTokenFile(tokensFile, () => [ci]);
    const tokens = new Secret(`ada:admin:${ada.sha256}`);
    expect(await configuredTokens({ tokensFile, tokens })).toEqual([ci, ada]);
    expect(await configuredTokens({ tokensFile })).toEqual([ci]);
    expect(await configuredTokens({})).toEqual([]);
    await expect(
      configuredTokens({ tokensFile, tokens: new Secret(`ci:read:${ada.sha256}`) }),
    ).rejects.toThrow(/two tokens named "ci"/);
  });

  it('are written for their owner alone, and leave nothing beside them', async () => {
    const path = join(folder, 'tokens.json');
    await updateTokenFile(path, () => [ci]);
    await updateTokenFile(path, (former) => [...former, ada]);
    expect(await readTokenFile(path)).toEqual([ci, ada]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['tokens.json']);
    await updateTokenFile(join(folder, 'new', 'x'), () => [ci]);
    expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700);
  });

  it('that two programs change at once are lost by neither', async () => {
    const path = join(folder, 'tokens.json');
    const names = Array.from({ length: 8 }, (_, index) => `t${index}`);
    const outcomes = await Promise.allSettled(
      names.map((name) =>
        updateTokenFile(path, (former) => [...former, createToken({ name, scope: 'read' }).record]),
      ),
    );
    const done = names.filter((_, index) => outcomes[index]?.status === 'fulfilled');
    expect(done.length).toBeGreaterThan(0);
    expect((await readTokenFile(path)).map(({ name }) => name).sort()).toEqual(done);
  });

  it('are not written where no folder can be made', async () => {
    for (const path of [join(folder, 'a', 'b', 'tokens.json'), '/proc/none/tokens.json']) {
      await expect(updateTokenFile(path, () => [ci])).rejects.toMatchObject({
        code: 'SERVER_TOKENS_INVALID',
        hint: expect.stringContaining('folder'),
      });
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('stay as they are when the change is refused', async () => {
    const path = join(folder, 'tokens.json');
    await updateTokenFile(path, () => [ci]);
    await expect(updateTokenFile(path, (former) => [...former, ci])).rejects.toThrow(/two tokens/);
    expect(await readTokenFile(path)).toEqual([ci]);
    expect(await readdir(folder)).toEqual(['tokens.json']);
  });

  it('are not believed when others can change the file', async () => {
    const path = join(folder, 'tokens.json');
    await updateTokenFile(path, () => [ci]);
    await chmod(path, 0o666);
    await expect(readTokenFile(path)).rejects.toMatchObject({
      code: 'SERVER_TOKENS_INVALID',
      hint: expect.stringContaining('chmod 600'),
    });
  });

  it('that cannot be read stop the start with a reason', async () => {
    await expect(readTokenFile(join(folder, 'absent'))).rejects.toMatchObject({
      code: 'SERVER_TOKENS_INVALID',
    });
    await expect(readTokenFile(folder)).rejects.toMatchObject({ code: 'SERVER_TOKENS_INVALID' });
    await writeFile(join(folder, 'large'), 'x'.repeat(2_000_000), { mode: 0o600 });
    await expect(readTokenFile(join(folder, 'large'))).rejects.toThrow(/larger than/);
  });
});
