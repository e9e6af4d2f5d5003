import { expect, it } from '@jest/globals';
import { preflightHosts } from '../../../cli/commands/preflight.ts';
import { hostsConfig } from '../../preflight/support.ts';

it('names a key that is not there before a host is dialled, whatever else of the stack is encrypted', async () => {
  const said: string[] = [];
  const config = hostsConfig({ sshKeyFile: '/no/such/key' });
  await expect(preflightHosts('no-such-stack', config, (line) => said.push(line))).rejects.toThrow(
    /nothing was changed:\nhardway:sshKeyFile = "\/no\/such\/key" is a file that is not there/,
  );
  expect(said).toEqual([]);
});
