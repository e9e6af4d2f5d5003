import { expect, it } from '@jest/globals';
import { MockAgent } from 'undici';
import { readCommittedLock } from '../../artifacts/lock.ts';
import { replaceNetwork } from '../../toolchain/download/http.ts';
import { readPublisherSums, unknownSums } from '../../toolchain/publisher-sums.ts';
import { useEmptyCache } from './support.ts';

useEmptyCache();
const lock = readCommittedLock();

it('sums of files are read from lists; no file is downloaded, and what is missing is said with its reason', async () => {
  const files = ['kubelet', 'runc'].flatMap((name) => lock.artifacts.find((one) => one.name === name) ?? []);
  const [kubelet, runc] = files;
  const network = new MockAgent();
  network.disableNetConnect();
  const asked: string[] = [];
  network
    .get('https://dl.k8s.io')
    .intercept({ path: /./ })
    .reply(200, ({ path }) => {
      asked.push(path);
      return `${'a'.repeat(64)}\n`;
    });
  network.get('https://github.com').intercept({ path: /./ }).reply(404, '').persist();
  network.get('https://api.github.com').intercept({ path: /./ }).reply(403, '').persist();
  replaceNetwork(network);
  const said: string[] = [];
  const { known, unknown } = await readPublisherSums(files, (line) => said.push(line));
  expect(known).toEqual({ [kubelet?.id ?? '']: { published: 'a'.repeat(64) } });
  expect(asked).toEqual([new URL(kubelet?.checksumUrl ?? '').pathname]);
  expect(said).toEqual([expect.stringContaining("checked against the publisher's list at dl.k8s.io")]);
  expect(unknownSums(unknown).message).toMatch(
    new RegExp(
      `no checksum is known of ${runc?.id}.*nothing was changed.*answered 404.*answered 403.*Fix: run "make lock"`,
      's',
    ),
  );
});
