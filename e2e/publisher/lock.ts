/** Something in a lock that names an address and the checksum of what lies there. */
interface Pin {
  url: string;
  sha256: string | null;
  arch?: string;
}

const isPin = (value: object): value is Pin => 'url' in value && typeof value.url === 'string' && 'sha256' in value;

/**
 * A lock for the stand-in: the given one with the checksums of what the stand-in serves, since it packs other bytes than
 * the publishers. What has no checksum gets none, so that it is verified in the way in which the real one is.
 *
 * @param lock - the lock's text
 * @param checksum - the SHA-256 of what the stand-in serves at an address; undefined keeps the one that the lock has
 */
export async function lockFor(
  lock: string,
  checksum: (url: string, arch: string | undefined) => Promise<string | undefined>,
): Promise<string> {
  const visit = async (value: unknown): Promise<void> => {
    if (typeof value !== 'object' || value === null) return;
    if (isPin(value) && typeof value.sha256 === 'string')
      value.sha256 = (await checksum(value.url, value.arch)) ?? value.sha256;
    for (const each of Object.values(value)) await visit(each);
  };
  const json: unknown = JSON.parse(lock);
  await visit(json);
  return `${JSON.stringify(json, null, 2)}\n`;
}
