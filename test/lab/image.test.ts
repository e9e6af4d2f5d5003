import { describe, expect, it } from '@jest/globals';
import { buildFault, workshopArguments, workshopFor } from '../../lab/image/build.ts';
import { packages, recipeArguments, recipeKey } from '../../lab/image/recipe.ts';

describe('recipeKey', () => {
  const read = (name: string) => `text of ${name}`;

  it('stays while the recipe stays', () => {
    expect(recipeKey(read)).toBe(recipeKey(read));
    expect(recipeKey(read)).toMatch(/^[0-9a-f]{12}$/);
  });

  it.each(['boot.sh', 'customize.sh', 'sshd.conf', 'mirror.conf', 'registry.yml'])('changes with %s', (changed) => {
    expect(recipeKey((name) => (name === changed ? 'other' : read(name)))).not.toBe(recipeKey(read));
  });
});

describe('recipeArguments', () => {
  it('includes what Kubernetes needs on a machine', () => {
    for (const name of ['socat', 'conntrack', 'ipset', 'iptables', 'libnginx-mod-stream', 'openssh-server']) {
      expect(packages).toContain(name);
    }
  });

  it('quotes the folder for the shell that runs the hook', () => {
    expect(recipeArguments("/it's here").at(-1)).toBe(`--customize-hook=sh '/it'\\''s here/customize.sh' "$1"`);
  });
});

describe('buildFault', () => {
  it('shows apt’s errors, the log and the next step', () => {
    const lines = [
      'I: running apt-get update...',
      'E: Failed to fetch http://a.example/InRelease',
      'I: done',
      'E: apt-get update failed',
    ];
    const fault = buildFault(lines, '/cache/logs/machine-image.log');
    expect(fault).toContain('Failed to fetch');
    expect(fault).not.toContain('I: done');
    expect(fault).toContain('/cache/logs/machine-image.log');
    expect(fault).toContain('HARDWAY_DEBIAN_MIRROR');
  });

  it('knows a mirror with a key of its own', () => {
    expect(buildFault(["E: The repository 'http://a.example bookworm InRelease' is not signed."], 'log')).toContain(
      'Fix: the mirror of Debian is signed with a key that is not trusted here',
    );
  });

  it('knows a full disk', () => {
    expect(buildFault(['E: write failed: No space left on device'], 'log')).toContain('Fix: free space');
  });
});

describe('where the image is built', () => {
  it.each([
    [true, true, 'host'],
    [true, false, 'container'],
    [false, true, 'container'],
    [false, false, 'container'],
  ])('root %s, Debian %s: %s', (root, debian, workshop) => {
    expect(workshopFor({ root, debian })).toBe(workshop);
  });

  it('is a container that sees what it needs and nothing else, and no password on its command line', () => {
    process.env.https_proxy = 'http://me:hunter2@proxy.example';
    const args = workshopArguments('hardway/workshop:1', ['/recipe', '/apt']);
    delete process.env.https_proxy;
    expect(args.filter((_, at) => args[at - 1] === '--volume')).toEqual(['/recipe:/recipe:ro', '/apt:/apt:ro']);
    expect(args.filter((_, at) => args[at - 1] === '--env')).toContain('https_proxy');
    expect(args.join(' ')).not.toContain('hunter2');
    expect(args).not.toContain('--privileged');
  });
});
