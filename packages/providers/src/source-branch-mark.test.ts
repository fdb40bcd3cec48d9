import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSourceBranchMark, writeSourceBranchMark } from './source-branch-mark.ts';

describe('the mark of a source branch that goes with the merge', () => {
  it('comes back as it was written, with the description', () => {
    const description = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '',
        'a\r\n\r\nb',
        'first\n',
        '\n\n',
        '\r',
        'a\r\n\r',
        '[//]: # (bowline:plan)',
      ),
    );
    fc.assert(
      fc.property(description, fc.boolean(), (text, deleteSourceBranch) => {
        const input = { description: text, deleteSourceBranch };
        expect(readSourceBranchMark(writeSourceBranchMark(input))).toEqual(input);
      }),
    );
  });

  it('is read among other lines and with other line ends, and is no part of the description', () => {
    const text = 'Sets web to 2.\r\n\r\n[//]: # (bowline:delete-source-branch)\r\n';
    expect(readSourceBranchMark(text)).toEqual({
      description: 'Sets web to 2.',
      deleteSourceBranch: true,
    });
    const quoted = 'see `[//]: # (bowline:delete-source-branch)`';
    expect(readSourceBranchMark(quoted)).toEqual({
      description: quoted,
      deleteSourceBranch: false,
    });
  });
});
