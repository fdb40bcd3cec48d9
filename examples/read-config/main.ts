// Loads the configuration of a program from its environment and shows where each value comes from.
import { homedir } from 'node:os';
import { describeConfig, hostConfig, loadConfig, restAuth } from '@bowline/gitops-config';

const loaded = await loadConfig({
  environment: { ...process.env, BITBUCKET_ACCESS_TOKEN: 'a-token-from-the-environment' },
  homeDirectory: homedir(),
  workingDirectory: process.cwd(),
});
for (const { key, value, source } of describeConfig(loaded)) {
  if (value !== undefined) console.log(`${key} = ${value} (${source})`);
}
const bitbucket = hostConfig(loaded.config, 'bitbucket.org');
console.log(bitbucket === undefined ? 'no Bitbucket' : `Bitbucket: ${restAuth(bitbucket)?.type}`);
