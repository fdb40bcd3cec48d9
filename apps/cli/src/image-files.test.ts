import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { editFiles } from './image-files.ts';

const manifest = (image: string) => `apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: web
    image: ${image} # keep
`;

describe('editFiles', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gitops-image-files-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });
  const options = (write: boolean) => ({
    image: 'example.com/web:2',
    container: undefined,
    all: false,
    signal: new AbortController().signal,
    write,
    workingDirectory: folder,
  });

  it('edits in place, keeps the mode, and leaves no other file behind', async () => {
    const path = join(folder, 'a.yaml');
    await writeFile(path, manifest('example.com/web:1'));
    await chmod(path, 0o640);
    const { files, failures } = await editFiles(['a.yaml'], options(true));
    expect(failures).toEqual([]);
    expect(files[0]?.changes).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe(manifest('example.com/web:2'));
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(folder)).toEqual(['a.yaml']);
  });

  it('writes nothing when one of the files is wrong', async () => {
    await writeFile(join(folder, 'a.yaml'), manifest('example.com/web:1'));
    await writeFile(join(folder, 'b.yaml'), 'a: [1');
    const { failures } = await editFiles(['a.yaml', 'b.yaml', 'c.yaml'], options(true));
    expect(failures.map(({ path }) => path)).toEqual(['b.yaml', 'c.yaml']);
    expect(await readFile(join(folder, 'a.yaml'), 'utf8')).toBe(manifest('example.com/web:1'));
  });

  it('only looks when it shall not write', async () => {
    await writeFile(join(folder, 'a.yaml'), manifest('example.com/web:1'));
    const { files } = await editFiles(['a.yaml'], options(false));
    expect(files[0]?.diff).toContain('+    image: example.com/web:2 # keep');
    expect(await readFile(join(folder, 'a.yaml'), 'utf8')).toBe(manifest('example.com/web:1'));
  });

  it('edits the file behind a link and keeps the link', async () => {
    await writeFile(join(folder, 'a.yaml'), manifest('example.com/web:1'));
    await symlink('a.yaml', join(folder, 'link.yaml'));
    await editFiles(['link.yaml'], options(true));
    expect(await readFile(join(folder, 'a.yaml'), 'utf8')).toBe(manifest('example.com/web:2'));
    expect((await readdir(folder)).sort()).toEqual(['a.yaml', 'link.yaml']);
  });
});
