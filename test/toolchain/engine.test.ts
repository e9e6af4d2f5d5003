import { describe, expect, it } from '@jest/globals';
import {
  type EngineFacts,
  endpointProblem,
  engineProblem,
  isUsualSocket,
  readFacts,
  silenceProblem,
} from '../../toolchain/engine.ts';

const computer = { kernel: '6.8.0-45-generic', name: 'desk' };
const info: EngineFacts['info'] = {
  OperatingSystem: 'Ubuntu 24.04.1 LTS',
  OSType: 'linux',
  KernelVersion: computer.kernel,
  Name: 'desk',
  DockerRootDir: '/var/lib/docker',
  SecurityOptions: ['name=apparmor', 'name=seccomp,profile=builtin', 'name=cgroupns'],
};
const server: EngineFacts['server'] = { Version: '28.2.2', Components: [{ Name: 'Engine' }, { Name: 'containerd' }] };
const problem = (facts: { info?: Partial<EngineFacts['info']>; server?: Partial<EngineFacts['server']> }) =>
  engineProblem({ info: { ...info, ...facts.info }, server: { ...server, ...facts.server } }, computer);

describe('where the docker command looks', () => {
  it.each([
    'unix:///var/run/docker.sock',
    'unix:///run/docker.sock',
    'tcp://127.0.0.1:2375',
    'tcp://localhost:2375',
    '',
  ])('%s is an engine of this computer', (endpoint) =>
    expect(endpointProblem(endpoint, 'DOCKER_HOST')).toBeUndefined(),
  );

  it.each([
    ['tcp://10.0.0.7:2376', /on another computer \(tcp:\/\/10\.0\.0\.7:2376, from DOCKER_HOST\)/],
    ['ssh://me@build.example', /on another computer \(ssh:\/\/build\.example/],
    ['unix:///home/me/.docker/desktop/docker.sock', /Docker Desktop/],
    ['unix:///run/user/1000/docker.sock', /rootless/],
    ['unix:///home/me/.colima/default/docker.sock', /virtual machine/],
  ])('%s is not', (endpoint, said) => {
    const found = endpointProblem(endpoint, 'DOCKER_HOST');
    expect(found?.problem).toMatch(said);
    expect(found?.fix).toContain('docker context use default');
  });

  it('shows no user and no password', () => {
    expect(JSON.stringify(endpointProblem('tcp://me:hunter2@10.0.0.7:2376', 'x'))).not.toContain('hunter2');
  });
});

describe('the socket at which an engine that is started here answers', () => {
  it.each([
    [undefined, true],
    ['', true],
    ['unix:///var/run/docker.sock', true],
    ['unix:///run/docker.sock', true],
    ['unix:///home/me/docker.sock', false],
    ['tcp://127.0.0.1:2375', false],
  ])('%s: %s', (host, usual) => expect(isUsualSocket(host)).toBe(usual));
});

describe('what an engine says of itself', () => {
  it('is fine for an ordinary one, of any version from 20.10', () => {
    expect(problem({})).toBeUndefined();
    for (const Version of ['20.10.24+dfsg1', '26.1.5+dfsg1', '29.0.0', 'dev']) {
      expect(problem({ server: { Version } })).toBeUndefined();
    }
  });

  it.each<[string, Parameters<typeof problem>[0], RegExp]>([
    [
      'Docker Desktop',
      { info: { OperatingSystem: 'Docker Desktop', KernelVersion: '6.10.14-linuxkit' } },
      /Docker Desktop/,
    ],
    [
      'rootless',
      { info: { SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless', 'name=cgroupns'] } },
      /rootless/,
    ],
    ['userns-remap', { info: { SecurityOptions: ['name=userns'] } }, /userns-remap/],
    [
      'another kernel',
      { info: { Name: 'colima', KernelVersion: '6.8.0-50-generic' } },
      /\(colima, Linux 6\.8\.0-50-generic; desk is 6\.8\.0-45/,
    ],
    ['Windows containers', { info: { OSType: 'windows' } }, /windows containers/],
    ['Podman behind its socket', { server: { Components: [{ Name: 'Podman Engine' }] } }, /Podman/],
    ['the snap', { info: { DockerRootDir: '/var/snap/docker/common/var-lib-docker' } }, /snap/],
    ['19.03', { server: { Version: '19.03.15' } }, /Docker 19\.03\.15 is too old: the lab needs 20\.10/],
  ])('names %s, with a fix', (_, facts, said) => {
    expect(problem(facts)?.problem).toMatch(said);
    expect(problem(facts)?.fix).not.toBe('');
  });

  it('is read from what docker prints, and passed over where that is no JSON', () => {
    const found = readFacts(JSON.stringify({ ...server, Os: 'linux' }), JSON.stringify({ ...info, Containers: 3 }));
    expect(found).toEqual({ server, info });
    expect(readFacts('', '')).toBeUndefined();
    expect(readFacts('null', '{}')).toBeUndefined();
  });
});

describe('an engine that does not answer', () => {
  const silent = { user: 'ann', member: false, systemd: true, installer: 'sudo apt-get install docker.io' };
  const denied = 'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock';

  it('may not be asked by a user outside its group', () => {
    const { problem, fix } = silenceProblem({ ...silent, stderr: denied });
    expect(problem).toBe("the user ann may not use Docker's engine");
    expect(fix).toContain('sudo usermod -aG docker ann');
  });

  it('may not be asked by a session that is older than the membership', () => {
    expect(silenceProblem({ ...silent, stderr: denied, member: true }).fix).toContain('newgrp docker');
  });

  it.each([
    [true, 'sudo systemctl start docker'],
    [false, 'sudo service docker start'],
  ])('does not run, with systemd %s', (systemd, command) => {
    const stderr = 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';
    const { problem, fix } = silenceProblem({ ...silent, systemd, stderr });
    expect(problem).toContain('does not run: Cannot connect');
    expect(fix).toContain(command);
  });

  it('is not installed', () => {
    const { problem, fix } = silenceProblem({ ...silent, stderr: 'no docker command' });
    expect(problem).toContain('no `docker` command');
    expect(fix).toContain('sudo apt-get install docker.io');
  });

  it('hangs', () => {
    expect(silenceProblem({ ...silent, stderr: '' }).problem).toContain('no answer within 10 s');
  });
});
