import { basename, join } from 'node:path';
import { type Artifact, mirrorPath } from '../../artifacts.ts';
import { suite } from '../../debian/apt.ts';
import type { Build } from '../../plan/package.ts';
import { treeEntries, unpackDebian } from '../debian.ts';
import { writeImage } from '../image.ts';

const packages = ['iperf3', 'iputils-ping', 'dash', 'coreutils'];

/** The link test's image: iperf3 and ping out of Debian's packages. */
export function benchBuild(artifact: Artifact): Build {
  const { version, arch, url } = artifact;
  return {
    recipe: { packages, suite, version, arch, format: 1 },
    expectedSeconds: 15,
    withoutGo: true,
    produce: async (context) => {
      const root = await unpackDebian(context, packages, arch, `the image bench ${version}`);
      await writeImage(join(context.outDir, basename(mirrorPath(artifact))), context.workDir, {
        reference: url,
        arch,
        entries: [
          ...(await treeEntries(root)).filter(({ name }) => name !== 'etc/passwd'),
          { name: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\n' },
        ],
        entrypoint: [],
        cmd: ['/bin/sh'],
      });
    },
  };
}
