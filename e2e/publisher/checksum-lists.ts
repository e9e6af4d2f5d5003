/** The sums of one published file. */
export interface Sums {
  readonly sha1: string;
  readonly sha256: string;
}

/**
 * The forms in which publishers list checksums:
 *
 * - `sha256sum`: `SUM  NAME`, one line a file (sha256sum, shasum -a 256, goreleaser)
 * - `sha1-dot-slash`: `shasum ./*.tar.gz`, which is SHA-1 and keeps the `./` (Pulumi's ci-mgmt, publish.yml)
 * - `clear-signed`: sha256sum's lines inside a PGP clear-signed message (runc, release_sign.sh)
 * - `lone`: nothing but the sum, with a line end (cri-tools)
 * - `lone-unterminated`: nothing but the sum (Kubernetes)
 */
export type ListForm = 'sha256sum' | 'sha1-dot-slash' | 'clear-signed' | 'lone' | 'lone-unterminated';

const lines = (files: readonly (readonly [string, Sums])[]): string =>
  files.map(([name, { sha256 }]) => `${sha256}  ${name}\n`).join('');

/** The signature of another text: readers that do not verify must still skip it. */
const signature = `-----BEGIN PGP SIGNATURE-----

iQJDBAEBCAAtFiEEzhFqTt+iGjmCoGlB3WnS0sjbm3AFAmd3xoUPHGFzYXJhaUBz
dXNlLmNvbQAKCRDdadLSyNubcBWZD/9ZkUeyTvGmZTjVvhfyTnBHqIJ8zm8mpTOz
=9Zq4
-----END PGP SIGNATURE-----
`;

/** The text of a list of these files. */
export function checksumList(form: ListForm, files: readonly (readonly [string, Sums])[]): string {
  switch (form) {
    case 'sha256sum':
      return lines(files);
    case 'sha1-dot-slash':
      return files.map(([name, { sha1 }]) => `${sha1}  ./${name}\n`).join('');
    case 'clear-signed':
      return `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${lines(files)}${signature}`;
    case 'lone':
      return `${files[0]?.[1].sha256}\n`;
    case 'lone-unterminated':
      return `${files[0]?.[1].sha256}`;
  }
}
