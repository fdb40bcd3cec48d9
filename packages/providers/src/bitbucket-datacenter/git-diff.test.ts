import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withGitPrefixes } from './git-diff.ts';

const bitbucket = [
  'diff --git src://dir/app.yaml dst://dir/app.yaml',
  'index d766fa5..34cd875 100644',
  '--- src://dir/app.yaml',
  '+++ dst://dir/app.yaml',
  '@@ -1,3 +1,3 @@ spec:',
  ' a',
  '--- src://this is content',
  '+++ dst://this too',
  ' diff --git src://x dst://x',
  '\\ No newline at end of file',
  'diff --git src://new.md dst://new.md',
  'new file mode 100644',
  '--- /dev/null',
  '+++ dst://new.md',
  '@@ -0,0 +1 @@',
  '+hello',
  'diff --git "src://gr\\303\\266\\303\\237e" "dst://gr\\303\\266\\303\\237e"',
  '--- "src://gr\\303\\266\\303\\237e"',
  '+++ "dst://gr\\303\\266\\303\\237e"',
  '@@ -1 +1 @@',
  '-1',
  '+2',
  'diff --git src://old.md dst://moved.md',
  'similarity index 100%',
  'rename from src://old.md',
  'rename to dst://moved.md',
  'diff --git src://logo.png dst://logo.png',
  'Binary files src://logo.png and /dev/null differ',
  '',
].join('\n');

const git = [
  'diff --git a/dir/app.yaml b/dir/app.yaml',
  'index d766fa5..34cd875 100644',
  '--- a/dir/app.yaml',
  '+++ b/dir/app.yaml',
  '@@ -1,3 +1,3 @@ spec:',
  ' a',
  '--- src://this is content',
  '+++ dst://this too',
  ' diff --git src://x dst://x',
  '\\ No newline at end of file',
  'diff --git a/new.md b/new.md',
  'new file mode 100644',
  '--- /dev/null',
  '+++ b/new.md',
  '@@ -0,0 +1 @@',
  '+hello',
  'diff --git "a/gr\\303\\266\\303\\237e" "b/gr\\303\\266\\303\\237e"',
  '--- "a/gr\\303\\266\\303\\237e"',
  '+++ "b/gr\\303\\266\\303\\237e"',
  '@@ -1 +1 @@',
  '-1',
  '+2',
  'diff --git a/old.md b/moved.md',
  'similarity index 100%',
  'rename from old.md',
  'rename to moved.md',
  'diff --git a/logo.png b/logo.png',
  'Binary files a/logo.png and /dev/null differ',
  '',
].join('\n');

describe('withGitPrefixes', () => {
  it('names both sides as Git does, and leaves the content', () => {
    expect(withGitPrefixes(bitbucket)).toBe(git);
  });

  it('changes nothing that has the prefixes of Git already', () => {
    expect(withGitPrefixes(git)).toBe(git);
  });

  it('keeps every line of content, whatever it looks like', () => {
    const line = fc
      .constantFrom('+', '-', ' ')
      .chain((mark) =>
        fc
          .constantFrom(
            '-- src://a',
            '++ dst://b',
            'diff --git src://a dst://a',
            '@@ -1 +1 @@',
            'x',
            '',
          )
          .map((text) => `${mark}${text}`),
      );
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (content) => {
        const old = content.filter((each) => !each.startsWith('+')).length;
        const now = content.filter((each) => !each.startsWith('-')).length;
        const hunk = [`@@ -1,${old} +1,${now} @@`, ...content].join('\n');
        const diff = `diff --git src://f dst://f\n--- src://f\n+++ dst://f\n${hunk}\n`;
        expect(withGitPrefixes(diff)).toBe(`diff --git a/f b/f\n--- a/f\n+++ b/f\n${hunk}\n`);
      }),
    );
  });
});
