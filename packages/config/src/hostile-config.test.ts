import { expect, it } from 'vitest';
import { parseConfig } from './parse-config.ts';

const LENGTH = 65_000;
const lines = (line: (index: number) => string): string => {
  let text = '';
  for (let index = 0; text.length < LENGTH - 100; index += 1) text += line(index);
  return text;
};
const texts: Readonly<Record<string, string>> = {
  'unknown keys': lines((index) => `a${index}: 1\n`),
  'hosts with wrong keys': `hosts:\n${lines((i) => `  h${i}.x: {kid: gitea, credential: {kind: token, token: abcdefgh${i}}}\n`)}`,
  'empty entries': `notifications:\n  webhooks:\n${lines(() => '    - {}\n')}`,
  brackets: '['.repeat(LENGTH),
  quotes: '"a" '.repeat(LENGTH / 4),
  tags: '!a '.repeat(LENGTH / 3),
  anchors: '&a '.repeat(LENGTH / 3),
  'one secret in the wrong place': `hosts: { a.b: { kind: gitea, credential: { kind: token, token: "${'x'.repeat(LENGTH - 100)}" } } }\n`,
};

it.each(Object.entries(texts))(
  'says in good time what is wrong with a long file of %s',
  async (_, text) => {
    const before = process.cpuUsage();
    const { config, issues } = await parseConfig(text);
    expect(config).toBeUndefined();
    expect(issues.length).toBeLessThanOrEqual(201);
    expect(JSON.stringify(issues).length).toBeLessThan(100_000);
    // Work and not time, which other processes take too; it is below one second. The same files of 1 MiB took minutes.
    expect(process.cpuUsage(before).user).toBeLessThan(8_000_000);
  },
);

it('refuses a longer file before it is parsed', async () => {
  const { issues } = await parseConfig('a: 1\n'.repeat(15_000), { path: 'x.yaml' });
  expect(issues).toEqual([
    { code: 'CONFIG_FILE_UNSAFE', message: 'has more than 65536 characters', file: 'x.yaml' },
  ]);
});
