import { createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { UserError } from '../../lib/user-error.ts';
import { cacheDir } from '../cache/paths.ts';
import { requestFailure } from '../download/failure.ts';
import { download } from '../download/fetch.ts';
import { discard, sendStrict } from '../download/http.ts';
import { type Arch, hostArch, hostOs, type Os } from '../host.ts';
import { effectiveUrl } from '../plan/sources.ts';

/** Where the Go project's own modules are, and its module proxy. */
const publisher = 'golang.org';

/** The release that is fetched where a computer has no Go that is new enough. */
export const goRelease = '1.26.8';

/** Sums of the module's archives. A module version never changes: https://go.dev/ref/mod#checksum-database. */
const sums: Readonly<Record<`${Os}-${Arch}`, string>> = {
  'linux-amd64': '30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7',
  'linux-arm64': '02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99',
  'darwin-amd64': 'fe99a2009e5bb51e06d7784f1a486478673512041c2671157bd382806e2aedcf',
  'darwin-arm64': '0aad5fb52b88498885290178adc0bcfe429bc63012621af9f83282eb640bd9c7',
};

const platform = (): `${Os}-${Arch}` => `${hostOs()}-${hostArch()}`;
const moduleVersion = (): string => `v0.0.1-go${goRelease}.${platform()}`;

/** Where the fetched Go is, or will be. */
export function fetchedGoRoot(): string {
  return join(cacheDir(), 'tools', `go-${goRelease}-${platform()}`);
}

/** Folder of the fetched `go`; undefined where none was fetched. */
export function fetchedGoBin(): string | undefined {
  const bin = join(fetchedGoRoot(), 'bin');
  return existsSync(join(bin, 'go')) ? bin : undefined;
}

/**
 * The module proxies that GOPROXY names, as Go reads it; `direct` is no proxy, and `off` ends the list.
 *
 * @see https://go.dev/ref/mod#environment-variables
 */
export function moduleProxies(goproxy = process.env.GOPROXY || `https://proxy.${publisher},direct`): string[] {
  const words = goproxy.split(/[,|]/).map((word) => word.trim());
  const end = words.indexOf('off');
  return words.slice(0, end < 0 ? undefined : end).filter((word) => /^https?:\/\//.test(word));
}

const addressAt = (proxy: string): string =>
  `${proxy.replace(/\/+$/, '')}/${publisher}/toolchain/@v/${moduleVersion()}.zip`;

/** Why Go cannot be fetched, or undefined where a module proxy has it. */
export async function whyNoGoToFetch(): Promise<string | undefined> {
  if (fetchedGoBin() !== undefined) return undefined;
  const proxies = moduleProxies();
  if (proxies.length === 0) return noProxyText();
  const failures: string[] = [];
  for (const proxy of proxies) {
    const url = effectiveUrl(addressAt(proxy));
    try {
      // One byte: a module proxy may not know HEAD.
      discard((await sendStrict(url, { headers: { range: 'bytes=0-0' } })).body);
      return undefined;
    } catch (error) {
      failures.push(requestFailure(error, url).message);
    }
  }
  return failures.join('; ');
}

/**
 * Fetches Go from a module proxy, verified and unpacked; does nothing where it is there already. The Go project publishes
 * its releases as a module, which whoever can build from modules reaches (decision 0033).
 *
 * @throws UserError where no proxy has it, or the archive has another sum
 */
export async function fetchGo(say: (line: string) => void): Promise<void> {
  if (fetchedGoBin() !== undefined) return;
  const [first, ...others] = moduleProxies().map(addressAt);
  if (first === undefined)
    throw new UserError(noProxyText(), { fix: 'set GOPROXY to a module proxy that answers, or install Go' });
  say(
    `Go ${goRelease}: downloading about 70 MB from ${new URL(first).host}, since this computer has no Go that is new enough`,
  );
  const root = fetchedGoRoot();
  await mkdir(dirname(root), { recursive: true });
  const archive = `${root}.zip`;
  const file = { url: first, alternatives: others.map((url) => ({ url })), sha256: sums[platform()] };
  await download(file, archive, { say });
  const unpacking = `${root}.unpacking`;
  await rm(unpacking, { recursive: true, force: true });
  await unpack(archive, `${publisher}/toolchain@${moduleVersion()}/`, unpacking);
  await rm(root, { recursive: true, force: true });
  await rename(unpacking, root);
  await rm(archive, { force: true });
}

const noProxyText = (): string => `GOPROXY is "${process.env.GOPROXY}", which names no module proxy to fetch Go from`;

/** Files that are run: archives of modules carry no modes. */
const executable = /^(bin|pkg\/tool\/[^/]+)\/[^/]+$/;

/** Unpacks what is below a prefix of a zip archive. */
export async function unpack(archive: string, prefix: string, target: string): Promise<void> {
  const zip = await openPromise(archive, { lazyEntries: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      const path = entry.fileName;
      if (!path.startsWith(prefix) || path.endsWith('/')) continue;
      const relative = path.slice(prefix.length);
      const file = join(target, relative);
      await mkdir(dirname(file), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(file));
      if (executable.test(relative)) await chmod(file, 0o755);
    }
  } finally {
    zip.close();
  }
}
