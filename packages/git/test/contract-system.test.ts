import { tmpdir } from 'node:os';
import { systemEngine } from '@bowline/gitops-git/system';
import { clock, describeEngine } from './describe-engine.ts';

describeEngine('system', () => {
  const { PATH } = process.env;
  return systemEngine({ environment: { PATH }, temporaryDirectory: tmpdir(), clock });
});
