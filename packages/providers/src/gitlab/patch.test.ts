import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unifiedPatch } from './patch.ts';
import type { DiffAnswer } from './schemas.ts';

const hasGit = spawnSync('git', ['--version']).status === 0;

const file = (more: Partial<DiffAnswer>): DiffAnswer => ({
  old_path: 'a.yaml',
  new_path: 'a.yaml',
  a_mode: '100644',
  b_mode: '100644',
  diff: '@@ -1 +1 @@\n-1\n+2\n',
  ...more,
});

describe('unifiedPatch', () => {
  it('writes the headers of Git for each kind of change', () => {
    expect(unifiedPatch([file({})])).toBe(
      'diff --git a/a.yaml b/a.yaml\n--- a/a.yaml\n+++ b/a.yaml\n@@ -1 +1 @@\n-1\n+2\n',
    );
    expect(unifiedPatch([file({ new_file: true, a_mode: '0', b_mode: '100755' })])).toContain(
      'new file mode 100755\n--- /dev/null\n+++ b/a.yaml\n',
    );
    expect(unifiedPatch([file({ deleted_file: true, b_mode: '0' })])).toContain(
      'deleted file mode 100644\n--- a/a.yaml\n+++ /dev/null\n',
    );
    expect(unifiedPatch([file({ b_mode: '100755', diff: '' })])).toBe(
      'diff --git a/a.yaml b/a.yaml\nold mode 100644\nnew mode 100755\n',
    );
    expect(unifiedPatch([file({ new_path: 'b.yaml', renamed_file: true, diff: '' })])).toBe(
      'diff --git a/a.yaml b/b.yaml\nrename from a.yaml\nrename to b.yaml\n',
    );
  });

  it('says where GitLab leaves the changes out', () => {
    for (const left of [{ too_large: true }, { collapsed: true, diff: '' }]) {
      const patch = unifiedPatch([file(left), file({ old_path: 'c', new_path: 'c' })]);
      expect(patch).toContain('a.yaml\nGitLab does not show the changes of this file');
      expect(patch).toContain('+++ b/c\n');
    }
    expect(unifiedPatch([file({ collapsed: true })])).toContain('+2');
  });

  it('quotes what a header cannot hold', () => {
    const path = 'odd "name"\n.yaml';
    expect(unifiedPatch([file({ old_path: path, new_path: path })])).toContain(
      '+++ "b/odd \\"name\\"\\012.yaml"\n',
    );
    expect(unifiedPatch([file({ old_path: 'größe', new_path: 'größe' })])).toContain(
      '+++ b/größe\n',
    );
  });

  it.skipIf(!hasGit)(
    `is taken by Git itself${hasGit ? '' : ' (skipped: there is no git program)'}`,
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'bowline-patch-'));
      try {
        writeFileSync(join(folder, 'a.yaml'), '1\n');
        writeFileSync(join(folder, 'gone'), 'x\n');
        const patch = unifiedPatch([
          file({}),
          file({
            old_path: 'new/n',
            new_path: 'new/n',
            new_file: true,
            a_mode: '0',
            diff: '@@ -0,0 +1 @@\n+n\n',
          }),
          file({
            old_path: 'gone',
            new_path: 'gone',
            deleted_file: true,
            b_mode: '0',
            diff: '@@ -1 +0,0 @@\n-x\n',
          }),
        ]);
        const done = spawnSync('git', ['apply', '-'], { cwd: folder, input: patch });
        expect(done.stderr.toString()).toBe('');
        expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe('2\n');
        expect(readFileSync(join(folder, 'new/n'), 'utf8')).toBe('n\n');
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});
